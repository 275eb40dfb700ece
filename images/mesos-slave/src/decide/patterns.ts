// Patterns of paths as Go's filepath.Match reads them: * and ? and [a-z] within one name, backslash quotes. Pure.

export interface Pattern {
  readonly text: string;
  /** The directory that holds all matches, as far as it is the same for all of them. */
  readonly root: string;
  matches(path: string): boolean;
  /** Whether matches may lie in this directory or below it. */
  mayHold(directory: string): boolean;
}

/** Null where the pattern is malformed (a `[` without its end, a backslash at the end, `..` behind a wildcard). */
export function parsePattern(text: string): Pattern | null {
  const names = resolved(text.split('/'));
  const tests = names?.map(nameTest) ?? [];
  if (names === null || tests.length === 0 || !tests.every((test) => test !== null)) return null;
  const directories = names.slice(0, -1);
  const magic = directories.findIndex((name) => !isPlain(name));
  const root = `/${directories.slice(0, magic === -1 ? undefined : magic).join('/')}`;
  const fits = (path: string, whole: boolean): boolean => {
    const parts = path.split('/').filter((part) => part !== '');
    if (whole ? parts.length !== tests.length : parts.length >= tests.length) return false;
    return parts.every((part, index) => tests[index]?.test(part) === true);
  };
  return { text, root, matches: (path) => fits(path, true), mayHold: (directory) => fits(directory, false) };
}

/** Makes a path into a pattern that matches itself alone. */
export function quotePattern(path: string): string {
  return path.replace(/[*?[\\]/g, '\\$&');
}

/** A relative pattern begins in this directory. */
export function absolutePattern(pattern: string, directory: string): string {
  return pattern.startsWith('/') ? pattern : `${quotePattern(directory)}/${pattern}`;
}

/** The names of a path without what leads nowhere: empty ones, `.` and `..`. */
function resolved(names: readonly string[]): string[] | null {
  const result: string[] = [];
  for (const name of names) {
    if (name === '' || name === '.') continue;
    if (name !== '..') result.push(name);
    // What a wildcard stands for may be a link, which leads elsewhere.
    else if (!isPlain(result.pop() ?? '')) return null;
  }
  return result;
}

function isPlain(name: string): boolean {
  return !/[*?[\\]/.test(name);
}

/** A part of a name: `*`, `?`, `[a-z]` or `[^a-z]`, a backslash and what it quotes, or a character that means itself. */
const PART = /(\*)|(\?)|\[(\^?)((?:\\[^]|[^\]\\])+)\]|\\([^])|([^[\\])/uy;

/** The test of one name. */
function nameTest(name: string): RegExp | null {
  let source = '';
  PART.lastIndex = 0;
  for (let at = 0; at < name.length; at = PART.lastIndex) {
    PART.lastIndex = at;
    const part = PART.exec(name);
    if (part === null) return null;
    const [, any, one, not, members, quotedOne, plain] = part;
    if (any !== undefined) source += '.*';
    else if (one !== undefined) source += '.';
    else if (members !== undefined) source += `[${not ?? ''}${membersOf(members)}]`;
    else source += literal(quotedOne ?? plain ?? '');
  }
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    return null;
  }
}

/** What stands between brackets: characters, and ranges of them. */
function membersOf(text: string): string {
  return text.replace(/\\([^])|(-)|([^])/gu, (_, quotedOne?: string, dash?: string, plain?: string) =>
    dash === undefined ? literal(quotedOne ?? plain ?? '') : '-',
  );
}

/** A character that stands for itself in a regular expression. */
function literal(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
