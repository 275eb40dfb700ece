// Shell patterns as fnmatch(3) has them: `*`, `?`, `[a-z]`, `[!a-z]`, and a backslash before what is meant as it is.

/** `pathname`: `*` and `?` do not match a slash. */
export function matchesGlob(text: string, pattern: string, pathname = false): boolean {
  return globPattern(pattern, pathname).test(text);
}

function globPattern(pattern: string, pathname: boolean): RegExp {
  const any = pathname ? '[^/]' : '[^]';
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? '';
    const set = character === '[' ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern.slice(at)) : null;
    if (character === '*') source += `${any}*`;
    else if (character === '?') source += any;
    else if (set !== null) {
      const members = (set[2] ?? '')
        .replace(/[\\\]^]/g, '\\$&')
        .replace(/\[:(\w+):\]?/g, (_, name: string) => CLASSES[name] ?? '');
      source += `[${set[1] === '' ? '' : '^'}${members}]`;
      at += set[0].length - 1;
    } else {
      const literal = character === '\\' && at + 1 < pattern.length ? (pattern[(at += 1)] ?? '') : character;
      source += literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    }
  }
  return new RegExp(`^${source}$`, 'u');
}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
};
