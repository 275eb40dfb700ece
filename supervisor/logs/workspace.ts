// The memory that all output is read into, one piece after the other, and that frame.ts works in: one for all streams, since
// a buffer for each piece would be a third of the whole work.

const KIB = 1024;

/**
 * What is read at once, and what the pipe of a busy program holds: with more the kernel's copies leave the processor's
 * caches, with less the writer, we and the reader of our output wait for each other more often.
 */
export const CHUNK_BYTES = 256 * KIB;

interface Area {
  readonly start: number;
  readonly bytes: number;
}

/**
 * What is read from or written to a pipe begins with a page, as the pipe's own memory does: on some processors a copy of
 * which one side is a few bytes off takes twice as long. Behind each area is a gap of 4 KiB.
 */
const layout = {
  /** What JSON writes for a byte: 8 bytes for each. */
  escapes: { start: 0, bytes: 2 * KIB },
  separator: { start: 4 * KIB, bytes: 4 * KIB },
  chunk: { start: 12 * KIB, bytes: CHUNK_BYTES },
  /** Lines that were not read into `chunk`. */
  lines: { start: 272 * KIB, bytes: 128 * KIB },
  output: { start: 404 * KIB, bytes: 684 * KIB },
} as const satisfies Record<string, Area>;

/** Of 64 KiB, as WebAssembly counts its memory. */
const PAGES = 17;

export const AREAS: Readonly<Record<keyof typeof layout, Area>> = layout;

/** A WebAssembly.Memory. */
export interface Memory {
  readonly buffer: ArrayBuffer;
}

/** Of the global object, as much of it as is used here and in frame.ts. */
export const { WebAssembly: engine } = globalThis as unknown as {
  readonly WebAssembly?: {
    readonly Memory: new (size: { readonly initial: number }) => Memory;
    readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
    readonly Instance: new (module: object, imports: object) => { readonly exports: object };
  };
};

let memory: Memory | null | undefined;
let chunk: Buffer | null = null;

/** Null in a node without WebAssembly (`--jitless`), and where its address space is limited (`ulimit -v`). */
export function workspace(): Memory | null {
  if (memory === undefined) {
    try {
      memory = engine === undefined ? null : new engine.Memory({ initial: PAGES });
    } catch {
      memory = null;
    }
  }
  return memory;
}

/** What is read goes here; whoever keeps any of it copies it before the next read. */
export function chunkBuffer(): Buffer {
  const space = workspace();
  chunk ??=
    space === null
      ? Buffer.allocUnsafeSlow(CHUNK_BYTES)
      : Buffer.from(space.buffer, AREAS.chunk.start, AREAS.chunk.bytes);
  return chunk;
}
