// How the entries of a context look to BuildKit: modes, and times that tell content apart without reaching an image.

import type { Entry } from '../../model/context.ts';
import type { EntryList } from '../../model/entry-list.ts';
import type { Stat } from './messages.ts';

/** Go's bits, which are not the kernel's. */
const GO_DIRECTORY = 2 ** 31;
const GO_SYMLINK = 2 ** 27;
const GO_SPECIAL: readonly [kernel: number, go: number][] = [
  [0o4000, 2 ** 23],
  [0o2000, 2 ** 22],
  [0o1000, 2 ** 20],
];

export function statOf(entry: Entry): Stat {
  switch (entry.kind) {
    case 'directory':
      return { path: entry.path, mode: GO_DIRECTORY + goMode(entry.mode ?? 0o755) };
    case 'symlink':
      return {
        path: entry.path,
        mode: GO_SYMLINK + 0o777,
        linkname: entry.target,
        // The engine compares times, not targets of the same length.
        modTime: 0,
      };
    case 'file':
      return {
        path: entry.path,
        mode: goMode(entry.mode),
        size: entry.size,
        modTime: contentTime(entry.sha256),
      };
  }
}

/**
 * The engine fetches a file again only where size, mode or time differ from what it has, and all times of a context are
 * the same. So the content decides about the nanoseconds: layers keep whole seconds, and do not see them.
 */
export function contentTime(sha256: string): number {
  return Number.parseInt(sha256.slice(0, 12), 16) % 1_000_000_000;
}

function goMode(mode: number): number {
  return GO_SPECIAL.reduce((sum, [kernel, go]) => sum + ((mode & kernel) === 0 ? 0 : go), mode & 0o777);
}

/**
 * Only what the Dockerfile's COPY lines ask for, where that is plain to see. A pattern, or a symbolic link on the way, and
 * everything is offered: the engine then takes what it needs. As numbers of entries.
 */
export function selectFollowed(entries: EntryList, paths: readonly string[]): Uint32Array {
  const all = Uint32Array.from({ length: entries.length }, (_, index) => index);
  const wanted = paths.map((path) => path.replace(/^\/+|\/+$/g, '').replace(/^(\.\/)+/, ''));
  if (wanted.length === 0 || wanted.some((path) => path === '' || path === '.' || /[*?[\\]/.test(path)))
    return all;
  const touches = (path: string, other: string): boolean =>
    path === other || path.startsWith(`${other}/`) || other.startsWith(`${path}/`);
  const isLinkOnTheWay = (index: number): boolean => {
    if (!entries.isSymlink(index)) return false;
    const link = entries.pathAt(index);
    return wanted.some((path) => path === link || path.startsWith(`${link}/`));
  };
  if (all.some(isLinkOnTheWay)) return all;
  return all.filter((index) => wanted.some((path) => touches(entries.pathAt(index), path)));
}
