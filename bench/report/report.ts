// What a run of the bench has found, as it is kept in JSON and as every other form is made from.

import type { MetricResult } from '../statistics.ts';

export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly system: string;
  readonly engine: string;
  readonly node: string;
}

export interface CaseReport {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  readonly metrics: readonly MetricResult[];
  /** Why it could not run, or null. */
  readonly failure: string | null;
}

export interface Report {
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly version: string;
  readonly machine: Machine;
  readonly peers: Readonly<Record<string, string>>;
  readonly cases: readonly CaseReport[];
  /** The names of those that have not been run, because others were chosen or the run was broken off. */
  readonly missing: readonly string[];
}
