// build/read/ssh.ts: how agents are named on the command line, and which images ask for one.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDockerfile } from '../../../build/read/dockerfile.ts';
import { parseSsh, sshProblems } from '../../../build/read/ssh.ts';

const test = suite('ssh');

const READABLE: [option: string, id: string, paths: string[]][] = [
  ['default', 'default', []],
  ['default=/run/agent.sock', 'default', ['/run/agent.sock']],
  ['git=/home/me/id_a,/home/me/id_b', 'git', ['/home/me/id_a', '/home/me/id_b']],
];
for (const [option, id, paths] of READABLE) {
  test(`--ssh ${option}`, () => assert.equal(parseSsh([option]), { sources: [{ id, paths }], problems: [] }));
}

for (const wrong of ['', '=x', 'a=', 'a=x,,y', 'a b']) {
  test(`--ssh ${JSON.stringify(wrong)} cannot be read`, () =>
    assert.is(parseSsh([wrong]).problems.length, 1));
}

test('one id twice', () => assert.match(parseSsh(['a', 'a=/x']).problems[0]?.message ?? '', 'given twice'));

const MOUNTS: [run: string, given: string[], problem: RegExp | undefined][] = [
  ['RUN --mount=type=ssh x', ['default'], undefined],
  ['RUN --mount=type=ssh x', [], undefined],
  ['RUN --mount=type=ssh,required x', [], /:2: needs the ssh agent default/],
  ['RUN --mount=type=ssh,required=true,id=git x', [], /needs the ssh agent git/],
  ['RUN --mount=type=ssh,id=git x', ['default'], /--ssh default: no selected image asks for it/],
  ['RUN --mount=type=ssh,id=git,required=false x', ['git'], undefined],
  ['RUN --mount=type=secret,id=git x', ['git'], /no selected image asks for it/],
];
for (const [run, given, problem] of MOUNTS) {
  test(`${run} with ${given.join(' ') || 'none'}`, () => {
    const dockerfile = parseDockerfile(`FROM x\n${run}\n`, 'Dockerfile', new Map());
    const [found, ...others] = sshProblems(given, [{ place: 'images/web', dockerfile }]);
    assert.equal(others, []);
    if (problem === undefined) assert.is(found, undefined);
    else assert.match(`${found?.file}:${found?.line}: ${found?.message}`, problem);
  });
}

test.run();
