// Pure: strip_ansi, which takes terminal escapes out of a stream, over the borders of its chunks.

const ESCAPE = 0x1b;
const BRACKET = 0x5b;
/** supervisord's list (dispatchers.py): other escapes end where the next of these letters stands. */
const TERMINATORS: ReadonlySet<number> = new Set(Buffer.from('HfABCDRsuJKhlpm'));

/** An escape that is not over after this many bytes at the end of a chunk is given up, as supervisord gives up each. */
const LONGEST_ESCAPE = 64;

/** The escape that a chunk has ended in, or nothing. */
export interface AnsiState {
  readonly held: Buffer;
}

export const NO_ESCAPE: AnsiState = { held: Buffer.alloc(0) };

export function stripEscapes(
  state: AnsiState,
  chunk: Buffer,
): { readonly state: AnsiState; readonly text: Buffer } {
  const bytes = state.held.length === 0 ? chunk : Buffer.concat([state.held, chunk]);
  const shown: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(ESCAPE); at !== -1; at = bytes.indexOf(ESCAPE, Math.max(from, at + 1))) {
    const unfinished = at === bytes.length - 1;
    if (!unfinished && bytes[at + 1] !== BRACKET) continue;
    shown.push(bytes.subarray(from, at));
    let end = at + 2;
    while (end < bytes.length && !TERMINATORS.has(bytes[end] ?? 0)) end++;
    if (end >= bytes.length) {
      const escape = bytes.subarray(at);
      const held = escape.length > LONGEST_ESCAPE ? NO_ESCAPE.held : Buffer.from(escape);
      return { state: { held }, text: Buffer.concat(shown) };
    }
    from = end + 1;
  }
  shown.push(bytes.subarray(from));
  return { state: NO_ESCAPE, text: shown.length === 1 && shown[0] ? shown[0] : Buffer.concat(shown) };
}
