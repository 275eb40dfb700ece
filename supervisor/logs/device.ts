// A log that is no file: a FIFO, a terminal, a pipe below /proc. Whoever reads it may stall, and stalls the writer alone.

import { closeSync, constants, openSync, statSync, writeSync } from 'node:fs';
import type { Cancel } from '../os/system.ts';
import { createOutputStream } from './console.ts';
import { createMemoryLog } from './memory.ts';
import type { ReadableSink } from './sink.ts';

/** What is kept for clients, who cannot read the device without taking its bytes from its reader. */
const MEMORY_BYTES = 64 * 1024;

/** What waits for a writer that does not pause, as the main log; the rest is lost, and counted. */
const WAITING_BYTES = 1024 * 1024;

/** Opens what is at the path, or gives null where that is a file, or nothing; throws the error of open(2). */
export function openDevice(path: string, onTrouble: (message: string) => void): ReadableSink | null {
  const kind = kindOf(path);
  if (kind === null) return null;
  const memory = createMemoryLog(MEMORY_BYTES);
  const descriptor = open(path, kind);
  let closed = false;
  let waiting = 0;
  let lost = 0;
  let trouble: string | null = null;
  const writeNow = (bytes: Buffer): number => {
    try {
      const written = writeSync(descriptor, bytes);
      trouble = null;
      return written;
    } catch (error) {
      const { code = 'EIO' } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return 0;
      if (code !== trouble) onTrouble(`cannot write ${path}: ${code}`);
      trouble = code;
      throw error;
    }
  };
  const stream = createOutputStream(
    { write: (bytes) => writeNow(bytes), pollable: kind === 'pipe' ? descriptor : null },
    { after },
  );
  const drained = (): void => {
    if (lost > 0) onTrouble(`can write ${path} again, after ${lost} bytes were lost`);
    waiting = 0;
    lost = 0;
  };
  return {
    place: memory.place,
    write(chunk) {
      memory.write(chunk);
      if (waiting > WAITING_BYTES) {
        lost += chunk.length;
        return false;
      }
      const room = stream.write(chunk);
      if (room) return true;
      if (waiting === 0) stream.whenDrained(drained);
      waiting += chunk.length;
      return false;
    },
    whenDrained: (listener) => stream.whenDrained(listener),
    reopen: () => {},
    clear: () => memory.clear(),
    follow: (listener) => memory.follow(listener),
    close() {
      if (!closed && !stream.abandon()) closeSync(descriptor);
      closed = true;
    },
  };
}

function kindOf(path: string): 'pipe' | 'other' | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isFile() || stat.isDirectory()) return null;
  return stat.isFIFO() ? 'pipe' : 'other';
}

/** A FIFO is opened for reading as well: open(2) would wait for a reader, and a write fail when the reader changes. */
function open(path: string, kind: 'pipe' | 'other'): number {
  const access = kind === 'pipe' ? constants.O_RDWR : constants.O_WRONLY;
  return openSync(path, access | constants.O_NONBLOCK | constants.O_NOCTTY);
}

function after(delayMs: number, run: () => void): Cancel {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
