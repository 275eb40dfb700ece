// The server itself: sockets and their modes, our own endpoints, and clients that mean no good.

import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from 'uvu';
import { callMethod, follow, get } from '../../../supervisor/control/client.ts';
import type { Target } from '../../../supervisor/control/client.ts';
import { startControlServer } from '../../../supervisor/control/server.ts';
import type { ListenConfig } from '../../../supervisor/control/server.ts';
import type { Status } from '../../../supervisor/control/status.ts';
import { FakeCommands, FakeLog, groupOf } from '../../fakes/commands.ts';
import { until, withDirectory, withServer } from '../../fakes/control.ts';
import type { Stand } from '../../fakes/control.ts';

const test = suite('control server');

const GROUPS = [groupOf('web', [{ name: 'web' }]), groupOf('workers', [{ name: 'a' }])];
const targetOf = ({ url }: Stand): Target => ({ url, credentials: null });

function unix(path: string, fields: Partial<ListenConfig & { kind: 'unix' }> = {}): ListenConfig {
  return { kind: 'unix', path, mode: 0o700, uid: null, gid: null, credentials: null, ...fields };
}

const options = (commands = new FakeCommands(GROUPS)): { commands: FakeCommands; rpcInterface: boolean } => ({
  commands,
  rpcInterface: true,
});

test('makes the socket with its mode and owner, and leaves nothing else behind', async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, 'sock');
    const seen = new Set<string>();
    const watcher = watch(directory, (_event, name) => seen.add(String(name)));
    const server = await startControlServer(unix(path, { mode: 0o770, uid: 1234, gid: 4321 }), options());
    await until('the watcher', () => seen.has('sock'));
    watcher.close();
    assert.ok(
      [...seen].every((name) => name === 'sock' || name.startsWith('.')),
      'works beside the socket',
    );
    const stat = lstatSync(path);
    assert.is(stat.mode & 0o7777, 0o770);
    assert.equal([stat.uid, stat.gid], [1234, 4321]);
    assert.equal(readdirSync(directory), ['sock']);
    await server.close();
    assert.equal(readdirSync(directory), []);
  });
});

test('replaces a socket that nobody answers on', async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, 'sock');
    const first = createServer();
    await new Promise<void>((resolve) => first.listen(join(directory, 'other'), resolve));
    // A socket whose server has died: the file outlives it under another name.
    linkSync(join(directory, 'other'), path);
    await new Promise<void>((resolve) => first.close(() => resolve()));
    const server = await startControlServer(unix(path), options());
    assert.is((await get({ url: `unix://${path}`, credentials: null }, '/health')).status, 200);
    await server.close();
  });
});

test('does not replace a socket that somebody answers on, nor remove it at the end', async () => {
  await withServer({ groups: GROUPS }, async (stand) => {
    await fails(startControlServer(unix(stand.socket), options()), /another server answers there/);
    assert.is((await get(targetOf(stand), '/health')).status, 200);
  });
});

test('does not remove a socket that another server has put in the place of its own', async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, 'sock');
    const first = await startControlServer(unix(path), options());
    renameSync(path, join(directory, 'moved'));
    const second = await startControlServer(unix(path), options());
    await first.close();
    assert.ok(lstatSync(path).isSocket());
    await second.close();
  });
});

test('says why it cannot listen', async () => {
  await withDirectory(async (directory) => {
    writeFileSync(join(directory, 'file'), 'x');
    mkdirSync(join(directory, 'folder'));
    symlinkSync('/etc/passwd', join(directory, 'link'));
    const cases = [
      [unix(join(directory, 'file')), /something else than a socket is there/],
      [unix(join(directory, 'folder')), /something else than a socket is there/],
      [unix(join(directory, 'link')), /something else than a socket is there/],
      [unix(join(directory, 'none', 'sock')), /its directory does not exist/],
      [unix(join(directory, 'x'.repeat(120))), /longer than 107 bytes/],
    ] as const;
    for (const [config, message] of cases) await fails(startControlServer(config, options()), message);
    assert.equal(readdirSync(directory).toSorted(), ['file', 'folder', 'link']);
  });
});

