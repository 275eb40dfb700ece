// Bytes of a file → its lines. Pure.

export interface Line {
  /** Where it begins in the bytes. */
  readonly start: number;
  /** Where the next one begins. */
  readonly end: number;
  /** Its text, without the newline or the carriage return and newline; not copied. */
  readonly text: Uint8Array;
  /** It was longer than `longest`; the next line goes on with it. */
  readonly continues: boolean;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The complete lines in `bytes`, at most `most` of them. One that is longer than `longest` bytes comes in pieces of that
 * size, cut between characters; what is left behind the last newline is not among them.
 */
export function splitLines(bytes: Buffer, longest: number, most: number): Line[] {
  const lines: Line[] = [];
  let start = 0;
  while (lines.length < most) {
    const newline = bytes.indexOf(NEWLINE, start);
    const length = (newline === -1 ? bytes.length : newline) - start;
    if (length > longest || (newline === -1 && length === longest)) {
      const end = start + characterBoundary(bytes.subarray(start, start + longest));
      lines.push({ start, end, text: bytes.subarray(start, end), continues: true });
      start = end;
      continue;
    }
    if (newline === -1) break;
    const isCrLf = newline > start && bytes[newline - 1] === CARRIAGE_RETURN;
    lines.push({
      start,
      end: newline + 1,
      text: bytes.subarray(start, isCrLf ? newline - 1 : newline),
      continues: false,
    });
    start = newline + 1;
  }
  return lines;
}

/** The largest length that does not split a character of UTF-8 at the end; all of it, where it is no UTF-8. */
function characterBoundary(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length - 1); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needs > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
