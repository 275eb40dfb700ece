// Reads pieces of a log, from its file or from memory, with supervisord's rules for offset and length.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Log } from './commands.ts';
import { dropPartialCharacter } from './utf8.ts';

export type ReadOutcome =
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  | { readonly kind: 'no-file' }
  | { readonly kind: 'bad-arguments' }
  | { readonly kind: 'failed'; readonly message: string };

export interface Tail {
  readonly bytes: Uint8Array;
  /** The size of the log: where the next tail begins. */
  readonly offset: number;
  readonly overflow: boolean;
}

/** More than this is not read at once: the answer has to fit into memory, several times over. */
export const MAX_READ_BYTES = 64 * 1024 * 1024;

/**
 * `length` bytes from `offset` on, all the rest if length is 0.
 * A negative offset counts from the end; its length must be 0.
 */
export async function readLog(log: Log | null, offset: number, length: number): Promise<ReadOutcome> {
  if (log === null) return { kind: 'no-file' };
  if (length < 0 || (offset < 0 && length !== 0)) {
    return (await exists(log)) ? { kind: 'bad-arguments' } : { kind: 'no-file' };
  }
  return withSource(log, async (source) => {
    const start = offset < 0 ? Math.max(0, source.size + offset) : offset;
    const end = offset >= 0 && length > 0 ? Math.min(source.size, start + length) : source.size;
    if (end - start > MAX_READ_BYTES) {
      const message = `cannot read ${end - start} bytes at once: the limit is ${MAX_READ_BYTES}`;
      return { kind: 'failed', message };
    }
    const bytes = await source.read(start, Math.max(start, end));
    return { kind: 'read', bytes: offset < 0 && start > 0 ? dropPartialCharacter(bytes) : bytes };
  });
}

/** supervisord's tailProcessStdoutLog: from `offset` on, but the last `length` bytes when there are more. */
export async function tailLog(log: Log | null, offset: number, length: number): Promise<Tail> {
  const nothing: Tail = { bytes: new Uint8Array(), offset: 0, overflow: false };
  if (log === null) return nothing;
  const outcome = await withSource(log, async (source) => {
    const window = tailWindow(source.size, offset, Math.min(length, MAX_READ_BYTES));
    const bytes = await source.read(window.start, window.end);
    return { kind: 'tail' as const, tail: { bytes, offset: source.size, overflow: window.overflow } };
  });
  return outcome.kind === 'tail' ? outcome.tail : nothing;
}

/** Pure: which bytes of a log of `size` a tail answers with. */
export function tailWindow(
  size: number,
  offset: number,
  length: number,
): { start: number; end: number; overflow: boolean } {
  const overflow = size > offset + length;
  const from = overflow ? size - 1 : offset;
  // Nothing new: an offset at or past the end asks for bytes that are not there yet.
  const wanted = from + length > size && from > size - 1 ? 0 : Math.max(0, length);
  const start = Math.max(0, from + length > size ? size - wanted : from);
  return { start, end: Math.min(size, start + wanted), overflow };
}

export async function exists(log: Log): Promise<boolean> {
  return (await withSource(log, () => Promise.resolve({ kind: 'there' as const }))).kind !== 'no-file';
}

/**
 * The last bytes of a log, for a reader that goes on to follow it; null without a log. It does not wait: what is
 * written before this call is in the answer, and what is written after it is what the follower is told.
 */
export function lastBytes(
  log: Log,
  count: number,
): { readonly bytes: Uint8Array; readonly cut: boolean; readonly modifiedAtMs: number } | null {
  if (log.place.kind === 'memory') {
    const bytes = log.place.bytes();
    const start = Math.max(0, bytes.length - count);
    return { bytes: bytes.subarray(start), cut: start > 0, modifiedAtMs: Date.now() };
  }
  let file: number | null = null;
  try {
    file = openSync(log.place.path, READ_FLAGS);
    const { size, mtimeMs } = fstatSync(file);
    const start = Math.max(0, size - count);
    const bytes = Buffer.alloc(size - start);
    return {
      bytes: bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start)),
      cut: start > 0,
      modifiedAtMs: mtimeMs,
    };
  } catch {
    return null;
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** Opening a FIFO that nobody writes to would otherwise wait for ever. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

interface Source {
  readonly size: number;
  readonly read: (start: number, end: number) => Promise<Uint8Array>;
}

type Failure = { readonly kind: 'no-file' } | { readonly kind: 'failed'; readonly message: string };

async function withSource<T>(log: Log, use: (source: Source) => Promise<T>): Promise<T | Failure> {
  if (log.place.kind === 'memory') {
    const bytes = log.place.bytes();
    const read = (start: number, end: number): Promise<Uint8Array> =>
      Promise.resolve(bytes.subarray(start, end));
    return use({ size: bytes.length, read });
  }
  try {
    await using file = await open(log.place.path, READ_FLAGS);
    const stat = await file.stat();
    if (!stat.isFile()) return { kind: 'failed', message: `${log.place.path} is not a regular file` };
    const read = async (start: number, end: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, end - start)), 0, null, start);
      return buffer.subarray(0, bytesRead);
    };
    return await use({ size: stat.size, read });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'no-file' } : { kind: 'failed', message };
  }
}
