// What a case of the bench is: what it measures, of whom, and what we mean to reach.

export type Unit = 'ms' | 's' | 'MiB' | 'kiB' | 'MiB/s' | 'per s' | 'wake-ups';

export interface Metric {
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  readonly better: 'lower' | 'higher';
  /** In the order of the table; the first is ours, which all others are compared with. */
  readonly contenders: readonly [string, ...string[]];
  readonly aims: readonly Aim[];
}

/** A bound for the median of a contender, or for that of its ratios to another one, pair by pair. */
export interface Aim {
  readonly of: string;
  readonly to?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Sample {
  readonly metric: string;
  readonly contender: string;
  /** Samples of one round were taken one right after the other: they make the pairs. */
  readonly round: number;
  readonly value: number;
}

/** What a case is given to work with. */
export interface Bench {
  readonly rounds: number;
  sample(sample: Sample): void;
  /** Tells the person who waits. */
  note(text: string): void;
}

export interface Case {
  readonly name: string;
  readonly title: string;
  /** In one container with all inits, or on the machine, where it starts containers or builds images. */
  readonly place: 'container' | 'host';
  readonly rounds: number;
  readonly metrics: readonly Metric[];
  run(bench: Bench): Promise<void>;
}

/** Ours, peer, ours, peer …: each round begins with another one, so that nobody is always the first. */
export async function interleave<T>(
  bench: Bench,
  contenders: readonly T[],
  measure: (contender: T, round: number) => Promise<void>,
  rounds = bench.rounds,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    bench.note(`round ${round + 1} of ${rounds}`);
    for (let index = 0; index < contenders.length; index++) {
      const contender = contenders[(index + round) % contenders.length];
      if (contender !== undefined) await measure(contender, round);
    }
  }
}
