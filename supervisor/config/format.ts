// The conversions of Python's `%` operator (`%s`, `%02d`, `%x`, …) for texts and numbers.

import { repr } from './python.ts';

/** Why a conversion is not possible, in Python's words. */
export class BadFormat extends Error {}

/** A name's value, or undefined for the table of all names. */
export type Value = string | number | undefined;

/** What stands between the `%` and the letter, and the letter. */
export interface Spec {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly conversion: string;
}

/** The text of one conversion; `place` is where it stands, for the error. Throws BadFormat. */
export function convert(value: Value, spec: Spec, place: number): string {
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
  // `#` keeps the point even where nothing stands behind it.
  const pointed = spec.flags.includes('#') ? text.replace(/^(-?\d+)(?=e|$)/, '$1.') : text;
  return spec.conversion === kind ? pointed : pointed.toUpperCase();
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
