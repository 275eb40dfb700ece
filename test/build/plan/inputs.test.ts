// build/inputs.ts and plan.ts: what makes a build id, and when an image stays as it is.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LocalImage } from '../../../build/model/engine.ts';
import type { Image, Prepared } from '../../../build/plan/facts.ts';
import { buildId, describeChange } from '../../../build/plan/inputs.ts';
import { planFamily, selectImages, type PlannedImage } from '../../../build/plan/plan.ts';
import { parseDockerfile } from '../../../build/read/dockerfile.ts';
import { parseImageIni } from '../../../build/read/image-ini.ts';

const test = suite('inputs and plan');

function image(name: string, parents: string[], externals: string[] = []): Image {
  const dockerfileText = [...parents, ...externals].map((from) => `FROM ${from}\n`).join('');
  const { config } = parseImageIni('', 'image.ini');
  const dockerfile = parseDockerfile(dockerfileText, 'Dockerfile', new Map());
  return {
    name,
    folder: `/r/images/${name}`,
    platform: { name: 'linux/amd64', os: 'linux', arch: 'amd64', variant: '' },
    crossing: [],
    place: `images/${name}`,
    dockerfileText,
    dockerfile,
    config,
    summary: undefined,
    tests: [],
    hasReadme: true,
    hasDockerignore: true,
    parents,
    externals,
  };
}

const FAMILY = [
  image('base', [], ['debian:12']),
  image('web', ['base']),
  image('api', ['base']),
  image('web-debug', ['web']),
];
const EXTERNALS = new Map([
  ['debian:12', { reference: 'debian:12', id: 'sha256:debian', content: 'sha256:debian' }],
]);

function plan(
  stored: readonly LocalImage[],
  changes: Record<string, string> = {},
  forced: string[] = [],
): PlannedImage[] {
  const prepared = selectImages(FAMILY, []).map((item): Prepared => {
    return {
      image: item,
      entries: [],
      packages: [],
      parts: { 'file:x': changes[item.name] ?? 'same', 'target:name': item.name },
      problems: [],
    };
  });
  return planFamily(prepared, EXTERNALS, stored, new Set(forced));
}

/** What the engine holds after everything was built once. */
function storeOf(planned: readonly PlannedImage[]): LocalImage[] {
  return planned.map(({ image: { name, parents, externals }, buildId: id }) => {
    const parent =
      parents[0] === undefined ? `sha256:${externals[0]?.split(':')[0]}` : `sha256:${parents[0]}`;
    return {
      id: `sha256:${name}`,
      tags: [`${name}:latest`],
      labels: { 'initkit.inputs': id, 'initkit.parent': parent },
      layers: [],
      sizeBytes: 1,
    };
  });
}

const rebuilt = (planned: readonly PlannedImage[]): string[] =>
  planned.filter((item) => item.existing === undefined).map((item) => item.image.name);

test('the id does not depend on the order of the parts, and on nothing else than them', () => {
  assert.is(buildId({ a: '1', b: '2' }), buildId({ b: '2', a: '1' }));
  assert.is.not(buildId({ a: '1', b: '2' }), buildId({ a: '1', b: '3' }));
  assert.is.not(buildId({ a: '1' }), buildId({ a: '1', b: '' }));
  assert.is.not(buildId({ 'a" "b': 'c' }), buildId({ a: 'b" "c' }));
});

test('an empty store means that everything is built', () =>
  assert.equal(rebuilt(plan([])), ['base', 'api', 'web', 'web-debug']));

test('a family that is there, unchanged, is left alone', () =>
  assert.equal(rebuilt(plan(storeOf(plan([])))), []));

test('a change reaches the image and what is built from it, and nothing else', () => {
  assert.equal(rebuilt(plan(storeOf(plan([])), { web: 'other' })), ['web', 'web-debug']);
});

test('another base from outside reaches everything', () => {
  const stored = storeOf(plan([]));
  EXTERNALS.set('debian:12', { reference: 'debian:12', id: 'sha256:newer', content: 'sha256:newer' });
  assert.is(rebuilt(plan(stored)).length, 4);
  EXTERNALS.set('debian:12', { reference: 'debian:12', id: 'sha256:debian', content: 'sha256:debian' });
});

test('when a parent is gone its children are built again on the new one', () => {
  const stored = storeOf(plan([])).filter((item) => item.id !== 'sha256:base');
  assert.is(rebuilt(plan(stored)).length, 4);
});

test('a child of another image of the same parent is built again', () => {
  const stored = storeOf(plan([])).map((item) => {
    return item.id === 'sha256:api'
      ? { ...item, labels: { ...item.labels, 'initkit.parent': 'sha256:old-base' } }
      : item;
  });
  assert.equal(rebuilt(plan(stored)), ['api']);
});

test('what is forced is built with what is built from it, but not what it is built from', () => {
  assert.equal(rebuilt(plan(storeOf(plan([])), {}, ['web'])), ['web', 'web-debug']);
});

test('a name selects what it is built from, in order', () => {
  assert.equal(
    selectImages(FAMILY, ['web-debug']).map((item) => item.name),
    ['base', 'web', 'web-debug'],
  );
});

test('what has changed is said in words', () => {
  assert.is(describeChange(undefined, { 'file:a': '1' }), 'not built before');
  assert.is(describeChange({ 'file:a': '1' }, { 'file:a': '2' }), 'a changed');
  assert.is(describeChange({ 'file:a': '1' }, { 'file:a': '1', 'file:b': '2' }), '+b changed');
  assert.is(
    describeChange({ 'file:a': '1', 'parent:base': '1' }, { 'parent:base': '2' }),
    '-a, parent base changed',
  );
  assert.is(describeChange({ 'file:a': '1' }, { 'file:a': '1' }), 'the image is gone');
  const many = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [`file:${name}`, '1']));
  assert.is(describeChange({}, many), '+a, +b, +c and 2 more changed');
});

test.run();
