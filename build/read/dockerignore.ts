// Reads .dockerignore as Docker does (moby's patternmatcher): the last matching line wins, "!" takes back, "**" crosses folders.

export interface IgnoreRules {
  /** Is this path, relative to the context and with slashes, kept out of it? */
  isIgnored(path: string): boolean;
  /** May a folder that is ignored still hold something that a "!" line takes back? */
  mayHoldExceptions(folder: string): boolean;
}

export function parseDockerignore(text: string): IgnoreRules {
  const patterns = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap(parseLine);
  const exceptions = patterns.filter((pattern) => pattern.isException);
  return {
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

function parseLine(raw: string): Pattern[] {
  if (raw.startsWith('#')) return [];
  let line = raw.trim();
  const isException = line.startsWith('!');
  if (isException) line = line.slice(1).trim();
  const text = cleanPath(line);
  if (line === '' || text === '' || text === '.') return [];
  const expression = toRegExp(text);
  return [{ text, isException, matches: (path) => expression.test(path) }];
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

/** The translation that moby makes: "**" with its slash is anything, "*" and "?" stop at a slash. */
function toRegExp(pattern: string): RegExp {
  let source = '^';
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index] ?? '';
    if (character === '*' && pattern[index + 1] === '*') {
      index++;
      if (pattern[index + 1] === '/') index++;
      source += index + 1 >= pattern.length ? '.*' : '(.*/)?';
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const end = pattern.indexOf(']', index + 2);
      if (end < 0) source += '\\[';
      else {
        source += `[${pattern.slice(index + 1, end).replace(/\\(?![\]\\^-])/g, '\\\\')}]`;
        index = end;
      }
    } else if (character === '\\' && index + 1 < pattern.length)
      source += escapeCharacter(pattern[++index] ?? '');
    else source += escapeCharacter(character);
  }
  return new RegExp(`${source}$`, 's');
}

function escapeCharacter(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
