// Paths as the values of keys: cleaned, and what systemd says of those that it does not take.

const LONGEST_PATH = 4095;
const LONGEST_NAME = 255;

/** Doubled slashes and `/./` go, as systemd simplifies paths. */
export function simplify(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return path.startsWith('/') ? `/${parts.join('/')}` : parts.join('/');
}

export interface PathFault {
  /** `is not absolute`, … */
  readonly what: string;
  /** The path as systemd shows it. */
  readonly shown: string;
}

/** null for an absolute path without `..`; otherwise what is wrong with it. */
export function pathFault(path: string): PathFault | null {
  if (!path.startsWith('/')) return { what: 'is not absolute', shown: path };
  const shown = simplify(path);
  const names = shown.split('/');
  if (shown.length > LONGEST_PATH || names.some((name) => name.length > LONGEST_NAME)) {
    return { what: 'is not valid', shown };
  }
  return names.includes('..') ? { what: 'is not normalized', shown } : null;
}
