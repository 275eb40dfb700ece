// Pure: capture mode, which takes what a program writes between two tokens out of its log.

/** supervisord's (events.py, ProcessCommunicationEvent). */
const BEGIN = Buffer.from('<!--XSUPERVISOR:BEGIN-->');
const END = Buffer.from('<!--XSUPERVISOR:END-->');

export interface CaptureState {
  readonly capturing: boolean;
  /** What may be the beginning of the next token. */
  readonly held: Buffer;
}

export type CapturePiece =
  | { readonly kind: 'text'; readonly bytes: Buffer }
  | { readonly kind: 'captured'; readonly bytes: Buffer }
  /** The END token: what was captured since BEGIN is complete. */
  | { readonly kind: 'complete' };

export const NOT_CAPTURING: CaptureState = { capturing: false, held: Buffer.alloc(0) };

/**
 * Sorts what a stream says. Unlike supervisord we hold back only what may be a token's beginning, so that the last
 * words of a program are not lost; inside the tokens, where they would be lost anyway, the pieces are as large as its.
 */
export function sortOut(
  state: CaptureState,
  chunk: Buffer,
): { readonly state: CaptureState; readonly pieces: readonly CapturePiece[] } {
  const pieces: CapturePiece[] = [];
  let { capturing } = state;
  let rest = Buffer.concat([state.held, chunk]);
  const add = (bytes: Buffer): void => {
    if (bytes.length > 0) pieces.push({ kind: capturing ? 'captured' : 'text', bytes });
  };
  for (;;) {
    const token = capturing ? END : BEGIN;
    // Of a text that is no longer than END supervisord waits for more, even where it holds END.
    const at = capturing && rest.length <= END.length && !rest.equals(END) ? -1 : rest.indexOf(token);
    if (at === -1) break;
    add(rest.subarray(0, at));
    if (capturing) pieces.push({ kind: 'complete' });
    capturing = !capturing;
    rest = rest.subarray(at + token.length);
  }
  const kept =
    capturing && rest.length <= END.length ? rest.length : prefixAtEnd(rest, capturing ? END : BEGIN);
  add(rest.subarray(0, rest.length - kept));
  // Copied: a view would keep the whole chunk that it is a part of.
  return { state: { capturing, held: Buffer.from(rest.subarray(rest.length - kept)) }, pieces };
}

/** What a stream that has ended still owes its log. */
export function leftOver(state: CaptureState): Buffer {
  return state.capturing ? NOT_CAPTURING.held : state.held;
}

/** The capture buffer after one more piece: as supervisord does it, as much goes from its front as comes. */
export function bounded(buffer: Buffer, piece: Buffer, maxBytes: number): Buffer {
  const kept = buffer.length + piece.length > maxBytes ? buffer.subarray(piece.length) : buffer;
  return Buffer.concat([kept, piece]);
}

/** How many bytes at the end of a text are the beginning of the token. */
function prefixAtEnd(text: Buffer, token: Buffer): number {
  for (let length = Math.min(text.length, token.length - 1); length > 0; length--) {
    if (text.subarray(text.length - length).equals(token.subarray(0, length))) return length;
  }
  return 0;
}
