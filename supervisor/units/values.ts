// What a single value can be: truth, modes, sizes, numbers, signals, lists of words.

import { SIGNAL_NAMES, signalName } from '../process/signals.ts';
import { splitWords } from './words.ts';

export function parseBoolean(value: string): boolean | null {
  const word = value.toLowerCase();
  if (['1', 'yes', 'y', 'true', 't', 'on'].includes(word)) return true;
  if (['0', 'no', 'n', 'false', 'f', 'off'].includes(word)) return false;
  return null;
}

/** An octal mode up to 07777. */
export function parseMode(value: string): number | null {
  if (!/^\+?[0-7]+$/.test(value)) return null;
  const mode = Number.parseInt(value, 8);
  return mode <= 0o7777 ? mode : null;
}

/** A whole number as C reads it: decimal, `0x…`, `0…` octal, `0b…`, `0o…`. */
export function parseInteger(value: string): number | null {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9]\d*)$/.exec(value);
  if (match === null) return null;
  const digits = match[2] ?? '0';
  const number = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  if (!Number.isSafeInteger(number)) return null;
  return match[1] === '-' ? 0 - number : number;
}

/** As parseInteger, 0 to 2^32-1. */
export function parseUnsigned(value: string): number | null {
  const number = parseInteger(value);
  return number !== null && number >= 0 && number <= 0xffff_ffff && !value.startsWith('-') ? number : null;
}

const SIZE_UNITS: readonly (readonly [suffix: string, bytes: bigint])[] = [
  '',
  'K',
  'M',
  'G',
  'T',
  'P',
  'E',
].map((suffix, power) => [suffix, 1024n ** BigInt(power)]);

/** Bytes with K, M, G, T, P, E to the base 1024, several parts added up (`1G 500M`), fractions allowed. */
export function parseSize(value: string): bigint | null {
  let rest = value.trim();
  if (rest === '') return null;
  let total = 0n;
  let lastUnit = SIZE_UNITS.length;
  while (rest !== '') {
    const match = /^(\d+)(?:\.(\d*))?\s*([KMGTPEB]?)\s*/.exec(rest);
    if (match === null) return null;
    const unit = match[3] === 'B' ? 0 : SIZE_UNITS.findIndex(([suffix]) => suffix === match[3]);
    if (unit >= lastUnit) return null;
    lastUnit = unit;
    const multiplier = SIZE_UNITS[unit]?.[1] ?? 1n;
    total += BigInt(match[1] ?? '0') * multiplier;
    const fraction = match[2] ?? '';
    if (fraction !== '') total += (BigInt(fraction) * multiplier) / 10n ** BigInt(fraction.length);
    if (total >= 2n ** 64n) return null;
    rest = rest.slice(match[0].length);
  }
  return total;
}

/** First and last real-time signal that a program may use with glibc. */
const RTMIN = 34;
const RTMAX = 64;

/** `TERM`, `SIGTERM`, `15`, `RTMIN+3` → a name with SIG; null for none. */
export function parseSignal(value: string): string | null {
  const number = parseInteger(value);
  if (number !== null) return number >= 1 && number <= RTMAX ? signalName(number) : null;
  const name = value.startsWith('SIG') ? value : `SIG${value}`;
  const alias = { SIGIOT: 'SIGABRT', SIGCLD: 'SIGCHLD', SIGPOLL: 'SIGIO' }[name];
  if (alias !== undefined) return alias;
  if (SIGNAL_NAMES.includes(name)) return name;
  const realTime = /^SIGRT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name);
  if (realTime === null) return null;
  const [, base, sign, digits] = realTime;
  if (digits !== undefined && (base === 'MIN') !== (sign === '+')) return null;
  const realTimeNumber = base === 'MIN' ? RTMIN + Number(digits ?? 0) : RTMAX - Number(digits ?? 0);
  return realTimeNumber >= RTMIN && realTimeNumber <= RTMAX ? signalName(realTimeNumber) : null;
}

/** Words with quotes and escapes as in most lists; what is broken ends the list. */
export function parseWords(value: string): readonly string[] {
  return splitWords(value, { unquote: true, unescape: true }).words;
}

/** Whether a variable may be called so: letters, digits and `_`, no digit in front. */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/** `NAME=value` → its two parts; null where the name is none. */
export function parseAssignment(word: string): readonly [name: string, value: string] | null {
  const equals = word.indexOf('=');
  if (equals <= 0) return null;
  const [name, value] = [word.slice(0, equals), word.slice(equals + 1)];
  return isVariableName(name) ? [name, value] : null;
}
