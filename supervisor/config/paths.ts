// POSIX paths as Python's os.path and glob treat them, without touching the file system.

import { compare } from './python.ts';
import type { ConfigSource } from './source.ts';

export function directoryOf(path: string): string {
  const head = path.slice(0, path.lastIndexOf('/') + 1);
  return /^\/*$/.test(head) ? head : head.replace(/\/+$/, '');
}

export function join(base: string, path: string): string {
  if (path.startsWith('/') || base === '') return path;
  return base.endsWith('/') ? base + path : `${base}/${path}`;
}

/** Makes a path absolute and free of `.`, `..` and doubled slashes. */
export function absolute(path: string, cwd: string): string {
  const whole = join(cwd, path);
  const root = whole.startsWith('//') && !whole.startsWith('///') ? '//' : '/';
  const parts: string[] = [];
  for (const part of whole.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return root + parts.join('/');
}

/** Replaces a leading `~` or `~name` by the home directory, where one is known. */
export function expandHome(path: string, source: ConfigSource, home: string | undefined): string {
  const match = /^~([^/]*)/.exec(path);
  if (match === null) return path;
  const name = match[1] ?? '';
  const directory = name === '' ? (home ?? source.user(String(source.uid))?.home) : source.user(name)?.home;
  if (directory === undefined) return path;
  return directory.replace(/\/+$/, '') + path.slice(match[0].length) || '/';
}

/** The paths that a pattern matches, sorted; `*` takes no leading dot and no slash, `**` is no more than `*`. */
export function glob(pattern: string, source: ConfigSource): string[] {
  return expandPattern(pattern, source).toSorted(compare);
}

function expandPattern(pattern: string, source: ConfigSource): string[] {
  if (!hasMagic(pattern)) {
    const there = pattern.endsWith('/') ? source.isDirectory(pattern) : source.exists(pattern);
    return there ? [pattern] : [];
  }
  const directory = directoryOf(pattern);
  const base = pattern.slice(pattern.lastIndexOf('/') + 1);
  const parents = hasMagic(directory) ? expandPattern(directory, source) : [directory];
  return parents.flatMap((parent) => matchesIn(parent, base, source));
}

function matchesIn(directory: string, base: string, source: ConfigSource): string[] {
  if (base === '') return source.isDirectory(directory) ? [`${directory}/`] : [];
  if (!hasMagic(base)) {
    const path = join(directory, base);
    return source.exists(path) ? [path] : [];
  }
  const matches = patternOf(base);
  return source
    .listDirectory(directory === '' ? source.cwd : directory)
    .filter((name) => (base.startsWith('.') || !name.startsWith('.')) && matches.test(name))
    .map((name) => join(directory, name));
}

function hasMagic(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/** A name's pattern (`*`, `?`, `[a-z]`, `[!a-z]`) as a regular expression. */
function patternOf(pattern: string): RegExp {
  let out = '';
  let index = 0;
  while (index < pattern.length) {
    const character = pattern[index] ?? '';
    const end = character === '[' ? closingBracket(pattern, index) : -1;
    if (end !== -1) {
      const body = pattern
        .slice(index + 1, end)
        .replaceAll('\\', '\\\\')
        .replace(/\[/g, '\\[');
      out += `[${body.startsWith('!') ? `^${body.slice(1)}` : body.replace(/^\^/, '\\^')}]`;
      index = end + 1;
      continue;
    }
    out += character === '*' ? '.*' : character === '?' ? '.' : character.replace(/[\\^$.|+()[\]{}]/, '\\$&');
    index += 1;
  }
  return new RegExp(`^${out}$`, 's');
}

/** The `]` that ends a set: one right after `[` or `[!` is a member of it. */
function closingBracket(pattern: string, open: number): number {
  const first = pattern[open + 1] === '!' ? open + 2 : open + 1;
  return pattern.indexOf(']', first + 1);
}
