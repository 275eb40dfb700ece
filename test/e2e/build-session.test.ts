// Secrets and contexts on the real engine: through a BuildKit session of our own, and with the classic builder.

import { mkdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connectDocker } from '../../build/engine/docker.ts';
import { openState } from '../../build/machine/state.ts';
import { readEngineAddress } from '../../build/model/engine-address.ts';
import type { CacheRecord } from '../../build/model/engine.ts';
import { spentRecords } from '../../build/plan/spent-cache.ts';
import { docker, labelsOf, makeRepository } from '../support/build.ts';

const test = suite('session');

const SECRET = 'geheim-4711';
const repository = makeRepository({
  'images/web/Dockerfile':
    'FROM @base\nCOPY page /page\nRUN --mount=type=secret,id=tok,required=true md5sum < /run/secrets/tok > /sum && cat /run/secrets/tok && exit 0\n',
  'images/web/image.ini': '[image]\nname = @web\n',
  'images/web/page': 'one\n',
  'images/plain/Dockerfile': 'FROM @base\nCOPY tree /tree\nRUN cat /tree/f > /copy\n',
  'images/plain/image.ini': '[image]\nname = @plain\n',
  'images/plain/tree/f': 'one\n',
  'images/plain/tree/sub/g': 'g\n',
});
const web = repository.name('web');
const plain = repository.name('plain');
test.after(() => repository.remove());

test('a secret reaches its RUN line, and neither image, history, labels nor log', async () => {
  const { code, stdout, stderr } = await repository.run(['build', web, '--secret', 'id=tok,env=TOK'], {
    TOK: SECRET,
  });
  assert.is(code, 0, stdout + stderr);
  const sum = docker('run', '--rm', web, 'cat', '/sum').split(' ')[0] ?? '';
  assert.is(sum, docker('run', '--rm', web, 'sh', '-c', `printf ${SECRET} | md5sum`).split(' ')[0]);
  const traces = [
    stdout,
    stderr,
    docker('history', '--no-trunc', web),
    JSON.stringify(labelsOf(web)),
    docker('run', '--rm', web, 'sh', '-c', 'ls /run/secrets; grep -rl geheim /run /tmp /etc || true'),
  ];
  for (const text of traces) assert.not.match(text, SECRET);
});

test('a log that shows it on failure shows asterisks', async () => {
  repository.write({
    'images/web/Dockerfile': 'FROM @base\nRUN --mount=type=secret,id=tok cat /run/secrets/tok && exit 3\n',
  });
  const { code, stdout, stderr } = await repository.run(['build', web, '--secret', 'id=tok,env=TOK'], {
    TOK: SECRET,
  });
  assert.is(code, 1);
  assert.match(stdout, '| ***');
  assert.not.match(stdout + stderr, SECRET);
});

test('a required secret that is not given is a mistake with its line, before anything is built', async () => {
  repository.write({
    'images/web/Dockerfile':
      'FROM @base\n\nRUN --mount=type=secret,id=tok,required=true cat /run/secrets/tok\n',
  });
  const { code, stderr } = await repository.run(['build', web]);
  assert.is(code, 2);
  assert.match(stderr, 'images/web/Dockerfile:3: needs the secret tok');
});

test('the classic builder makes the same image, and says that it knows neither secrets nor ssh', async () => {
  const first = await repository.run(['build', plain]);
  assert.is(first.code, 0, first.stdout + first.stderr);
  const listing = (): string =>
    docker('run', '--rm', plain, 'find', '/tree', '/copy', '-printf', '%p %m %u %s\n');
  const before = listing();
  const classic = await repository.run(['build', plain, '--force'], {
    INITKIT_BUILDER: 'classic',
  });
  assert.is(classic.code, 0, classic.stdout + classic.stderr);
  assert.is(listing(), before);
  const refused = await repository.run(['build', web, '--builder', 'classic', '--secret', 'id=tok,env=TOK'], {
    TOK: SECRET,
  });
  assert.is(refused.code, 2, refused.stdout);
  assert.match(refused.stdout + refused.stderr, 'the classic builder knows neither secrets nor ssh');
});