test('says why it cannot listen on a port', async () => {
  const credentials = { username: 'u', password: 'p' };
  const first = await startControlServer(
    { kind: 'inet', host: '127.0.0.1', port: 0, credentials },
    options(),
  );
  const port = Number(new URL(first.url).port);
  const second = startControlServer({ kind: 'inet', host: '127.0.0.1', port, credentials }, options());
  await fails(second, /cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
  await first.close();
});

test('answers /status with the state of everything', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    stand.commands.change('web', 'web', { state: 'EXITED', exit: { code: 3, signal: null }, startedAtMs: 0 });
    stand.commands.wellness = { healthy: false, reasons: ['web is gone'] };
    const { status, text } = await get(targetOf(stand), '/status');
    const body = JSON.parse(text) as Status;
    assert.is(status, 200);
    assert.equal(body.reasons, ['web is gone']);
    assert.is(body.supervisor.state, 'RUNNING');
    assert.equal(
      body.processes.map(({ name, state, exitCode }) => [name, state, exitCode]),
      [
        ['web', 'EXITED', 3],
        ['a', 'STOPPED', null],
      ],
    );
  }));

test('answers /status with what running programs say of themselves', () =>
  withDirectory(async (directory) => {
    const path = (name: string): string => join(directory, name);
    writeFileSync(path('two'), '  2 of 3 up\x1b[2J\x07\nanother line\n');
    writeFileSync(path('long'), 'x'.repeat(5000));
    writeFileSync(path('empty'), '');
    execFileSync('mkfifo', [path('fifo')]);
    const files = ['two', 'long', 'empty', 'fifo', 'gone', '.'];
    const groups = [
      ...files.map((name) => groupOf(name, [{ name, statusFile: path(name) }])),
      groupOf('none', [{ name: 'none' }]),
    ];
    await withServer({ groups }, async (stand) => {
      const texts = async (): Promise<(string | null)[]> => {
        const { text } = await get(targetOf(stand), '/status');
        return (JSON.parse(text) as Status).processes.map(({ statusText }) => statusText);
      };
      const names = ['.', 'empty', 'fifo', 'gone', 'long', 'none', 'two'];
      for (const name of [...files, 'none']) stand.commands.change(name, name, { state: 'RUNNING', pid: 7 });
      const said = await texts();
      assert.equal(
        said.map((text, index) => [names[index], text?.slice(0, 14) ?? null]),
        names.map((name) => [
          name,
          name === 'two' ? '2 of 3 up [2J' : name === 'long' ? 'x'.repeat(14) : null,
        ]),
      );
      assert.is(said[names.indexOf('long')]?.length, 1024);
      stand.commands.change('two', 'two', { state: 'EXITED', pid: null });
      assert.is((await texts())[names.indexOf('two')], null);
    });
  }));

test('answers /health with 200 or 503', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    assert.equal(await get(targetOf(stand), '/health'), { status: 200, text: 'healthy\n' });
    stand.commands.wellness = { healthy: false, reasons: ['web is FATAL', 'a is not ready'] };
    const text = 'unhealthy\nweb is FATAL\na is not ready\n';
    assert.equal(await get(targetOf(stand), '/health'), { status: 503, text });
  }));

