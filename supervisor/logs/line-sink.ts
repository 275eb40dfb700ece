// A stream taken line by line.

import { lastLine, NO_REST, wholeLines } from './lines.ts';
import type { Sink } from './sink.ts';

/**
 * A sink that hands on runs of whole lines, and at the end the last line, which it ends. `take` gives false to ask for a
 * pause.
 */
export function lineSink(take: (lines: Buffer) => boolean): Sink {
  let rest = NO_REST;
  return {
    write(chunk) {
      const { runs, state } = wholeLines(rest, chunk);
      rest = state;
      return runs.map(take).every(Boolean);
    },
    reopen: () => {},
    close() {
      const last = lastLine(rest);
      rest = NO_REST;
      if (last.length > 0) take(last);
    },
  };
}
