// The registry's text, fingerprints, the command line, and which of Mesos's logs are old.

import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readArguments, UsageError } from '../../../images/mesos-slave/src/decide/arguments.ts';
import { follow } from '../../../images/mesos-slave/src/effects/follower.ts';
import {
  fingerprint,
  hasFingerprint,
  NO_TRACES,
  tracesAfter,
} from '../../../images/mesos-slave/src/effects/identity.ts';
import { pathBytes, pathText } from '../../../images/mesos-slave/src/effects/paths.ts';
import { originalConfig, withConfig } from '../../../images/mesos-slave/src/effects/original.ts';
import {
  readRegistry,
  writeRegistry,
  type Position,
} from '../../../images/mesos-slave/src/effects/registry.ts';
import { oldLogs } from '../../../images/mesos-slave/src/decide/mesos-logs.ts';
import { fc } from '../../support/random.ts';

const test = suite('log forwarder, small things');

const POSITION: Position = {
  path: '/var/log/"x"\n.log',
  dev: '2049',
  ino: '18446744073709551615',
  offset: 2 ** 40,
  head: fingerprint(Buffer.from('x')),
  tail: fingerprint(Buffer.from('y')),
};

test('the registry is read as it was written', () => {
  for (const positions of [[], [POSITION], [POSITION, { ...POSITION, ino: '7' }]]) {
    assert.equal(readRegistry(writeRegistry(positions)), { positions, damaged: false });
  }
});

test('a registry of an earlier version, which knows no tails, is understood', () => {
  const { tail, ...earlier } = POSITION;
  assert.equal(readRegistry(writeRegistry([earlier])), { positions: [earlier], damaged: false });
  assert.is(
    readRegistry(writeRegistry([{ ...POSITION, tail: { ...tail, length: -1 } as never }])).damaged,
    true,
  );
});

test('names of files that are no UTF-8 are kept byte by byte', () => {
  const bytes = fc.uint8Array().map((array) => Buffer.from(array));
  const names = fc.oneof(
    bytes,
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(names, (name) => {
      assert.ok(Buffer.from(pathBytes(pathText(name)) as Buffer).equals(name), name.toString('hex'));
    }),
  );
  assert.is(pathText(Buffer.from('é\xff', 'utf8')), 'éÿ');
  assert.is(pathText(Buffer.from([0x61, 0xff, 0xc3, 0xa9])), 'a\udcffé');
});

test('half a registry is a damaged one', () => {
  const text = writeRegistry([POSITION]);
  for (const damaged of [
    '',
    '{',
    text.slice(0, -5),
    '{"format":2,"files":[]}',
    '{"format":1,"files":[{}]}',
    'null',
    '[]',
  ]) {
    assert.equal(readRegistry(damaged), { positions: [], damaged: true }, damaged);
  }
});

test('a file is told from another by its first bytes', () => {
  const head = Buffer.from('2026-11-21 first line\n');
  assert.is(hasFingerprint(Buffer.from('2026-11-21 first line\nsecond'), fingerprint(head)), true);
  assert.is(hasFingerprint(Buffer.from('2026-11-22 other line\nsecond'), fingerprint(head)), false);
  assert.is(
    hasFingerprint(Buffer.from('2026'), fingerprint(head)),
    false,
    'shorter than what was read of it',
  );
  assert.is(
    hasFingerprint(Buffer.from('anything'), fingerprint(Buffer.alloc(0))),
    true,
    'nothing was read of it yet',
  );
});

test('what was read of a file leaves its first bytes and its last ones, in whatever pieces it came', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 })), (pieces) => {
      const { head, tail } = pieces.reduce(
        (traces, piece) => tracesAfter(traces, Buffer.from(piece)),
        NO_TRACES,
      );
      const whole = Buffer.concat(pieces);
      assert.ok(head.equals(whole.subarray(0, 256)));
      assert.ok(tail.equals(whole.subarray(-256)));
    }),
  );
});

