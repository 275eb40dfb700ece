// The bench's arithmetic: medians, and ratios of what was measured side by side.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Metric, Sample } from '../../bench/case.ts';
import { pairRatios, resultOf, spreadOf } from '../../bench/statistics.ts';

const test = suite('statistics');

test('the median is the one in the middle, or the mean of the two there', () => {
  const table: readonly (readonly [values: number[], median: number, min: number, max: number])[] = [
    [[5], 5, 5, 5],
    [[3, 1, 2], 2, 1, 3],
    [[4, 1, 3, 2], 2.5, 1, 4],
    [[10, 10, 1], 10, 1, 10],
    [[-1, 100], 49.5, -1, 100],
  ];
  for (const [values, median, min, max] of table) {
    assert.equal(spreadOf(values), { median, min, max, count: values.length });
  }
  assert.throws(() => spreadOf([]), /nothing/);
});

const samples = (contender: string, values: readonly (number | null)[]): Sample[] =>
  values.flatMap((value, round) => (value === null ? [] : [{ metric: 'time', contender, round, value }]));

const METRIC: Metric = {
  name: 'time',
  title: 'time',
  unit: 'ms',
  better: 'lower',
  contenders: ['ours', 'theirs', 'absent'],
  aims: [
    { of: 'ours', to: 'theirs', atMost: 0.5 },
    { of: 'ours', atMost: 10 },
    { of: 'theirs', to: 'ours', atLeast: 15 },
    { of: 'absent', atMost: 1 },
  ],
};

test('a ratio is of one round; a round that one of the two lacks has none', () => {
  const all = [...samples('ours', [10, 20, 30]), ...samples('theirs', [20, null, 10])];
  assert.equal(pairRatios(all, 'time', 'ours', 'theirs'), [0.5, 3]);
  assert.equal(pairRatios(all, 'other', 'ours', 'theirs'), []);
});

test('the median of the ratios is judged, not the ratio of the medians', () => {
  const all = [...samples('ours', [1, 9, 11]), ...samples('theirs', [2, 30, 12])];
  const result = resultOf(METRIC, all);
  assert.equal(
    result.measured.map(({ contender, ratio }) => [contender, ratio?.median ?? null]),
    [
      ['ours', null],
      ['theirs', 0.5],
    ],
  );
  assert.equal(
    result.aims.map(({ text, met }) => [text, met]),
    [
      ['ours ≤ 0.5 × theirs', true],
      ['ours ≤ 10 ms', true],
      ['theirs ≥ 15 × ours', false],
    ],
  );
});

test.run();
