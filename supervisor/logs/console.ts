// The container's own stdout and stderr as the supervisor writes them: never blocking, bounded, in order.
// Programs are slowed down by back-pressure; the supervisor's own lines are dropped with a count, never waited for.

import type { Socket } from 'node:net';
import type { Cancel, Output, System } from '../os/system.ts';
import { descriptorStream } from './descriptor-stream.ts';

/** A program whose bytes wait above this is asked to pause. */
const PAUSE_ABOVE_BYTES = 256 * 1024;
/** Lines of our own are dropped when more than this waits. */
const DROP_ABOVE_BYTES = 1024 * 1024;
/** How often a full terminal or socket is tried again, where the kernel cannot tell us of room. */
const RETRY_MS = 10;
/** Why a file takes nothing now, and may again. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export interface ConsoleStream {
  /** Takes all bytes, and copies what has to wait; false asks the caller to pause until `whenDrained` calls. */
  write(bytes: Buffer): boolean;
  /** A line of the supervisor's own: dropped, and counted, where too much waits already. */
  note(line: string): void;
  /** Calls once, when nothing waits any more. */
  whenDrained(listener: () => void): void;
}

export interface OutputStream extends ConsoleStream {
  /** Forgets what waits and takes no more; true where it has closed the output's descriptor with that. */
  abandon(): boolean;
}

export function createConsoleStream(
  system: Pick<System, 'openOutput' | 'after'>,
  descriptor: 1 | 2,
): ConsoleStream {
  return createOutputStream(system.openOutput(descriptor), system);
}

export function createOutputStream(output: Output, system: Pick<System, 'after'>): OutputStream {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  let lostBytes = 0;
  let closed = false;
  let flushing = false;
  let listeners: (() => void)[] = [];
  let pipe: Socket | null = null;
  let retry: Cancel | null = null;

  const giveUp = (): void => {
    closed = true;
    waiting = [];
    waitingBytes = 0;
    drained();
  };
  const drained = (): void => {
    flushing = false;
    if (dropped > 0) {
      const count = dropped;
      dropped = 0;
      stream.write(Buffer.from(`initkit: ${count} lines of the supervisor were dropped: nobody read them\n`));
      if (flushing) return;
    }
    const called = listeners;
    listeners = [];
    for (const listener of called) listener();
  };
  /** Writes what fits now; what does not, waits for room. */
  const flush = (): void => {
    try {
      if (lostBytes > 0) {
        // What was lost may have been the end of a line.
        output.write(Buffer.from(`\ninitkit: ${lostBytes} bytes of output were lost: there was no room\n`));
        lostBytes = 0;
      }
      while (waiting[0] !== undefined) {
        const written = output.write(waiting[0]);
        if (written < waiting[0].length) {
          waiting[0] = waiting[0].subarray(written);
          waitingBytes -= written;
          // A pipe that took a part has no more room; to ask it would cost an exception.
          if (written === 0 || output.pollable !== null) return waitForRoom();
        } else {
          waitingBytes -= written;
          waiting.shift();
        }
      }
      drained();
    } catch (error) {
      if (FULL.has((error as NodeJS.ErrnoException).code ?? '')) lose();
      else giveUp();
    }
  };
  /** A file that has no room now may have some later: what waits is lost, and counted, and what comes is tried again. */
  const lose = (): void => {
    lostBytes += waitingBytes;
    waiting = [];
    waitingBytes = 0;
    drained();
  };
  const waitForRoom = (): void => {
    flushing = true;
    if (output.pollable === null) {
      retry?.();
      retry = system.after(RETRY_MS, flush);
      return;
    }
    if (pipe === null) {
      pipe = descriptorStream({ fd: output.pollable, readable: false, writable: true });
      pipe.on('error', giveUp);
    }
    const next = Buffer.from(waiting.shift() ?? []);
    pipe.write(next, (error) => {
      waitingBytes -= next.length;
      if (error) giveUp();
      else flush();
    });
  };

  const stream: OutputStream = {
    write(bytes) {
      if (closed || bytes.length === 0) return true;
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (!flushing) flush();
      const last = waiting.at(-1);
      if (last !== undefined) waiting[waiting.length - 1] = Buffer.from(last);
      return waitingBytes <= PAUSE_ABOVE_BYTES;
    },
    note(line) {
      if (waitingBytes > DROP_ABOVE_BYTES) dropped++;
      else stream.write(Buffer.from(`${line}\n`));
    },
    whenDrained(listener) {
      if (waitingBytes === 0) listener();
      else listeners.push(listener);
    },
    abandon() {
      retry?.();
      pipe?.destroy();
      giveUp();
      return pipe !== null;
    },
  };
  return stream;
}
