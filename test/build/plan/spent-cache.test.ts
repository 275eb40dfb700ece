// build/plan/spent-cache.ts: of BuildKit's records only our own, only what no image has, and not the ones used last.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CacheRecord } from '../../../build/model/engine.ts';
import { spentRecords } from '../../../build/plan/spent-cache.ts';

const test = suite('spent cache');

const MINUTE = 60_000;
const record = (id: string, minute: number, more: Partial<CacheRecord> = {}): CacheRecord => ({
  id,
  isLayer: true,
  isNeeded: false,
  sizeBytes: 10,
  createdAt: minute * MINUTE,
  usedAt: minute * MINUTE,
  ...more,
});
const idsOf = (records: readonly CacheRecord[], keepBytes = 0): string =>
  spentRecords(
    records,
    [
      [10 * MINUTE, 12 * MINUTE],
      [20 * MINUTE, 21 * MINUTE],
    ],
    keepBytes,
  )
    .map(({ id }) => id)
    .join(' ');

test('what came to be while a build of ours ran, children first', () => {
  assert.is(
    idsOf([record('a', 10), record('b', 11), record('c', 15), record('d', 20.5), record('e', 30)]),
    'd b a',
  );
});
test('neither what an image or a build has, nor mounted caches and contexts', () => {
  assert.is(idsOf([record('a', 10, { isNeeded: true }), record('b', 11, { isLayer: false })]), '');
});
test('the ones used last stay, up to the bytes that may be kept', () => {
  const records = [
    record('a', 10, { usedAt: 40 * MINUTE }),
    record('b', 11),
    record('c', 20),
    record('d', 21),
  ];
  assert.is(idsOf(records, 20), 'c b');
  assert.is(idsOf(records, 39), 'b');
  assert.is(idsOf(records, 40), '');
});
test('clocks need not agree to the second', () => assert.is(idsOf([record('a', 12.01)]), 'a'));

test.run();
