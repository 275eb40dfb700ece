// build/plan/platforms.ts: which RUN lines run where, and what is told before a build.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  parsePlatform,
  platformArguments,
  platformOfNode,
  type Platform,
} from '../../../build/model/platform.ts';
import type { Image } from '../../../build/plan/facts.ts';
import { engineProblems, platformProblems, runsOf } from '../../../build/plan/platforms.ts';
import { parseDockerfile, type Dockerfile } from '../../../build/read/dockerfile.ts';

const test = suite('platforms');

const amd64 = platformOfNode('x64');
const arm64 = platformOfNode('arm64');
const parse = (text: string, target: Platform = arm64): Dockerfile =>
  parseDockerfile(text, 'Dockerfile', new Map(), platformArguments(target, amd64));

const RUNS: [title: string, text: string, runs: [line: number, platform: string | undefined][]][] = [
  ['no RUN', 'FROM a\nCOPY x /\n', []],
  ['on the target', 'FROM a\nRUN x\n', [[2, undefined]]],
  [
    'on the builder',
    'FROM --platform=$BUILDPLATFORM a AS b\nRUN x\nFROM s\nCOPY --from=b / /',
    [[2, 'linux/amd64']],
  ],
  ['on the target, by name', 'FROM --platform=${TARGETPLATFORM} a\nRUN x', [[2, 'linux/arm64']]],
  ['in a stage nobody needs', 'FROM a AS b\nRUN x\nFROM c\nCOPY y /', []],
  ['in a stage by number', 'FROM a\nRUN x\nFROM c\nCOPY --from=0 y /', [[2, undefined]]],
  [
    'in a stage that is mounted',
    'FROM a AS b\nRUN x\nFROM c\nRUN --mount=from=b,target=/m y',
    [
      [2, undefined],
      [4, undefined],
    ],
  ],
  [
    'in a stage gone on from',
    'FROM --platform=linux/386 a AS b\nRUN x\nFROM b\nRUN y',
    [
      [2, 'linux/386'],
      [4, 'linux/386'],
    ],
  ],
  ['a mount from an image', 'FROM a\nRUN --mount=from=busybox,target=/m y', [[2, undefined]]],
  ['with an ARG for a platform', 'ARG P=linux/s390x\nFROM --platform=$P a\nRUN y', [[3, 'linux/s390x']]],
];
for (const [title, text, runs] of RUNS) {
  test(`RUN ${title}`, () =>
    assert.equal(
      runsOf(parse(text)).map(({ line, platform }) => [line, platform]),
      runs,
    ));
}

test('a FROM line can name the architecture', () => {
  assert.is(parse('FROM node-${TARGETARCH}').uses[0]?.image, 'node-arm64');
  assert.is(parse('FROM node-${TARGETARCH}', amd64).uses[0]?.image, 'node-amd64');
  assert.is(parse('ARG TARGETARCH\nFROM node-${TARGETARCH}').uses[0]?.image, 'node-arm64');
});

const problemsOf = (
  text: string,
  facts: { runnable: string[]; isClassic?: boolean },
  target = arm64,
): string[] => {
  const image = { place: 'images/x', platform: target, dockerfile: parse(text, target) } as Image;
  const runnable = facts.runnable.flatMap((name) => parsePlatform(name) ?? []);
  return platformProblems([image], {
    engine: amd64,
    own: amd64,
    runnable,
    isClassic: facts.isClassic ?? false,
  }).map(({ file, line, message }) => `${file}:${line ?? ''} ${message}`);
};

test('a RUN line that nothing can run is told with its line', () => {
  assert.equal(problemsOf('FROM a\nCOPY x /\nRUN y', { runnable: ['linux/amd64', 'linux/386'] }), [
    'images/x/Dockerfile:3 RUN needs linux/arm64, and the engine runs linux/amd64, linux/386',
  ]);
});
test('one that is emulated, or without RUN, is fine', () => {
  assert.equal(problemsOf('FROM a\nRUN y', { runnable: ['linux/amd64', 'linux/arm64'] }), []);
  assert.equal(problemsOf('FROM a\nCOPY y /', { runnable: ['linux/amd64'] }), []);
});
test('a stage for a third platform counts, whatever is built', () => {
  const text = 'FROM --platform=linux/s390x a\nRUN y';
  assert.match(problemsOf(text, { runnable: ['linux/amd64'] }, amd64)[0] ?? '', 'RUN needs linux/s390x');
});
test('the classic builder builds for its own platform alone', () => {
  assert.match(
    problemsOf('FROM a', { runnable: ['linux/amd64'], isClassic: true })[0] ?? '',
    'only BuildKit',
  );
  assert.equal(problemsOf('FROM a', { runnable: ['linux/amd64'], isClassic: true }, amd64), []);
});
test('an engine of another architecture wants to be told what is meant', () => {
  const facts = { engine: arm64, own: amd64, runnable: [arm64], isClassic: false };
  assert.match(engineProblems([], facts)[0]?.remedy ?? '', '--platform linux/arm64');
  assert.equal(engineProblems([arm64], facts), []);
});

test.run();
