// By what a file is known, whatever its name: device and inode, and its first bytes, which a reused inode does not share.

import { createHash } from 'node:crypto';

/** How many of a file's first bytes tell it from another one. */
export const HEAD_BYTES = 256;

export interface Fingerprint {
  /** How many bytes were looked at. */
  readonly length: number;
  /** SHA-256 of them, in hexadecimal. */
  readonly hash: string;
}

export function fingerprint(head: Uint8Array): Fingerprint {
  return { length: head.length, hash: createHash('sha256').update(head).digest('hex') };
}

/** Whether a file that begins with `head` can be the one of the fingerprint. */
export function hasFingerprint(head: Uint8Array, expected: Fingerprint): boolean {
  return (
    head.length >= expected.length && fingerprint(head.subarray(0, expected.length)).hash === expected.hash
  );
}

/** The key of a file in tables: `device:inode`. */
export function identityKey(file: { readonly dev: number | string; readonly ino: number | string }): string {
  return `${file.dev}:${file.ino}`;
}
