// Python's `text % names`, which is how supervisord expands `%(ENV_X)s`, `%(process_num)02d` and `%%`.

import { BadFormat, convert, type Value } from './format.ts';
import { compare, repr } from './python.ts';
import { didYouMean } from './suggest.ts';

export type Expansions = ReadonlyMap<string, string | number>;

/** A value that a configuration may not have; the message is supervisord's own wording. */
export class BadValue extends Error {
  readonly remedy: string | undefined;

  constructor(message: string, remedy?: string) {
    super(message);
    this.name = 'BadValue';
    this.remedy = remedy;
  }
}

/** Expands `text`; `name` is what the error calls it: `program:x.command`. Throws BadValue. */
export function expand(text: string, names: Expansions, name: string): string {
  let out = '';
  let index = 0;
  const scan: Scan = { text, index: 0, argument: 'table' };
  try {
    for (;;) {
      const percent = text.indexOf('%', index);
      if (percent === -1) return out + text.slice(index);
      out += text.slice(index, percent);
      scan.index = percent + 1;
      out += formatOne(scan, names);
      index = scan.index;
    }
  } catch (error) {
    if (error instanceof UnknownName) throw unknownName(text, names, name, error.key);
    if (error instanceof BadFormat) throw badFormat(text, name, error.message);
    throw error;
  }
}

/** The names that `text` asks for. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(/%\(([^()]*)\)/g)].map((match) => match[1] ?? '');
}

class UnknownName extends Error {
  readonly key: string;

  constructor(key: string) {
    super(key);
    this.key = key;
  }
}

interface Scan {
  readonly text: string;
  /** The next character to read. */
  index: number;
  /** What the next conversion takes: the table of all names, a name's value, or nothing once that is spent. */
  argument: 'table' | 'spent' | { readonly value: string | number };
}

function unknownName(text: string, names: Expansions, name: string, key: string): BadValue {
  const available = [...names.keys()].toSorted(compare).join(', ');
  const message =
    `Format string ${repr(text)} for ${repr(name)} contains names (${repr(key)}) which cannot be expanded. ` +
    `Available names: ${available}`;
  const otherwise = key.startsWith('ENV_')
    ? `set ${key.slice('ENV_'.length)} in the environment`
    : 'write %% for a percent sign';
  return new BadValue(message, didYouMean(key, names.keys()) ?? otherwise);
}

function badFormat(text: string, name: string, reason: string): BadValue {
  const message = `Format string ${repr(text)} for ${repr(name)} is badly formatted: ${reason}`;
  return new BadValue(message, 'write %% for a percent sign');
}

/** Reads one conversion, from behind its `%`, and gives its text. */
function formatOne(scan: Scan, names: Expansions): string {
  if (scan.text[scan.index] === '%') {
    scan.index += 1;
    return '%';
  }
  if (scan.text[scan.index] === '(') {
    const key = readKey(scan);
    const value = names.get(key);
    if (value === undefined) throw new UnknownName(key);
    scan.argument = { value };
  }
  const flags = readWhile(scan, '-+ #0');
  const width = readNumber(scan, 'width');
  let precision: number | undefined;
  if (scan.text[scan.index] === '.') {
    scan.index += 1;
    precision = readNumber(scan, 'precision');
  }
  if ('hlL'.includes(scan.text[scan.index] ?? ' ')) scan.index += 1;
  const point = scan.text.codePointAt(scan.index);
  if (point === undefined) throw new BadFormat('incomplete format');
  const conversion = String.fromCodePoint(point);
  const place = Array.from(scan.text.slice(0, scan.index)).length;
  scan.index += conversion.length;
  return convert(takeArgument(scan), { flags, width, precision, conversion }, place);
}

/** One name serves one conversion: `%(x)s %s` has nothing left for the second. */
function takeArgument(scan: Scan): Value {
  const { argument } = scan;
  if (argument === 'spent') throw new BadFormat('not enough arguments for format string');
  scan.argument = 'spent';
  return argument === 'table' ? undefined : argument.value;
}

function readKey(scan: Scan): string {
  const start = scan.index + 1;
  let depth = 1;
  for (let index = start; index < scan.text.length; index += 1) {
    if (scan.text[index] === '(') depth += 1;
    else if (scan.text[index] === ')') depth -= 1;
    if (depth > 0) continue;
    scan.index = index + 1;
    return scan.text.slice(start, index);
  }
  throw new BadFormat('incomplete format key');
}

function readWhile(scan: Scan, characters: string): string {
  const start = scan.index;
  while (scan.index < scan.text.length && characters.includes(scan.text[scan.index] ?? '')) scan.index += 1;
  return scan.text.slice(start, scan.index);
}

function readNumber(scan: Scan, what: string): number {
  if (scan.text[scan.index] === '*') {
    scan.index += 1;
    const value = takeArgument(scan);
    if (typeof value !== 'number') throw new BadFormat('* wants int');
    return value;
  }
  const digits = readWhile(scan, '0123456789');
  const number = Number(digits);
  if (number > 0x7fffffff) throw new BadFormat(`${what} too big`);
  return number;
}
