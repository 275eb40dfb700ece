// --platform: images for another architecture than the engine's, their index in a registry, and one of them pulled by it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { docker, makeRepository, startRegistry, type TestRegistry } from '../support/build.ts';

const test = suite('platforms');

const OWN = process.arch === 'x64' ? 'amd64' : process.arch;
const OTHER = OWN === 'arm64' ? 'amd64' : 'arm64';
const BOTH = ['--platform', `linux/${OWN},linux/${OTHER}`];

const repository = makeRepository({
  'images/data/Dockerfile': 'FROM scratch\nARG TARGETARCH\nCOPY arch-${TARGETARCH} /arch\n',
  'images/data/image.ini': '[image]\nname = @data\n',
  'images/data/arch-amd64': 'for amd64\n',
  'images/data/arch-arm64': 'for arm64\n',
  'images/app/Dockerfile': `FROM --platform=$BUILDPLATFORM @base AS make
ARG TARGETPLATFORM
RUN mkdir /out && cp --parents --dereference /bin/true $(ldd /bin/true | grep -o '/[^ ]*') /out
RUN echo "made for $TARGETPLATFORM" > /out/made
FROM @data
COPY --from=make /out/ /
`,
  'images/app/image.ini': '[image]\nname = @app\n',
  'images/app/test/app.ini':
    '[file:/made]\ncontent = ^made for linux/\n[file:/arch]\ncontent = ^for\n[run:it runs]\ncommand = ["/bin/true"]\nexit = 0\n',
});
repository.commit();
const app = repository.name('app');
let registry: TestRegistry;

test.before(async () => void (registry = await startRegistry()));
test.after(async () => {
  await registry.stop();
  repository.remove();
});

const architecture = (reference: string): string =>
  docker('image', 'inspect', '--format', '{{.Architecture}}', reference).trim();

const contentOf = (reference: string, path: string): string => {
  const id = docker('create', `--platform=linux/${architecture(reference)}`, reference, 'x').trim();
  try {
    return docker('cp', `${id}:${path}`, '-');
  } finally {
    docker('rm', id);
  }
};

test('a RUN line that the engine cannot run is told before anything is built', async () => {
  repository.write({
    'images/runs/Dockerfile': 'FROM scratch\nRUN ["/x"]\n',
    'images/runs/image.ini': '[image]\nname = @runs\n',
  });
  const { code, stdout, stderr } = await repository.run([
    'build',
    repository.name('runs'),
    '--platform=linux/mips64le',
  ]);
  assert.is(code, 3, stdout + stderr);
  assert.match(
    stderr,
    `images/runs/Dockerfile:2: RUN needs linux/mips64le, and the engine runs linux/${OWN}`,
  );
  repository.git('clean', '--quiet', '--force', '-d', 'images/runs');
});

test('each platform is built from its own parent, and from what another platform’s image has made', async () => {
  const { code, stdout, stderr } = await repository.run(['build', app, ...BOTH]);
  assert.is(code, 0, stdout + stderr);
  assert.match(stdout, new RegExp(`${app} linux/${OWN} +built .* 3 passed`));
  assert.match(stdout, new RegExp(`${app} linux/${OTHER} +built .* 2 passed, others not run`));
  for (const [reference, arch] of [
    [`${app}:latest`, OWN],
    [`${app}:linux-${OTHER}`, OTHER],
  ] as const) {
    assert.is(architecture(reference), arch);
    assert.match(contentOf(reference, '/arch'), `for ${arch}\n`);
    assert.match(contentOf(reference, '/made'), `made for linux/${arch}\n`);
  }
  const again = await repository.run(['build', app, ...BOTH]);
  assert.is(again.stdout.match(/ {2}unchanged\n/g)?.length, 5, again.stdout);
});

test('the plan has every image for every platform', async () => {
  const { stdout } = await repository.run(['plan', app, ...BOTH]);
  const { platforms, images } = JSON.parse(stdout) as {
    platforms: string[];
    images: { name: string; platform: string }[];
  };
  assert.equal(platforms, [`linux/${OWN}`, `linux/${OTHER}`]);
  const names = images.map(({ name, platform }) => `${name.replace(/^.*-/, '')} ${platform}`).toSorted();
  const both = ['app', 'data'].flatMap((name) => [`${name} linux/${OWN}`, `${name} linux/${OTHER}`]);
  assert.equal(names, [...both, `base linux/${OWN}`].toSorted());
});

test('an index is pushed, and leads each platform to its image', async () => {
  const json = join(repository.root, 'report.json');
  const environment = { REGISTRY: registry.address };
  const { code, stdout, stderr } = await repository.run(
    ['build', repository.name('data'), '--push', '--json', json, ...BOTH],
    environment,
  );
  assert.is(code, 0, stdout + stderr);
  const reference = `${registry.address}/${repository.name('data')}`;
  const { images } = JSON.parse(readFileSync(json, 'utf8')) as {
    images: { platform: string; pushed: { reference: string; platforms: Record<string, string> }[] }[];
  };
  assert.equal(
    images.map(({ platform }) => platform),
    [`linux/${OWN}`, `linux/${OTHER}`],
  );
  const [pushed] = images[0]?.pushed ?? [];
  const response = await fetch(`http://${registry.address}/v2/${repository.name('data')}/manifests/edge`, {
    headers: { accept: 'application/vnd.docker.distribution.manifest.list.v2+json' },
  });
  assert.is(pushed?.reference, `${reference}@${response.headers.get('docker-content-digest')}`);
  const { manifests } = (await response.json()) as { manifests: { digest: string }[] };
  assert.equal(
    manifests.map(({ digest }) => digest),
    Object.values(pushed?.platforms ?? {}),
  );
  for (const arch of [OTHER, OWN]) {
    docker('pull', '--quiet', `--platform=linux/${arch}`, `${reference}:edge`);
    assert.is(architecture(`${reference}:edge`), arch);
    assert.match(contentOf(`${reference}:edge`, '/arch'), `for ${arch}\n`);
  }
  const again = await repository.run(['build', repository.name('data'), '--push', ...BOTH], environment);
  assert.is(again.code, 0, again.stdout + again.stderr);
});

test('a base out of a registry is taken for the platform that is built', async () => {
  repository.write({
    'images/child/Dockerfile': `FROM ${registry.address}/${repository.name('data')}:edge\nCOPY image.ini /ini\n`,
    'images/child/image.ini': '[image]\nname = @child\n',
  });
  const child = repository.name('child');
  const { code, stdout, stderr } = await repository.run(['build', child, `--platform=linux/${OTHER}`]);
  assert.is(code, 0, stdout + stderr);
  assert.match(contentOf(`${child}:linux-${OTHER}`, '/arch'), `for ${OTHER}\n`);
  const missing = await repository.run(['build', child, '--platform=linux/s390x']);
  assert.is(missing.code, 4);
  assert.match(missing.stderr, `for linux/s390x: it is only there for linux/${OWN}, linux/${OTHER}`);
});

test('an index under a name that lasts is not overwritten with another', async () => {
  const reference = `${registry.address}/${repository.name('data')}`;
  const [sha = ''] = docker('images', '--format', '{{.Tag}}', repository.name('data'))
    .split('\n')
    .filter((tag) => /^sha-\w+$/.test(tag));
  docker('tag', app, `${reference}:${sha}`);
  docker('push', '--quiet', `${reference}:${sha}`);
  const { code, stderr } = await repository.run(
    ['build', repository.name('data'), '--push', '--allow-dirty', ...BOTH],
    {
      REGISTRY: registry.address,
    },
  );
  assert.is(code, 4);
  assert.match(stderr, 'with other content');
});

test.run();
