// Puts text before and behind each of many lines, as bytes: a chunk at a time, at the speed of copying it.

import { frameModule } from './frame-code.ts';

const PAGE_BYTES = 1 << 16;
const PAGES = 12;
/** Behind every area: what is read and written 16 bytes at a time may pass its end. */
const MARGIN_BYTES = 16;
const SEPARATOR_BYTES = 4096;
const INPUT = SEPARATOR_BYTES + MARGIN_BYTES;
const INPUT_BYTES = 2 * PAGE_BYTES;
const OUTPUT = INPUT + INPUT_BYTES + MARGIN_BYTES;

interface Machine {
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly frame: (
    from: number,
    end: number,
    to: number,
    limit: number,
    separator: number,
    length: number,
    plain: number,
  ) => number;
}

/** Of the global object, as much of it as is used here. */
const { WebAssembly: engine } = globalThis as unknown as {
  readonly WebAssembly?: {
    readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
    readonly Instance: new (module: object) => { readonly exports: object };
  };
};

let machine: Machine | null = null;

/**
 * Every line of `lines`, which end with a newline, between `head` and `tail`, which has the newline. Null where that is
 * more than fits, where this node has no WebAssembly, or where a byte is escaped in JSON and `plain` is set. The result is valid until the next call.
 */
export function framed(lines: Buffer, head: Buffer, tail: Buffer, plain: boolean): Buffer | null {
  const length = tail.length + head.length;
  if (lines.length > INPUT_BYTES || length > SEPARATOR_BYTES) return null;
  machine ??= createMachine();
  if (machine === null) return null;
  const { memory, frame } = machine;
  memory.set(tail, 0);
  memory.set(head, tail.length);
  memory.set(lines, INPUT);
  memory.set(head, OUTPUT);
  // Looked at before 16 bytes and a separator are written, and behind the last line comes its tail.
  const limit = memory.length - tail.length - length - 2 * MARGIN_BYTES;
  const lastLineEnd = INPUT + lines.length - 1;
  const end = frame(INPUT, lastLineEnd, OUTPUT + head.length, limit, 0, length, Number(plain));
  if (end === 0) return null;
  memory.set(tail, end);
  return Buffer.from(memory.buffer, OUTPUT, end + tail.length - OUTPUT);
}

/** Null in a node without WebAssembly (`--jitless`). */
function createMachine(): Machine | null {
  if (engine === undefined) return null;
  const { exports } = new engine.Instance(new engine.Module(frameModule(PAGES)));
  const { memory, frame } = exports as { memory: { buffer: ArrayBuffer }; frame: Machine['frame'] };
  return { memory: new Uint8Array(memory.buffer), frame };
}
