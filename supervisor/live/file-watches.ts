// Tells running programs of changes to the files that they watch: by a restart, or by a signal.

import { statSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { MainLog } from '../logs/main-log.ts';
import type { FileWatch } from '../model.ts';
import type { Cancel, System } from '../os/system.ts';
import type { Entry } from './entry.ts';
import type { Supervisor } from './supervisor.ts';

/** An editor or a volume of the orchestrator writes several times: the program hears of it once, when it is quiet again. */
const QUIET_MS = 200;

export interface FileWatchOptions {
  readonly supervisor: Supervisor;
  readonly system: System;
  readonly log: MainLog;
}

/** From now on. A change while the program is not up needs no telling: its next start sees it. */
export function startFileWatches({ supervisor, system, log }: FileWatchOptions): void {
  const watches = new Map<Entry, Cancel>();

  const changed = (entry: Entry, { action }: FileWatch, path: string): void => {
    const { name } = entry.program;
    log.log('info', `changed: ${path}, which ${name} watches`);
    if (action.kind === 'restart') supervisor.send(entry, { type: 'restartRequested' });
    else supervisor.signal(entry, action.signal);
  };

  const begin = (entry: Entry, wanted: FileWatch): Cancel => {
    const stops = wanted.paths.map((path) =>
      watchPath(path, system, {
        onChange: () => changed(entry, wanted, path),
        onTrouble: (why) => log.log('warn', `cannot watch ${path} for ${entry.program.name}: ${why}`),
      }),
    );
    return () => {
      for (const stop of stops) stop();
    };
  };

  supervisor.onChange(({ entry }) => {
    const wanted = entry.program.watch;
    if (wanted === null) return;
    const { name } = entry.process.state;
    const up = name === 'RUNNING' || name === 'STARTING';
    if (up && !watches.has(entry)) watches.set(entry, begin(entry, wanted));
    if (up) return;
    watches.get(entry)?.();
    watches.delete(entry);
  });
}

interface Listener {
  readonly onChange: () => void;
  readonly onTrouble: (why: string) => void;
}

/**
 * A directory is watched with all that is below it. A file is watched by its directory, since a file that is replaced,
 * or reached over a link that is switched (as a mounted ConfigMap is), is another file.
 */
function watchPath(path: string, system: System, { onChange, onTrouble }: Listener): Cancel {
  let print = fingerprint(path);
  const isDirectory = print?.kind === 'directory';
  let cancelPause: Cancel = () => {};
  const look = (): void => {
    const now = fingerprint(path);
    const same = now?.text === print?.text;
    print = now;
    // A file that is gone is between two versions of it.
    if (now !== null && (isDirectory || !same)) onChange();
  };
  let watcher: FSWatcher;
  try {
    watcher = watch(isDirectory ? path : dirname(path), { recursive: isDirectory }, () => {
      cancelPause();
      cancelPause = system.after(QUIET_MS, look);
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    onTrouble(code === 'ENOENT' ? `there is no directory of ${basename(path)}` : (error as Error).message);
    return () => {};
  }
  watcher.on('error', (error) => onTrouble(error.message));
  return () => {
    cancelPause();
    watcher.close();
  };
}

function fingerprint(path: string): { readonly kind: 'file' | 'directory'; readonly text: string } | null {
  try {
    const stats = statSync(path, { bigint: true });
    const text = [stats.dev, stats.ino, stats.size, stats.mtimeNs].join(' ');
    return { kind: stats.isDirectory() ? 'directory' : 'file', text };
  } catch {
    return null;
  }
}
