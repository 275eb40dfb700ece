// What the registry knew of files that are not followed yet: taken by their followers as they are found.

import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { namesIn, statOf } from './directories.ts';
import { identityKey, resumeOffset } from './identity.ts';
import { pathBytes } from './paths.ts';
import type { Position } from './registry.ts';

/** How many files are remembered that cannot be seen. */
const MOST_OUT_OF_SIGHT = 200;

export interface Remembered {
  /** What is remembered of an open file; from then on, its follower knows. */
  take(path: string, fd: number, file: { readonly dev: number; readonly ino: number }): Position | undefined;
  /** Remembers a file that cannot be followed now, unless it is gone for good. */
  keep(position: Position): void;
  /** Takes the files that were not found by a pattern and are in their directory still; forgets those that are gone. */
  findRenamed(): { readonly position: Position; readonly path: string }[];
  positions(): Iterable<Position>;
}

export function createRemembered(positions: readonly Position[]): Remembered {
  const byKey = new Map(positions.map((each) => [identityKey(each), each]));
  return {
    take(path, fd, file) {
      const isMoved = (each: Position): boolean =>
        each.ino === String(file.ino) &&
        dirname(each.path) === dirname(path) &&
        each.offset > 0 &&
        resumeOffset(fd, each) > 0;
      // Numbers of devices change when a machine or a container starts anew: inode and contents must do then.
      const position = byKey.get(identityKey(file)) ?? [...byKey.values()].find(isMoved);
      if (position !== undefined) byKey.delete(identityKey(position));
      return position;
    },
    keep(position) {
      if (!isGone(position)) byKey.set(identityKey(position), position);
    },
    findRenamed() {
      const directories = new Map<string, ReadonlyMap<string, string>>();
      const found: { position: Position; path: string }[] = [];
      for (const [key, position] of byKey) {
        const directory = dirname(position.path);
        const names = directories.get(directory) ?? namesIn(directory);
        directories.set(directory, names);
        const path = names.get(position.ino);
        if (path !== undefined) found.push({ position, path });
        if (path !== undefined || isGone(position)) byKey.delete(key);
      }
      // What lies where nobody can look now, on a volume that is mounted later, say, is remembered for then.
      for (const key of [...byKey.keys()].slice(0, -MOST_OUT_OF_SIGHT)) byKey.delete(key);
      return found;
    },
    positions: () => byKey.values(),
  };
}

/** Whether its place can be seen, and it is not there. */
function isGone({ path, dev, ino }: Position): boolean {
  try {
    const file = statSync(pathBytes(path), { throwIfNoEntry: false });
    return String(file?.ino) !== ino && String(statOf(dirname(path))?.dev) === dev;
  } catch {
    return false;
  }
}
