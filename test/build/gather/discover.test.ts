// build/gather/discover.ts: what is an image below images/, and what is not, as other people's repositories have it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { discoverImages } from '../../../build/gather/discover.ts';
import { platformOfNode } from '../../../build/model/platform.ts';
import type { Family } from '../../../build/plan/facts.ts';

const test = suite<{ root: string }>('discover');

test.before.each((context) => void (context.root = mkdtempSync(join(tmpdir(), 'initkit-discover-'))));
test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }));

const own = platformOfNode('x64');
const discover = (root: string, files: Record<string, string>, platform = own): Promise<Family> => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return discoverImages(root, { platform, own }, () => new Map());
};
const told = ({ problems }: Family): string[] => problems.map(({ file, message }) => `${file}: ${message}`);

test('a Dockerfile is enough, and the folder is the name', async ({ root }) => {
  const family = await discover(root, { 'images/web/Dockerfile': 'FROM a\n' });
  assert.equal(told(family), []);
  assert.equal(
    family.images.map(({ name, externals }) => [name, externals]),
    [['web', ['a']]],
  );
});

test('folders of something else, and files, are left alone', async ({ root }) => {
  const family = await discover(root, {
    'images/web/Dockerfile': 'FROM a\n',
    'images/logos/small.png': '',
    'images/.hidden/Dockerfile': 'FROM nowhere\n',
    'images/README.md': '',
  });
  assert.equal(told(family), []);
  assert.equal(
    family.images.map(({ name }) => name),
    ['web'],
  );
});

test('a folder that means to be an image, and is none, is a mistake', async ({ root }) => {
  const family = await discover(root, {
    'images/a/image.ini': '[image]\n',
    'images/b/dockerfile': 'FROM a\n',
    'images/c/Dockerfile': '',
  });
  assert.equal(told(family), [
    'images/a/Dockerfile: is not there',
    'images/b/Dockerfile: is not there',
    'images/c/Dockerfile: has no FROM instruction',
  ]);
  assert.match(family.problems[1]?.remedy ?? '', 'rename dockerfile');
});

test('no images at all', async ({ root }) => {
  for (const files of [{}, { 'images/x': '' }, { 'images/y/z.png': '' }] as Record<string, string>[]) {
    const error = await discover(root, files).catch((thrown: unknown) => thrown);
    assert.match(String(error), /is not there|holds no image/);
  }
});

test('images of stages that nobody needs are not fetched', async ({ root }) => {
  // As moby's own Dockerfile chooses among stages.
  const text = `ARG CROSS="false"
ARG GOLANG_IMAGE="golang:1.19-bullseye"
FROM \${GOLANG_IMAGE} AS base
FROM base AS cross-false
FROM --platform=linux/s390x debian AS cross-true
RUN dpkg --add-architecture arm64
FROM cross-\${CROSS} AS dev-base
FROM --platform=arm64 djs55/vpnkit:0.5 AS vpnkit-arm64
FROM nowhere AS lint
RUN lint
FROM dev-base
COPY --from=vpnkit-arm64 /vpnkit /
`;
  const family = await discover(root, { 'images/moby/Dockerfile': text });
  assert.equal(told(family), []);
  const [image] = family.images;
  assert.equal(image?.externals, ['golang:1.19-bullseye']);
  assert.equal(
    image?.crossing.map(({ image: name, platform }) => [name, platform.name]),
    [['djs55/vpnkit:0.5', 'linux/arm64']],
  );
});

test('two images of one name', async ({ root }) => {
  const family = await discover(root, {
    'images/a/Dockerfile': 'FROM x\n',
    'images/c/Dockerfile': 'FROM x\n',
    'images/c/image.ini': '[image]\nname = a\n',
  });
  assert.equal(told(family), ['images/c/image.ini: the name a is taken by images/a']);
});

test('images that wait for each other', async ({ root }) => {
  const family = await discover(root, {
    'images/a/Dockerfile': 'FROM b\n',
    'images/b/Dockerfile': 'FROM x\nCOPY --from=a / /\n',
  });
  assert.equal(told(family), ['images/a/Dockerfile: images wait for each other: a -> b -> a']);
});

test('what is taken from another platform’s image is neither parent nor external', async ({ root }) => {
  const files = {
    'images/tools/Dockerfile': 'FROM golang\n',
    'images/web/Dockerfile':
      'FROM --platform=$BUILDPLATFORM tools AS t\nFROM --platform=$BUILDPLATFORM node AS n\nFROM debian-${TARGETARCH}\nCOPY --from=t / /\nCOPY --from=n / /\n',
  };
  const web = ({ images }: Family) => images.find(({ name }) => name === 'web');
  const native = web(await discover(root, files));
  assert.equal([native?.parents, native?.externals], [['tools'], ['node', 'debian-amd64']]);
  assert.equal(native?.crossing, []);
  const foreign = web(await discover(root, files, platformOfNode('arm64')));
  assert.equal([foreign?.parents, foreign?.externals], [[], ['debian-arm64']]);
  assert.equal(
    foreign?.crossing.map(({ image, platform, isSibling }) => [image, platform.name, isSibling]),
    [
      ['tools', 'linux/amd64', true],
      ['node', 'linux/amd64', false],
    ],
  );
});

test.run();
