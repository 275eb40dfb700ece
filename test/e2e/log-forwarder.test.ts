// The log forwarder with real files and real TLS servers: what happens to files, to connections, and to what is in between.

import {
  appendFileSync,
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../support/build.ts';
import { makeAuthority, makeSelfSigned } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { killPrograms, startForwarder, type ForwarderSetup, type Program } from '../support/forwarder.ts';
import {
  ackFrame,
  startLumberjack,
  type LumberjackOptions,
  type LumberjackServer,
} from '../support/lumberjack.ts';

const test = suite('log forwarder');

const root = mkdtempSync(join(tmpdir(), 'initkit-forwarder-'));
const authority = makeAuthority(root);
const issued = authority.issue('localhost', ['DNS:localhost', 'IP:127.0.0.1']);
const servers: LumberjackServer[] = [];
let count = 0;

test.after(async () => {
  killPrograms();
  await Promise.all(servers.map((server) => server.close()));
  rmSync(root, { recursive: true, force: true });
});

async function serve(options: Partial<LumberjackOptions> = {}, port = 0): Promise<LumberjackServer> {
  const server = await startLumberjack({ key: issued.keyText, cert: issued.cert, ...options }, port);
  servers.push(server);
  return server;
}

interface Stand {
  /** For logs. */
  readonly logs: string;
  readonly server: LumberjackServer;
  readonly forwarder: Program;
  /** The texts of the lines that have arrived. */
  readonly lines: () => string[];
  /** Waits until so many lines are there, and gives all of them. */
  readonly arrived: (howMany: number) => Promise<string[]>;
  /** The same forwarder once more. */
  readonly start: () => Program;
}

interface StandOptions {
  readonly server?: LumberjackServer;
  readonly network?: Readonly<Record<string, unknown>>;
  readonly files?: readonly object[];
  readonly setup?: Partial<ForwarderSetup>;
  /** What is there before the forwarder starts. */
  readonly before?: (logs: string) => void;
}

async function stand(options: StandOptions = {}): Promise<Stand> {
  count += 1;
  const folder = join(root, String(count));
  const logs = join(folder, 'logs');
  mkdirSync(logs, { recursive: true });
  options.before?.(logs);
  const server = options.server ?? (await serve());
  const config = {
    network: {
      servers: [`localhost:${server.port}`],
      'ssl ca': authority.certificate,
      timeout: 10,
      ...options.network,
    },
    files: (options.files ?? [{ paths: [`${logs}/*.log`] }]).map(
      (each) => JSON.parse(JSON.stringify(each).replaceAll('LOGS', logs)) as object,
    ),
  };
  const start = (): Program => startForwarder({ folder, config, ...options.setup });
  const forwarder = start();
  const lines = (): string[] => server.events.map((event) => String(event.fields['line']));
  return {
    logs,
    server,
    forwarder,
    lines,
    start,
    arrived: (howMany) =>
      eventually(
        `${howMany} lines`,
        () => lines().length >= howMany && lines(),
        () => `${lines().join('\n').slice(0, 2000)}\n${forwarder.output()}\n${server.problems.join('\n')}`,
      ),
  };
}

test('lines with their file, host, offset and fields', async () => {
  const { logs, server, arrived, forwarder } = await stand({
    files: [{ paths: ['LOGS/*.log'], fields: { type: 'syslog', app_name: 'x' } }],
    setup: { environment: { APP_NAME: 'from the environment' } },
  });
  writeFileSync(join(logs, 'a.log'), 'one\ntwo\r\n\n');
  assert.equal(await arrived(3), ['one', 'two', '']);
  const { host, ...fields } = server.events[1]?.fields ?? {};
  assert.equal(fields, {
    file: join(logs, 'a.log'),
    offset: '4',
    line: 'two',
    type: 'syslog',
    app_name: 'from the environment',
  });
  assert.type(host, 'string');
  assert.is(await forwarder.stop(), 0);
});

test('half a line waits for its rest, and is sent once its file has been dead for long', async () => {
  const { logs, arrived, lines, forwarder } = await stand({
    files: [{ paths: ['LOGS/*.log'], 'dead time': '3s' }],
  });
  // What is older than that when it is first seen is not read at all.
  await eventually('its start', () => /connected/.test(forwarder.output()));
  const path = join(logs, 'a.log');
  writeFileSync(path, 'one\nha');
  await arrived(1);
  appendFileSync(path, 'lf\nres');
  assert.equal((await arrived(2)).slice(1), ['half']);
  assert.equal((await arrived(3)).slice(2), ['res']);
  appendFileSync(path, 't\nlast\n');
  assert.equal((await arrived(5)).slice(3), ['t', 'last']);
  assert.is(lines().length, 5);
});

test('a file is followed by what it is, not by its name: renamed, moved away, removed', async () => {
  const { logs, arrived } = await stand();
  const path = join(logs, 'a.log');
  writeFileSync(path, '1\n');
  await arrived(1);
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, '2\n');
  await arrived(2);
  writeFileSync(path, '3\n');
  await arrived(3);
  renameSync(`${path}.1`, join(logs, '..', 'elsewhere'));
  appendFileSync(join(logs, '..', 'elsewhere'), '4\n');
  await arrived(4);
  const fd = openSync(path, 'a');
  unlinkSync(path);
  writeSync(fd, '5\n');
  await arrived(5);
  closeSync(fd);
  writeFileSync(path, '6\n');
  assert.equal(await arrived(6), ['1', '2', '3', '4', '5', '6']);
});

