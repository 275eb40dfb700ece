// A registry as the public ones are: tokens from a service of its own, blobs at a third host, here before a real registry.

import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { docker, makeRepository, startRegistry, type TestRegistry } from '../support/build.ts';

const test = suite('registry with tokens');

const PASSWORD = 'a:password+with/?';
const REFRESH = 'an-identity-token';

const repository = makeRepository({
  'images/web/Dockerfile': 'FROM scratch\nCOPY page /page\n',
  'images/web/image.ini': '[image]\nname = @web\n',
  'images/web/page': 'of a private registry\n',
});
const commit = repository.commit();
const sha = `sha-${commit.slice(0, 12)}`;
const web = repository.name('web');
const config = join(repository.root, 'docker-config');

let storage: TestRegistry;
let registry: string;
let tokens: string;
let blobs: string;
const servers: Server[] = [];
/** What the token service was asked, and what came with the requests for blobs. */
const asked: string[] = [];
const blobAuthorizations: (string | undefined)[] = [];

test.before(async () => {
  storage = await startRegistry();
  tokens = await listen((incoming, response) => void answerToken(incoming, response));
  blobs = await listen((incoming, response) => {
    blobAuthorizations.push(incoming.headers.authorization);
    forward(incoming, response);
  });
  registry = await listen(guard);
  mkdirSync(config, { recursive: true });
});
test.after(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  }
  await storage.stop();
  repository.remove();
});

async function listen(
  answer: (incoming: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

/** To the real registry, which takes the host for its own and answers with places below it. */
function forward(incoming: IncomingMessage, response: ServerResponse): void {
  const { authorization: _, ...headers } = incoming.headers;
  const [host = '', port] = storage.address.split(':');
  const outgoing = request(
    { host, port, path: incoming.url, method: incoming.method, headers },
    (answer) => void answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers)),
  );
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
}

/** Each token is good for one repository, as those of Docker Hub are. */
function guard(incoming: IncomingMessage, response: ServerResponse): void {
  const url = incoming.url ?? '';
  const name = /^\/v2\/(.+?)\/(?:blobs|manifests|tags|referrers)\//.exec(url)?.[1] ?? '';
  if (incoming.headers.authorization !== `Bearer for-${name}`) {
    const scope = name === '' ? '' : `,scope="repository:${name}:pull,push"`;
    const challenge = `Bearer realm="http://${tokens}/token",service="test registry"${scope}`;
    incoming.resume();
    response.writeHead(401, { 'www-authenticate': challenge, 'content-type': 'application/json' });
    response.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
  } else if (incoming.method === 'GET' && url.includes('/blobs/')) {
    response.writeHead(307, { location: `http://${blobs}${url}` }).end();
  } else forward(incoming, response);
}

async function answerToken(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(incoming.url ?? '', `http://${tokens}`);
  const fields =
    incoming.method === 'POST' ? new URLSearchParams((await buffer(incoming)).toString()) : url.searchParams;
  const basic = `Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`;
  const isKnown = incoming.headers.authorization === basic || fields.get('refresh_token') === REFRESH;
  asked.push(`${incoming.method} ${fields.get('service')} ${isKnown}`);
  if (!isKnown) return void response.writeHead(401).end('{}');
  const name = /^repository:(.+):/.exec(fields.getAll('scope').at(-1) ?? '')?.[1] ?? '';
  const token = `for-${name}`;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify(incoming.method === 'POST' ? { access_token: token } : { token, expires_in: 60 }),
  );
}

const configure = (auth: object): void =>
  writeFileSync(join(config, 'config.json'), JSON.stringify({ auths: { [registry]: auth } }));
const push = (namespace: string): ReturnType<typeof repository.run> =>
  repository.run(['build', web, '--push'], { REGISTRY: `${registry}/${namespace}`, DOCKER_CONFIG: config });

for (const [title, auth, namespace] of [
  ['a password', { auth: Buffer.from(`me:${PASSWORD}`).toString('base64') }, 'team/a'],
  ['an identity token', { auth: Buffer.from('me:').toString('base64'), identitytoken: REFRESH }, 'team/b'],
] as const) {
  test(`${title} opens it: image, documents and digests arrive under a path of two parts`, async () => {
    configure(auth);
    const { code, stdout, stderr } = await push(namespace);
    assert.is(code, 0, stdout + stderr);
    assert.match(stdout, `pushed ${registry}/${namespace}/${web}@sha256:`);
    assert.not.match(stdout + stderr, /cannot|trying again/);
    const held = (await (
      await fetch(`http://${storage.address}/v2/${namespace}/${web}/tags/list`)
    ).json()) as {
      tags: string[];
    };
    assert.ok(held.tags.includes(sha));
    assert.ok(held.tags.some((tag) => tag.startsWith('sha256-')));
    assert.ok([...new Set(asked)].every((line) => line.endsWith('test registry true')));
    assert.not.match(stdout + stderr, new RegExp(`${RegExp.escape(PASSWORD)}|${REFRESH}`));
  });
}

test('a wrong password is a refusal, with what to do', async () => {
  configure({ auth: Buffer.from('me:wrong').toString('base64') });
  const { code, stderr } = await push('team/c');
  assert.is(code, 4);
  assert.match(stderr, 'docker login');
});

test('an image FROM it is fetched with the password, which never goes where its blobs are', async () => {
  configure({ auth: Buffer.from(`me:${PASSWORD}`).toString('base64') });
  const base = `${registry}/team/a/${web}:${sha}`;
  docker('rmi', '--force', web, `${web}:${sha}`, base, `${registry}/team/b/${web}:${sha}`);
  repository.write({
    'images/child/Dockerfile': `FROM ${base}\nCOPY more /more\n`,
    'images/child/more': 'x',
  });
  repository.write({ 'images/child/image.ini': '[image]\nname = @child\n' });
  const { code, stdout, stderr } = await repository.run(['build', repository.name('child')], {
    DOCKER_CONFIG: config,
  });
  assert.is(code, 0, stdout + stderr);
  assert.ok(blobAuthorizations.length > 0);
  assert.ok(blobAuthorizations.every((authorization) => authorization === undefined));
});

test.run();
