// The protocol's frames, what acknowledgements mean, which server comes next: as bytes and tables.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  compressedFrame,
  eventFrame,
  messageSource,
  readAcks,
  windowFrame,
} from '../../../images/mesos-slave/src/decide/frames.ts';
import {
  failed,
  nextServer,
  parseServer,
  pauseMs,
  rotationOf,
  succeeded,
  writeServer,
} from '../../../images/mesos-slave/src/decide/server.ts';
import {
  faster,
  firstSequence,
  readAck,
  sequenceAt,
  slower,
  windowSize,
  type Flight,
  type Pace,
} from '../../../images/mesos-slave/src/decide/window.ts';
import { fc } from '../../support/random.ts';

const test = suite('log forwarder protocol');

const SOURCE = messageSource('/a', 'h', { type: 't' });

test('the bytes of a window, in both versions', () => {
  assert.is(windowFrame(1, 1024).toString('latin1'), '1W\0\0\x04\0');
  assert.is(windowFrame(2, 1).toString('latin1'), '2W\0\0\0\x01');
});

test('an event of version 1: pairs with their lengths, bytes as they are', () => {
  const frame = eventFrame(1, 7, {
    source: SOURCE,
    offset: 12,
    line: Buffer.from([0x78, 0xff]),
    continues: false,
  });
  const pair = (key: string, value: string): string =>
    `\0\0\0${String.fromCharCode(key.length)}${key}\0\0\0${String.fromCharCode(value.length)}${value}`;
  const pairs = [
    pair('file', '/a'),
    pair('host', 'h'),
    pair('type', 't'),
    pair('offset', '12'),
    pair('line', 'x\xff'),
  ];
  assert.is(frame.toString('latin1'), `1D\0\0\0\x07\0\0\0\x05${pairs.join('')}`);
});

test('an event of version 2: JSON, in which a byte that is no UTF-8 becomes U+FFFD', () => {
  const line = Buffer.concat([Buffer.from('"é\t'), Buffer.from([0xff])]);
  const frame = eventFrame(2, 3, { source: SOURCE, offset: 0, line, continues: true });
  assert.is(frame.toString('latin1', 0, 6), '2J\0\0\0\x03');
  assert.is(frame.readUInt32BE(6), frame.length - 10);
  assert.equal(JSON.parse(frame.toString('utf8', 10)), {
    file: '/a',
    host: 'h',
    type: 't',
    offset: '0',
    line_continues: 'true',
    line: '"é\t�',
  });
});

test('fields may replace file and host, never the line or its offset', () => {
  const source = messageSource('/a', 'h', { host: 'mine', line: 'x', offset: 'y' });
  assert.equal(source.pairs, [
    ['file', '/a'],
    ['host', 'mine'],
  ]);
});

test('a compressed frame is its length and its bytes', () => {
  assert.is(compressedFrame(2, Buffer.from('xyz')).toString('latin1'), '2C\0\0\0\x03xyz');
});

test('acknowledgements come in pieces, and of either version', () => {
  const bytes = Buffer.from('2A\0\0\0\x051A\0\0\x01\0' + '2A\0', 'latin1');
  const acks = readAcks(bytes);
  assert.equal('sequences' in acks && acks.sequences, [5, 256]);
  assert.equal('rest' in acks && acks.rest.toString('latin1'), '2A\0');
  const other = readAcks(Buffer.from('HTTP/1.1 400 Bad Request'));
  assert.match(
    'problem' in other ? other.problem : '',
    /it answered "HTTP\/1\.1 400 Bad", which is no acknowledgement/,
  );
});

const FLIGHT: Flight = { first: 1, events: 10, acknowledged: 0 };

const ACKS: readonly (readonly [
  what: string,
  flight: Flight | undefined,
  sequence: number,
  outcome: object,
])[] = [
  ['all', FLIGHT, 10, { kind: 'arrived', events: 10 }],
  ['some', FLIGHT, 4, { kind: 'arrived', events: 4 }],
  ['some more', { ...FLIGHT, acknowledged: 4 }, 10, { kind: 'arrived', events: 6 }],
  ['the same again', { ...FLIGHT, acknowledged: 4 }, 4, { kind: 'alive' }],
  ['less than before', { ...FLIGHT, acknowledged: 4 }, 2, { kind: 'alive' }],
  ['a sign of life', FLIGHT, 0, { kind: 'alive' }],
  ['with nothing on its way', undefined, 7, { kind: 'alive' }],
  [
    'what was never sent',
    FLIGHT,
    11,
    { kind: 'problem', message: 'it acknowledged event 11, but only 10 was sent' },
  ],
  [
    'version 1 goes on counting',
    { first: 5001, events: 10, acknowledged: 0 },
    5010,
    { kind: 'arrived', events: 10 },
  ],
  [
    'and some servers count the window',
    { first: 5001, events: 10, acknowledged: 0 },
    10,
    { kind: 'arrived', events: 10 },
  ],
  [
    'over the end of the numbers',
    { first: 2 ** 32 - 2, events: 4, acknowledged: 0 },
    1,
    { kind: 'arrived', events: 4 },
  ],
  ['what came before', { first: 5001, events: 10, acknowledged: 0 }, 5000, { kind: 'alive' }],
];

