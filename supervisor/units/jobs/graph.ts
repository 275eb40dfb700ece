// What building a transaction has to know of the units: names, states and dependencies in both directions.

import type { ActiveState } from '../machine/state.ts';
import type { LoadState } from '../model.ts';
import type { JobType } from './types.ts';

/** The directions that jobs look along; each list holds primary names. */
export type Relation =
  | 'requires'
  | 'requisite'
  | 'wants'
  | 'bindsTo'
  | 'upholds'
  | 'conflicts'
  | 'conflictedBy'
  | 'requiredBy'
  | 'requisiteOf'
  | 'boundBy'
  | 'consistsOf'
  | 'propagatesStopTo'
  | 'propagatesReloadTo'
  | 'before'
  | 'after';

export interface Node {
  readonly id: string;
  readonly loadState: LoadState;
  readonly loadError: string | null;
  readonly state: ActiveState;
  readonly canReload: boolean;
  readonly canStart: boolean;
  readonly refuseManualStart: boolean;
  readonly refuseManualStop: boolean;
  readonly allowIsolate: boolean;
  readonly ignoreOnIsolate: boolean;
  /** The job that it has already. */
  readonly job: JobType | null;
}

export interface Graph {
  /** By any of its names; loads it if need be. Null for what is no name of a unit. */
  node(name: string): Node | null;
  related(id: string, relation: Relation): readonly string[];
  /** All units in memory. */
  all(): readonly Node[];
}
