// One output stream of one run of a program: pipe → sinks, with the back-pressure that slows the writer, not us.
//
// A pipe that says something now and then is waited for. One that is busy is read when it has had a moment to fill instead,
// as network drivers do with interrupts: to wake us for every line would cost the program more than the line itself.

import type { Socket } from 'node:net';
import type { Cancel, System } from '../os/system.ts';
import { descriptorStream } from './descriptor-stream.ts';
import type { Sink } from './sink.ts';
import { CHUNK_BYTES, chunkBuffer } from './workspace.ts';

/** More than this in a pipe is what a writer that is still there goes on to write. */
const DRAIN_BYTES = 1 << 20;

/** Two reads that are no further apart make a pipe a busy one, */
const BUSY_WITHIN_MS = 2;
/** if so much came: less may be an event listener's answer, and the next event waits for that. */
const BUSY_FROM_BYTES = 1024;
/** How long a busy pipe may fill. */
const GATHER_MS = 1;
/** Where so much was there, its writer waits for us. */
const FULL_BYTES = CHUNK_BYTES / 4;
/** What is read of one pipe before the others have their turn. */
const TURN_BYTES = 2 * CHUNK_BYTES;

/** A stream that is being read. */
export interface Pipeline {
  /** Resolves when the last writer has closed its end and every byte has been handed on. */
  readonly ended: Promise<void>;
  /** Takes what is in the pipe now, so that the last words of a program come before the news of its end. */
  drain(): void;
  /** Stops reading, whoever may still hold the other end. */
  close(): void;
}

/** Reads the descriptor, which becomes the pipeline's own, into the sink until its end. */
export function readPipe(
  descriptor: number,
  sink: Sink,
  whenDrained: (listener: () => void) => void,
  system: Pick<System, 'now' | 'after' | 'readNow' | 'enlargePipe'>,
): Pipeline {
  const buffer = chunkBuffer();
  let hasRoom = true;
  let isBusy = false;
  let lastRead = -Infinity;
  let cancelNext: Cancel = () => {};

  const readNext = (when: 'at once' | 'soon'): void => {
    cancelNext();
    if (when === 'soon') cancelNext = system.after(GATHER_MS, readMore);
    else {
      const immediate = setImmediate(readMore);
      cancelNext = () => clearImmediate(immediate);
    }
  };

  const take = (length: number): void => {
    if (sink.write(buffer.subarray(0, length))) return;
    hasRoom = false;
    socket.pause();
    whenDrained(() => {
      hasRoom = true;
      if (isBusy) readNext('at once');
      else socket.resume();
    });
  };
  /** Takes what is there, up to a limit; the number of bytes. */
  const takeNow = (limit: number): number => {
    let taken = 0;
    while (taken < limit && hasRoom && !socket.destroyed) {
      const length = system.readNow(descriptor, buffer);
      if (length === 0) break;
      taken += length;
      take(length);
    }
    return taken;
  };
  const readMore = (): void => {
    if (socket.destroyed || !hasRoom) return;
    const taken = takeNow(TURN_BYTES);
    if (taken === 0) {
      // Nothing there, or its end: the stream will tell.
      isBusy = false;
      socket.resume();
    } else if (hasRoom) readNext(taken >= FULL_BYTES ? 'at once' : 'soon');
  };
  const socket: Socket = descriptorStream({
    fd: descriptor,
    readable: true,
    writable: false,
    onread: {
      buffer,
      /** Goes on reading where it gives true. */
      callback(length) {
        take(length);
        const now = system.now();
        isBusy = length >= BUSY_FROM_BYTES && now - lastRead < BUSY_WITHIN_MS;
        lastRead = now;
        if (!isBusy) return hasRoom;
        system.enlargePipe(descriptor, CHUNK_BYTES);
        if (hasRoom) readNext('soon');
        return false;
      },
    },
  });
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // A read error is the end of the stream as well; 'close' follows.
  socket.on('error', () => {});
  return {
    ended,
    drain: () => void takeNow(DRAIN_BYTES),
    close() {
      cancelNext();
      socket.destroy();
    },
  };
}
