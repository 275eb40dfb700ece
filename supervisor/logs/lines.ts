// Pure: bytes to whole lines. Bytes stay bytes: a character that is split over two chunks is never looked at.

const NEWLINE = 0x0a;

/** A line longer than this is given out in pieces, so that a program without newlines cannot fill our memory. */
export const MAX_LINE_BYTES = 1 << 20;

/** The unfinished line that a stream holds. */
export interface LineState {
  readonly rest: Buffer;
}

export const NO_REST: LineState = { rest: Buffer.alloc(0) };

/**
 * Splits what came into whole lines, each with its newline, and what is left over for the next call.
 * `lines` is one run of bytes that ends with a newline (or with a piece of an overlong line); it may be empty.
 */
export function wholeLines(
  state: LineState,
  chunk: Buffer,
): { readonly lines: Buffer; readonly state: LineState } {
  const end = chunk.lastIndexOf(NEWLINE);
  // What is kept is copied: the chunk's memory is the reader's to use again.
  const joined = (part: Buffer): Buffer =>
    state.rest.length === 0 ? part : Buffer.concat([state.rest, part]);
  if (end === -1) {
    const rest = Buffer.concat([state.rest, chunk]);
    return rest.length < MAX_LINE_BYTES
      ? { lines: NO_REST.rest, state: { rest } }
      : { lines: Buffer.concat([rest, Buffer.of(NEWLINE)]), state: NO_REST };
  }
  if (end === chunk.length - 1) return { lines: joined(chunk), state: NO_REST };
  return { lines: joined(chunk.subarray(0, end + 1)), state: { rest: Buffer.from(chunk.subarray(end + 1)) } };
}

/** What a stream that has ended leaves: its last line, with the newline that it lacks. */
export function lastLine(state: LineState): Buffer {
  return state.rest.length === 0 ? state.rest : Buffer.concat([state.rest, Buffer.of(NEWLINE)]);
}

/** Each line of a run of whole lines, without its newline; the views share the run's memory. */
export function* eachLine(lines: Buffer): Generator<Buffer> {
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(NEWLINE, start);
    yield lines.subarray(start, end === -1 ? lines.length : end);
    start = end === -1 ? lines.length : end + 1;
  }
}
