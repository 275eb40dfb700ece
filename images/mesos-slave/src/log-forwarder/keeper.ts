// Saves the registry after each acknowledgement, but spends no more than a tenth of the time on it.

import { saveRegistry, type Position } from './registry.ts';

const SYNC_EVERY_MS = 1000;
const SHARE = 10;

export interface Keeper {
  /** A position has changed. */
  changed(): void;
  /** Saves at once, and waits for the disk. */
  flush(): void;
}

/** A registry that cannot be written is said once, and tried again with the next change: at worst lines are sent twice. */
export function createKeeper(
  path: string,
  positions: () => readonly Position[],
  now: () => number,
  log: (message: string) => void,
): Keeper {
  let timer: NodeJS.Timeout | undefined;
  let notBefore = 0;
  let syncedAt = -Infinity;
  let failing = false;
  const save = (sync: boolean): void => {
    clearTimeout(timer);
    timer = undefined;
    const startedAt = now();
    try {
      saveRegistry(path, positions(), sync);
      if (sync) syncedAt = startedAt;
      if (failing) log(`${path} can be written again`);
      failing = false;
    } catch (error) {
      if (!failing)
        log(
          `cannot write the registry: ${(error as Error).message}; lines may be sent twice after a restart`,
        );
      failing = true;
    }
    notBefore = now() + (now() - startedAt) * SHARE;
  };
  return {
    changed() {
      timer ??= setTimeout(() => save(now() - syncedAt >= SYNC_EVERY_MS), Math.max(0, notBefore - now()));
    },
    flush: () => save(true),
  };
}