test('answers /metrics in the format of Prometheus', () =>
  withServer({ groups: [groupOf('we"b\\', [{ name: 'w' }])] }, async (stand) => {
    const { text } = await get(targetOf(stand), '/metrics');
    assert.match(text, /^initkit_process_state\{group="we\\"b\\\\",name="w",state="STOPPED"\} 1$/m);
    assert.match(text, /^initkit_process_up\{group="we\\"b\\\\",name="w"\} 0$/m);
    assert.match(text, /^initkit_healthy 1$/m);
    for (const line of text.trimEnd().split('\n')) {
      assert.match(line, /^(# (HELP|TYPE) initkit_\w+ .+|initkit_\w+(\{.*\})? -?[\d.e+]+)$/);
    }
  }));

test('answers /events with what happens, to every client', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const abort = new AbortController();
    const seen = ['', ''];
    const clients = [0, 1].map((index) =>
      follow(targetOf(stand), '/events', (text) => (seen[index] += text), abort.signal),
    );
    await until('both clients', () => stand.commands.listeners === 2);
    await callMethod(targetOf(stand), 'supervisor.startProcess', ['web']);
    await until('the event', () => seen.every((text) => text.includes('\n\n')));
    assert.match(seen[0] ?? '', /^id: 1\nevent: process\ndata: \{"type":"process",.*"to":"RUNNING".*\}\n\n$/);
    abort.abort();
    await Promise.all(clients);
    await until('the server to notice', () => stand.commands.listeners === 0);
  }));

test('follows a log without a line lost or doubled, whatever the pieces', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const log = stand.log('web', 'stdout');
    const abort = new AbortController();
    let seen = '';
    const client = follow(targetOf(stand), '/logtail/web', (text) => (seen += text), abort.signal);
    await until('the client', () => log.listeners === 1);
    let expected = '';
    for (let line = 0; line < 2000; line += 1) {
      const text = `${line} ${'ü'.repeat(line % 7)}\n`;
      expected += text;
      const bytes = Buffer.from(text);
      log.append(bytes.subarray(0, line % bytes.length));
      log.append(bytes.subarray(line % bytes.length));
    }
    await until('the last line', () => seen.length >= expected.length);
    assert.is(seen, expected);
    abort.abort();
    await client;
  }));

test('bounds what it keeps for a reader of a log that does not read, and tells it what it missed', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const log = new FakeLog(null);
    stand.commands.logs.set('web.stdout', log);
    const socket = await open(stand, 'GET /logtail/web HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.pause();
    await until('the client', () => log.listeners === 1);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 1000; count += 1) log.tell(chunk);
    assert.ok(process.memoryUsage().arrayBuffers - before < 32 * 1024 * 1024, 'memory');
    let text = '';
    socket.on('data', (data) => (text += data.toString('latin1')));
    socket.resume();
    await until('the notice', () => /==> \d+ bytes skipped: the reader is too slow <==/.test(text));
    socket.destroy();
  }));

const NOT_FOUND: readonly string[] = [
  '/nope',
  '/logtail/nope',
  '/logtail/nope/stdout',
  '/logtail/web/stdin',
  '/logtail/web/stdout/x',
  '/logtail/workers:*/stdout',
  '/logtail/../../etc/passwd',
  '/logtail/%2e%2e%2f%2e%2e%2fetc%2fpasswd/stdout',
  '/mainlogtail',
];

test('answers 404 for what is not there', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    for (const path of NOT_FOUND) assert.is((await get(targetOf(stand), path)).status, 404, path);
  }));

