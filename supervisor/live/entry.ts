// The live record of one process; supervisor.ts alone changes it, but for what gate.ts knows of its start, checkups.ts
// of its health and scheduler.ts of its times.

import type { Routes, Running } from './launch.ts';
import type { Pipeline } from '../logs/pipeline.ts';
import type { Program } from '../model.ts';
import type { Cancel } from '../os/system.ts';
import { NEVER_STARTED, type Process } from '../process/state.ts';

export interface Entry {
  readonly program: Program;
  /** Where its output goes; opened at its first start. */
  routes: Routes | null;
  process: Process;
  running: Running | null;
  timer: Cancel | null;
  /** Streams of runs that have ended, which are still being read. */
  draining: Pipeline[];
  /** Wall-clock milliseconds; null if never. */
  startedAt: number | null;
  stoppedAt: number | null;
  spawns: number;
  /** How many of its starts were asked for. */
  asked: number;
  /** Asked to start, and waiting for what it depends on. */
  waits: boolean;
  /** RUNNING, and, if it has a readiness, seen to be ready. */
  ready: boolean;
  /** It has failed its check so often that it is unhealthy. */
  failing: boolean;
  /** When its schedule starts it next, in wall-clock milliseconds; null without a schedule. */
  nextRunAt: number | null;
  /** The time for which its schedule started it last. */
  ranFor: number | null;
}

export function createEntry(program: Program): Entry {
  return {
    program,
    routes: null,
    process: NEVER_STARTED,
    running: null,
    timer: null,
    draining: [],
    startedAt: null,
    stoppedAt: null,
    spawns: 0,
    asked: 0,
    waits: false,
    ready: false,
    failing: false,
    nextRunAt: null,
    ranFor: null,
  };
}
