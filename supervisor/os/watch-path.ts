// Being told when something at a path appears or changes, by inotify (fs.watch): of the path itself and of the
// directory that it is to appear in, which may itself not be there yet.

import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { Cancel } from './system.ts';

/** Calls when something at the path may have changed; several changes may be one call. */
export function watchPath(path: string, listener: () => void): Cancel {
  let watchers: FSWatcher[] = [];
  let pending: NodeJS.Immediate | null = null;
  const close = (): void => {
    for (const each of watchers) each.close();
    watchers = [];
  };
  const changed = (): void => {
    pending ??= setImmediate(() => {
      pending = null;
      // What was there may have been replaced, and a directory that was missing may be there now.
      close();
      open();
      listener();
    });
  };
  const add = (target: string): boolean => {
    try {
      const watcher = watch(target, { persistent: false }, changed);
      watcher.on('error', changed);
      watchers.push(watcher);
      return true;
    } catch {
      return false;
    }
  };
  const open = (): void => {
    add(path);
    for (let folder = dirname(path); !add(folder) && folder !== '/'; folder = dirname(folder));
  };
  open();
  return () => {
    close();
    if (pending !== null) clearImmediate(pending);
  };
}
