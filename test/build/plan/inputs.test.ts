// build/inputs.ts and plan.ts: what makes a build id, and when an image stays as it is.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hashEntries, memoryFile } from '../../../build/model/context.ts';
import type { LocalImage } from '../../../build/model/engine.ts';
import { entryList } from '../../../build/model/entry-list.ts';
import type { Image, Prepared } from '../../../build/plan/facts.ts';
import { buildId, describeChange, linesOfFiles, type Inputs } from '../../../build/plan/inputs.ts';
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
      entries: entryList([]),
      packages: [],
      missing: [],
      parts: { files: changes[item.name] ?? 'same', 'target:name': item.name },
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

test('an image that somebody has made FROM one of ours is not taken for it', () => {
  const derived = storeOf(plan([])).map((item) => ({
    ...item,
    id: `${item.id}-derived`,
    tags: ['theirs:latest'],
  }));
  assert.equal(rebuilt(plan(derived)), ['base', 'api', 'web', 'web-debug']);
  const found = plan([...derived, ...storeOf(plan([]))]).map((item) => item.existing?.id);
  assert.equal(found, ['sha256:base', 'sha256:api', 'sha256:web', 'sha256:web-debug']);
});

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

/** Files as `path: content`, and other parts. */
const inputs = (files: Record<string, string>, parts: Record<string, string> = {}): Inputs => {
  const entries = entryList(Object.entries(files).map(([path, text]) => memoryFile(path, text)));
  return { parts: { ...parts, files: hashEntries(entries) }, files: linesOfFiles(entries) };
};

const CHANGES: [before: [object, object?] | undefined, after: [object, object?], text: string][] = [
  [undefined, [{ a: '1' }], 'not built before'],
  [[{ a: '1' }], [{ a: '2' }], 'a changed'],
  [[{ a: '1' }], [{ a: '1', b: '2' }], '+b changed'],
  [[{ a: '1' }, { 'parent:base': '1' }], [{}, { 'parent:base': '2' }], 'parent base, -a changed'],
  [[{ a: '1' }], [{ a: '1' }], 'the image is gone'],
  [[{ a: '1' }, { 'text:Dockerfile': '1' }], [{ a: '1' }, { 'text:Dockerfile': '2' }], 'Dockerfile changed'],
  [[{}], [{ a: '', b: '', c: '', d: '', e: '' }], '+a, +b, +c and 2 more changed'],
  [
    [{ 'a.txt': '1', 'a/b': '1', 'é "x"': '1' }],
    [{ 'a.txt': '2', 'a/c': '1', 'é "x"': '2' }],
    '-a/b, +a/c, a.txt and 1 more changed',
  ],
  [
    [{ 'software/x/y': '1', '.dockerignore': '1' }],
    [{ 'software/x/y': '2', Dockerfile: '2' }],
    'the image is gone',
  ],
];
for (const [before, after, text] of CHANGES) {
  test(`what has changed is said in words: ${text}`, () => {
    const old =
      before === undefined
        ? undefined
        : inputs(before[0] as Record<string, string>, before[1] as Record<string, string>);
    assert.is(
      describeChange(old, inputs(after[0] as Record<string, string>, after[1] as Record<string, string>)),
      text,
    );
  });
}

test.run();
