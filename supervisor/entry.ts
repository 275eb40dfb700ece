// The live record of one process; supervisor.ts alone changes it.

import type { Routes, Running } from './launch.ts';
import type { Pipeline } from './logs/pipeline.ts';
import type { Program } from './model.ts';
import type { Cancel } from './os/system.ts';
import { NEVER_STARTED, type Process } from './process/state.ts';

export interface Entry {
  readonly program: Program;
  readonly routes: Routes;
  process: Process;
  running: Running | null;
  timer: Cancel | null;
  /** Streams of runs that have ended, which are still being read. */
  draining: Pipeline[];
  /** Wall-clock milliseconds; null if never. */
  startedAt: number | null;
  stoppedAt: number | null;
  spawns: number;
}

export function createEntry(program: Program, routes: Routes): Entry {
  return {
    program,
    routes,
    process: NEVER_STARTED,
    running: null,
    timer: null,
    draining: [],
    startedAt: null,
    stoppedAt: null,
    spawns: 0,
  };
}
