// What units wrote and what the manager said of them: kept in memory, bounded per unit, and told to whoever follows.

import type { JournalLine, JournalQuery } from '../../control/units.ts';

/** What is kept of one unit. */
const KEPT_LINES = 2000;
const KEPT_BYTES = 512 * 1024;
/** What is kept of all of them, a line's own overhead included: instances that serve one connection come without end. */
const KEPT_OF_ALL_BYTES = 64 * 1024 * 1024;
const LINE_OVERHEAD_BYTES = 250;
/** So much goes at once when that is reached. */
const FORGOTTEN_SHARE = 0.1;

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
  let total = 0;

  const sizeOf = (line: JournalLine): number => line.message.length + LINE_OVERHEAD_BYTES;
  const dropOldest = (kept: Kept): void => {
    const oldest = kept.lines[kept.gone];
    if (oldest === undefined) return;
    kept.bytes -= oldest.line.message.length;
    total -= sizeOf(oldest.line);
    kept.gone++;
  };
  const release = (kept: Kept): void => {
    kept.lines = kept.lines.slice(kept.gone);
    kept.gone = 0;
  };
  /** The oldest lines of all units go first, and units of which nothing is left. */
  const trimAll = (): void => {
    const oldest = [...units.values()].map(({ lines, gone }) => lines[gone]?.serial ?? serial);
    const first = oldest.reduce((one, other) => Math.min(one, other), serial);
    const limit = first + Math.ceil((serial - first) * FORGOTTEN_SHARE);
    for (const [name, kept] of units) {
      while ((kept.lines[kept.gone]?.serial ?? limit) < limit) dropOldest(kept);
      release(kept);
      if (kept.lines.length === 0) units.delete(name);
    }
  };
  const trim = (kept: Kept): void => {
    while (kept.lines.length - kept.gone > KEPT_LINES || kept.bytes > KEPT_BYTES) {
      if (kept.gone === kept.lines.length) break;
      dropOldest(kept);
    }
    if (kept.gone * 2 >= kept.lines.length) release(kept);
  };

  return {
    append(line) {
      const kept = units.get(line.unit) ?? { lines: [], gone: 0, bytes: 0 };
      units.set(line.unit, kept);
      kept.lines.push({ serial: serial++, line });
      kept.bytes += line.message.length;
      total += sizeOf(line);
      trim(kept);
      while (total > KEPT_OF_ALL_BYTES) trimAll();
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
