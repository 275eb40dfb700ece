// Puts text before and behind each of many lines, as bytes: a chunk at a time, at the speed of copying it.

import { ESCAPE_BYTES, ESCAPE_LENGTH_AT, frameModule } from './frame-code.ts';
import { AREAS, engine, workspace } from './workspace.ts';

/** As many bytes are read and written at a time, and so behind the end of an area. */
const BLOCK_BYTES = 16;

/** What stands before and behind each line; `tail` has the newline. With `json`, what JSON escapes in it is escaped. */
export interface Frame {
  readonly head: Buffer;
  readonly tail: Buffer;
  readonly json: boolean;
}

/**
 * Each of the lines, which all end with a newline, in its frame. Null where that is more than fits: fewer lines may fit.
 * The result is valid until the next call.
 */
export type Framer = (lines: Buffer, frame: Frame) => Buffer | null;

let made: Framer | null | undefined;

/** Null in a node without WebAssembly. */
export function framer(): Framer | null {
  made ??= createFramer();
  return made;
}

type FrameCode = (
  from: number,
  end: number,
  to: number,
  limit: number,
  separator: number,
  length: number,
  json: number,
) => number;

function createFramer(): Framer | null {
  const space = workspace();
  if (engine === undefined || space === null) return null;
  const { exports } = new engine.Instance(new engine.Module(frameModule()), { our: { memory: space } });
  const { frame: run } = exports as { frame: FrameCode };
  const memory = new Uint8Array(space.buffer);
  memory.set(escapes(), AREAS.escapes.start);
  const { separator, output } = AREAS;

  return (lines, { head, tail, json }) => {
    const length = tail.length + head.length;
    if (length > separator.bytes) return null;
    const from = lines.buffer === space.buffer ? lines.byteOffset : copyIn(lines);
    if (from === null) return null;
    memory.set(tail, separator.start);
    memory.set(head, separator.start + tail.length);
    memory.set(head, output.start);
    // It is looked at before a block, an escape and a separator are written, and behind the last line comes its tail.
    const limit = output.start + output.bytes - tail.length - length - 2 * BLOCK_BYTES;
    const lastEnd = from + lines.length - 1;
    const end = run(from, lastEnd, output.start + head.length, limit, separator.start, length, Number(json));
    if (end === 0) return null;
    memory.set(tail, end);
    return Buffer.from(space.buffer, output.start, end + tail.length - output.start);
  };

  function copyIn(lines: Buffer): number | null {
    if (lines.length > AREAS.lines.bytes) return null;
    memory.set(lines, AREAS.lines.start);
    return AREAS.lines.start;
  }
}

/** What JSON writes for each of the bytes that it does not write as they are, and how long that is. */
function escapes(): Uint8Array {
  const table = Buffer.alloc(AREAS.escapes.bytes);
  const escaped = [...Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)), '"', '\\'];
  for (const character of escaped) {
    const text = JSON.stringify(character).slice(1, -1);
    const at = character.charCodeAt(0) * ESCAPE_BYTES;
    table.write(text, at);
    table[at + ESCAPE_LENGTH_AT] = text.length;
  }
  return table;
}
