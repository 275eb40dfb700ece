// A transaction while it is made: the jobs that it considers, and who has brought whom along.

import type { Graph } from './graph.ts';
import type { JobType } from './types.ts';

export type Refusal =
  | 'not-found'
  | 'masked'
  | 'load'
  | 'manual'
  | 'not-applicable'
  | 'conflict'
  | 'cycle'
  | 'destructive'
  | 'isolate';

/** A job that a transaction considers; `links` lead to those that it has brought along. */
export interface Candidate {
  readonly unit: string;
  type: JobType;
  readonly links: Link[];
  ignoreOrder: boolean;
}

export interface Link {
  readonly to: Candidate;
  /** Without the other job, this one must not be there either. */
  readonly matters: boolean;
  readonly conflicts: boolean;
}

export interface Builder {
  readonly graph: Graph;
  readonly jobs: Set<Candidate>;
  readonly ignoreOrder: boolean;
  readonly ignoreRequirements: boolean;
}

export class Refused extends Error {
  readonly reason: Refusal;
  constructor(reason: Refusal, message: string) {
    super(message);
    this.reason = reason;
  }
}
