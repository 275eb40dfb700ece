// What an open file holds, read at an offset: its lines, and where zeros end.

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

/** Where the zeros between two offsets end. */
export function endOfZeros(fd: number, from: number, to: number): number {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const zeros = Buffer.alloc(CHUNK_BYTES);
  for (let at = from; at < to; at += CHUNK_BYTES) {
    const bytes = chunk.subarray(0, readSync(fd, chunk, 0, Math.min(CHUNK_BYTES, to - at), at));
    if (bytes.equals(zeros.subarray(0, bytes.length))) continue;
    return at + bytes.findIndex((byte) => byte !== 0);
  }
  return to;
}
