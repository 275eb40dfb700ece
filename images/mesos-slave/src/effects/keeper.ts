// Saves the registry when something in it has changed. What is saved outlives a crash of ours at once; a crash of the whole
// machine may take the last seconds of it, and their lines are sent again.

import { saveRegistry, type Position } from './registry.ts';

export interface Keeper {
  /** A position has changed: it is saved soon. */
  changed(): void;
  /** Saves at once what has changed. */
  save(): void;
  /** The same, and waits for the disk. */
  flush(): void;
}

/** A registry that cannot be written is said once, and tried again with the next change: at worst lines are sent twice. */
export function createKeeper(
  path: string,
  positions: () => readonly Position[],
  log: (message: string) => void,
): Keeper {
  let timer: NodeJS.Immediate | undefined;
  let failing = false;
  const write = (sync: boolean): void => {
    clearImmediate(timer);
    timer = undefined;
    try {
      saveRegistry(path, positions(), sync);
      if (failing) log(`${path} can be written again`);
      failing = false;
    } catch (error) {
      const consequence = 'lines may be sent twice after a restart';
      if (!failing) log(`cannot write the registry: ${(error as Error).message}; ${consequence}`);
      failing = true;
    }
  };
  return {
    changed() {
      timer ??= setImmediate(() => write(false));
    },
    save() {
      if (timer !== undefined) write(false);
    },
    flush: () => write(true),
  };
}
