// How Python prints, trims, reads and orders strings: supervisord's grammar and its error texts rest on it.

/** Whitespace as str.isspace() has it, which is not what JavaScript's \s has. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const LEADING = new RegExp(`^[${SPACE}]+`);
const TRAILING = new RegExp(`[${SPACE}]+$`);
const ONE_SPACE = new RegExp(`^[${SPACE}]$`);
const BLANKS = new RegExp(`[${SPACE}]+`);
/** int() is stricter than strip(): of ASCII's blanks it takes those of C alone. */
const EDGE = SPACE.replace('\\x1c-\\x20', '\\x20');
const EDGES_OF_A_NUMBER = new RegExp(`^[${EDGE}]+|[${EDGE}]+$`, 'g');
const UNPRINTABLE = /[\p{C}\p{Z}]/u;

export function isSpace(character: string): boolean {
  return ONE_SPACE.test(character);
}

export function strip(text: string): string {
  return stripEnd(text.replace(LEADING, ''));
}

export function stripEnd(text: string): string {
  // A loop rather than the pattern alone: on a long run of blanks inside the text the pattern is quadratic.
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end).replace(TRAILING, '');
}

/** str.split() without an argument. */
export function splitBlanks(text: string): string[] {
  return strip(text)
    .split(BLANKS)
    .filter((word) => word !== '');
}

/** repr() of a string. */
export function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let body = '';
  for (const character of text) body += escaped(character, quote);
  return quote + body + quote;
}

/** int(text, base): blanks around it, a sign, and `_` between digits are allowed; undefined where Python raises. */
export function parseInteger(text: string, base: 8 | 10 = 10): number | undefined {
  const digit = base === 8 ? '[0-7]' : '[0-9]';
  const prefix = base === 8 ? '(?:0[oO]_?)?' : '';
  const plain = text.replace(EDGES_OF_A_NUMBER, '').replace(/\p{Nd}/gu, asciiDigit);
  const match = new RegExp(`^([+-]?)${prefix}(${digit}+(?:_${digit}+)*)$`).exec(plain);
  if (match === null) return undefined;
  const magnitude = Number.parseInt((match[2] ?? '').replaceAll('_', ''), base);
  return match[1] === '-' && magnitude !== 0 ? -magnitude : magnitude;
}

/** Unicode's decimal digits stand in rows of ten that begin at a multiple of 16 or six above it, or run on (𝟎). */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  if (code < 0x80) return digit;
  if (code >= 0x1d7ce && code <= 0x1d7ff) return String((code - 0x1d7ce) % 10);
  const low = code % 16;
  return String(low < 10 && /\p{Nd}/u.test(String.fromCodePoint(code - low)) ? low : low - 6);
}

/** Orders strings by code point, as Python's sort does; UTF-16 would put astral characters too early. */
export function compare(left: string, right: string): number {
  const one = Array.from(left);
  const two = Array.from(right);
  for (let index = 0; index < Math.min(one.length, two.length); index += 1) {
    const difference = (one[index]?.codePointAt(0) ?? 0) - (two[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return one.length - two.length;
}

const SHORT_ESCAPES = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function escaped(character: string, quote: string): string {
  if (character === quote) return `\\${quote}`;
  const short = SHORT_ESCAPES.get(character);
  if (short !== undefined) return short;
  if (character === ' ' || !UNPRINTABLE.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
