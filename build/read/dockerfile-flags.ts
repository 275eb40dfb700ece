// The flags that stand before the arguments of an instruction: --from=x, --mount="type=cache,target=/x", --link.

import type { Instruction } from './dockerfile-lines.ts';

export interface Flag {
  readonly name: string;
  /** Undefined where there is no "=". */
  readonly value: string | undefined;
}

/** What an instruction is given: its flags, and the text behind them. "--" alone ends the flags. */
export function readFlags(text: string): { readonly flags: readonly Flag[]; readonly rest: string } {
  const flags: Flag[] = [];
  let rest = text.trimStart();
  while (rest.startsWith('--')) {
    const word = /^(?:\\[^]|"(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|\S)+/.exec(rest)?.[0] ?? rest;
    rest = rest.slice(word.length).trimStart();
    if (word === '--') break;
    const [, name = '', value] = /^--([^=]*)(?:=([^]*))?$/.exec(unquote(word)) ?? [];
    flags.push({ name, value });
  }
  return { flags, rest };
}

/** The fields of a --mount, names in lower case; a name without a value is `true`. */
export function mountFields(value: string): ReadonlyMap<string, string> {
  return new Map(
    value.split(',').map((part) => {
      const equals = part.indexOf('=');
      const name = equals < 0 ? part : part.slice(0, equals);
      return [name.trim().toLowerCase(), equals < 0 ? 'true' : part.slice(equals + 1)] as const;
    }),
  );
}

/** What an instruction of a stage takes files from, as it is written. */
export function sourcesOf({ keyword, text }: Instruction): string[] {
  if (keyword !== 'COPY' && keyword !== 'RUN') return [];
  const { flags } = readFlags(text);
  return flags.flatMap(({ name, value = '' }) => {
    const from = keyword === 'COPY' ? value : mountFields(value).get('from');
    const isMeant = name === (keyword === 'COPY' ? 'from' : 'mount');
    return isMeant && from !== undefined && from !== '' ? [from] : [];
  });
}

/** The strings of a JSON list, `mixed` for a list of something else, undefined for plain text. */
export function jsonList(text: string): readonly string[] | 'mixed' | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const list = JSON.parse(text) as unknown[];
    return list.every((item) => typeof item === 'string') ? list : 'mixed';
  } catch {
    return undefined;
  }
}

function unquote(word: string): string {
  return word.replace(
    /\\([^])|"((?:\\[^]|[^"\\])*)"|'((?:\\[^]|[^'\\])*)'/g,
    (whole, escaped, double, single) =>
      typeof escaped === 'string' ? escaped : String(double ?? single ?? whole).replace(/\\([^])/g, '$1'),
  );
}
