// Where in a JSON text its values stand, so that a mistake in one is told with its line; and what is wrong with a text that
// is no JSON. Pure.

/** The name of a value (`network.timeout`, `files[2].paths[0]`, keys in lower case) → the line that it begins on. */
export type Lines = ReadonlyMap<string, number>;

/** The same, with where it was written: `file:line`, or the name of a variable. */
export type Places = ReadonlyMap<string, string>;

export interface Scanned {
  readonly lines: Lines;
  /** Where the text stops being JSON; null where all of it is. */
  readonly mistakeAt: number | null;
}

const BLANKS = /[ \t\r\n]*/y;
// oxlint-disable-next-line no-control-regex -- JSON's own rule: a control character must be escaped.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Goes through a text as JSON.parse does, for what that does not tell: the lines, and the place of a mistake. */
export function scanJson(text: string): Scanned {
  const lines = new Map<string, number>();
  let at = 0;
  let line = 1;
  const take = (kind: RegExp): string | null => {
    kind.lastIndex = at;
    const [found] = kind.exec(text) ?? [null];
    at += found?.length ?? 0;
    return found;
  };
  const skipBlanks = (): void => {
    line += (take(BLANKS)?.split('\n').length ?? 1) - 1;
  };
  const next = (character: string): boolean => {
    skipBlanks();
    if (text.charAt(at) !== character) return false;
    at += 1;
    return true;
  };
  const value = (name: string): boolean => {
    skipBlanks();
    lines.set(name, line);
    if (next('{')) return series('}', () => member(name));
    if (next('[')) return series(']', (index) => value(`${name}[${index}]`));
    return (take(STRING) ?? take(SCALAR)) !== null;
  };
  const member = (around: string): boolean => {
    skipBlanks();
    const key = take(STRING);
    if (key === null || !next(':')) return false;
    const name = (JSON.parse(key) as string).toLowerCase();
    return value(around === '' ? name : `${around}.${name}`);
  };
  const series = (end: string, element: (index: number) => boolean): boolean => {
    if (next(end)) return true;
    for (let index = 0; element(index); index += 1) {
      if (next(end)) return true;
      if (!next(',')) return false;
    }
    return false;
  };
  const isWhole = value('');
  if (isWhole) skipBlanks();
  return { lines, mistakeAt: isWhole && at === text.length ? null : at };
}

/** The place of a value, or of the nearest one around it. */
export function placeOf(places: Places, name: string): string | undefined {
  for (let around = name; ; around = around.replace(/(?:\.[^.[]*|\[\d+\])$|^[^.[]+$/, '')) {
    const place = places.get(around);
    if (place !== undefined || around === '') return place;
  }
}

/** Copies what is known of a value and of all that is in it, `shift` elements further where it is a list. */
export function copyPlaces(
  from: Places,
  name: string,
  to: Map<string, string>,
  newName: string,
  shift = 0,
): void {
  for (const [key, place] of from) {
    if (!key.startsWith(name)) continue;
    const rest = key.slice(name.length).replace(/^\[(\d+)\]/, (_, index) => `[${Number(index) + shift}]`);
    if (rest === '' || /^[.[]/.test(rest)) to.set(newName + rest, place);
  }
}

export interface SyntaxProblem {
  readonly line: number;
  readonly message: string;
}

/** What is wrong with a text that is JSON only as far as `at`, and what to do, for the mistakes that people make. */
export function syntaxProblem(text: string, at: number): SyntaxProblem {
  const before = text.slice(0, at).trimEnd();
  const rest = text.slice(at);
  return { line: text.slice(0, at).split('\n').length, message: adviceFor(before, rest) };
}

function adviceFor(before: string, rest: string): string {
  const found = rest.charAt(0);
  if (rest === '') return 'it ends too early: a bracket or a brace is not closed';
  if (before.endsWith(',') && /^[}\]]/.test(rest)) return `take away the comma before this ${found}`;
  if (/^\/[/*]/.test(rest)) return 'a comment begins with #, on a line of its own';
  if (found === '#') return 'a comment needs a line of its own';
  if (found === "'") return 'text stands between double quotes';
  if (/^["{[]/.test(rest) && /["}\]\w]$/.test(before)) return `a comma is missing before this ${found}`;
  if (found === '"') return 'this text has no second quote on its line, or a backslash that quotes nothing';
  return `${JSON.stringify(/^\w+|[^]/u.exec(rest)?.[0])} was not expected here`;
}
