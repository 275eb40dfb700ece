// Pure: from samples to medians, spreads and the ratios of pairs.

import type { Aim, Metric, Sample } from './case.ts';

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

export interface Measured {
  readonly contender: string;
  readonly values: readonly number[];
  readonly spread: Spread;
  /** Ours divided by this one, pair by pair; null for ours. */
  readonly ratio: Spread | null;
}

export interface JudgedAim {
  readonly text: string;
  readonly value: number;
  readonly met: boolean;
}

export interface MetricResult {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  readonly measured: readonly Measured[];
  readonly aims: readonly JudgedAim[];
}

/** Of an even number, the mean of the two in the middle. Throws where there are none. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, two) => one - two);
  const middle = sorted.length / 2;
  const [min, max] = [sorted.at(0), sorted.at(-1)];
  const [lower, upper] = [sorted.at(Math.ceil(middle) - 1), sorted.at(Math.floor(middle))];
  if (min === undefined || max === undefined || lower === undefined || upper === undefined) {
    throw new RangeError('cannot take the median of nothing');
  }
  return { median: (lower + upper) / 2, min, max, count: sorted.length };
}

/** `one` divided by `other` for every round that both have; empty where they share none. */
export function pairRatios(
  samples: readonly Sample[],
  metric: string,
  one: string,
  other: string,
): readonly number[] {
  const of = (contender: string): Map<number, number> =>
    new Map(
      samples
        .filter((sample) => sample.metric === metric && sample.contender === contender)
        .map(({ round, value }) => [round, value]),
    );
  const others = of(other);
  return [...of(one)].flatMap(([round, value]) => {
    const divisor = others.get(round);
    return divisor === undefined || divisor === 0 ? [] : [value / divisor];
  });
}

/** Contenders without a sample are left out. */
export function resultOf(metric: Metric, samples: readonly Sample[]): MetricResult {
  const [ours] = metric.contenders;
  const measured = metric.contenders.flatMap((contender): Measured[] => {
    const values = samples
      .filter((sample) => sample.metric === metric.name && sample.contender === contender)
      .map((sample) => sample.value);
    if (values.length === 0) return [];
    const ratios = contender === ours ? [] : pairRatios(samples, metric.name, ours, contender);
    return [
      { contender, values, spread: spreadOf(values), ratio: ratios.length === 0 ? null : spreadOf(ratios) },
    ];
  });
  const aims = metric.aims.flatMap((aim) => judge(aim, metric, samples));
  const { name, title, unit, better } = metric;
  return { name, title, unit, better, measured, aims };
}

function judge(aim: Aim, metric: Metric, samples: readonly Sample[]): JudgedAim[] {
  const values =
    aim.to === undefined
      ? samples
          .filter((each) => each.metric === metric.name && each.contender === aim.of)
          .map((each) => each.value)
      : pairRatios(samples, metric.name, aim.of, aim.to);
  if (values.length === 0) return [];
  const value = spreadOf(values).median;
  const bounds = [
    ...(aim.atMost === undefined ? [] : [{ text: `≤ ${aim.atMost}`, holds: value <= aim.atMost }]),
    ...(aim.atLeast === undefined ? [] : [{ text: `≥ ${aim.atLeast}`, holds: value >= aim.atLeast }]),
  ];
  const unit = aim.to === undefined ? ` ${metric.unit}` : ` × ${aim.to}`;
  return bounds.map(({ text, holds }) => ({ text: `${aim.of} ${text}${unit}`, value, met: holds }));
}
