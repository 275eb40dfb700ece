// What systemctl and its kin ask of the manager of units: control/ declares it, live/units/ implements it.
// Outcomes are values, never exceptions; names are as a person types them (`nginx` is `nginx.service`).

import type { JobResult } from '../units/jobs/types.ts';
import type { ActiveState } from '../units/machine/state.ts';

export type { ActiveState, JobResult };

/** systemd's job modes that matter in a container. */
export type JobMode =
  | 'replace'
  | 'fail'
  | 'isolate'
  | 'ignore-dependencies'
  | 'ignore-requirements'
  | 'flush';

export type UnitAction =
  | 'start'
  | 'stop'
  | 'restart'
  | 'try-restart'
  | 'reload'
  | 'reload-or-restart'
  | 'try-reload-or-restart';

export interface UnitSnapshot {
  readonly id: string;
  readonly names: readonly string[];
  readonly description: string;
  readonly loadState: string;
  readonly activeState: ActiveState;
  /** `running`, `exited`, `dead`, `auto-restart`, `listening`, `waiting`, … */
  readonly subState: string;
  readonly unitFileState: string | null;
  readonly fragmentPath: string | null;
  readonly dropInPaths: readonly string[];
  readonly mainPid: number | null;
  /** All its processes now, the main one first. */
  readonly pids: readonly number[];
  readonly statusText: string | null;
  /** Wall clock, milliseconds since 1970; null if never. */
  readonly activeEnterAtMs: number | null;
  readonly inactiveEnterAtMs: number | null;
  /** The job that is waiting or running: `start`, `stop`, … */
  readonly job: string | null;
}

export type UnitOutcome =
  | { readonly kind: 'job'; readonly unit: string; readonly result: JobResult }
  /** `Unit x.service not found.` and its kin: the reason in systemctl's words, and its exit code. */
  | { readonly kind: 'refused'; readonly unit: string; readonly message: string; readonly exitCode: number };

/** A line of a unit's output, or what the manager said of it. */
export interface JournalLine {
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number;
  readonly unit: string;
  /** SYSLOG_IDENTIFIER, and the pid that wrote it or 0. */
  readonly identifier: string;
  readonly pid: number;
  /** 0 (emerg) to 7 (debug). */
  readonly priority: number;
  readonly message: string;
}

export interface JournalQuery {
  /** Empty: all units. */
  readonly units: readonly string[];
  /** The last so many lines; null: all that are kept. */
  readonly lines: number | null;
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
  readonly maxPriority: number;
}

export interface Units {
  /** All units in memory; with a pattern (glob of systemctl) those that match. */
  list(patterns: readonly string[]): readonly UnitSnapshot[];
  /** Loads it if it is not in memory; `not-found` is a loadState, not an error. */
  snapshot(name: string): UnitSnapshot;
  /**
   * Every property that `systemctl show` prints, in its order and its forms. One that it prints several times (`ExecStartPre`,
   * `Listen`, `TimersCalendar`, `EnvironmentFiles`, `Paths`, …) has a line for each; one that is empty may be left out.
   */
  properties(name: string): ReadonlyMap<string, string>;
  /** Resolves when all jobs have ended, or at once with `wait: false`. */
  act(
    action: UnitAction,
    names: readonly string[],
    options: { readonly mode: JobMode; readonly wait: boolean },
  ): Promise<readonly UnitOutcome[]>;
  /** `whom`: main, control or all. */
  kill(name: string, signal: string, whom: 'main' | 'control' | 'all'): UnitOutcome;
  /** All units when the list is empty. */
  resetFailed(names: readonly string[]): readonly UnitOutcome[];
  /** Reads all files again; what runs goes on with the old settings until it is restarted. */
  daemonReload(): Promise<void>;
  /** As `systemctl is-system-running`. */
  systemState(): 'initializing' | 'starting' | 'running' | 'degraded' | 'stopping';
  /** Variables that every unit gets (`systemctl set-environment`). */
  environment(): ReadonlyMap<string, string>;
  setEnvironment(set: Readonly<Record<string, string>>, unset: readonly string[]): void;
  journal(query: JournalQuery): readonly JournalLine[];
  /** Calls the listener for every line from now on; the result ends it. */
  followJournal(listener: (line: JournalLine) => void): () => void;
  jobs(): readonly UnitJob[];
  /** All jobs when the list is empty; a number that is no job's is `refused`. */
  cancelJobs(ids: readonly number[]): readonly UnitOutcome[];
  /** Stops all units and programs in order and ends the container with this code (`systemctl poweroff`, `exit 3`, …). */
  end(exitCode: number): void;
}

export interface UnitJob {
  readonly id: number;
  readonly unit: string;
  readonly type: string;
  /** `waiting` or `running`. */
  readonly state: string;
}
