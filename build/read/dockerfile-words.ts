// Expands the variables of one Dockerfile word: $NAME, ${NAME}, and the forms with :-, :+, :?, #, % and /.

import type { Escape } from './dockerfile-lines.ts';

export type Expansion =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string };

type ValueOf = (name: string) => string | undefined;

/** As a shell reads a word: nothing is expanded in single quotes, and the quotes themselves go. */
export function expandWord(word: string, valueOf: ValueOf, escape: Escape = '\\'): Expansion {
  let text = '';
  let quote = '';
  let index = 0;
  while (index < word.length) {
    const character = word[index] ?? '';
    const next = word[index + 1];
    if (quote === "'" && character !== "'") {
      text += character;
      index++;
    } else if (character === escape && next !== undefined) {
      const isKept = quote === '"' && next !== '"' && next !== '$' && next !== escape;
      text += isKept ? character + next : next;
      index += 2;
    } else if (character === quote || (quote === '' && (character === '"' || character === "'"))) {
      quote = quote === '' ? character : '';
      index++;
    } else if (character !== '$') {
      text += character;
      index++;
    } else if (next === '{') {
      const end = closingBrace(word, index + 1);
      if (end < 0) return { ok: false, message: '"${" has no "}"' };
      const inner = expandBraces(word.slice(index + 2, end), valueOf, escape);
      if (!inner.ok) return inner;
      text += inner.text;
      index = end + 1;
    } else {
      const name = /^(?:[\p{L}_][\p{L}\d_]*|\d+|[@*#?$!-])/u.exec(word.slice(index + 1))?.[0];
      text += name === undefined ? '$' : (valueOf(name) ?? '');
      index += 1 + (name?.length ?? 0);
    }
  }
  return quote === '' ? { ok: true, text } : { ok: false, message: `${quote} has no second one` };
}

/** What follows the name in braces, as BuildKit's newest frontend has it: a word for what is (not) set, or a pattern to cut. */
function expandBraces(body: string, valueOf: ValueOf, escape: Escape): Expansion {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+?]|##?|%%?|\/\/?)([^]*))?$/.exec(body);
  if (match === null) return { ok: false, message: `cannot read "\${${body}}"` };
  const [, name = '', operator, word = ''] = match;
  const value = valueOf(name);
  if (operator === undefined) return { ok: true, text: value ?? '' };
  const isSet = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  switch (operator.at(-1) ?? '') {
    case '-':
      return isSet ? { ok: true, text: value ?? '' } : expandWord(word, valueOf, escape);
    case '+':
      return isSet ? expandWord(word, valueOf, escape) : { ok: true, text: '' };
    case '?':
      if (isSet) return { ok: true, text: value ?? '' };
      return { ok: false, message: `${name} is not set${word === '' ? '' : `: ${word}`}` };
    default:
      return cutPattern(value ?? '', operator, word, valueOf);
  }
}

/** `#` and `%` cut the shortest beginning and end that match, doubled ones the longest; `/` puts something else there. */
function cutPattern(value: string, operator: string, word: string, valueOf: ValueOf): Expansion {
  const slash = operator.startsWith('/') ? /^((?:\\[^]|[^/\\])*)\/?([^]*)$/.exec(word) : null;
  const pattern = expandWord(slash?.[1] ?? word, valueOf);
  const replacement = expandWord(slash?.[2] ?? '', valueOf);
  if (!pattern.ok) return pattern;
  if (!replacement.ok) return replacement;
  if (operator.startsWith('/')) {
    const flags = operator === '//' ? 'gsu' : 'su';
    const text = value.replace(new RegExp(globSource(pattern.text, true), flags), () => replacement.text);
    return { ok: true, text };
  }
  const isLongest = operator.length === 2;
  const source = globSource(pattern.text, isLongest);
  const characters = Array.from(value);
  const lengths = characters.map((_, index) => index).concat(characters.length);
  const expression = new RegExp(`^${source}$`, 'su');
  const isStart = operator.startsWith('#');
  const partOf = (length: number): string =>
    (isStart ? characters.slice(0, length) : characters.slice(characters.length - length)).join('');
  const found = (isLongest ? lengths.toReversed() : lengths).find((length) =>
    expression.test(partOf(length)),
  );
  if (found === undefined) return { ok: true, text: value };
  const rest = isStart ? characters.slice(found) : characters.slice(0, characters.length - found);
  return { ok: true, text: rest.join('') };
}

function globSource(pattern: string, isGreedy: boolean): string {
  return Array.from(pattern)
    .map((character) => {
      if (character === '*') return isGreedy ? '.*' : '.*?';
      return character === '?' ? '.' : character.replace(/[$()*+./[\\\]^{|}-]/, '\\$&');
    })
    .join('');
}

function closingBrace(word: string, open: number): number {
  let depth = 0;
  for (let index = open; index < word.length; index++) {
    if (word[index] === '{') depth++;
    if (word[index] === '}' && --depth === 0) return index;
  }
  return -1;
}
