// Being told when something at a path appears or changes, by inotify (fs.watch): of the path itself and of the
// directory that it is to appear in, which may itself not be there yet.

import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { Cancel } from './system.ts';

/** Calls when something at the path may have changed, or (`inside`) it or what is in it has; several may be one call. */
export function watchPath(path: string, listener: (inside: boolean) => void): Cancel {
  let watchers: FSWatcher[] = [];
  let pending: NodeJS.Immediate | null = null;
  let isInside = false;
  const close = (): void => {
    for (const each of watchers) each.close();
    watchers = [];
  };
  const changed = (inside: boolean): void => {
    isInside ||= inside;
    pending ??= setImmediate(() => {
      pending = null;
      // What was there may have been replaced, and a directory that was missing may be there now.
      close();
      open();
      const told = isInside;
      isInside = false;
      listener(told);
    });
  };
  const add = (target: string, inside: boolean): boolean => {
    try {
      const watcher = watch(target, { persistent: false }, () => changed(inside));
      watcher.on('error', () => changed(inside));
      watchers.push(watcher);
      return true;
    } catch {
      return false;
    }
  };
  const open = (): void => {
    add(path, true);
    for (let folder = dirname(path); !add(folder, false) && folder !== '/'; folder = dirname(folder));
  };
  open();
  return () => {
    close();
    if (pending !== null) clearImmediate(pending);
  };
}