test('the classic builder tells a failure as BuildKit does', async () => {
  repository.write({ 'images/plain/Dockerfile': 'FROM @base\n\nRUN echo oh no && exit 9\n' });
  for (const builder of ['classic', 'buildkit']) {
    const { code, stdout } = await repository.run(['build', plain, '--builder', builder]);
    assert.is(code, 1);
    assert.match(stdout, 'images/plain/Dockerfile:3: RUN failed: the command ended with exit code 9');
    assert.match(stdout, '| oh no');
  }
  repository.write({
    'images/plain/Dockerfile': 'FROM @base\nCOPY tree /tree\nRUN cat /tree/f > /copy\n',
  });
});

test('whatever changes in a context reaches the image, also what has the same size', async () => {
  const root = join(repository.root, 'images/plain/tree');
  const build = async (): Promise<string> => {
    const { code, stdout, stderr } = await repository.run(['build', plain]);
    assert.is(code, 0, stdout + stderr);
    return docker('run', '--rm', plain, 'sh', '-c', 'cat /copy; ls /tree; readlink /tree/l || true');
  };
  repository.write({ 'images/plain/tree/f': 'two\n' });
  assert.match(await build(), 'two\n');
  symlinkSync('f', join(root, 'l'));
  assert.match(await build(), 'l\nsub\nf\n');
  unlinkSync(join(root, 'l'));
  symlinkSync('g', join(root, 'l'));
  assert.match(await build(), 'l\nsub\ng\n');
  unlinkSync(join(root, 'l'));
  writeFileSync(join(root, 'l'), 'a file now\n');
  assert.match(await build(), 'f\nl\nsub\n');
});

test('COPY . takes the Dockerfile as it is written, not as it was built', async () => {
  repository.write({ 'images/plain/Dockerfile': 'FROM @base\nCOPY . /all\n' });
  const { code, stdout, stderr } = await repository.run(['build', plain]);
  assert.is(code, 0, stdout + stderr);
  assert.is(
    docker('run', '--rm', plain, 'head', '-1', '/all/Dockerfile'),
    `FROM ${repository.name('base')}\n`,
  );
});

test('the layers of earlier builds can be told from all others, and removed', async () => {
  const engine = await connectDocker(readEngineAddress(undefined));
  const spent = async (): Promise<CacheRecord[]> => {
    const { spans } = await (await openState(repository.root)).builds();
    return spentRecords(await engine.cacheRecords(), spans, 0);
  };
  const before = new Set((await spent()).map(({ id }) => id));
  for (const text of ['first', 'second', 'third']) {
    repository.write({ 'images/plain/tree/f': text });
    assert.is((await repository.run(['build', plain])).code, 0);
  }
  const found = (await spent()).filter(({ id }) => !before.has(id));
  assert.ok(found.length >= 2, `${found.length} layers of two images that are gone`);
  const { stdout } = await repository.run(['clean']);
  assert.match(stdout, /build cache: \d+ layer\(s\) of earlier builds here that no image has/);
  for (const { id } of found) await engine.dropCacheRecord(id);
  const left = (await spent()).filter(({ id }) => found.some((each) => each.id === id));
  assert.equal(left, []);
  assert.is(docker('run', '--rm', plain, 'cat', '/all/tree/f'), 'third');
});

test('a frontend named by "# syntax=" is asked for with the credentials of its registry', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization ?? 'nothing');
    const isKnown = request.headers.authorization !== undefined;
    response.writeHead(isKnown ? 404 : 401, { 'www-authenticate': 'Basic realm="x"' }).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    const host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    const config = join(repository.root, 'docker-config');
    mkdirSync(config, { recursive: true });
    const auth = Buffer.from('me:pass').toString('base64');
    writeFileSync(join(config, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
    repository.write({ 'images/web/Dockerfile': `# syntax=${host}/team/frontend:1\nFROM @base\n` });
    const { code, stdout } = await repository.run(['build', web], { DOCKER_CONFIG: config });
    assert.is(code, 1, stdout);
    assert.match(stdout, `${host}/team/frontend:1`);
    assert.ok(asked.includes(`Basic ${auth}`), asked.join(' '));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  }
});

test('rebuilds of a context keep the engine at one copy of it', async () => {
  const contexts = (): number =>
    docker('system', 'df', '-v')
      .split('\n')
      .filter((line) => /source\.local|http url/.test(line)).length;
  await repository.run(['build', plain]);
  const before = contexts();
  for (let round = 0; round < 5; round++) {
    repository.write({ 'images/plain/tree/f': `${round}\n` });
    await repository.run(['build', plain]);
  }
  // Others may build at the same time; five copies would be five more.
  assert.ok(contexts() < before + 5, `${contexts()} records, ${before} before`);
});

test.run();
