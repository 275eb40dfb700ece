// Python's `text % names`, which is how supervisord expands `%(ENV_X)s`, `%(process_num)02d` and `%%`.

import { compare, repr } from './python.ts';

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

class BadFormat extends Error {}

interface Scan {
  readonly text: string;
  /** The next character to read. */
  index: number;
  /** What the next conversion takes: the table of all names, a name's value, or nothing once that is spent. */
  argument: 'table' | 'spent' | { readonly value: string | number };
}

/** A name's value, or undefined for the table of all names. */
type Value = string | number | undefined;

interface Spec {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly conversion: string;
}

function unknownName(text: string, names: Expansions, name: string, key: string): BadValue {
  const available = [...names.keys()].toSorted(compare).join(', ');
  const variable = key.startsWith('ENV_') ? key.slice('ENV_'.length) : undefined;
  return new BadValue(
    `Format string ${repr(text)} for ${repr(name)} contains names (${repr(key)}) which cannot be expanded. ` +
      `Available names: ${available}`,
    variable === undefined ? 'write %% for a percent sign' : `set ${variable} in the environment`,
  );
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

function convert(value: Value, spec: Spec, place: number): string {
  switch (spec.conversion) {
    case 's':
    case 'r':
    case 'a':
      return pad(textOf(value, spec), spec);
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
      return padNumber(integerOf(value, spec), spec);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return padNumber(floatOf(value, spec), spec);
    case 'c':
      return pad(characterOf(value), spec);
    default: {
      const code = spec.conversion.codePointAt(0) ?? 0;
      const shown = code >= 31 && code <= 126 ? spec.conversion : '?';
      throw new BadFormat(
        `unsupported format character '${shown}' (0x${code.toString(16)}) at index ${place}`,
      );
    }
  }
}

function textOf(value: Value, spec: Spec): string {
  // Python puts the whole table of names here, environment included: of no use to anybody, and a leak.
  if (value === undefined) throw new BadFormat(`%${spec.conversion} needs a name: %(name)${spec.conversion}`);
  const plain = typeof value === 'number' || spec.conversion === 's' ? String(value) : repr(value);
  const text = spec.conversion === 'a' ? ascii(plain) : plain;
  return spec.precision === undefined ? text : Array.from(text).slice(0, spec.precision).join('');
}

function ascii(text: string): string {
  return Array.from(text)
    .map((character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code < 0x80) return character;
      if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
      return code <= 0xffff
        ? `\\u${code.toString(16).padStart(4, '0')}`
        : `\\U${code.toString(16).padStart(8, '0')}`;
    })
    .join('');
}

function integerOf(value: Value, spec: Spec): string {
  if (typeof value !== 'number') {
    const wanted = 'diu'.includes(spec.conversion) ? 'a real number' : 'an integer';
    throw new BadFormat(`%${spec.conversion} format: ${wanted} is required, not ${typeName(value)}`);
  }
  const base = { x: 16, X: 16, o: 8 }[spec.conversion] ?? 10;
  const digits = Math.abs(value)
    .toString(base)
    .padStart(spec.precision ?? 0, '0');
  const prefix = spec.flags.includes('#') && base !== 10 ? (base === 8 ? '0o' : '0x') : '';
  const text = prefix + digits;
  return (value < 0 ? '-' : '') + (spec.conversion === 'X' ? text.toUpperCase() : text);
}

function floatOf(value: Value, spec: Spec): string {
  if (typeof value !== 'number') throw new BadFormat(`must be real number, not ${typeName(value)}`);
  const precision = spec.precision ?? 6;
  const kind = spec.conversion.toLowerCase();
  const text =
    kind === 'f'
      ? value.toFixed(Math.min(precision, 100))
      : kind === 'e'
        ? exponent(value.toExponential(Math.min(precision, 100)))
        : general(value, precision === 0 ? 1 : precision, spec.flags.includes('#'));
  const point = spec.flags.includes('#') && precision === 0 && kind === 'f' ? '.' : '';
  return spec.conversion === kind ? text + point : (text + point).toUpperCase();
}

function general(value: number, precision: number, keepZeros: boolean): string {
  const [, power = '0'] = value.toExponential(Math.min(precision, 100) - 1).split('e');
  const scientific = Number(power) < -4 || Number(power) >= precision;
  const text = scientific
    ? value.toExponential(Math.min(precision, 100) - 1)
    : value.toFixed(Math.min(precision - 1 - Number(power), 100));
  const [mantissa = '', tail] = text.split('e');
  const trimmed = keepZeros || !mantissa.includes('.') ? mantissa : mantissa.replace(/\.?0+$/, '');
  return tail === undefined ? trimmed : exponent(`${trimmed}e${tail}`);
}

function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function characterOf(value: Value): string {
  if (typeof value === 'string' && Array.from(value).length === 1) return value;
  if (typeof value !== 'number') throw new BadFormat('%c requires int or char');
  if (value < 0 || value > 0x10ffff) throw new BadFormat('%c arg not in range(0x110000)');
  return String.fromCodePoint(value);
}

function typeName(value: Value): string {
  return value === undefined ? 'dict' : 'str';
}

function pad(text: string, spec: Spec): string {
  const missing = ' '.repeat(Math.max(0, spec.width - Array.from(text).length));
  return spec.flags.includes('-') ? text + missing : missing + text;
}

/** Pads a number: zeros go between its sign or prefix and its digits. */
function padNumber(text: string, spec: Spec): string {
  const [, minus = '', prefix = '', digits = ''] = /^(-?)(0[xXoO])?(.*)$/s.exec(text) ?? [];
  const sign = minus !== '' ? minus : spec.flags.includes('+') ? '+' : spec.flags.includes(' ') ? ' ' : '';
  const head = sign + prefix;
  if (!spec.flags.includes('0') || spec.flags.includes('-')) return pad(head + digits, spec);
  return head + digits.padStart(spec.width - head.length, '0');
}
