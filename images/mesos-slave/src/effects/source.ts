// What lines come from, a file or standard input, and what becomes of each of them.

import type { Message } from '../decide/frames.ts';

/** A line that is on its way to the server. */
export interface Event extends Message {
  /** Tells that it, and all before it in the same file, has arrived. */
  arrived(): void;
}

export interface Source {
  /** The next lines; `more` says whether it is worth asking again at once. */
  read(mostLines: number): {
    readonly events: readonly Event[];
    readonly bytes: number;
    readonly more: boolean;
  };
}