test('a rotated file whose new name matches as well is not sent again', async () => {
  const { logs, arrived, lines } = await stand({ files: [{ paths: ['LOGS/*'] }] });
  writeFileSync(join(logs, 'a'), '1\n');
  await arrived(1);
  renameSync(join(logs, 'a'), join(logs, 'a.1'));
  linkSync(join(logs, 'a.1'), join(logs, 'b'));
  symlinkSync('a.1', join(logs, 'c'));
  writeFileSync(join(logs, 'a'), '2\n');
  await arrived(2);
  appendFileSync(join(logs, 'c'), '3\n');
  await arrived(3);
  assert.equal(lines(), ['1', '2', '3']);
});

test('a truncated file is read from its beginning, and one that was written anew, however long', async () => {
  const { logs, arrived } = await stand();
  const path = join(logs, 'a.log');
  writeFileSync(path, 'first\nsecond\n');
  await arrived(2);
  truncateSync(path);
  appendFileSync(path, 'third\n');
  await arrived(3);
  // Longer at once than it was.
  writeFileSync(path, 'fourth\nfifth\n');
  assert.equal(await arrived(5), ['first', 'second', 'third', 'fourth', 'fifth']);
});

test('files that begin alike are told apart, while we look and while we do not', async () => {
  const { logs, arrived, forwarder, start, lines } = await stand();
  const path = join(logs, 'a.log');
  const header = `${'#'.repeat(400)}\n`;
  writeFileSync(path, `${header}1\n`);
  await arrived(2);
  writeFileSync(path, `${header}2\n3\n4\n`);
  await arrived(6);
  assert.is(await forwarder.stop(), 0);
  writeFileSync(path, `${header}5\n6\n7\n8\n`);
  start();
  await arrived(11);
  assert.equal(
    lines().filter((line) => !line.startsWith('#')),
    ['1', '2', '3', '4', '5', '6', '7', '8'],
  );
});

test('a writer that goes on where it was in a truncated file leaves a hole: its lines come without it', async () => {
  const { logs, arrived, server, forwarder } = await stand();
  const path = join(logs, 'a.log');
  const place = 64 * 1024 * 1024;
  const fd = openSync(path, 'w');
  writeSync(fd, 'before\n', place);
  await arrived(1);
  ftruncateSync(fd);
  await eventually('its being noticed', () => /was truncated/.test(forwarder.output()));
  writeSync(fd, 'behind\n', place + 7);
  closeSync(fd);
  assert.equal(await arrived(2), ['before', 'behind']);
  assert.is(server.events[1]?.fields['offset'], String(place + 7));
});

