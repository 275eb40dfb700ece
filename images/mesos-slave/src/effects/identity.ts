// By what a file is known, whatever its name: device and inode; and some of its bytes, which a reused inode does not share.

import { createHash } from 'node:crypto';
import { fstatSync, readSync } from 'node:fs';

/** How many of a file's first bytes, and of those before the place that was reached, tell it from another one. */
const TRACE_BYTES = 256;

export interface Fingerprint {
  /** How many bytes were looked at. */
  readonly length: number;
  /** SHA-256 of them, in hexadecimal. */
  readonly hash: string;
}

/**
 * What a file holds before an offset, in short: its first bytes, and the last ones before the offset. Files of one program
 * often begin alike, so that the first ones alone would not do.
 */
export interface Traces {
  readonly head: Buffer;
  readonly tail: Buffer;
}

export const NO_TRACES: Traces = { head: Buffer.alloc(0), tail: Buffer.alloc(0) };

/** The traces of what an open file holds before `offset`; shorter ones where it ends before. */
export function tracesOf(fd: number, offset: number): Traces {
  const length = Math.min(offset, TRACE_BYTES);
  return { head: readAt(fd, 0, length), tail: readAt(fd, offset - length, length) };
}

/** The traces once `bytes`, which follow, were read as well; nothing is kept of them but a copy. */
export function tracesAfter({ head, tail }: Traces, bytes: Buffer): Traces {
  return {
    head: Buffer.concat([head, bytes.subarray(0, TRACE_BYTES - head.length)]),
    tail: Buffer.from(Buffer.concat([tail, bytes.subarray(-TRACE_BYTES)]).subarray(-TRACE_BYTES)),
  };
}

export function sameTraces(one: Traces, other: Traces): boolean {
  return one.head.equals(other.head) && one.tail.equals(other.tail);
}

export function fingerprint(bytes: Uint8Array): Fingerprint {
  return { length: bytes.length, hash: createHash('sha256').update(bytes).digest('hex') };
}

/** Whether `bytes` can be those of the fingerprint, or begin with them. */
export function hasFingerprint(bytes: Uint8Array, expected: Fingerprint): boolean {
  return (
    bytes.length >= expected.length && fingerprint(bytes.subarray(0, expected.length)).hash === expected.hash
  );
}

/** A place in a file, with the traces of what is before it; registries of earlier versions have no tail. */
interface Place {
  readonly offset: number;
  readonly head: Fingerprint;
  readonly tail?: Fingerprint;
}

/** Where to go on reading an open file: what was acknowledged of it, or 0 where it is another file in the same inode. */
export function resumeOffset(fd: number, position: Place): number {
  if (fstatSync(fd).size < position.offset) return 0;
  const { head, tail } = tracesOf(fd, position.offset);
  const isSame =
    hasFingerprint(head, position.head) && hasFingerprint(tail, position.tail ?? fingerprint(tail));
  return isSame ? position.offset : 0;
}

/** The key of a file in tables: `device:inode`. */
export function identityKey(file: { readonly dev: number | string; readonly ino: number | string }): string {
  return `${file.dev}:${file.ino}`;
}

function readAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
}
