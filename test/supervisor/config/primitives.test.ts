// The functions below the configuration, on thousands of random texts, against Python and supervisord's own functions.

import { spawnSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as datatypes from '../../../supervisor/config/datatypes.ts';
import { expand } from '../../../supervisor/config/expand.ts';
import { absolute, directoryOf } from '../../../supervisor/config/paths.ts';
import { repr, splitBlanks, strip } from '../../../supervisor/config/python.ts';
import { splitCommand } from '../../../supervisor/config/shlex.ts';
import { fc } from '../../support/random.ts';
import { signalNumber } from '../../../supervisor/process/signals.ts';

const RUNS = Number(process.env['DIFFERENTIAL_RUNS'] ?? 3000);

const test = suite('config primitives against Python');

type Answer = { readonly value: unknown } | { readonly error: string };

interface Primitive {
  /** What the texts are made of, beside letters and digits. */
  readonly pieces: readonly string[];
  readonly ours: (text: string) => unknown;
  /** What Python's function takes beside the text. */
  readonly more?: readonly unknown[];
  /** Whether a difference is meant. */
  readonly meant?: (text: string, real: Answer, ours: Answer) => boolean;
}

const NAMES = { name: 'va lue', umlaut: "it's ü😀", number: 42, minus: -7, zero: 0, 'a(b)c': 'x' };

function split(text: string): readonly string[] {
  const result = splitCommand(text);
  if (result.ok) return result.words;
  throw new Error(result.reason);
}

const QUOTING = [
  ' ',
  ' ',
  '"',
  "'",
  '\\',
  '\n',
  '\t',
  '#',
  ',',
  '=',
  ';',
  '$',
  '@',
  'a b',
  'ü',
  '\u2028',
  '/',
  '%',
  '(',
  ':',
];
const NUMBERS = [
  '0',
  '1',
  '7',
  '8',
  '9',
  '12',
  '255',
  '256',
  '-',
  '+',
  '_',
  ' ',
  '.',
  '\u00a0',
  '٣',
  '１',
  '\x1c',
  'x',
  ',',
];

const PRIMITIVES: Readonly<Record<string, Primitive>> = {
  split: { pieces: QUOTING, ours: split },
  pairs: {
    pieces: [...QUOTING, 'A=', 'B="x"', ',', 'C=1'],
    ours: (text) => [...datatypes.keyValuePairs(text)[0]],
  },
  expand: {
    pieces: [
      '%',
      '%',
      '%(name)',
      '%(number)',
      '%(minus)',
      '%(zero)',
      '%(umlaut)',
      '%(a(b)c)',
      '%(nope)',
      '(',
      ')',
      's',
      's',
      'd',
      'i',
      'u',
      'x',
      'X',
      'o',
      'f',
      'e',
      'g',
      'G',
      'E',
      'r',
      'a',
      'c',
      '-',
      '+',
      '#',
      '0',
      '5',
      '12',
      '.',
      '.3',
      '*',
      'l',
      'h',
      ' ',
      '%%',
      'y',
      '😀',
    ],
    ours: (text) => expand(text, new Map(Object.entries(NAMES)), 'x.y'),
    more: [NAMES, 'x.y'],
    // Python puts the whole table of names there.
    meant: (_, real, ours) =>
      ('error' in ours && /badly formatted: %[sra] needs a name/.test(ours.error) && 'value' in real) ||
      bothRefuse(real, ours, 'needs a name'),
  },
  repr: {
    pieces: [...QUOTING, '\x00', '\x7f', '\x85', '\u200b', '\ufeff', '\u0301', '\r', '\ud7ff'],
    ours: repr,
  },
  strip: { pieces: [' ', '\x1c', '\x85', '\u00a0', '\ufeff', '\u3000', '\n', '\v'], ours: strip },
  words: { pieces: [' ', '\x1f', '\u2003', '\n', '\t', '\ufeff'], ours: splitBlanks },
  boolean: { pieces: ['true', 'TRUE', 'no', 'On', '1', '0', 'off', ' '], ours: datatypes.boolean },
  integer: { pieces: NUMBERS, ours: datatypes.integer },
  octal: { pieces: [...NUMBERS, '0o', '0O', '77'], ours: datatypes.octal },
  byteSize: { pieces: [...NUMBERS, 'kb', 'MB', 'Gb', ' '], ours: datatypes.byteSize },
  exitCodes: { pieces: NUMBERS, ours: datatypes.exitCodes },
  listOfStrings: { pieces: [',', ' ', '\n'], ours: datatypes.listOfStrings },
  signal: {
    pieces: [
      'TERM',
      'hup',
      'SIG',
      'sig',
      'USR1',
      'CLD',
      'IOT',
      'POLL',
      '9',
      '1',
      '3',
      '0',
      ' ',
      'RTMAX',
      '_DFL',
      '_IGN',
      'STKFLT',
    ],
    ours: (text) => signalNumber(datatypes.signal(text)),
    // supervisord takes Python's SIG_DFL, SIG_IGN and the like, and 0, for signals.
    meant: (text, real, ours) =>
      'value' in real && 'error' in ours && (real.value === 0 || text.includes('_')),
  },
  name: { pieces: [' ', ':', '/', 'a', '\n', "'"], ours: datatypes.processOrGroupName },
  inetAddress: {
    pieces: [':', '*', 'Host', '80', '0', '65535', '65536', '-1', ' ', '['],
    ours: (text) => {
      const { host, port } = datatypes.inetAddress(text);
      return [host, port];
    },
    // Numbers beyond 2^53 are no ports either way; only their digits in the message differ.
    meant: (text, real, ours) => bothRefuse(real, ours, 'above upper bound') && /\d{16}/.test(text),
  },
  normalize: {
    pieces: ['/', '/', '//', '.', '..', 'a', 'b c'],
    ours: (text) => absolute(text, process.cwd()),
  },
  dirname: { pieces: ['/', '/', '//', '.', '..', 'a'], ours: directoryOf },
};

function bothRefuse(real: Answer, ours: Answer, part: string): boolean {
  return 'error' in real && 'error' in ours && ours.error.includes(part);
}

function askPython(cases: readonly { readonly call: string; readonly args: readonly unknown[] }[]): Answer[] {
  const result = spawnSync('/usr/bin/python3', ['test/fixtures/python-oracle.py'], {
    input: cases.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { HOME: '/root', PATH: '/usr/bin:/bin', PYTHONUTF8: '1', PYTHONWARNINGS: 'ignore' },
  });
  if (result.status !== 0) {
    throw new Error(
      `cannot ask supervisord (apt-get install supervisor): ${result.error?.message ?? result.stderr}`,
    );
  }
  return result.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

function answer(call: () => unknown): Answer {
  try {
    return { value: call() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

for (const [call, { pieces, ours, more = [], meant }] of Object.entries(PRIMITIVES)) {
  test(`${call} does as Python does`, () => {
    const text = fc
      .array(fc.constantFrom(...pieces, 'a', 'B', '3'), { maxLength: 9 })
      .map((parts) => parts.join(''));
    const texts = [...new Set(fc.sample(text, { numRuns: RUNS }))];
    const real = askPython(texts.map((input) => ({ call, args: [input, ...more] })));
    const different = texts.flatMap((input, index) => {
      const theirs = real[index] ?? { error: 'no answer' };
      const mine = answer(() => ours(input));
      if (isDeepStrictEqual(theirs, mine) || meant?.(input, theirs, mine) === true) return [];
      return [`${JSON.stringify(input)}\n  real ${JSON.stringify(theirs)}\n  ours ${JSON.stringify(mine)}`];
    });
    assert.is(
      different.length,
      0,
      `${different.length} of ${texts.length} differ:\n${different.slice(0, 6).join('\n')}`,
    );
  });
}

test.run();
