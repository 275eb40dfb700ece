// Descriptors that a service gives us to keep over its restarts (FDSTORE=1, FileDescriptorStoreMax=).

import type { System } from '../../os/system.ts';

export interface FdStore {
  /** Keeps them, or closes what is too much. */
  add(descriptors: readonly number[], name: string, max: number): void;
  remove(name: string): void;
  /** The last that was given comes first, as with systemd. */
  list(): readonly { readonly descriptor: number; readonly name: string }[];
  clear(): void;
}

export function createFdStore(system: Pick<System, 'close'>): FdStore {
  let kept: { readonly descriptor: number; readonly name: string }[] = [];
  return {
    add(descriptors, name, max) {
      for (const descriptor of descriptors) {
        if (kept.length < max) kept.unshift({ descriptor, name });
        else system.close(descriptor);
      }
    },
    remove(name) {
      for (const each of kept) if (each.name === name) system.close(each.descriptor);
      kept = kept.filter((each) => each.name !== name);
    },
    list: () => kept,
    clear() {
      for (const { descriptor } of kept) system.close(descriptor);
      kept = [];
    },
  };
}
