// Decides which of BuildKit's records earlier builds of this repository have left, and nobody needs: pure.

import type { CacheRecord } from '../model/engine.ts';

/** When builds of this repository ran, in milliseconds since 1970. */
export type Span = readonly [from: number, to: number];

/** The engine's clock may be a little before or behind ours. */
const SKEW_MS = 1_000;

/**
 * Records have no labels: ours are the layers that came to be while a build of ours ran. Without images that share them they
 * only serve to build an older state again; of those the ones used last are kept, up to so many bytes. Children, which are
 * younger, come before their parents.
 */
export function spentRecords(
  records: readonly CacheRecord[],
  spans: readonly Span[],
  keepBytes: number,
): CacheRecord[] {
  const isOurs = ({ createdAt }: CacheRecord): boolean =>
    spans.some(([from, to]) => createdAt >= from - SKEW_MS && createdAt <= to + SKEW_MS);
  let kept = 0;
  return records
    .filter((record) => record.isLayer && !record.isNeeded && isOurs(record))
    .toSorted((left, right) => right.usedAt - left.usedAt)
    .filter(({ sizeBytes }) => (kept += sizeBytes) > keepBytes)
    .toSorted((left, right) => right.createdAt - left.createdAt);
}
