// The eight states of a process, as supervisord names and numbers them (supervisor/states.py),
// with what each of them knows, and the events and effects that the transition function speaks in.
//
//   STOPPED    not started yet, or stopped on request
//   STARTING   being spawned, or not yet up for startsecs
//   RUNNING    up for startsecs or longer
//   BACKOFF    ended before startsecs, or could not be spawned; waits for its next start
//   STOPPING   asked to stop, not yet gone
//   EXITED     ended by itself after it had been RUNNING
//   FATAL      could not be started startretries+1 times; only a person starts it again
//   UNKNOWN    a signal could not be sent to it

export const STATE_CODES = {
  STOPPED: 0,
  STARTING: 10,
  RUNNING: 20,
  BACKOFF: 30,
  STOPPING: 40,
  EXITED: 100,
  FATAL: 200,
  UNKNOWN: 1000,
} as const;

export type StateName = keyof typeof STATE_CODES;

/** How a process ended; exactly one of the two is not null. */
export interface ExitStatus {
  readonly code: number | null;
  /** `SIGKILL`, … */
  readonly signal: string | null;
  /** The signal made it dump its core; left out where it did not. */
  readonly dumped?: true;
}

/** Why a process could not be spawned. */
export interface SpawnFailure {
  /** `ENOENT`, `EACCES`, … */
  readonly errno: string;
  readonly message: string;
  /** Trying again is of no use: the program is not in this image. */
  readonly permanent: boolean;
}

/** Times are milliseconds of a monotonic clock. */
export type State =
  | { readonly name: 'STOPPED' }
  /** pid is null only while the spawn effect is under way. */
  | { readonly name: 'STARTING'; readonly pid: number | null; readonly since: number }
  | { readonly name: 'RUNNING'; readonly pid: number; readonly since: number }
  | { readonly name: 'BACKOFF'; readonly retryAt: number }
  | {
      readonly name: 'STOPPING';
      readonly pid: number;
      readonly killAt: number;
      readonly killed: boolean;
      /** Its own supervision stops it, and starts it again once it has gone. */
      readonly again?: boolean;
    }
  /** at: when it is started again, where that is to be. */
  | { readonly name: 'EXITED'; readonly expected: boolean; readonly restart: boolean; readonly at: number }
  | { readonly name: 'FATAL' }
  | { readonly name: 'UNKNOWN'; readonly pid: number };

/** Everything that the transition function remembers of one process. */
export interface Process {
  readonly state: State;
  /** Starts that failed since it was last RUNNING or last asked to start. */
  readonly failedStarts: number;
  /** When it was restarted after a crash, as far back as the program's restart window. */
  readonly restartedAt: readonly number[];
  readonly lastExit: ExitStatus | null;
  readonly spawnFailure: SpawnFailure | null;
}

export const NEVER_STARTED: Process = {
  state: { name: 'STOPPED' },
  failedStarts: 0,
  restartedAt: [],
  lastExit: null,
  spawnFailure: null,
};

export type Event =
  | { readonly type: 'startRequested' }
  | { readonly type: 'spawned'; readonly pid: number }
  | { readonly type: 'spawnFailed'; readonly failure: SpawnFailure }
  /** The moment that wakeAt() named has come. */
  | { readonly type: 'woken' }
  | { readonly type: 'exited'; readonly status: ExitStatus }
  /** killAt: the latest moment for the SIGKILL, where a shutdown's budget is shorter than stopwaitsecs. */
  | { readonly type: 'stopRequested'; readonly killAt?: number }
  /** The program fails its check, or what it watches has changed; a crash as far as max_restarts is concerned. */
  | { readonly type: 'restartRequested' }
  | { readonly type: 'signalRefused' };

/** What the caller has to do, in this order. A spawn is answered by `spawned` or `spawnFailed` at once. */
export type Effect =
  | { readonly type: 'spawn' }
  | { readonly type: 'signal'; readonly pid: number; readonly signal: string; readonly group: boolean };

/** The pid that the state holds, or null. */
export function pidOf(state: State): number | null {
  return 'pid' in state ? state.pid : null;
}
