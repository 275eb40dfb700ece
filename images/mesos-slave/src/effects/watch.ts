// Tells of everything that appears, vanishes or changes in the directories that patterns name, those to come included.

import { watch } from 'chokidar';
import { join } from 'node:path';
import type { Pattern } from '../decide/patterns.ts';

export interface DirectoryWatch {
  close(): Promise<void>;
}

export interface DirectoryWatchOptions {
  /** Something happened to this path; it may be anything, or nothing. */
  readonly onPath: (path: string) => void;
  /** Directories came or went. */
  readonly onDirectories: () => void;
  readonly onFailure: (message: string) => void;
}

/** Troubles of a single path, a link that leads to itself, say, which says nothing about the others. */
const OF_ONE_PATH = ['EACCES', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'ENOTDIR', 'EPERM'];

/**
 * Watches directories, never the files in them: 1,000 logs in one directory cost one watch here. A directory that is not
 * there yet is waited for in the nearest one that is.
 */
export function watchDirectories(
  patterns: readonly Pattern[],
  options: DirectoryWatchOptions,
): DirectoryWatch {
  const roots = [...new Set(patterns.map((pattern) => pattern.root))];
  const watcher = watch(roots, {
    ignoreInitial: true,
    ignorePermissionErrors: true,
    atomic: false,
    ignored: (path, stats) =>
      !patterns.some((pattern) => pattern.root.startsWith(path) || pattern.mayHold(path)) ||
      (stats !== undefined && !stats.isDirectory() && !stats.isSymbolicLink()),
  });
  watcher.on('raw', (_event, path, details) => {
    const { watchedPath } = details as { watchedPath?: string };
    if (typeof path === 'string' && watchedPath !== undefined) options.onPath(join(watchedPath, path));
    else options.onDirectories();
  });
  watcher.on('addDir', options.onDirectories);
  watcher.on('unlinkDir', options.onDirectories);
  // What appeared between the first look and the first watch.
  watcher.on('ready', options.onDirectories);
  watcher.on('error', (error) => {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (!OF_ONE_PATH.includes(code)) options.onFailure(message);
  });
  return watcher;
}