const MALFORMED: readonly [title: string, request: string, status: RegExp][] = [
  ['no HTTP at all', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['binary rubbish', '\0\x01\x02\xff\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a bad address', 'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['another method', 'PUT /status HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 405 /],
  ['GET of /RPC2', 'GET /RPC2 HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['POST to a log', 'POST /logtail/web HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a body without a length', 'POST /RPC2 HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 411 /],
  ['a body that is too large', 'POST /RPC2 HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n', /^HTTP\/1\.1 413 /],
  ['a chunked body that is too large', chunked('x'.repeat(3000)), /^HTTP\/1\.1 413 /],
  [
    'two lengths',
    'POST /RPC2 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    /^HTTP\/1\.1 400 /,
  ],
  ['a negative length', 'POST /RPC2 HTTP/1.1\r\nContent-Length: -1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['endless headers', `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(10_000)}\r\n`, /^HTTP\/1\.1 431 /],
  ['an empty body', post(''), /^HTTP\/1\.1 400 /],
  ['XML that ends too early', post('<methodCall><methodName>x'), /^HTTP\/1\.1 400 /],
  ['no method name', post('<methodCall><params/></methodCall>'), /^HTTP\/1\.1 400 /],
  ['an entity bomb', post('<!DOCTYPE a [<!ENTITY b "&c;">]><methodCall/>'), /^HTTP\/1\.1 400 /],
  ['XML without end', post('<a>'.repeat(600)), /^HTTP\/1\.1 400 /],
  ['bytes that are not UTF-8', post('<methodCall>\xff</methodCall>'), /^HTTP\/1\.1 400 /],
];

for (const [title, request, status] of MALFORMED) {
  test(`answers ${title} with ${status.source.slice(11, 14)}, and the next client as ever`, () =>
    withServer({ groups: GROUPS, limits: { bodyBytes: 2000 } }, async (stand) => {
      assert.match(await exchange(stand, request), status);
      assert.is((await get(targetOf(stand), '/health')).status, 200);
      assert.is(await callMethod(targetOf(stand), 'supervisor.getVersion', []), '3.0');
    }));
}

test('asks for a password everywhere, and reads no body without one', () =>
  withServer({ groups: GROUPS, credentials: { username: 'u', password: 'p:q' } }, async (stand) => {
    for (const path of [
      '/',
      '/status',
      '/health',
      '/events',
      '/metrics',
      '/logtail/web',
      '/mainlogtail',
      '/nope',
    ]) {
      assert.is((await get(targetOf(stand), path)).status, 401, path);
    }
    const answer = await exchange(stand, 'POST /RPC2 HTTP/1.1\r\nContent-Length: 100000\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 401 [^]*WWW-Authenticate: Basic realm="default"/);
    const wrong = [
      'Basic',
      'Basic !',
      'Basic dTpw',
      'Basic dTo=',
      `Bearer ${btoa('u:p:q')}`,
      `Basic ${btoa('v:p:q')}`,
    ];
    for (const header of wrong) {
      const refused = await exchange(stand, `GET /health HTTP/1.1\r\nAuthorization: ${header}\r\n\r\n`);
      assert.match(refused, /^HTTP\/1\.1 401 /, header);
    }
    const target: Target = { url: stand.url, credentials: { username: 'u', password: 'p:q' } };
    assert.is((await get(target, '/health')).status, 200);
  }));

test('a client that sends a body with a wrong password gets its answer, and no reset', () =>
  withServer({ groups: GROUPS, credentials: { username: 'u', password: 'p' } }, async (stand) => {
    for (let round = 0; round < 50; round += 1) {
      const body = 'x'.repeat(300_000);
      const answer = await exchange(
        stand,
        `POST /RPC2 HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      assert.match(answer, /^HTTP\/1\.1 401 [^]*\n401 Unauthorized\n$/);
    }
  }));

test('closes connections that do not finish their request', () =>
  withServer({ groups: GROUPS, limits: { headMs: 100, requestMs: 200, checkMs: 50 } }, async (stand) => {
    const slow = [
      await open(stand, ''),
      await open(stand, 'GET / HT'),
      await open(stand, 'POST /RPC2 HTTP/1.1\r\nContent-Length: 100\r\n\r\n<meth'),
    ];
    await Promise.all(slow.map(ended));
    assert.is((await get(targetOf(stand), '/health')).status, 200);
  }));

test('lets a client wait for its answer for longer than it may take to ask', () =>
  withServer(
    { groups: GROUPS, limits: { headMs: 50, requestMs: 50, stalledMs: 50, checkMs: 20 } },
    async (stand) => {
      stand.commands.held.add('web');
      const started = callMethod(targetOf(stand), 'supervisor.startProcess', ['web']);
      await until('the start', () => stand.commands.journal.length === 1);
      // A second client goes through all the time-outs that the first one must survive.
      await ended(await open(stand, 'GET / HT'));
      stand.commands.release();
      assert.is(await started, true);
    },
  ));

test('stays within its number of connections, and serves the next one', () =>
  withServer({ groups: GROUPS, limits: { connections: 20 } }, async (stand) => {
    const sockets: Socket[] = [];
    for (let count = 0; count < 1000; count += 1)
      sockets.push(connect(stand.socket).on('error', () => undefined));
    const isOpen = (socket: Socket): boolean => !socket.closed;
    await until('the others to be closed', () => sockets.filter(isOpen).length <= 20);
    assert.is((await get(targetOf(stand), '/health')).status, 200);
    for (const socket of sockets) socket.destroy();
  }));

test('does not drop a connection that waits for an answer for new ones', () =>
  withServer({ groups: GROUPS, limits: { connections: 5 } }, async (stand) => {
    stand.commands.held.add('web');
    const started = callMethod(targetOf(stand), 'supervisor.startProcess', ['web']);
    await until('the start', () => stand.commands.journal.length === 1);
    const others = await Promise.all(Array.from({ length: 20 }, () => open(stand, '')));
    await until('the others to be closed', () => others.filter((socket) => !socket.closed).length <= 4);
    stand.commands.release();
    assert.is(await started, true);
    for (const socket of others) socket.destroy();
  }));

test('answers requests that are sent without waiting, in their order', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const request = 'GET /health HTTP/1.1\r\nHost:\r\n\r\n\r\n';
    const last = 'GET /nope HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n';
    const answer = await exchange(stand, request.repeat(100) + last);
    const codes = [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => match[1]);
    assert.equal(codes, [...Array.from({ length: 100 }, () => '200'), '404']);
  }));

test('survives clients that vanish at any point', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const log = stand.log('web', 'stdout', 'x');
    const call = post('<methodCall><methodName>supervisor.getVersion</methodName></methodCall>');
    for (const request of [call, 'GET /logtail/web HTTP/1.1\r\n\r\n', 'GET /events HTTP/1.1\r\n\r\n']) {
      for (let length = 0; length <= request.length; length += 7) {
        const socket = await open(stand, request.slice(0, length));
        socket.destroy();
      }
    }
    await until('the server to notice', () => log.listeners === 0 && stand.commands.listeners === 0);
    assert.is((await get(targetOf(stand), '/health')).status, 200);
    assert.equal(
      stand.commands.logged.filter((line) => line.startsWith('critical')),
      [],
    );
  }));

test('answers a defect of the supervisor with 500, and logs it', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    stand.commands.health = () => {
      throw new Error('a defect');
    };
    assert.is((await get(targetOf(stand), '/health')).status, 500);
    assert.match(stand.commands.logged.join('\n'), /critical Cannot answer GET \/health: Error: a defect/);
  }));

test('ends what streams when it closes', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    stand.log('web', 'stdout', 'x');
    const sockets = [
      await open(stand, 'GET /logtail/web HTTP/1.1\r\n\r\n'),
      await open(stand, 'GET /events HTTP/1.1\r\n\r\n'),
      await open(stand, ''),
    ];
    await until('the client', () => stand.commands.listeners === 1);
    await stand.server.close();
    await Promise.all(sockets.map(ended));
  }));

test.run();

function post(body: string): string {
  return `POST /RPC2 HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function chunked(body: string): string {
  const size = body.length.toString(16);
  return `POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n${body}\r\n0\r\n\r\n`;
}

function open(stand: Stand, request: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(stand.socket);
    socket.on('error', reject);
    socket.on('connect', () => socket.write(Buffer.from(request, 'latin1'), () => resolve(socket)));
    if (request === '') socket.on('connect', () => resolve(socket));
  });
}

/** Sends a request and half-closes; resolves with all that comes back. */
async function exchange(stand: Stand, request: string): Promise<string> {
  const socket = await open(stand, request);
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  socket.end();
  await ended(socket);
  return answer;
}

function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
  });
}

async function fails(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.instance(error, Error);
  assert.match((error as Error).message, message);
}