for (const [what, flight, sequence, outcome] of ACKS) {
  test(`an acknowledgement: ${what}`, () => assert.equal(readAck(flight, sequence), outcome));
}

test('version 2 counts each batch from 1, version 1 the whole connection, and both roll over', () => {
  assert.is(firstSequence(2, 5000), 1);
  assert.is(firstSequence(1, 5000), 5001);
  assert.is(firstSequence(1, 2 ** 32 - 1), 0);
  assert.is(sequenceAt(2 ** 32 - 1, 1), 0);
});

test('whether a server of version 1 counts windows or names sequence numbers: every window is acknowledged, no line twice', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 2048 }), { minLength: 1 }),
      fc.boolean(),
      (wishes, counts) => {
        let sent = 0;
        for (const size of wishes) {
          const events = windowSize(1, { size, threshold: size }, sent);
          const first = firstSequence(1, sent);
          sent += events;
          assert.equal(readAck({ first, events, acknowledged: 0 }, counts ? events : sent), {
            kind: 'arrived',
            events,
          });
        }
      },
    ),
  );
});

test('the windows shrink to one line for a server that cannot do with them in time, and grow to where that was', () => {
  let pace: Pace = { size: 1024, threshold: 1024 };
  const sizes = [slower, slower, slower].map((step) => (pace = step(pace)).size);
  assert.equal(sizes, [512, 256, 128]);
  for (let lost = 0; lost < 9; lost += 1) pace = slower(pace);
  assert.is(pace.size, 1);
  pace = { size: 60, threshold: 128 };
  const grown = Array.from({ length: 4 }, () => (pace = faster(pace, 1024)).size);
  assert.equal(grown, [120, 240, 255, 270], 'carefully beyond it');
  assert.is(faster({ size: 1020, threshold: 1024 }, 1024).size, 1024);
});

for (const [text, expected] of [
  ['logs:5000', { host: 'logs', port: 5000 }],
  [' 10.0.0.1:1 ', { host: '10.0.0.1', port: 1 }],
  ['[::1]:5000', { host: '::1', port: 5000 }],
  ['::1:5000', { host: '::1', port: 5000 }],
  ['logs', null],
  [':5000', null],
  ['logs:', null],
  ['logs:99999', null],
] as const) {
  test(`the server '${text}'`, () => assert.equal(parseServer(text), expected));
}

const SERVERS = ['a:1', 'b:2', 'c:3'].map((text) => parseServer(text) as { host: string; port: number });

test('it starts at a random server, and takes the others in turn', () => {
  const first = [0, 0.4, 0.999].map((random) => writeServer(nextServer(rotationOf(SERVERS, random)).server));
  assert.equal(first, ['a:1', 'b:2', 'c:3']);
  let rotation = rotationOf(SERVERS, 0.4);
  const seen: string[] = [];
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 7; attempt += 1) {
    seen.push(writeServer(nextServer(rotation).server));
    rotation = failed(rotation, false);
    pauses.push(pauseMs(rotation, 0));
  }
  assert.equal(seen, ['b:2', 'c:3', 'a:1', 'b:2', 'c:3', 'a:1', 'b:2']);
  assert.equal(pauses, [0, 0, 1000, 0, 0, 2000, 0], 'no pause while there is one that was not tried');
});

test('the pauses grow to a minute, shorter by up to half, and begin anew after a success', () => {
  let rotation = rotationOf(SERVERS.slice(0, 1), 0);
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 9; attempt += 1) {
    rotation = failed(rotation, false);
    pauses.push(pauseMs(rotation, 0));
  }
  assert.equal(pauses, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  assert.is(pauseMs(rotation, 0.999_999) < 30_001, true);
  assert.is(pauseMs(succeeded(rotation), 0), 0);
});

test('version 1 is for a server that hangs up on version 2, until it has acknowledged one', () => {
  let rotation = rotationOf(SERVERS.slice(0, 1), 0);
  const versionAfter = (refused: boolean): number => {
    rotation = failed(rotation, refused);
    return nextServer(rotation).version;
  };
  assert.is(nextServer(rotation).version, 2);
  assert.is(versionAfter(false), 2, 'it has refused nothing');
  assert.is(versionAfter(true), 1);
  assert.is(versionAfter(true), 2);
  assert.is(versionAfter(true), 1);
  rotation = succeeded(rotation);
  assert.is(versionAfter(true), 1, 'it has said which one it knows');
});

test.run();
