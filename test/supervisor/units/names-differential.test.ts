// Names of units beside systemd-escape and systemctl: escapes, what a person types, what is valid.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  escapeName,
  escapePath,
  mangleUnitName,
  parseUnitName,
  unescapeName,
  unescapePath,
} from '../../../supervisor/units/unit-names.ts';
import { tool } from './systemd-tools.ts';
import { fc } from '../../support/random.ts';

const test = suite('units names, beside systemd');

const piece = fc.constantFrom(
  'a',
  'Z',
  '0',
  '-',
  '--',
  '_',
  '.',
  '..',
  '/',
  '//',
  ':',
  '@',
  '\\',
  '\\x41',
  ' ',
  'é',
  '~',
  '+',
  '$',
  '%',
  '\t',
  '日',
  'x2d',
);
const texts = [
  ...new Set(
    fc.sample(
      fc.array(piece, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
      { numRuns: 600 },
    ),
  ),
  'Hallöchen, Meister',
  '/tmp//waldi/foobar/',
  '.hidden',
  'foo.service',
  '/',
  '/./',
  'a'.repeat(300),
];

/** systemd-escape answers on one line, each word with a blank behind it, so that each text is asked for alone. */
function escaped(parameters: readonly string[], text: string): string | null {
  const { status, stdout } = tool('systemd-escape', [...parameters, '--', text]);
  return status === 0 ? stdout.slice(0, -1) : null;
}

const FEW = texts.filter((_, index) => index % 4 === 0 || index > texts.length - 8);

test('escaped as systemd-escape escapes', () => {
  for (const text of FEW) assert.is(escapeName(text), escaped([], text), text);
});

test('unescaped as systemd-escape --unescape does', () => {
  for (const text of FEW) {
    const theirs = escaped(['--unescape'], text);
    // What is no UTF-8 afterwards, or not one line, cannot be compared through a pipe.
    if (theirs !== null && !theirs.includes('\uFFFD')) assert.is(unescapeName(text), theirs, text);
    else if (theirs === null) assert.is(unescapeName(text), null, text);
  }
});

test('paths are escaped and unescaped as systemd-escape --path does', () => {
  for (const text of FEW) {
    assert.is(escapePath(text), escaped(['--path'], text), text);
    const theirs = escaped(['--unescape', '--path'], text);
    if (theirs === null || !theirs.includes('\uFFFD')) assert.is(unescapePath(text), theirs, text);
  }
});

test('what is escaped comes back', () => {
  for (const text of texts) {
    if (text.includes('\0')) continue;
    assert.is(unescapeName(escapeName(text)), text);
  }
});

test('what a person types becomes the name that systemd-escape --mangle gives', () => {
  const typed = [
    ...FEW,
    'nginx',
    'nginx.service',
    'getty@tty1',
    '/dev/sda',
    '/srv/data',
    'foo.bar',
    'a.mount',
    'x@.timer',
    'nginx.service ',
    'ä',
  ];
  for (const text of typed) {
    if (/[*?[]/.test(text) || text.trim() === '') continue;
    const theirs = escaped(['--mangle'], text);
    assert.is(mangleUnitName(text), theirs, text);
  }
});

test('what is a name, and what is none', () => {
  const valid = [
    'a.service',
    'a@b.service',
    'a@.service',
    'a.b.c.service',
    'a@b@c.service',
    'a\\x2d.mount',
    'a:b_c-d.target',
  ];
  const invalid = ['@b.service', 'a', '.service', 'a.nope', 'a b.service', 'é.service', 'a/b.service', ''];
  for (const name of valid) assert.is(parseUnitName(name)?.name, name);
  for (const name of invalid) assert.is(parseUnitName(name), null, name);
  assert.ok(parseUnitName(`${'a'.repeat(247)}.service`));
  assert.is(parseUnitName(`${'a'.repeat(248)}.service`), null);
});

test.run();
