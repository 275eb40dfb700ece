// What an open file holds, read at an offset: its lines, and where a hole at its beginning ends.

import { readSync } from 'node:fs';
import { splitLines } from '../decide/lines.ts';

/** What one read asks the kernel for, unless a line is longer. */
const CHUNK_BYTES = 128 * 1024;

/** Reads complete lines at an offset, with as large a piece of the file as the first of them asks for. */
export function readLines(fd: number, at: number, size: number, longest: number, most: number) {
  for (let length = CHUNK_BYTES; ; length = Math.min(length * 4, longest + 1)) {
    const wanted = Math.min(length, size - at);
    const buffer = Buffer.allocUnsafeSlow(wanted);
    const bytes = buffer.subarray(0, readSync(fd, buffer, 0, wanted, at));
    const lines = splitLines(bytes, longest, most);
    if (lines.length > 0 || bytes.length < length || length > longest) return { bytes, lines };
  }
}

/** Where the zeros end that a file begins with. */
export function endOfHole(fd: number, size: number): number {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const zeros = Buffer.alloc(CHUNK_BYTES);
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    const bytes = chunk.subarray(0, readSync(fd, chunk, 0, chunk.length, at));
    if (bytes.equals(zeros)) continue;
    const first = bytes.findIndex((byte) => byte !== 0);
    return first === -1 ? at + bytes.length : at + first;
  }
  return size;
}
