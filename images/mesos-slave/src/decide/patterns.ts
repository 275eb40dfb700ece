// Patterns of paths as Go's filepath.Match reads them: * and ? and [a-z] within one name, backslash quotes. Pure.

export interface Pattern {
  readonly text: string;
  /** The directory that holds all matches, as far as it is the same for all of them. */
  readonly root: string;
  matches(path: string): boolean;
  /** Whether matches may lie in this directory or below it. */
  mayHold(directory: string): boolean;
}

/** Null where the pattern is malformed (a `[` without its end, a backslash at the end). */
export function parsePattern(text: string): Pattern | null {
  const names = text.split('/').filter((name, index) => name !== '' || index === 0);
  const tests: RegExp[] = [];
  for (const name of names.slice(1)) {
    const test = nameTest(name);
    if (test === null) return null;
    tests.push(test);
  }
  if (tests.length === 0) return null;
  const isPlain = (name: string): boolean => !/[*?[\\]/.test(name);
  const directories = names.slice(1, -1);
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

/** The test of one name; a range is `[a-z]` or `[^a-z]`, and a backslash takes the next character as it is. */
function nameTest(name: string): RegExp | null {
  let source = '';
  for (let at = 0; at < name.length; at += 1) {
    const character = name.charAt(at);
    if (character === '*') source += '[^]*';
    else if (character === '?') source += '[^]';
    else if (character === '\\') {
      at += 1;
      if (at >= name.length) return null;
      source += quoted(name.charAt(at));
    } else if (character === '[') {
      const range = /^\[(\^?)((?:\\[^]|[^\]\\])+)\]/.exec(name.slice(at));
      if (range === null) return null;
      const members = (range[2] ?? '').replace(
        /\\([^])|([[\]^])/g,
        (_, one?: string, two?: string) => `\\${one ?? two ?? ''}`,
      );
      source += `[${range[1] ?? ''}${members}]`;
      at += range[0].length - 1;
    } else source += quoted(character);
  }
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return null;
  }
}

function quoted(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
