// Expands the variables of one Dockerfile word: $NAME, ${NAME}, and the forms with :-, -, :+ and +.

export type Expansion =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string };

export function expandWord(word: string, valueOf: (name: string) => string | undefined): Expansion {
  let text = '';
  let index = 0;
  while (index < word.length) {
    const character = word[index] ?? '';
    if (character === '\\' && index + 1 < word.length) {
      text += word[index + 1] ?? '';
      index += 2;
    } else if (character !== '$') {
      if (character !== '"' && character !== "'") text += character;
      index++;
    } else if (word[index + 1] === '{') {
      const end = closingBrace(word, index + 1);
      if (end < 0) return { ok: false, message: '"${" has no "}"' };
      const inner = expandBraces(word.slice(index + 2, end), valueOf);
      if (!inner.ok) return inner;
      text += inner.text;
      index = end + 1;
    } else {
      const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(word.slice(index + 1))?.[0];
      text += name === undefined ? '$' : (valueOf(name) ?? '');
      index += 1 + (name?.length ?? 0);
    }
  }
  return { ok: true, text };
}

function expandBraces(body: string, valueOf: (name: string) => string | undefined): Expansion {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^]*))?$/.exec(body);
  if (match === null) return { ok: false, message: `cannot read "\${${body}}"` };
  const [, name = '', operator, word = ''] = match;
  const value = valueOf(name);
  if (operator === undefined) return { ok: true, text: value ?? '' };
  const isSet = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  if (operator.endsWith('-')) return isSet ? { ok: true, text: value ?? '' } : expandWord(word, valueOf);
  return isSet ? expandWord(word, valueOf) : { ok: true, text: '' };
}

function closingBrace(word: string, open: number): number {
  let depth = 0;
  for (let index = open; index < word.length; index++) {
    if (word[index] === '{') depth++;
    if (word[index] === '}' && --depth === 0) return index;
  }
  return -1;
}
