// build/dockerignore.ts: the rules of Docker's .dockerignore, as moby's own tests and documentation tell them.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDockerignore } from '../../../build/read/dockerignore.ts';

const test = suite('dockerignore');

const CASES: [patterns: string, path: string, ignored: boolean][] = [
  ['', 'a', false],
  ['# a', 'a', false],
  ['a', 'a', true],
  ['a', 'b/a', false],
  ['/a', 'a', true],
  ['./a/', 'a', true],
  ['  a  ', 'a', true],
  ['a', 'a/b/c', true],
  ['a/b', 'a/b/c', true],
  ['a/b', 'a/c', false],
  ['a/../b', 'b', true],
  ['*', 'anything/at/all', true],
  ['*.md', 'README.md', true],
  ['*.md', 'docs/README.md', false],
  ['*/temp*', 'x/temporary', true],
  ['*/temp*', 'x/y/temp', false],
  ['*/*/temp*', 'x/y/temp', true],
  ['temp?', 'tempa', true],
  ['temp?', 'temp', false],
  ['**/*.go', 'a/b/c.go', true],
  ['**/*.go', 'c.go', true],
  ['a/**', 'a/b/c', true],
  ['a/**', 'a', false],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/y/b', true],
  ['**/b', 'x/b/y', true],
  ['**', 'x', true],
  ['[ab]c', 'ac', true],
  ['[ab]c', 'cc', false],
  ['[^a]c', 'bc', true],
  ['[^a]c', 'ac', false],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['a.b', 'axb', false],
  ['a+b', 'a+b', true],
  ['(a)', '(a)', true],
  ['ä*', 'äöü', true],
  ['*.md\n!README.md', 'README.md', false],
  ['!README.md\n*.md', 'README.md', true],
  ['*.md\n!README*.md\nREADME-secret.md', 'README-secret.md', true],
  ['a\n!a/b', 'a/b', false],
  ['a\n!a/b', 'a/b/c', false],
  ['a\n!a/b', 'a/c', true],
  ['*\n!src/**', 'src/x/y', false],
  ['*\n!src', 'src/x', false],
  ['**\n!**/*.ts', 'deep/down/x.ts', false],
  ['! a', 'a', false],
  ['a\r\nb\r', 'a', true],
];

for (const [patterns, path, ignored] of CASES) {
  test(`${JSON.stringify(patterns)} ${ignored ? 'hides' : 'leaves'} ${path}`, () => {
    assert.is(parseDockerignore(patterns).isIgnored(path), ignored);
  });
}

test('an ignored folder is entered only where an exception may be below it', () => {
  const rules = parseDockerignore('node_modules\nvendor\n!vendor/keep\n!**/*.txt');
  assert.is(rules.mayHoldExceptions('vendor'), true);
  assert.is(parseDockerignore('a\nb\n!b/c').mayHoldExceptions('a'), false);
  assert.is(rules.mayHoldExceptions('node_modules'), false, 'Docker goes by the text of the pattern');
});

test.run();
