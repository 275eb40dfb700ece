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

/** From moby's patternmatcher, and Go's filepath.Match: what one pattern does with one path, or with its folder. */
const MATCHES: [pattern: string, path: string, ignored: boolean][] = [
  ['**/', 'file', true],
  ['**/**', 'dir/file', true],
  ['**/dir2/*', 'dir/dir2/file', true],
  ['**/dir2/**', 'dir/dir2/dir3/file', true],
  ['**file', 'dir/dir/file', true],
  ['**/file*txt', 'dir/dir/file.txt', true],
  ['**/file*.txt*', 'dir/dir/file.txt', true],
  ['**/**/*.txt2', 'dir/dir/file.txt', false],
  ['**/**/*.txt', 'file.txt', true],
  ['a**/*.txt', 'a/file.txt', true],
  ['a**/*.txt', 'a/dir/dir/file.txt', true],
  ['a/*.txt', 'a/dir/file.txt', false],
  ['a/*.txt**', 'a/file.txt', true],
  ['a[b-d]e', 'ae', false],
  ['a[b-d]e', 'ace', true],
  ['a[b-d]e', 'aae', false],
  ['a[^b-d]e', 'aze', true],
  ['.*', '.foo', true],
  ['.*', 'foo', false],
  ['abc?def', 'abcZdef', true],
  ['**/foo/bar', 'dir/dir2/foo/bar', true],
  ['**/.foo', 'bar.foo', false],
  ['a(b)c/def', 'a(b)c/def', true],
  ['a.|)$(}+{bc', 'a.|)$(}+{bc', true],
  ['dist/*.whl', 'dist/proxy.py-2.4.0rc3.dev36+g08acad9-py3-none-any.whl', true],
  ['a\\\\', 'a\\', true],
  ['a*/b', 'a/c/b', false],
  ['a*b*c*d*e*/f', 'axbxcxdxexxx/f', true],
  ['a*b*c*d*e*/f', 'axbxcxdxe/xxx/f', false],
  ['a*b?c*x', 'abxbbxdbxebxczzx', true],
  ['a*b?c*x', 'abxbbxdbxebxczzy', false],
  ['ab[^e-g]', 'abc', true],
  ['a?b', 'a☺b', true],
  ['a?b', 'a😀b', true],
  ['a[^a]b', 'a☺b', true],
  ['a???b', 'a☺b', false],
  ['[a-ζ]*', 'α', true],
  ['*[a-ζ]', 'A', false],
  ['[\\]a]', ']', true],
  ['[\\-]', '-', true],
  ['[x\\-]', 'x', true],
  ['[x\\-]', 'z', false],
  ['[\\-x]', '-', true],
  ['[\\-x]', 'a', false],
  ['[d-b]', 'c', false],
];
CASES.push(...MATCHES);

for (const pattern of ['[]a]', '[-]', '[x-]', '[-x]', '\\', '[a-b-c]', '[', '[^', '[^bc', 'a[', '!', '!  ']) {
  test(`${JSON.stringify(pattern)} is refused, with its line`, () => {
    assert.equal(parseDockerignore('a').problems, []);
    assert.is(parseDockerignore(`# x\n${pattern}`).problems[0]?.line, 2);
  });
}

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
