// Pipes, by FFI: the rules of libc.ts hold here as well.

import { functionsOf, lastError } from './libc.ts';

const O_CLOEXEC = 0o2000000;
/** fcntl.h */
const F_SETPIPE_SZ = 1031;

const c = functionsOf({
  pipe2: { arguments: ['buffer', 'i32'], return: 'i32' },
  read: { arguments: ['i32', 'buffer', 'u64'], return: 'i64' },
  fcntl: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
});

const pipeBuffer = Buffer.alloc(8);

/** A pipe whose ends are closed on exec: [read end, write end]. Throws SystemError (EMFILE, ENFILE). */
export function pipe(): [number, number] {
  if (c.pipe2(pipeBuffer, O_CLOEXEC) !== 0) throw lastError('cannot make a pipe');
  return [pipeBuffer.readInt32LE(0), pipeBuffer.readInt32LE(4)];
}

/**
 * Bytes read of what a non-blocking descriptor holds; 0 where there is nothing now, and at its end. Node's readSync throws
 * for the first, which takes longer than the read.
 */
export function readNow(descriptor: number, buffer: Buffer): number {
  return Math.max(0, Number(c.read(descriptor, buffer, BigInt(buffer.length))));
}

/**
 * Lets a pipe hold more (F_SETPIPE_SZ, fcntl(2)), as far as the kernel allows it: /proc/sys/fs/pipe-max-size for one,
 * pipe-user-pages-soft for all of a user. It never loses what it has.
 */
export function enlargePipe(descriptor: number, bytes: number): void {
  c.fcntl(descriptor, F_SETPIPE_SZ, bytes);
}
