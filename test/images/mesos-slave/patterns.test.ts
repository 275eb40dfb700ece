// Patterns of paths, by the table of Go's own tests of filepath.Match as far as it is about one name.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parsePattern, quotePattern } from '../../../images/mesos-slave/src/decide/patterns.ts';

const test = suite('log forwarder patterns');

/** null: the pattern is malformed. */
const CASES: readonly (readonly [pattern: string, path: string, matches: boolean | null])[] = [
  ['/abc', '/abc', true],
  ['/*', '/abc', true],
  ['/*', '/.hidden', true],
  ['/*c', '/abc', true],
  ['/a*', '/a', true],
  ['/a*', '/ab/c', false],
  ['/a*/b', '/abc/b', true],
  ['/a*/b', '/a/c/b', false],
  ['/a*b*c*d*e*', '/axbxcxdxe', true],
  ['/a*b*c*d*e*/f', '/axbxcxdxexxx/f', true],
  ['/a*b?c*x', '/abxbbxdbxebxczzx', true],
  ['/a*b?c*x', '/abxbbxdbxebxczzy', false],
  ['/ab[c]', '/abc', true],
  ['/ab[b-d]', '/abc', true],
  ['/ab[e-g]', '/abc', false],
  ['/ab[^c]', '/abc', false],
  ['/ab[^e-g]', '/abc', true],
  ['/a\\*b', '/a*b', true],
  ['/a\\*b', '/ab', false],
  ['/a?b', '/aäb', true],
  ['/a[^a]b', '/aäb', true],
  ['/a???b', '/aäb', false],
  ['/[a-ζ]*', '/α', true],
  ['/*[a-ζ]', '/A', false],
  ['/[\\]a]', '/]', true],
  ['/[\\-]', '/-', true],
  ['/[x\\-]', '/x', true],
  ['/[x\\-]', '/z', false],
  ['/[\\-x]', '/a', false],
  ['/[]a]', '/]', null],
  ['/[', '/a', null],
  ['/[^', '/a', null],
  ['/a[', '/a', null],
  ['/x\\', '/x', null],
  ['/var/log/mesos/*.INFO', '/var/log/mesos/mesos-slave.INFO', true],
  ['/var/log/mesos/*.INFO', '/var/log/mesos/mesos-slave.INFO.1', false],
  ['/var/log/*/x.log', '/var/log/a/x.log', true],
  ['/var//log/x', '/var/log/x', true],
  ['/a.c', '/abc', false],
  ['/a(b)+$', '/a(b)+$', true],
  ['/[\\d]', '/d', true],
  ['/[\\d]', '/5', false],
  ['/?.log', '/😀.log', true],
  ['/[😀-😂].log', '/😁.log', true],
  ['/?.log', '/\udcff.log', true],
  ['/var/./log/../log//x', '/var/log/x', true],
  ['/../x', '/x', true],
  ['/a*/../x', '/x', null],
  ['/a-b]', '/a-b]', true],
];

for (const [text, path, expected] of CASES) {
  test(`${text} ${expected === null ? 'is malformed' : `${expected ? 'matches' : 'does not match'} ${path}`}`, () => {
    const pattern = parsePattern(text);
    assert.is(pattern === null ? null : pattern.matches(path), expected);
  });
}

test('the directory that holds all matches, and those on the way to them', () => {
  const pattern = parsePattern('/var/log/a*/x/*.log');
  assert.is(pattern?.root, '/var/log');
  for (const directory of ['/', '/var', '/var/log', '/var/log/ab', '/var/log/ab/x'])
    assert.ok(pattern?.mayHold(directory), directory);
  for (const directory of ['/etc', '/var/log/b', '/var/log/ab/y', '/var/log/ab/x/z'])
    assert.not(pattern?.mayHold(directory), directory);
  assert.is(parsePattern('/x.log')?.root, '/');
});

test('a quoted path matches itself alone', () => {
  const path = '/a*b/[c]?\\d';
  assert.is(parsePattern(`${quotePattern(path)}/x`)?.matches(`${path}/x`), true);
  assert.is(parsePattern(`${quotePattern('/a*')}/x`)?.matches('/ab/x'), false);
});

test.run();
