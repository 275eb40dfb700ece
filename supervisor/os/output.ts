// Writing to the container's stdout and stderr without ever blocking, and without changing them for the programs that
// inherit them: O_NONBLOCK belongs to the open file description, which is shared, so ours is opened anew where possible.

import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { SystemError } from '../errors.ts';
import { hasRoom, isTerminal, sendNow } from './libc.ts';
import { enlargePipe } from './libc-pipes.ts';
import type { Output } from './system.ts';

/** pipe(7): a pipe that poll(2) calls writable takes this much without blocking. */
const PIPE_BUF = 4096;
/** /proc/sys/fs/pipe-max-size, as the kernel sets it. */
const LARGE_PIPE_BYTES = 1 << 20;

export function openOutput(descriptor: 1 | 2): Output {
  const stat = statOf(descriptor);
  if (stat === null) return { write: (bytes) => bytes.length, pollable: null };
  if (stat.isSocket()) return { write: (bytes) => sendNow(descriptor, bytes), pollable: null };
  if (stat.isFIFO() || isTerminal(descriptor)) {
    const own = openAnew(descriptor);
    if (own !== null && stat.isFIFO()) return { write: pipeWriter(own), pollable: own };
    if (own !== null) return { write: (bytes) => writeMost(own, bytes), pollable: null };
    return {
      write: (bytes) => (hasRoom(descriptor) ? writeNow(descriptor, bytes.subarray(0, PIPE_BUF)) : 0),
      pollable: null,
    };
  }
  return { write: (bytes) => writeNow(descriptor, bytes), pollable: null };
}

/** Null where the descriptor is closed: there is nobody to write to. */
function statOf(descriptor: number): ReturnType<typeof fstatSync> | null {
  try {
    return fstatSync(descriptor);
  } catch {
    return null;
  }
}

/** A description of our own of the same pipe or terminal; null where that is refused (a pipe of root's, to another user). */
function openAnew(descriptor: number): number | null {
  try {
    return openSync(
      `/proc/self/fd/${descriptor}`,
      constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch {
    return null;
  }
}

/**
 * A pipe takes no more at once than it holds; whoever reads it may have made room since. One that was full once may hold
 * more from then on: four times what is read of a program at once, so that we need not wait for each other.
 */
function pipeWriter(descriptor: number): (bytes: Buffer) => number {
  let isLarge = false;
  return (bytes) => {
    const written = writeMost(descriptor, bytes);
    if (written === bytes.length || isLarge) return written;
    isLarge = true;
    enlargePipe(descriptor, LARGE_PIPE_BYTES);
    return written + writeMost(descriptor, bytes.subarray(written));
  };
}

function writeMost(descriptor: number, bytes: Buffer): number {
  let written = writeNow(descriptor, bytes);
  while (written > 0 && written < bytes.length && hasRoom(descriptor)) {
    const more = writeNow(descriptor, bytes.subarray(written));
    if (more === 0) break;
    written += more;
  }
  return written;
}

function writeNow(descriptor: number, bytes: Buffer): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return 0;
    throw new SystemError(`cannot write to descriptor ${descriptor}: ${code}`, code ?? 'EIO', {
      cause: error,
    });
  }
}
