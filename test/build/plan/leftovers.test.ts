// build/leftovers.ts: what clean may take, and what it must leave.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LocalImage } from '../../../build/model/engine.ts';
import { findLeftovers } from '../../../build/plan/leftovers.ts';

const test = suite('leftovers');

function image(id: string, tags: string[], parent = ''): LocalImage {
  return { id, tags, labels: { 'initkit.inputs': 'x', 'initkit.parent': parent }, layers: [], sizeBytes: 1 };
}

const CASES: [title: string, tags: string[], goes: boolean][] = [
  ['an image without a name', [], true],
  ['an image of an earlier commit', ['web:sha-0123456789ab'], true],
  ['an image of an earlier dirty tree', ['web:sha-0123456789ab-dirty'], true],
  ['an image that no commit knows', ['web:0.0.0-0123456789ab'], true],
  ['a pin that a killed run left', ['web:pin-123-abc'], true],
  ['the latest', ['web:latest', 'web:sha-0123456789ab'], false],
  ['a release', ['web:1.2.3'], false],
  ['a name that a person gave', ['web:mine', 'web:sha-0123456789ab'], false],
  ['a name in a registry with a port', ['127.0.0.1:5000/web:edge'], false],
];
for (const [title, tags, goes] of CASES) {
  test(`${title} ${goes ? 'goes' : 'stays'}`, () =>
    assert.is(findLeftovers([image('a', tags)], []).length, goes ? 1 : 0));
}

test('a root file system stays as long as an image that stays was built on it', () => {
  const images = [image('new', ['web:latest'], 'rootfs2'), image('old', [], 'rootfs1')];
  const rootfs = [image('rootfs1', ['initkit-rootfs:a']), image('rootfs2', ['initkit-rootfs:b']), ...images];
  assert.equal(
    findLeftovers(images, rootfs).map(({ id }) => id),
    ['old', 'rootfs1'],
  );
});

test.run();
