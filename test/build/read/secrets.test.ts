// build/secrets.ts: how secrets are named, who asks for them, and that no log shows them.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDockerfile } from '../../../build/read/dockerfile.ts';
import { maskSecrets, parseSecrets, secretProblems } from '../../../build/read/secrets.ts';

const test = suite('secrets');

test('from a file, from a variable, from the variable of its name', () => {
  const { sources, problems } = parseSecrets(['id=a,src=/f', 'id=b,env=B_TOKEN', 'id=c']);
  assert.equal(problems, []);
  assert.equal(
    sources.map(({ from }) => from),
    [
      { kind: 'file', path: '/f' },
      { kind: 'variable', name: 'B_TOKEN' },
      { kind: 'variable', name: 'c' },
    ],
  );
});

for (const wrong of ['src=/f', 'hunter2', 'id=a,scr=/f', 'id=a,src=/f,env=B']) {
  test(`${wrong} cannot be read, and is not repeated`, () => {
    const { problems } = parseSecrets([wrong]);
    assert.is(problems.length, 1);
    assert.not.match(problems[0]?.message ?? '', 'hunter2');
  });
}

test('a secret that nobody asks for, and one that is required and not given', () => {
  const dockerfile = parseDockerfile(
    'FROM x\nRUN --mount=type=secret,id=npm,required=true --mount=type=secret,target=/run/secrets/pip x\n',
    'Dockerfile',
    new Map(),
  );
  const problems = secretProblems(['nmp'], [{ place: 'images/web', dockerfile }]);
  assert.equal(
    problems.map(({ file, line, message }) => [file, line, message]),
    [
      [undefined, undefined, '--secret id=nmp: no selected image asks for it'],
      ['images/web/Dockerfile', 2, 'needs the secret npm'],
    ],
  );
  assert.match(problems[0]?.remedy ?? '', 'npm');
  assert.equal(secretProblems(['npm', 'pip'], [{ place: 'images/web', dockerfile }]), []);
});

test('masked wherever they stand, line by line, the longest first; too short ones are left', () => {
  const mask = maskSecrets(
    new Map([
      ['a', Buffer.from('hunter2\n')],
      ['b', Buffer.from('hunter2-long\nsecond line\n')],
      ['c', Buffer.from('x')],
    ]),
  );
  assert.is(mask('x hunter2-long hunter2 second line'), 'x *** *** ***');
});

test.run();
