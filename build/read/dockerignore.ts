// Reads .dockerignore as Docker does (moby's patternmatcher): the last matching line wins, "!" takes back, "**" crosses folders.

export interface IgnoreRules {
  /** Lines that Docker refuses. */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
  /** Is this path, relative to the context and with slashes, kept out of it? */
  isIgnored(path: string): boolean;
  /** May a folder that is ignored still hold something that a "!" line takes back? */
  mayHoldExceptions(folder: string): boolean;
}

export function parseDockerignore(text: string): IgnoreRules {
  const patterns: Pattern[] = [];
  const problems: { line: number; message: string }[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const found = parseLine(line);
    if (typeof found === 'string') problems.push({ line: index + 1, message: found });
    else if (found !== undefined) patterns.push(found);
  }
  const exceptions = patterns.filter((pattern) => pattern.isException);
  return {
    problems,
    isIgnored(path) {
      if (patterns.length === 0) return false;
      const parents = parentsOf(path);
      let ignored = false;
      for (const pattern of patterns) {
        // A pattern that matches a folder matches everything below it.
        if (pattern.isException !== ignored) continue;
        if (pattern.matches(path) || parents.some((parent) => pattern.matches(parent)))
          ignored = !pattern.isException;
      }
      return ignored;
    },
    // As Docker decides it: by the text of the pattern. `!**/*.go` does not open a folder that is ignored.
    mayHoldExceptions: (folder) => exceptions.some(({ text }) => `${text}/`.startsWith(`${folder}/`)),
  };
}

interface Pattern {
  readonly text: string;
  readonly isException: boolean;
  matches(path: string): boolean;
}

/** A pattern, what is wrong with one, or nothing. */
function parseLine(raw: string): Pattern | string | undefined {
  if (raw.startsWith('#')) return undefined;
  let line = raw.trim();
  const isException = line.startsWith('!');
  if (isException) line = line.slice(1).trim();
  if (isException && line === '') return 'a "!" with nothing behind it';
  const text = cleanPath(line);
  if (line === '' || text === '' || text === '.') return undefined;
  const source = toSource(text);
  if (source === undefined) return `cannot read the pattern ${line}`;
  const expression = new RegExp(source, 'su');
  return { text, isException, matches: (path) => expression.test(path) };
}

/** As Go's filepath.Clean, with the leading slash cut: "./a//b/../c/" is "a/c". */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !path.startsWith('/')) parts.push(part);
  }
  return parts.join('/');
}

/** The translation that moby makes: "**" with its slash is anything, "*" and "?" stop at a slash. Undefined for no pattern. */
function toSource(pattern: string): string | undefined {
  const characters = Array.from(pattern);
  let source = '^';
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] ?? '';
    if (character === '*' && characters[index + 1] === '*') {
      index++;
      if (characters[index + 1] === '/') index++;
      source += index + 1 >= characters.length ? '.*' : '(.*/)?';
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const found = readClass(characters, index + 1);
      if (found === undefined) return undefined;
      source += found.source;
      index = found.end;
    } else if (character === '\\') {
      const next = characters[++index];
      if (next === undefined) return undefined;
      source += escapeCharacter(next);
    } else source += escapeCharacter(character);
  }
  return `${source}$`;
}

/** As Go's filepath.Match reads "[^a-b\-]": at least one range, and a bare "-" or "]" is none. */
function readClass(
  characters: readonly string[],
  start: number,
): { source: string; end: number } | undefined {
  let index = start;
  const isNegated = characters[index] === '^';
  if (isNegated) index++;
  const one = (): string | undefined => {
    let character = characters[index++];
    if (character === '-' || character === ']') return undefined;
    if (character === '\\') character = characters[index++];
    return character;
  };
  let ranges = '';
  do {
    const low = one();
    const hasEnd = low !== undefined && characters[index] === '-';
    if (hasEnd) index++;
    const high = hasEnd ? one() : low;
    if (low === undefined || high === undefined) return undefined;
    // A range that ends before it begins holds nothing.
    if ((low.codePointAt(0) ?? 0) <= (high.codePointAt(0) ?? 0)) ranges += `${inClass(low)}-${inClass(high)}`;
  } while (characters[index] !== ']');
  // Without any range left this is "[]" or "[^]": nothing, or any character, in this language, too.
  return { source: `[${isNegated ? '^' : ''}${ranges}]`, end: index };
}

function inClass(character: string): string {
  return character.replace(/[\\\]^-]/, '\\$&');
}

function escapeCharacter(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
