// An environment file means the same to sh, to bash, and to systemd's reading of it, whatever the values hold.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readEnvFile, selectByPrefix, writeEnvFile } from '../../../supervisor/config/envfile.ts';
import { fc } from '../../support/random.ts';

const test = suite('config env-files');
const scratch = mkdtempSync(join(tmpdir(), 'initkit-envfile-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** What a shell exports after it has sourced the file. */
function sourced(shell: string, text: string): Map<string, string> {
  const file = join(scratch, 'file.env');
  writeFileSync(file, text);
  const result = spawnSync(shell, ['-c', `set -a; . ${file}; env -0`], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin' },
    // With a socket as its stdin bash takes itself for a remote shell, and reads ~/.bashrc.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  assert.is(result.stderr, '');
  const pairs = result.stdout.split('\0').filter((entry) => entry !== '');
  return new Map(
    pairs.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

const PIECES = [
  ' ',
  '  ',
  '"',
  "'",
  '\\',
  '$',
  '$HOME',
  '${X}',
  '$(id)',
  '`id`',
  ';',
  '#',
  '\n',
  '\t',
  '=',
  '!',
  '*',
  '~',
  '&',
  '|',
  'ü',
  '😀',
  '\r',
  '%',
  '\\n',
  '\x01',
  '\x7f',
  'a',
  'word',
];
const value = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((parts) => parts.join(''));
const name = fc.stringMatching(/^X_[A-Za-z0-9_]{1,12}$/);
const variables = fc
  .dictionary(name, value, { minKeys: 1, maxKeys: 40 })
  .map((record) => new Map(Object.entries(record)));

test('random values come back from sh, from bash and from the reader', () => {
  fc.assert(
    fc.property(variables, (values) => {
      const [text, problems] = writeEnvFile(values);
      assert.equal(problems, []);
      assert.equal(readEnvFile(text, 'x').values, values);
      for (const shell of ['dash', 'bash', 'sh']) {
        const found = sourced(shell, text);
        for (const [key, expected] of values) assert.is(found.get(key), expected, `${shell}: ${key}`);
      }
    }),
    { numRuns: 60 },
  );
});

test('nothing in a value is run', () => {
  const [text] = writeEnvFile(new Map([['X_A', '$(touch /tmp/never) `id` ; exit 3 # "']]));
  assert.is(sourced('sh', text).get('X_A'), '$(touch /tmp/never) `id` ; exit 3 # "');
});

const REFUSED = [
  ['A.B', 'x', /letters, digits and _/],
  ['1X', 'x', /letters, digits and _/],
  ['UID', '0', /a shell keeps that name/],
  ['X', 'a\0b', /it contains a NUL/],
  ['X', 'a\ud800b', /it is not valid UTF-8/],
] as const;

for (const [key, text, reason] of REFUSED) {
  test(`${key}=${JSON.stringify(text)} is refused, and the others are written`, () => {
    const [file, problems] = writeEnvFile(
      new Map([
        [key, text],
        ['OK', '1'],
      ]),
    );
    assert.is(file, 'OK="1"\n');
    assert.is(problems.length, 1);
    assert.match(problems[0]?.message ?? '', reason);
    assert.match(problems[0]?.message ?? '', key);
  });
}

test('prefixes are taken letter by letter', () => {
  const values = new Map(
    ['MASTER', 'MASTER_X', 'MASTERX', 'RESOLVERS', 'RESOLVER_A', 'AWS_B', 'PATH'].map((key) => [key, '1']),
  );
  assert.equal(
    [...selectByPrefix(values, ['RESOLVERS', 'MASTER', 'AWS_']).keys()],
    ['AWS_B', 'MASTER', 'MASTERX', 'MASTER_X', 'RESOLVERS'],
  );
  assert.equal([...selectByPrefix(values, ['RESOLVER']).keys()], ['RESOLVERS', 'RESOLVER_A']);
});

test('a comment right above a variable is its note, there and back', () => {
  const text = '# far away\n\n# from here\n; and there\nA=1\nB=2\n# nobody\n\nC=3\n# first\nD=4\nD=5\n';
  assert.equal(readEnvFile(text, 'x').notes, new Map([['A', 'from here  and there']]));
  const values = new Map([
    ['A', 'one\n# two'],
    ['B', ''],
    ['UID', '1'],
  ]);
  const notes = new Map([
    ['A', 'a note\nof \\ two lines'],
    ['UID', 'not to be'],
  ]);
  const [file] = writeEnvFile(values, notes);
  assert.is(file, '# a note of two lines\nA="one\n# two"\nB=""\n');
  assert.equal(readEnvFile(file, 'x').notes, new Map([['A', 'a note of two lines']]));
});

// systemd's own grammar (env-file.c): what stands in a unit's EnvironmentFile= today.
const READ = [
  ['A=b', { A: 'b' }],
  ['A=b c  ', { A: 'b c' }],
  ['A= b', { A: 'b' }],
  ['  A=b', { A: 'b' }],
  ['A =b', { A: 'b' }],
  ['A=', { A: '' }],
  ['A=""', { A: '' }],
  ['A="b c" ', { A: 'b c' }],
  ["A='b $c \\n'", { A: 'b $c \\n' }],
  ['A="b\\"c\\$d\\\\e\\x"', { A: 'b"c$d\\e\\x' }],
  ['A="b\nc"', { A: 'b\nc' }],
  ['A="b\\\nc"', { A: 'bc' }],
  ['A=b\\\nc', { A: 'bc' }],
  ['A=b\\ c\\ ', { A: 'b c ' }],
  ["A='b''c'", { A: 'bc' }],
  ["A=b'c'", { A: "b'c'" }],
  ['A=b#c', { A: 'b#c' }],
  ['A=b # c', { A: 'b # c' }],
  ['# A=b\n;B=c\nC=d', { C: 'd' }],
  ['A=1\nA=2', { A: '2' }],
  ['A=$B', { A: '$B' }],
  ['A=b\r\nB=c', { A: 'b', B: 'c' }],
  ['A', {}],
  ['', {}],
] as const;

for (const [text, expected] of READ) {
  test(`reads ${JSON.stringify(text)}`, () => {
    assert.equal(Object.fromEntries(readEnvFile(text, 'x').values), expected);
  });
}

test('a line that systemd ignores is a warning with its line', () => {
  const { values, problems } = readEnvFile('A=1\n\nexport B=2\n1C=3\n', '/x.env');
  assert.equal([...values], [['A', '1']]);
  assert.equal(
    problems.map(({ origin, message }) => [origin?.line, message]),
    [
      [3, '"export B" cannot be the name of a variable; the line is ignored'],
      [4, '"1C" cannot be the name of a variable; the line is ignored'],
    ],
  );
});

test.run();
