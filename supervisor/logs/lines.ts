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
 * Splits what came into runs of whole lines, each with its newline, and what is left over for the next call. Every run ends
 * with a newline (or with a piece of an overlong line). The line that was begun before is a run of its own, so that the
 * others can be views of the chunk.
 */
export function wholeLines(
  { rest }: LineState,
  chunk: Buffer,
): { readonly runs: readonly Buffer[]; readonly state: LineState } {
  const end = chunk.lastIndexOf(NEWLINE) + 1;
  if (end === 0) {
    const longer = Buffer.concat([rest, chunk]);
    return longer.length < MAX_LINE_BYTES
      ? { runs: [], state: { rest: longer } }
      : { runs: [Buffer.concat([longer, Buffer.of(NEWLINE)])], state: NO_REST };
  }
  const first = rest.length === 0 ? 0 : chunk.indexOf(NEWLINE) + 1;
  const runs = [Buffer.concat([rest, chunk.subarray(0, first)]), chunk.subarray(first, end)];
  return {
    runs: runs.filter((run) => run.length > 0),
    // A copy: the chunk's memory is the reader's to use again.
    state: end === chunk.length ? NO_REST : { rest: Buffer.from(chunk.subarray(end)) },
  };
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
