// Python's two shell-like lexers: shlex.split for commands, and the older one that reads `environment=`.

const BLANK = ' \t\r\n';
const WORD = /^[A-Za-z0-9_/.+\-():]$/;

export type SplitResult =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** shlex.split: quotes join, a backslash escapes, and inside double quotes only `"` and `\`. */
export function splitCommand(text: string): SplitResult {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  const characters = Array.from(text);
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? '';
    const next = characters[index + 1];
    if (character === '\\' && quote !== "'") {
      if (next === undefined) return { ok: false, reason: 'No escaped character' };
      const kept = quote === '"' && next !== '"' && next !== '\\' ? character : '';
      word = (word ?? '') + kept + next;
      index += 1;
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (BLANK.includes(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== '') return { ok: false, reason: 'No closing quotation' };
  if (word !== undefined) words.push(word);
  return { ok: true, words };
}

export interface Tokens {
  readonly tokens: readonly string[];
  /** What an unquoted `#` made the lexer skip, if it did. */
  readonly skipped: string;
}

/**
 * shlex.shlex in its legacy mode, with supervisord's word characters: quotes stay in the token, any other character
 * is a token of its own, and `#` skips the rest of the line. Throws `No closing quotation`.
 */
export function lexPairs(text: string): Tokens {
  const characters = Array.from(text);
  const tokens: string[] = [];
  let skipped = '';
  let token = '';
  let index = 0;
  const skipLine = (): void => {
    const end = characters.indexOf('\n', index);
    const stop = end === -1 ? characters.length : end + 1;
    skipped += characters.slice(index, stop).join('');
    index = stop;
  };
  const flush = (): void => {
    if (token !== '') tokens.push(token);
    token = '';
  };
  while (index < characters.length) {
    const character = characters[index] ?? '';
    if (character === '#') {
      // The word goes on after the comment's line: `a#b` and `c` on the next line are the one word `ac`.
      skipLine();
    } else if (BLANK.includes(character)) {
      flush();
      index += 1;
    } else if (token === '' && isQuote(character)) {
      const close = characters.indexOf(character, index + 1);
      if (close === -1) throw new Error('No closing quotation');
      tokens.push(characters.slice(index, close + 1).join(''));
      index = close + 1;
    } else if (WORD.test(character) || (token !== '' && isQuote(character))) {
      token += character;
      index += 1;
    } else {
      flush();
      tokens.push(character);
      index += 1;
    }
  }
  flush();
  return { tokens, skipped };
}

function isQuote(character: string): boolean {
  return character === '"' || character === "'";
}