test('a file that cannot be read any more is let go, and said; the others are not concerned', () => {
  const folder = mkdtempSync(join(tmpdir(), 'initkit-follower-'));
  const path = join(folder, 'a.log');
  writeFileSync(path, 'one\n');
  const said: string[] = [];
  const nothing = (): void => {};
  // Nothing can be read from it, as from a file on a broken disk.
  const follower = follow(path, openSync(path, 'a'), 0, {
    host: 'h',
    fields: {},
    deadTimeMs: 1000,
    longestLine: 100,
    onWake: nothing,
    onArrived: nothing,
    log: (message) => said.push(message),
    now: () => 0,
  });
  assert.equal(follower.read(10), { events: [], bytes: 0, more: false });
  assert.match(said.join('\n'), /^cannot read .*a\.log: EBADF/);
  assert.is(follower.isOpen(), false);
  assert.is(follower.position().offset, 0);
  // When it is found again, it may be readable again.
  assert.is(follower.wake(path), true);
  assert.is(follower.read(10).events.length, 1);
  assert.is(follower.position().head.length, 0, 'nothing of it has arrived');
  follower.close();
  rmSync(folder, { recursive: true });
});

test('the command line, as Go and logstash-forwarder read it', () => {
  const expected = {
    config: '/x',
    registry: '/r',
    spoolSize: 100,
    longestLine: 1_048_576,
    quiet: true,
    ignored: ['-hb', '-idle-flush-time', '-tail'],
  };
  for (const line of [
    '-config=/x -registry=/r -spool-size=100 -quiet -hb=5 -idle-flush-time=5s -tail',
    '--config /x --registry /r -sv 100 -v -hb 5 -idle-flush-time 5s -tail=true',
  ]) {
    assert.equal(readArguments(line.split(' ')), expected);
  }
  assert.equal(readArguments(['-config=/x', '-tail=false', '-quiet=false']).ignored, []);
});

for (const [line, message] of [
  ['', /no configuration is given/],
  ['-config', /-config needs a value/],
  ['-cofig=/x', /'-cofig=\/x' is no option/],
  ['/x', /is no option/],
  ['-config=/x -spool-size=0', /-spool-size=0 is no number from 1/],
  ['-config=/x -spool-size=1e9', /is no number/],
] as const) {
  test(`a command line that is refused: ${line}`, () => {
    const read = (): unknown => readArguments(line.split(' ').filter((word) => word !== ''));
    assert.throws(read, (error: Error) => error instanceof UsageError && message.test(error.message));
  });
}

test('the original is given its own options, and our copy of the configuration', () => {
  const words = ['-config', '/x', '-spool-size=5', '-registry=/r', '--max-line-bytes', '9', '-quiet'];
  assert.equal(withConfig(words, '/copy'), ['-config=/copy', '-spool-size=5', '-quiet']);
});

test('its copy is such that Go reads it, and means the same in another directory', () => {
  const config = originalConfig(
    {
      network: {
        servers: [{ host: '::1', port: 5000 }],
        sslCa: './ca.crt',
        sslCertificate: null,
        sslKey: null,
        timeoutMs: 1500,
      },
      files: [{ paths: ['-', '*.log', '/x/y'], fields: { a: '1' }, deadTimeMs: 5_400_000 }],
    },
    '/etc/[1]',
  );
  assert.equal(config, {
    network: { servers: ['[::1]:5000'], 'ssl ca': '/etc/[1]/ca.crt', timeout: 2 },
    files: [{ paths: ['-', '/etc/\\[1]/*.log', '/x/y'], fields: { a: '1' }, 'dead time': '5400s' }],
  });
});

test('of each kind of log the newest five stay, and what is in use', () => {
  const name = (severity: string, day: number, host = 'host.example.com', pid = 7): string =>
    `mesos-slave.${host}.root.log.${severity}.201511${String(day).padStart(2, '0')}-101112.${pid}`;
  const infos = Array.from({ length: 8 }, (_, index) =>
    name('INFO', index + 1, index % 2 === 0 ? 'a.b' : 'c'),
  );
  const errors = Array.from({ length: 5 }, (_, index) => name('ERROR', index + 1));
  const others = [
    'mesos-slave.INFO',
    'other.log',
    'mesos-slave.h.root.log.INFO.20151101',
    'syslog',
    '.hidden',
  ];
  const removed = oldLogs([...infos, ...errors, ...others].toReversed(), [], 5);
  assert.equal(removed.toSorted(), infos.slice(0, 3).toSorted());
  assert.equal(oldLogs(infos, infos.slice(0, 1), 5).toSorted(), infos.slice(1, 3).toSorted());
  const sameSecond = [9, 10, 11].map((pid) => name('INFO', 1, 'h', pid));
  assert.equal(oldLogs(sameSecond, [], 1), [sameSecond[1], sameSecond[0]]);
});

test.run();
