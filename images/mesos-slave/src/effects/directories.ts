// What is in directories now: the paths that match a pattern, and files by their inodes.

import { readdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { Pattern } from '../decide/patterns.ts';
import { pathBytes, pathText } from './paths.ts';

/** The paths that match a pattern now, sorted. */
export function matchesOf(pattern: Pattern, complain: (path: string, error: unknown) => void): string[] {
  const found: string[] = [];
  const visit = (directory: string): void => {
    let names: string[];
    try {
      names = readdirSync(pathBytes(directory), { encoding: 'buffer' }).map(pathText).toSorted();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') complain(directory, error);
      return;
    }
    for (const name of names) {
      const path = join(directory, name);
      if (pattern.matches(path)) found.push(path);
      else if (pattern.mayHold(path)) visit(path);
    }
  };
  visit(pattern.root);
  return found;
}

/** The files of a directory: inode → path. */
export function namesIn(directory: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  try {
    for (const name of readdirSync(pathBytes(directory), { encoding: 'buffer' })) {
      const path = join(directory, pathText(name));
      const stats = statOf(path);
      if (stats?.isFile() === true) names.set(String(stats.ino), path);
    }
  } catch {
    // Then there are none to be seen.
  }
  return names;
}

export function isDirectory(path: string): boolean {
  return statOf(path)?.isDirectory() === true;
}

/** Undefined also where it cannot be looked at. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(pathBytes(path), { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