test('names that are no UTF-8, relative paths with .. in them, links that lead nowhere', async () => {
  const { logs, arrived, server, forwarder } = await stand({
    files: [{ paths: ['logs/../logs/./*.log', 'LOGS/*/x', 'LOGS/', 'LOGS/none'] }],
    before(folder) {
      writeFileSync(Buffer.from(`${folder}/\xff1.log`, 'latin1'), 'early\n');
      symlinkSync('loop', join(folder, 'loop'));
      symlinkSync('.', join(folder, 'here'));
    },
  });
  await arrived(1);
  writeFileSync(Buffer.from(`${logs}/\xff2.log`, 'latin1'), 'late\n');
  assert.equal(await arrived(2), ['early', 'late']);
  assert.is(server.events[1]?.fields['file'], join(logs, '\uFFFD2.log'));
  const [said = ''] = /no files yet: .*/.exec(forwarder.output()) ?? [];
  assert.match(said, `${logs}/ (a directory: ${logs}/* are the files in it), ${logs}/none`);
  assert.not.match(forwarder.output(), /cannot watch/);
});

test('copytruncate under a writer that does not wait: what is lost lay in the file when it was truncated, and nothing is mixed up', async () => {
  const { logs, lines, arrived, forwarder } = await stand();
  const path = join(logs, 'a.log');
  const rounds = 300;
  /** How far the writer was at each truncation. */
  const truncations: number[] = [];
  let written = 0;
  for (let round = 0; round < rounds; round += 1) {
    let text = '';
    for (let line = 0; line < 40; line += 1, written += 1)
      text += `line ${written} ${'x'.repeat(written % 50)}\n`;
    appendFileSync(path, text);
    if (round === 0) await arrived(1);
    if (round % 15 === 14 && round < rounds - 15) {
      truncateSync(path);
      truncations.push(written);
    }
    if (round % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const last = `line ${written - 1} `;
  await eventually('the last line', () => lines().some((each) => each.startsWith(last)), forwarder.output);
  const numbers = lines().map((each) => {
    const [, number, filling] = /^line (\d+) (x*)$/.exec(each) ?? [];
    assert.is(filling?.length, Number(number) % 50, `no line that was written: ${each}`);
    return Number(number);
  });
  const distinct = new Set(numbers);
  assert.is(distinct.size, numbers.length, 'none came twice');
  // Of each period between two truncations the beginning arrives, without a gap; of the last one, all.
  let begin = 0;
  for (const until of [...truncations, written]) {
    const period = numbers.filter((each) => each >= begin && each < until).toSorted((one, two) => one - two);
    assert.ok(
      period.every((each, place) => each === begin + place),
      `a gap between ${begin} and ${until}`,
    );
    if (until === written) assert.is(period.length, written - begin);
    begin = until;
  }
  console.log(`${written} lines, ${truncations.length} truncations, ${written - distinct.size} lost in them`);
});

test("glog's link leads to another file after each start of Mesos", async () => {
  const { logs, arrived } = await stand({ files: [{ paths: ['LOGS/*.INFO'] }] });
  const begin = (name: string, text: string): void => {
    writeFileSync(join(logs, name), text);
    rmSync(join(logs, 'mesos-slave.INFO'), { force: true });
    symlinkSync(name, join(logs, 'mesos-slave.INFO'));
  };
  begin('mesos-slave.h.root.log.INFO.20151104-101112.7', '1\n');
  await arrived(1);
  appendFileSync(join(logs, 'mesos-slave.h.root.log.INFO.20151104-101112.7'), '2\n');
  await arrived(2);
  begin('mesos-slave.h.root.log.INFO.20151104-111112.8', '3\n');
  await arrived(3);
  appendFileSync(join(logs, 'mesos-slave.h.root.log.INFO.20151104-111112.8'), '4\n');
  assert.equal(await arrived(4), ['1', '2', '3', '4']);
});

test('directories that come later, and patterns over them', async () => {
  const { logs, arrived } = await stand({ files: [{ paths: ['LOGS/new/deep/*.log', 'LOGS/app-*/out'] }] });
  mkdirSync(join(logs, 'new/deep'), { recursive: true });
  writeFileSync(join(logs, 'new/deep/a.log'), '1\n');
  await arrived(1);
  mkdirSync(join(logs, 'app-7'));
  writeFileSync(join(logs, 'app-7/out'), '2\n');
  await arrived(2);
  rmSync(join(logs, 'new'), { recursive: true });
  mkdirSync(join(logs, 'new/deep'), { recursive: true });
  writeFileSync(join(logs, 'new/deep/b.log'), '3\n');
  assert.equal(await arrived(3), ['1', '2', '3']);
});

test('old files are left alone until something is written to them', async () => {
  const { logs, arrived, lines } = await stand({
    files: [{ paths: ['LOGS/*.log'], 'dead time': '1h' }],
    before(folder) {
      writeFileSync(join(folder, 'old.log'), 'old\n');
      utimesSync(join(folder, 'old.log'), 1_000_000_000, 1_000_000_000);
      writeFileSync(join(folder, 'new.log'), 'new\n');
    },
  });
  await arrived(1);
  appendFileSync(join(logs, 'old.log'), 'from now on\n');
  await arrived(2);
  assert.equal(lines(), ['new', 'from now on']);
});

test('a restart goes on where it was, over rotation meanwhile', async () => {
  const { logs, arrived, forwarder, start, lines } = await stand();
  const path = join(logs, 'a.log');
  writeFileSync(path, '1\n2\n');
  await arrived(2);
  assert.is(await forwarder.stop(), 0);
  appendFileSync(path, '3\n');
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, '4\n');
  writeFileSync(path, '5\n');
  const next = start();
  await arrived(5);
  assert.equal(lines().toSorted(), ['1', '2', '3', '4', '5']);
  assert.is(await next.stop(), 0);
  // Another file in the same inode, longer than the first was.
  truncateSync(path);
  appendFileSync(path, '6\n7\n8\n');
  start();
  await arrived(8);
  assert.equal(lines().slice(5), ['6', '7', '8']);
});

test('files are known again when the number of their device has changed, and those that are out of sight are not forgotten', async () => {
  const { logs, arrived, lines, forwarder, start } = await stand({
    files: [{ paths: ['LOGS/*.log', 'LOGS/volume/*'] }],
  });
  const [path, volume, registry] = [join(logs, 'a.log'), join(logs, 'volume'), join(logs, '../registry')];
  mkdirSync(volume);
  writeFileSync(path, '1\n');
  writeFileSync(join(volume, 'b'), '2\n');
  await arrived(2);
  assert.is(await forwarder.stop(), 0);
  // As after a reboot; and what a mount point leads to without its volume.
  writeFileSync(registry, readFileSync(registry, 'utf8').replaceAll(/"dev":"\d+"/g, '"dev":"7"'));
  renameSync(volume, join(logs, '..', 'away'));
  const second = start();
  appendFileSync(path, '3\n');
  await arrived(3);
  assert.is(await second.stop(), 0);
  renameSync(join(logs, '..', 'away'), volume);
  appendFileSync(join(volume, 'b'), '4\n');
  start();
  await arrived(4);
  assert.equal(lines().toSorted(), ['1', '2', '3', '4']);
});

test('a registry that is damaged means that all is sent again; one that cannot be written stops the start', async () => {
  const { logs, arrived, forwarder, start } = await stand();
  writeFileSync(join(logs, 'a.log'), '1\n');
  await arrived(1);
  assert.is(await forwarder.stop(), 0);
  writeFileSync(join(logs, '../registry'), '{"format":1,"files":[');
  const next = start();
  await arrived(2);
  assert.match(next.output(), /registry is damaged: all files are sent from their beginnings/);
  const refused = await stand({ setup: { options: ['-registry=/proc/registry'] } });
  assert.is(await refused.forwarder.ended, 78);
  assert.match(refused.forwarder.output(), /cannot keep the registry \/proc\/registry/);
});

test('a line of many megabytes comes in marked pieces that make it whole again', async () => {
  const { logs, server } = await stand();
  const line = Array.from({ length: 400_000 }, (_, index) => `${index} é😀`).join(' ');
  writeFileSync(join(logs, 'a.log'), `before\n${line}\nafter\n`);
  const whole = (): string[] => {
    const texts: string[] = [''];
    for (const { fields } of server.events) {
      texts[texts.length - 1] += String(fields['line']);
      if (fields['line_continues'] !== 'true') texts.push('');
    }
    return texts.slice(0, -1);
  };
  await eventually('three lines', () => whole().length === 3);
  assert.ok(whole()[1] === line, 'the long line is as it was');
  assert.ok(server.events.length > 5);
});

test('a thousand files', async () => {
  const { logs, arrived, lines } = await stand();
  for (let file = 0; file < 1000; file += 1) writeFileSync(join(logs, `${file}.log`), `${file} a\n`);
  await arrived(1000);
  for (let file = 0; file < 1000; file += 1) appendFileSync(join(logs, `${file}.log`), `${file} b\n`);
  await arrived(2000);
  assert.is(new Set(lines()).size, 2000);
});

test('standard input, to its end', async () => {
  const { forwarder, arrived } = await stand({
    files: [{ paths: ['-'], fields: { type: 'stdin' } }],
    setup: { stdin: 'pipe' },
  });
  const text = Array.from({ length: 20_000 }, (_, index) => `line ${index}`).join('\n');
  forwarder.child.stdin?.end(text);
  assert.is((await arrived(20_000)).at(-1), 'line 19999', 'also without a newline');
  assert.is(await forwarder.ended, 0);
});

test('version 1, bytes as they are, for a server that hangs up on version 2', async () => {
  const server = await serve({ versions: [1] });
  const { logs, arrived, lines } = await stand({ server });
  writeFileSync(join(logs, 'a.log'), Buffer.concat([Buffer.from('one\n'), Buffer.from([0xff, 0x80, 0x0a])]));
  await arrived(2);
  assert.equal(
    server.events.map((event) => event.version),
    [1, 1],
  );
  assert.equal(lines(), ['one', '\xff\x80']);
  assert.is(server.events[1]?.fields['offset'], '4');
});

test('version 1 that acknowledges the count of a window, as go-lumber does: nothing waits, nothing comes twice', async () => {
  const server = await serve({ versions: [1], onWindow: (window) => [window.length] });
  const { logs, arrived, lines } = await stand({ server });
  const path = join(logs, 'a.log');
  writeFileSync(path, 'one\n');
  await arrived(1);
  appendFileSync(path, Array.from({ length: 3000 }, (_, index) => `${index}\n`).join(''));
  await arrived(3001);
  assert.is(new Set(lines()).size, lines().length);
});

test('a server that is too slow for a whole window in time gets smaller ones, in the same version', async () => {
  const server = await serve({
    async onWindow(window) {
      await new Promise((resolve) => setTimeout(resolve, 4 * window.length));
      return [window.length];
    },
  });
  const { logs, lines, forwarder } = await stand({ server, network: { timeout: 1 } });
  writeFileSync(join(logs, 'a.log'), Array.from({ length: 600 }, (_, index) => `${index}\n`).join(''));
  await eventually('600 lines', () => new Set(lines()).size === 600, forwarder.output);
  assert.match(forwarder.output(), /it acknowledged nothing for 1 s/);
  assert.ok(server.events.every(({ version }) => version === 2));
});

test('partial acknowledgements, signs of life, and a server that hangs up in the middle: nothing comes twice that was acknowledged', async () => {
  let windows = 0;
  const server = await serve({
    async onWindow(events, socket) {
      windows += 1;
      if (windows !== 2) return [0, events.at(-1)?.sequence ?? 0];
      const half = Math.floor(events.length / 2);
      socket.write(ackFrame(2, 0));
      await new Promise((resolve) => socket.write(ackFrame(2, half), resolve));
      await new Promise((resolve) => setTimeout(resolve, 100));
      socket.destroy();
      // What it has not acknowledged, it has not kept.
      (events as unknown[]).splice(half);
      return [];
    },
  });
  const { logs, arrived, lines } = await stand({ server });
  const text = Array.from({ length: 10_000 }, (_, index) => `${index}\n`).join('');
  writeFileSync(join(logs, 'a.log'), text);
  await arrived(10_000);
  assert.is(new Set(lines()).size, 10_000);
  assert.ok(lines().length <= 11_024, `${lines().length}`);
});

test('a server that answers nonsense, or acknowledges what was never sent, is left', async () => {
  const bad = await serve({ onWindow: () => [4711] });
  const good = await serve();
  const { logs, forwarder } = await stand({
    server: good,
    network: { servers: [`localhost:${bad.port}`, `localhost:${good.port}`] },
  });
  writeFileSync(join(logs, 'a.log'), '1\n');
  await eventually('the line', () => good.events.length === 1, forwarder.output);
});

test('failover: the servers that are down are passed over, and the line waits until one is up', async () => {
  const ports = [await freePort(), await freePort(), await freePort()];
  const { logs, forwarder } = await stand({ network: { servers: ports.map((port) => `localhost:${port}`) } });
  writeFileSync(join(logs, 'a.log'), '1\n');
  await eventually('a pause', () => /ECONNREFUSED.* in \d/.test(forwarder.output()), forwarder.output);
  const late = await serve({}, ports[2]);
  await eventually('the line', () => late.events.length === 1, forwarder.output);
});

test('a server that stops answering is left after the timeout', async () => {
  const deaf = await serve({ onWindow: () => new Promise(() => {}) });
  const good = await serve();
  const servers = [`localhost:${deaf.port}`, `localhost:${good.port}`];
  const { logs, forwarder } = await stand({ server: good, network: { servers, timeout: 1 } });
  writeFileSync(join(logs, 'a.log'), '1\n');
  await eventually('the line', () => good.events.length === 1, forwarder.output);
});

test('a server that hangs up on an idle connection is called again when there is something to say', async () => {
  const { logs, arrived, server, forwarder } = await stand();
  await eventually('a connection', () => server.sockets.size === 1);
  for (const socket of server.sockets) socket.end();
  await eventually('the end', () => /closed the idle connection/.test(forwarder.output()));
  writeFileSync(join(logs, 'a.log'), '1\n');
  await arrived(1);
});

interface TlsCase {
  readonly what: string;
  readonly network: (port: number) => Readonly<Record<string, unknown>>;
  readonly server?: Partial<LumberjackOptions>;
  /** What it says; undefined where the line arrives. */
  readonly refused?: RegExp;
}

const other = makeAuthority(mkdtempSync(join(root, 'other-')), 'other');
const named = authority.issue('elsewhere', ['DNS:logs.example']);
const selfSigned = makeSelfSigned(root, 'localhost.selfsigned');
const commonName = makeSelfSigned(mkdtempSync(join(root, 'cn-')), 'localhost');
const client = authority.issue('client', []);

const TLS: readonly TlsCase[] = [
  { what: 'a name of the certificate', network: (port) => ({ servers: [`localhost:${port}`] }) },
  { what: 'an address of the certificate', network: (port) => ({ servers: [`127.0.0.1:${port}`] }) },
  {
    what: 'a certificate of its own as CA, with a common name alone, as its documentation makes it',
    network: (port) => ({ servers: [`localhost:${port}`], 'ssl ca': commonName.certificate }),
    server: { key: commonName.keyText, cert: commonName.cert },
  },
  {
    what: "the server's own certificate, which a CA has signed, as CA",
    network: (port) => ({ servers: [`localhost:${port}`], 'ssl ca': issued.certificate }),
  },
  {
    what: 'another name',
    network: (port) => ({ servers: [`localhost:${port}`] }),
    server: { key: named.keyText, cert: named.cert },
    refused: /Hostname\/IP does not match certificate's altnames/,
  },
  {
    what: 'an address that the certificate does not have, be it its common name',
    network: (port) => ({ servers: [`127.0.0.1:${port}`], 'ssl ca': commonName.certificate }),
    server: { key: commonName.keyText, cert: commonName.cert },
    refused: /IP: 127\.0\.0\.1 is not in the cert's list/,
  },
  {
    what: 'another CA',
    network: (port) => ({ servers: [`localhost:${port}`], 'ssl ca': other.certificate }),
    refused: /its certificate is not from the CA in .*other\.crt/,
  },
  {
    what: 'no CA',
    network: (port) => ({ servers: [`localhost:${port}`], 'ssl ca': '' }),
    refused: /not from a known CA \(set "ssl ca"\)/,
  },
  {
    what: 'a stranger, though NODE_TLS_REJECT_UNAUTHORIZED=0',
    network: (port) => ({ servers: [`localhost:${port}`], 'ssl ca': selfSigned.certificate }),
    refused: /its certificate is not from the CA/,
  },
  {
    what: 'a certificate of the client',
    network: (port) => ({
      servers: [`localhost:${port}`],
      'ssl certificate': client.certificate,
      'ssl key': client.key,
    }),
    server: { clientCa: readFileSync(authority.certificate) },
  },
  {
    what: 'a client without the certificate that is asked for',
    network: (port) => ({ servers: [`localhost:${port}`] }),
    server: { clientCa: readFileSync(authority.certificate) },
    refused: /(?:lost|cannot reach) localhost:\d+: .*certificate/,
  },
];

for (const { what, network, server: options, refused } of TLS) {
  test(`TLS: ${what} is ${refused === undefined ? 'accepted' : 'refused, and said'}`, async () => {
    const server = await serve(options);
    const environment = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const { logs, arrived, forwarder, lines } = await stand({
      server,
      network: network(server.port),
      setup: { environment },
    });
    writeFileSync(join(logs, 'a.log'), 'secret\n');
    if (refused === undefined) await arrived(1);
    else {
      await eventually('a refusal', () => refused.test(forwarder.output()), forwarder.output);
      assert.equal(lines(), []);
    }
    await forwarder.stop('SIGKILL');
  });
}

test('a server without TLS is told nothing', async () => {
  const { createServer } = await import('node:net');
  let heard = '';
  const plain = createServer((socket) => {
    socket.on('data', (chunk) => (heard += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.write('hello\n');
  });
  await new Promise<void>((resolve) => void plain.listen(0, '127.0.0.1', resolve));
  const { port } = plain.address() as { port: number };
  const { logs, forwarder } = await stand({ network: { servers: [`localhost:${port}`] } });
  writeFileSync(join(logs, 'a.log'), 'secret\n');
  await eventually('a refusal', () => /it does not speak TLS/.test(forwarder.output()), forwarder.output);
  assert.not.match(heard, 'secret');
  await forwarder.stop('SIGKILL');
  plain.close();
});

for (const [what, config, code, message] of [
  ['is not JSON', '{"network":', 78, /forwarder\.conf:1: not JSON: it ends too early/],
  [
    'names a CA that is not there',
    { network: { servers: ['x:1'], 'ssl ca': '/nowhere.crt' }, files: [{ paths: ['/x'] }] },
    78,
    /cannot read "ssl ca": ENOENT.*\/nowhere\.crt/,
  ],
  [
    'has a malformed pattern',
    { network: { servers: ['x:1'] }, files: [{ paths: ['/x/[.log'] }] },
    78,
    /forwarder\.conf:1: '\/x\/\[\.log' is no pattern: close its \[/,
  ],
] as const) {
  test(`a configuration that ${what} is one clear line`, async () => {
    const folder = mkdtempSync(join(root, 'config-'));
    const forwarder = startForwarder({ folder, config });
    assert.is(await forwarder.ended, code);
    assert.match(forwarder.output(), message);
    assert.is(forwarder.output().trim().split('\n').length, 1, forwarder.output());
    assert.not(existsSync(join(folder, 'registry')));
  });
}

test.run();
