// Pushing to real registries, and to ones that refuse, and pulling back what was pushed.

import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { docker, freePort, makeRepository, startRegistry, type TestRegistry } from '../support/build.ts';

const test = suite('push');

const repository = makeRepository({
  'images/web/Dockerfile': 'FROM @base\nRUN echo pushed > /page\n',
  'images/web/image.ini': '[image]\nname = @web\n',
  'images/needy/Dockerfile':
    'FROM @base\nRUN --mount=type=bind,source=software,target=/mnt sh /mnt/install\n',
  'images/needy/image.ini': '[image]\nname = @needy\n[software:thing]\ncommands = thing\n',
});
const commit = repository.commit();

/** Its JSON has + and / in base64, which plain base64 in a header would spoil; the hash is bcrypt, the registry's one scheme. */
const PASSWORD = 'pass+word/?>';
const BCRYPT = '$2b$04$lffT2SI/poFC3cn7xnTJsOV.IAlSrc0Hav/GEcHUOTTxRJpIJocqu';

const sha = `sha-${commit.slice(0, 12)}`;
const web = repository.name('web');
let registry: TestRegistry;

test.before(async () => {
  registry = await startRegistry();
});
test.after(async () => {
  await registry.stop();
  repository.remove();
});

const tagsAt = async (image: string): Promise<string[]> => {
  const response = await fetch(`http://${registry.address}/v2/${image}/tags/list`);
  const { tags = [] } = (await response.json()) as { tags?: string[] };
  // Those that stand in for a list of referrers are looked at in build-attach.test.ts.
  return tags.filter((tag) => !tag.startsWith('sha256-')).toSorted();
};

test('an image with an empty slot is not pushed unless that is wanted', async () => {
  const { code, stderr } = await repository.run(['build', '--push'], { REGISTRY: registry.address });
  assert.is(code, 2);
  assert.match(stderr, `${repository.name('needy')} is without thing`);
  assert.match(stderr, '--allow-absent-software');
});

test('--push without a registry asks which', async () => {
  const { code, stderr } = await repository.run(['build', '--push']);
  assert.is(code, 2);
  assert.match(stderr, 'REGISTRY=');
});

test('what is pushed can be pulled by its digest and runs', async () => {
  const { code, stdout, stderr } = await repository.run(['build', web, '--push', '--tag', 'mine'], {
    REGISTRY: registry.address,
  });
  assert.is(code, 0, stdout + stderr);
  assert.equal(await tagsAt(web), ['edge', 'mine', sha].toSorted());
  const reference =
    new RegExp(`pushed (${registry.address}/${web}@sha256:[0-9a-f]{64})`).exec(stdout)?.[1] ?? '';
  for (const tag of [sha, 'edge', 'mine']) docker('rmi', `${registry.address}/${web}:${tag}`);
  docker('pull', '--quiet', reference);
  assert.is(docker('run', '--rm', reference, 'cat', '/page'), 'pushed\n');
  docker('rmi', reference);
});

test('the same image again is no conflict', async () => {
  const { code, stdout, stderr } = await repository.run(['build', web, '--push'], {
    REGISTRY: registry.address,
  });
  assert.is(code, 0, stdout + stderr);
});

test('a name that lasts is not overwritten with other content', async () => {
  docker('tag', repository.name('base'), `${registry.address}/${web}:${sha}`);
  docker('push', '--quiet', `${registry.address}/${web}:${sha}`);
  const { code, stdout, stderr } = await repository.run(['build', web, '--push'], {
    REGISTRY: registry.address,
  });
  assert.is(code, 4, stdout);
  assert.match(stderr, 'with other content');
  assert.match(stderr, '--force');
});

test('a dirty tree is not pushed, unless that is wanted, and then under no name that lasts', async () => {
  repository.write({ 'images/web/Dockerfile': 'FROM @base\nRUN echo dirty > /page\n' });
  const refused = await repository.run(['build', web, '--push'], { REGISTRY: registry.address });
  assert.is(refused.code, 2);
  assert.match(refused.stderr, 'differ from the commit');
  const { code, stdout, stderr } = await repository.run(['build', web, '--push', '--allow-dirty'], {
    REGISTRY: `${registry.address}/team`,
  });
  assert.is(code, 0, stdout + stderr);
  assert.equal(await tagsAt(`team/${web}`), [`${sha}-dirty`]);
});

test('nothing is pushed when something could not be built', async () => {
  repository.write({ 'images/web/Dockerfile': 'FROM @base\nRUN false\n' });
  const { code, stderr } = await repository.run(['build', web, '--push', '--allow-dirty'], {
    REGISTRY: `${registry.address}/none`,
  });
  assert.is(code, 1);
  assert.match(stderr, 'nothing was pushed');
  assert.equal(await tagsAt(`none/${repository.name('base')}`), []);
  repository.write({ 'images/web/Dockerfile': 'FROM @base\nRUN echo pushed > /page\n' });
});

test('a registry that is not there is one line and exit code 4', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const { code, stderr } = await repository.run(['build', web, '--push'], { REGISTRY: address });
  assert.is(code, 4);
  assert.match(stderr, 'connection refused');
  assert.match(stderr, 'is the registry up');
  assert.not.match(docker('images', '--format', '{{.Repository}}'), address);
});

const REFUSALS: [status: number, body: string, remedy: RegExp][] = [
  [401, '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}', /docker login/],
  [
    403,
    '{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}',
    /may not push/,
  ],
  [429, '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}', /limits requests/],
];
for (const [status, body, remedy] of REFUSALS) {
  test(`a registry that answers ${status} is exit code 4 with the remedy`, async () => {
    const server = createServer(
      (_, response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(body),
    );
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const { code, stderr } = await repository.run(['build', web, '--push', '--push-timeout', '3'], {
        REGISTRY: `127.0.0.1:${port}`,
      });
      assert.is(code, 4);
      assert.match(stderr, remedy);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    }
  });
}

test('the password of config.json opens the registry it belongs to', async () => {
  const guarded = await startRegistry(`user:${BCRYPT}\n`);
  try {
    const config = join(repository.root, 'docker-config');
    mkdirSync(config, { recursive: true });
    const environment = { REGISTRY: guarded.address, DOCKER_CONFIG: config };
    writeFileSync(join(config, 'config.json'), '{}');
    const refused = await repository.run(['build', web, '--push'], environment);
    assert.is(refused.code, 4);
    assert.match(refused.stderr, 'docker login');
    const auth = Buffer.from(`user:${PASSWORD}`).toString('base64');
    writeFileSync(join(config, 'config.json'), JSON.stringify({ auths: { [guarded.address]: { auth } } }));
    const { code, stdout, stderr } = await repository.run(['build', web, '--push'], environment);
    assert.is(code, 0, stdout + stderr);
    assert.not.match(stdout + stderr, PASSWORD);
  } finally {
    await guarded.stop();
  }
});

test.run();
