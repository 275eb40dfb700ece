// Registries that refuse, limit, fail, dawdle or fall silent: a real one with a front that misbehaves on order.

import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { docker, imageId, makeRepository, startRegistry, type TestRegistry } from '../support/build.ts';

const test = suite('push, failures');

const repository = makeRepository({
  'images/web/Dockerfile': 'FROM @base\nRUN echo pushed > /page\n',
  'images/web/image.ini': '[image]\nname = @web\n',
  'images/web/.dockerignore': 'test\n',
  'images/web/test/web.ini': '[run:page]\ncommand = cat /page\nstdout = pushed\n',
  'images/child/Dockerfile': 'FROM @web\n',
  'images/child/image.ini': '[image]\nname = @child\n',
});
const web = repository.name('web');
const sha = `sha-${repository.commit().slice(0, 12)}`;

/** What the front does with a request, or undefined to let it through. */
type Trouble = (request: IncomingMessage, response: ServerResponse) => boolean;

let registry: TestRegistry;
let front: Server;
let address = '';
let trouble: Trouble = () => false;
let count = 0;

test.before(async () => {
  registry = await startRegistry();
  const [host, port] = registry.address.split(':');
  front = createServer((incoming, response) => {
    count++;
    if (trouble(incoming, response)) return;
    const { method, url, headers } = incoming;
    const onward = request({ host, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => void front.listen(0, '127.0.0.1', resolve));
  const bound = front.address();
  address = `127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
});
test.after(async () => {
  front.closeAllConnections();
  await new Promise((resolve) => void front.close(resolve));
  await registry.stop();
  repository.remove();
});

const answer =
  (status: number, code: string) =>
  (response: ServerResponse): true => {
    const body = JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] });
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    return true;
  };
const push = (namespace: string, ...more: string[]) => {
  count = 0;
  return repository.run(['push', web, '--registry', `${address}/${namespace}`, ...more]);
};
const tagsAt = async (image: string): Promise<string[]> => {
  const response = await fetch(`http://${registry.address}/v2/${image}/tags/list`);
  const { tags } = (await response.json()) as { tags?: string[] | null };
  // Those that stand in for a list of referrers are looked at in build-attach.test.ts.
  return (tags ?? []).filter((tag) => !tag.startsWith('sha256-')).toSorted();
};

test('429 a few times: it waits, and then goes through', async () => {
  let left = 2;
  trouble = ({ method }, response) =>
    method === 'HEAD' || left-- <= 0 ? false : answer(429, 'TOOMANYREQUESTS')(response);
  const { code, stdout, stderr } = await push('busy');
  assert.is(code, 0, stdout + stderr);
  assert.match(stdout, 'trying again');
  assert.ok((await tagsAt(`busy/${web}`)).includes(sha));
});

test('403 is final: nothing is tried again', async () => {
  trouble = (_, response) => answer(403, 'DENIED')(response);
  const { code, stdout, stderr } = await push('denied');
  assert.is(code, 4);
  assert.match(stderr, 'may not push there');
  assert.not.match(stdout, 'trying again');
  assert.ok(count < 20, `${count} requests`);
});

test('500 for everything is told with what it may mean, after one more try', async () => {
  trouble = (_, response) => answer(500, 'UNKNOWN')(response);
  const { code, stdout, stderr } = await push('broken');
  assert.is(code, 4);
  assert.match(stdout, 'trying again');
  assert.match(stderr, 'see its own log');
});

test('a registry that takes the connection and never answers meets the deadline', async () => {
  trouble = () => true;
  const startedAt = performance.now();
  const { code, stderr } = await push('silent', '--push-timeout', '3');
  assert.is(code, 4);
  assert.match(stderr, 'no end after 3 s');
  assert.match(stderr, '--push-timeout');
  assert.ok(performance.now() - startedAt < 20_000);
  front.closeAllConnections();
});

test('a slow one is waited for', async () => {
  trouble = (incoming, response) => {
    if (incoming.method !== 'PUT' || incoming.headers['x-late'] !== undefined) return false;
    incoming.headers['x-late'] = 'yes';
    setTimeout(() => front.emit('request', incoming, response), 1500);
    return true;
  };
  const { code, stdout, stderr } = await push('slow');
  assert.is(code, 0, stdout + stderr);
});

test('a name that moves does not, when the registry lost what was pushed under a name that lasts', async () => {
  // The manifest of the lasting name is taken, and then not found.
  trouble = ({ method, url }, response) =>
    (method === 'GET' || method === 'HEAD') && url?.includes(`/manifests/${sha}`) === true
      ? answer(404, 'MANIFEST_UNKNOWN')(response)
      : false;
  const { code, stderr } = await push('lossy');
  assert.is(code, 4, stderr);
  assert.match(stderr, 'but the registry holds nothing');
  assert.not.ok((await tagsAt(`lossy/${web}`)).includes('edge'));
});

test('several registries at once: a sick one does not keep the others', async () => {
  trouble = (_, response) => answer(403, 'DENIED')(response);
  const { code, stdout, stderr } = await repository.run([
    'push',
    web,
    '--registry',
    `${registry.address}/well`,
    '--registry',
    `${address}/sick`,
    '--json',
    'report.json',
  ]);
  assert.is(code, 4);
  assert.match(stderr, `${address}/sick`);
  assert.match(stdout, `pushed ${registry.address}/well/${web}@sha256:`);
  assert.equal(await tagsAt(`well/${web}`), ['edge', sha]);
});

test('without tests only the names that last are pushed; a failed test of a descendant pushes nothing', async () => {
  trouble = () => false;
  const untested = await push('untested', '--no-test');
  assert.is(untested.code, 0, untested.stdout + untested.stderr);
  assert.match(untested.stdout, 'because tests were not run');
  assert.equal(await tagsAt(`untested/${web}`), [sha]);
  repository.write({ 'images/child/test/c.ini': '[run:x]\ncommand = false\n' });
  repository.commit();
  const failed = await repository.run(['push', '--registry', `${address}/failed`]);
  assert.is(failed.code, 1);
  assert.match(failed.stderr, 'nothing was pushed');
  assert.equal(await tagsAt(`failed/${web}`), []);
});

test('a release is pushed repeatable, and what comes back is what was tested', async () => {
  repository.write({ 'images/child/test/c.ini': '[run:x]\ncommand = true\n' });
  const commit = repository.commit();
  repository.git('tag', 'v1.2.3');
  const { code, stdout, stderr } = await push('release');
  assert.is(code, 0, stdout + stderr);
  assert.equal(
    await tagsAt(`release/${web}`),
    ['1', '1.2', '1.2.3', 'edge', 'latest', `sha-${commit.slice(0, 12)}`].toSorted(),
  );
  const created = docker('inspect', '--format', '{{.Created}}', web).trim();
  const committed = repository.git('log', '-1', '--format=%ct').trim();
  assert.is(Date.parse(created) / 1000, Number(committed));
  const id = imageId(web);
  // From the registry itself: the front lives in this process, which waits for the client.
  const reference = `${registry.address}/release/${web}:1.2.3`;
  docker('pull', '--quiet', reference);
  assert.is(imageId(reference), id);
});

test.run();
