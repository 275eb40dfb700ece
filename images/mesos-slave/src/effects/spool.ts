// What is to be sent next: asks the files that have something new in turn, and only when a batch is wanted.

import type { Event, Source } from './source.ts';

/** What a batch holds at most; a single line may be longer. */
const BATCH_BYTES = 512 * 1024;

export interface Spool {
  /** The source may have something to read. */
  wake(source: Source): void;
  /** The next batch; empty when nothing is there. */
  take(): Event[];
}

export function createSpool(batchEvents: number, onWake: () => void): Spool {
  const ready = new Set<Source>();
  return {
    wake(source) {
      if (ready.has(source)) return;
      ready.add(source);
      onWake();
    },
    take() {
      const batch: Event[] = [];
      let bytes = 0;
      while (batch.length < batchEvents && bytes < BATCH_BYTES) {
        const [source] = ready;
        if (source === undefined) break;
        ready.delete(source);
        const read = source.read(batchEvents - batch.length);
        batch.push(...read.events);
        bytes += read.bytes;
        // At the end of the queue: each file has its turn.
        if (read.more) ready.add(source);
      }
      return batch;
    },
  };
}
