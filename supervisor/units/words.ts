// A line → its words as systemd splits them: quotes of both kinds, C escapes, and what is left when a quote stays open.

export interface WordRules {
  /** Quotes group, and go. */
  readonly unquote?: boolean;
  /** `\n`, `\x41`, `\u00e4`, … are characters; an escape that is none is an error (unless relaxed). */
  readonly unescape?: boolean;
  /** An open quote ends with the text, a backslash at the end goes. */
  readonly relax?: boolean;
  /** An escape that is none stays as it is written. */
  readonly relaxEscapes?: boolean;
  /** A backslash stays what it is. */
  readonly keepEscapes?: boolean;
  readonly separators?: string;
  /** Two separators in a row make an empty word. */
  readonly keepEmpty?: boolean;
}

/** Blank, tab, newline, carriage return. */
export const BLANKS = ' \t\n\r';

export type NextWord =
  | { readonly kind: 'word'; readonly word: string; readonly rest: string }
  | { readonly kind: 'end' }
  /** `quote`: one stays open; `escape`: it means nothing. */
  | { readonly kind: 'broken'; readonly what: 'quote' | 'escape' };

/** The first word of a text, and what is after it and the separators. */
export function nextWord(text: string, rules: WordRules): NextWord {
  const separators = rules.separators ?? BLANKS;
  const isSeparator = (character: string): boolean => character !== '' && separators.includes(character);
  let at = 0;
  if (rules.keepEmpty !== true) while (isSeparator(text[at] ?? '')) at += 1;
  if (at >= text.length) return { kind: 'end' };

  let word = '';
  let quote = '';
  for (; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '\\' && rules.keepEscapes !== true) {
      const step = escapeAt(text, at, rules, quote !== '');
      if (step === null) return { kind: 'broken', what: at + 1 >= text.length ? 'quote' : 'escape' };
      word += step.character;
      at += step.length - 1;
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else word += character;
    } else if (rules.unquote === true && (character === '"' || character === "'")) quote = character;
    else if (isSeparator(character)) {
      let rest = at + 1;
      if (rules.keepEmpty !== true) while (isSeparator(text[rest] ?? '')) rest += 1;
      return { kind: 'word', word, rest: text.slice(rest) };
    } else word += character;
  }
  if (quote !== '' && rules.relax !== true) return { kind: 'broken', what: 'quote' };
  return { kind: 'word', word, rest: '' };
}

/**
 * A word of a command line: escapes that mean nothing stay as they are, with a warning in systemd's words. null at the
 * end of the text; `broken` where a quote stays open.
 */
export function nextConfigWord(
  text: string,
  warnings: string[],
): { readonly word: string; readonly rest: string } | 'broken' | null {
  const strict = nextWord(text, { unquote: true, unescape: true });
  if (strict.kind === 'word') return strict;
  if (strict.kind === 'end') return null;
  const relaxed = nextWord(text, { unquote: true, unescape: true, relaxEscapes: true });
  if (relaxed.kind !== 'word') return 'broken';
  warnings.push(`Ignoring unknown escape sequences: "${relaxed.word}"`);
  return relaxed;
}

/** All words; `broken` where one cannot be read, with those before it. */
export function splitWords(
  text: string,
  rules: WordRules,
): { readonly words: readonly string[]; readonly broken: 'quote' | 'escape' | null } {
  const words: string[] = [];
  let rest = text;
  for (;;) {
    const next = nextWord(rest, rules);
    if (next.kind === 'end') return { words, broken: null };
    if (next.kind === 'broken') return { words, broken: next.what };
    words.push(next.word);
    rest = next.rest;
  }
}

/** A backslash and what belongs to it; null where that is nothing. */
function escapeAt(
  text: string,
  at: number,
  rules: WordRules,
  isQuoted: boolean,
): { readonly character: string; readonly length: number } | null {
  const next = String.fromCodePoint(
    ...(text.codePointAt(at + 1) === undefined ? [] : [text.codePointAt(at + 1) ?? 0]),
  );
  if (next === '') {
    if (rules.relaxEscapes === true && (!isQuoted || rules.relax === true))
      return { character: '\\', length: 1 };
    return rules.relax === true ? { character: '', length: 1 } : null;
  }
  if (rules.unescape !== true) return { character: next, length: 1 + next.length };
  const escape = unescapeOne(text.slice(at + 1));
  if (escape !== null) return { character: escape.character, length: escape.length + 1 };
  return rules.relaxEscapes === true ? { character: `\\${next}`, length: 1 + next.length } : null;
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
  s: ' ',
};

/** What follows a backslash (`x41`, `101`, `n`) as a character, and how long it is; null for no known escape. */
export function unescapeOne(text: string): { readonly character: string; readonly length: number } | null {
  const simple = SIMPLE[text[0] ?? ''];
  if (simple !== undefined) return { character: simple, length: 1 };
  const patterns: readonly [RegExp, number][] = [
    [/^x([0-9A-Fa-f]{2})/, 16],
    [/^u([0-9A-Fa-f]{4})/, 16],
    [/^U([0-9A-Fa-f]{8})/, 16],
    [/^([0-7]{3})/, 8],
  ];
  for (const [pattern, radix] of patterns) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const value = Number.parseInt(match[1] ?? '', radix);
    const isByte = radix === 8 || match[0].startsWith('x');
    if (value === 0 || (isByte && value > 255) || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
      return null;
    return { character: String.fromCodePoint(value), length: match[0].length };
  }
  return null;
}
