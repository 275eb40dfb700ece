// build/read/build-args.ts: what --build-arg may say, and who takes it.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildArgProblems, isTaken, parseBuildArgs } from '../../../build/read/build-args.ts';
import { parseDockerfile } from '../../../build/read/dockerfile.ts';

const test = suite('build arguments');

test('a value, an empty one, one with "=" in it, one out of the environment', () => {
  const { values, problems } = parseBuildArgs(['A=1', 'B=', 'C=x=y', 'D'], { D: 'from outside' });
  assert.equal(problems, []);
  assert.equal(
    [...values],
    [
      ['A', '1'],
      ['B', ''],
      ['C', 'x=y'],
      ['D', 'from outside'],
    ],
  );
});

for (const [option, problem] of [
  ['=1', /cannot be read/],
  ['1A=x', /cannot be read/],
  ['A', /the variable A is not set/],
] as const) {
  test(`--build-arg ${option}`, () =>
    assert.match(parseBuildArgs([option], {}).problems[0]?.message ?? '', problem));
}

test('ARG lines before the first FROM and in stages take it, and proxies need none', () => {
  const dockerfile = parseDockerfile('ARG A=1 B="x y"\nFROM a\nARG C\nENV D=1\n', 'Dockerfile', new Map());
  assert.equal(
    ['A', 'B', 'C', 'D', 'http_proxy', 'NO_PROXY'].filter((name) => isTaken(name, dockerfile)),
    ['A', 'B', 'C', 'http_proxy', 'NO_PROXY'],
  );
  assert.equal(
    buildArgProblems(['A', 'CC', 'HTTP_PROXY'], [{ dockerfile }]).map(({ message }) => message),
    ['--build-arg CC: no selected image has such an ARG'],
  );
});

test.run();
