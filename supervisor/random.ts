// Bytes that nobody can guess, without node:crypto, whose loading is a tenth of the whole start.

import { closeSync, openSync, readSync } from 'node:fs';

/** From the kernel (urandom(4)). */
export function randomBytes(count: number): Buffer {
  const bytes = Buffer.alloc(count);
  const descriptor = openSync('/dev/urandom', 'r');
  try {
    for (let read = 0; read < count;) read += readSync(descriptor, bytes, read, count - read, null);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}
