// Giving memory back to the kernel by the C library, by FFI; loaded when the start is over. The rules of libc.ts hold here as well.

import { functionsOf } from './libc.ts';

const MADV_DONTNEED = 4;

const c = functionsOf({
  malloc_trim: { arguments: ['u64'], return: 'i32' },
  madvise: { arguments: ['u64', 'u64', 'i32'], return: 'i32' },
});

/** Gives back the pages that malloc holds and nobody uses. */
export function trimHeap(): void {
  c.malloc_trim(0n);
}

/**
 * Takes a mapping's pages out of our resident memory; they stay in the page cache, and come back when they are touched.
 * Only for mappings of files in which no page was written to: what was written would be lost.
 */
export function forget(start: bigint, end: bigint): void {
  c.madvise(start, end - start, MADV_DONTNEED);
}
