// build/buildkit/: the calls that an engine makes through our session, made by a client of our own.

import { connect, type ClientHttp2Session } from 'node:http2';
import { createServer, connect as connectSocket, type Server, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { contentTime, selectFollowed, statOf } from '../../../build/engine/buildkit/file-stats.ts';
import { frameMessage, readFrames } from '../../../build/engine/buildkit/frames.ts';
import { serveGrpc } from '../../../build/engine/buildkit/grpc.ts';
import {
  credentialsRequest,
  credentialsResponse,
  packet,
  secretRequest,
  secretResponse,
} from '../../../build/engine/buildkit/messages.ts';
import { sessionMethods } from '../../../build/engine/buildkit/session.ts';
import { memoryFile } from '../../../build/model/context.ts';
import { entryList } from '../../../build/model/entry-list.ts';

const test = suite('BuildKit session');

const FILES = entryList([
  { kind: 'directory', path: 'a' },
  memoryFile('a.txt', 'beside'),
  memoryFile('a/b', 'inside'),
  { kind: 'symlink', path: 'l', target: 'a' },
]);
const asked: string[] = [];
let server: Server;
let client: ClientHttp2Session;

test.before(async () => {
  server = createServer((socket: Socket) => {
    const offer = {
      folders: new Map([['context', FILES]]),
      sshAgents: new Map(),
      secrets: new Map([['tok', Buffer.from('geheim')]]),
      credentialsFor: (host: string) => {
        asked.push(host);
        return Promise.resolve(host === 'mine.example.org' ? { username: 'me', password: 'pw' } : undefined);
      },
      sharedKey: 'k',
      onBytes: () => {},
    };
    serveGrpc(socket, sessionMethods(offer));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  client = connect('http://engine', { createConnection: () => connectSocket(port, '127.0.0.1') });
});
test.after(async () => {
  client.destroy();
  await new Promise((resolve) => void server.close(resolve));
});

/** One request, and all messages of the answer with its status. */
async function call(path: string, message: Uint8Array): Promise<{ status: string; messages: Buffer[] }> {
  const stream = client.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' });
  let status = '';
  stream.on('trailers', (trailers) => void (status = String(trailers['grpc-status'])));
  stream.end(frameMessage(message));
  const messages: Buffer[] = [];
  for await (const bytes of readFrames(stream)) messages.push(Buffer.from(bytes));
  return { status, messages };
}

test('a secret by its id, and NOT_FOUND for another', async () => {
  const path = '/moby.buildkit.secrets.v1.Secrets/GetSecret';
  const found = await call(path, secretRequest.encode({ id: 'tok' }));
  assert.is(found.status, '0');
  assert.is(
    Buffer.from(secretResponse.decode(found.messages[0] ?? Buffer.alloc(0)).data).toString(),
    'geheim',
  );
  assert.is((await call(path, secretRequest.encode({ id: 'other' }))).status, '5');
});

test('a registry gets its own credentials, and a foreign one none', async () => {
  const path = '/moby.filesync.v1.Auth/Credentials';
  const ask = async (host: string) =>
    credentialsResponse.decode(
      (await call(path, credentialsRequest.encode({ host }))).messages[0] ?? Buffer.alloc(0),
    );
  assert.equal(await ask('mine.example.org'), { username: 'me', secret: 'pw' });
  assert.equal(await ask('evil.example.org'), { username: '', secret: '' });
  assert.equal(asked, ['mine.example.org', 'evil.example.org']);
});

test('a call that is not served is UNIMPLEMENTED', async () => {
  assert.is((await call('/moby.upload.v1.Upload/Pull', Buffer.alloc(0))).status, '12');
});

test('files: the list in the order of a walk, then what is asked for, then the end', async () => {
  const stream = client.request({
    ':method': 'POST',
    ':path': '/moby.filesync.v1.FileSync/DiffCopy',
    'content-type': 'application/grpc',
    'dir-name': 'context',
  });
  const paths: string[] = [];
  let content = '';
  for await (const bytes of readFrames(stream.iterator({ destroyOnReturn: false }))) {
    const message = packet.decode(bytes);
    if (message.type === 0 && message.stat !== null && message.stat !== undefined)
      paths.push(message.stat.path);
    else if (message.type === 0) stream.write(frameMessage(packet.encode({ type: 1, id: 1 })));
    else if (message.type === 2 && (message.data?.length ?? 0) > 0)
      content += Buffer.from(message.data ?? []).toString();
    else if (message.type === 2) stream.write(frameMessage(packet.encode({ type: 3 })));
    else if (message.type === 3) break;
  }
  stream.close();
  assert.equal(paths, ['a', 'a/b', 'a.txt', 'l']);
  assert.is(content, 'inside');
});

test('the times of files tell contents apart, in nanoseconds that no layer keeps', () => {
  const [one, two] = [memoryFile('x', 'one'), memoryFile('x', 'two')];
  assert.is.not(statOf(one).modTime, statOf(two).modTime);
  assert.is(statOf(one).modTime, statOf(memoryFile('x', 'one')).modTime);
  assert.ok(contentTime('f'.repeat(64)) < 1e9);
});

test("modes are Go's", () => {
  assert.is(statOf(memoryFile('x', '', 0o4755)).mode, 2 ** 23 + 0o755);
  assert.is(statOf({ kind: 'directory', path: 'd', mode: 0o1777 }).mode, 2 ** 31 + 2 ** 20 + 0o777);
});

const FOLLOWED: [what: string, paths: string[], kept: string[]][] = [
  ['a folder', ['a'], ['a', 'a/b']],
  ['a file, with the folders on the way', ['/a/b'], ['a', 'a/b']],
  ['everything', ['.'], ['a', 'a/b', 'a.txt', 'l']],
  ['a pattern', ['a*'], ['a', 'a/b', 'a.txt', 'l']],
  ['a link', ['l'], ['a', 'a/b', 'a.txt', 'l']],
  ['what is not there', ['x'], []],
];
for (const [what, paths, kept] of FOLLOWED) {
  test(`what COPY asks for: ${what}`, () =>
    assert.equal(
      [...selectFollowed(FILES, paths)].map((index) => FILES.pathAt(index)),
      kept,
    ));
}

test('frames come out whole, wherever the chunks end', async () => {
  const bytes = Buffer.concat([
    frameMessage(Buffer.from('one')),
    frameMessage(Buffer.from('')),
    frameMessage(Buffer.from('three')),
  ]);
  for (const size of [1, 2, 7, 100]) {
    const chunks = async function* (): AsyncGenerator<Buffer> {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    };
    const found: string[] = [];
    for await (const message of readFrames(chunks())) found.push(message.toString());
    assert.equal(found, ['one', '', 'three']);
  }
});

test.run();
