// Keeps what builds leave in the engine's cache within bounds: BuildKit in the engine never forgets a layer by itself.

import type { State } from '../machine/state.ts';
import type { Engine } from '../model/engine.ts';
import { spentRecords, type Span } from '../plan/spent-cache.ts';

/** Enough to go back and forth between some branches. */
const KEEP_BYTES = 1_000_000_000;
/** Asking the engine what it holds takes seconds on a large one: not before so much can have come together. */
const LOOK_AFTER_BYTES = KEEP_BYTES / 2;

/** After a build that has added so many bytes of layers. What is removed can be built again. */
export async function boundCache(
  engine: Engine,
  state: State,
  span: Span,
  addedBytes: number,
): Promise<void> {
  const before = await state.builds();
  const spans = [...before.spans, span];
  const grownBytes = before.grownBytes + addedBytes;
  if (grownBytes < LOOK_AFTER_BYTES) return await state.rememberBuilds({ spans, grownBytes });
  const records = await engine.cacheRecords();
  const spent = spentRecords(records, spans, KEEP_BYTES);
  // One that something still stands on stays until the next time.
  for (const { id } of spent) await engine.dropCacheRecord(id).catch(() => {});
  const oldest = Math.min(...records.map(({ createdAt }) => createdAt));
  await state.rememberBuilds({ spans: spans.filter(([, to]) => to >= oldest), grownBytes: 0 });
}
