// What units wrote and what the manager said of them: kept in memory, bounded per unit, and told to whoever follows.

import type { JournalLine, JournalQuery } from '../../control/units.ts';

/** What is kept of one unit. */
const KEPT_LINES = 2000;
const KEPT_BYTES = 512 * 1024;

export interface Journal {
  append(line: JournalLine): void;
  query(query: JournalQuery): readonly JournalLine[];
  follow(listener: (line: JournalLine) => void): () => void;
}

interface Numbered {
  readonly serial: number;
  readonly line: JournalLine;
}

interface Kept {
  lines: Numbered[];
  /** How many at the beginning of `lines` are forgotten already. */
  gone: number;
  bytes: number;
}

export function createJournal(): Journal {
  const units = new Map<string, Kept>();
  const listeners = new Set<(line: JournalLine) => void>();
  let serial = 0;

  const trim = (kept: Kept): void => {
    while (kept.lines.length - kept.gone > KEPT_LINES || kept.bytes > KEPT_BYTES) {
      const oldest = kept.lines[kept.gone];
      if (oldest === undefined) break;
      kept.bytes -= oldest.line.message.length;
      kept.gone++;
    }
    if (kept.gone < KEPT_LINES) return;
    kept.lines = kept.lines.slice(kept.gone);
    kept.gone = 0;
  };

  return {
    append(line) {
      const kept = units.get(line.unit) ?? { lines: [], gone: 0, bytes: 0 };
      units.set(line.unit, kept);
      kept.lines.push({ serial: serial++, line });
      kept.bytes += line.message.length;
      trim(kept);
      for (const listener of listeners) listener(line);
    },
    query({ units: names, lines, sinceMs, untilMs, maxPriority }) {
      const chosen =
        names.length === 0 ? [...units.values()] : names.flatMap((name) => units.get(name) ?? []);
      const found = chosen
        .flatMap((kept) => kept.lines.slice(kept.gone))
        .filter(({ line }) => line.priority <= maxPriority)
        .filter(
          ({ line }) =>
            (sinceMs === null || line.atMs >= sinceMs) && (untilMs === null || line.atMs <= untilMs),
        )
        .toSorted((one, other) => one.serial - other.serial)
        .map(({ line }) => line);
      return lines === null ? found : found.slice(Math.max(0, found.length - lines));
    },
    follow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
