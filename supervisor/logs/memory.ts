// A log that lives in memory: the last bytes of a program that has no log file.

import { createRing } from './ring.ts';
import { createFollowers, type ReadableSink } from './sink.ts';

/** Keeps the last `capacity` bytes. */
export function createMemoryLog(capacity: number): ReadableSink {
  const ring = createRing(capacity);
  const followers = createFollowers();
  return {
    place: { kind: 'memory', bytes: () => ring.bytes() },
    write(chunk) {
      ring.write(chunk);
      followers.tell({ kind: 'data', chunk });
      return true;
    },
    reopen: () => {},
    clear() {
      ring.clear();
      followers.tell({ kind: 'cleared' });
      return Promise.resolve({ kind: 'cleared' });
    },
    follow: (listener) => followers.add(listener),
    close: () => {},
  };
}
