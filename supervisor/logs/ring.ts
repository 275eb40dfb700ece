// The last bytes of a stream, for `tail` and for what a FATAL program said last.

export interface Ring {
  write(chunk: Uint8Array): void;
  /** A copy of what is held, oldest first. */
  bytes(): Buffer;
  clear(): void;
}

/** Holds the last `capacity` bytes. Memory is taken as it is needed: a silent program costs nothing. */
export function createRing(capacity: number): Ring {
  let memory = Buffer.alloc(0);
  let start = 0;
  let length = 0;

  const grow = (wanted: number): void => {
    const size = Math.min(capacity, Math.max(wanted, memory.length * 2, 1024));
    if (size <= memory.length) return;
    const held = bytes();
    memory = Buffer.alloc(size);
    held.copy(memory);
    start = 0;
  };
  const bytes = (): Buffer => {
    const end = start + length;
    return end <= memory.length
      ? Buffer.from(memory.subarray(start, end))
      : Buffer.concat([memory.subarray(start), memory.subarray(0, end - memory.length)]);
  };

  return {
    write(chunk) {
      const kept = chunk.length > capacity ? chunk.subarray(chunk.length - capacity) : chunk;
      grow(length + kept.length);
      const at = (start + length) % memory.length;
      const first = Math.min(kept.length, memory.length - at);
      if (first === kept.length) memory.set(kept, at);
      else {
        memory.set(kept.subarray(0, first), at);
        memory.set(kept.subarray(first), 0);
      }
      length += kept.length;
      if (length > memory.length) {
        start = (start + length - memory.length) % memory.length;
        length = memory.length;
      }
    },
    bytes,
    clear() {
      memory = Buffer.alloc(0);
      start = 0;
      length = 0;
    },
  };
}

/** The last `count` lines of some bytes, as text. */
export function lastLines(bytes: Uint8Array, count: number): string[] {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(-count);
}
