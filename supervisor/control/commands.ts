// What the control interface asks of the supervisor: control/ declares it, supervisor.ts implements it.
// Outcomes are values, never exceptions, so that mapping them to faults and exit codes is a table.
// Only `Promise`-returning members may wait; the others answer from what is known at once.

import type { LogLevel, Plan, Program } from '../model.ts';
import type { ExitStatus, StateName } from '../process/state.ts';

export interface Commands {
  info(): SupervisorInfo;
  /** The configuration as last read; what runs differs from it until groups are added and removed. */
  plan(): Plan;
  /** The active groups, in any order. */
  groups(): readonly GroupSnapshot[];
  /** The number of a user that a program names; null where there is no such user. */
  uidOf(user: string): number | null;
  health(): Health;

  /** With wait, resolves when the process is RUNNING or will not be; without, when it was spawned or could not be. */
  start(ref: ProcessRef, options: { readonly wait: boolean }): Promise<StartOutcome>;
  /** With wait, resolves when the process is in a stopped state; without, when the signal was sent. */
  stop(ref: ProcessRef, options: { readonly wait: boolean }): Promise<StopOutcome>;
  /** `signal` is a name that node:os knows: `SIGHUP`. Goes to the leader only. */
  signal(ref: ProcessRef, signal: string): Promise<SignalOutcome>;
  writeStdin(ref: ProcessRef, bytes: Uint8Array): Promise<StdinOutcome>;

  /** Reads the configuration again, and changes nothing that runs. */
  reread(): Promise<RereadOutcome>;
  /** Activates a group of plan(); starts what is autostart. */
  addGroup(name: string): Promise<AddGroupOutcome>;
  /** Forgets an active group whose processes are all stopped. */
  removeGroup(name: string): Promise<RemoveGroupOutcome>;

  /** Begin to stop everything and return at once. A second call while stopping changes nothing. */
  shutdown(): void;
  restart(): void;
  sendRemoteCommEvent(type: string, data: string): void;

  /** Null where the supervisor keeps no log at all. */
  mainLog(): Log | null;
  /** Null where the stream has neither a file nor a buffer (NONE, redirect_stderr), and for an unknown process. */
  processLog(ref: ProcessRef, stream: StreamName): Log | null;

  /** Calls the listener for every event from now on, in order; the result ends it. */
  subscribe(listener: (event: ControlEvent) => void): Unsubscribe;
  /** A line for the main log. */
  log(level: LogLevel, message: string): void;
}

export type StreamName = 'stdout' | 'stderr';
export type Unsubscribe = () => void;

export interface ProcessRef {
  readonly group: string;
  readonly name: string;
}

export type SupervisorState = 'FATAL' | 'RUNNING' | 'RESTARTING' | 'SHUTDOWN';

export interface SupervisorInfo {
  readonly state: SupervisorState;
  readonly pid: number;
  /** `[supervisord] identifier`. */
  readonly identification: string;
  /** What supervisor.getSupervisorVersion answers. */
  readonly version: string;
  readonly startedAtMs: number;
}

export interface GroupSnapshot {
  readonly name: string;
  readonly priority: number;
  readonly processes: readonly ProcessSnapshot[];
}

/** A process as it is now. Times are milliseconds of the wall clock since 1970. */
export interface ProcessSnapshot extends ProcessRef {
  readonly state: StateName;
  /** Null when there is no process. */
  readonly pid: number | null;
  /** When it was last spawned; null if never. */
  readonly startedAtMs: number | null;
  /** When it last ended; null if never. */
  readonly stoppedAtMs: number | null;
  /** How it last ended; null if it never did, and from the next spawn on. */
  readonly exit: ExitStatus | null;
  /**
   * Why the last start failed, in supervisord's words; null when it did not, and from the next spawn on:
   * `can't find command 'x'`, `Exited too quickly (process log may have details)`, `Bad exit code 3`.
   */
  readonly spawnError: string | null;
  /** Starts that nobody asked for, since the group was added. */
  readonly restarts: number;
  /** RUNNING, and its readiness (if it has one) has been seen. */
  readonly ready: boolean;
  /** When its schedule starts it next; null where it has none. */
  readonly nextRunAtMs: number | null;
  /** The log file's path (AUTO resolved, `/dev/fd/1` as written); null where there is none. */
  readonly stdoutLogfile: string | null;
  readonly stderrLogfile: string | null;
  readonly program: Program;
}

export interface Health {
  readonly healthy: boolean;
  /** One sentence for each thing that is wrong: `redis is FATAL`. */
  readonly reasons: readonly string[];
}

export type StartOutcome =
  | { readonly kind: 'started' }
  | { readonly kind: 'already-started' }
  /** The command is not there; nothing was tried. The message is supervisord's: `can't find command 'x'`. */
  | { readonly kind: 'no-file'; readonly message: string }
  /** The command cannot be executed or parsed; nothing was tried. */
  | { readonly kind: 'not-executable'; readonly message: string }
  /** It could not be spawned, or it ended before startsecs (supervisord reports both so). */
  | { readonly kind: 'spawn-error'; readonly message: string }
  /** It was stopped, or ended as expected, before it was RUNNING. */
  | { readonly kind: 'abnormal-termination' }
  | { readonly kind: 'unknown-state' }
  | { readonly kind: 'no-such-process' };

export type StopOutcome =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'not-running' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'no-such-process' };

export type SignalOutcome =
  | { readonly kind: 'signalled' }
  | { readonly kind: 'not-running' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'no-such-process' };

export type StdinOutcome =
  | { readonly kind: 'written' }
  | { readonly kind: 'not-running' }
  /** The process has closed its end. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'no-such-process' };

export type RereadOutcome =
  | {
      readonly kind: 'reread';
      readonly added: readonly string[];
      readonly changed: readonly string[];
      readonly removed: readonly string[];
    }
  | { readonly kind: 'cannot-reread'; readonly message: string };

export type AddGroupOutcome = 'added' | 'already-added' | 'no-such-group';
export type RemoveGroupOutcome = 'removed' | 'still-running' | 'no-such-group';

/** A log that clients may read. control/ reads files by itself; the owner of the log only tells of new bytes. */
export interface Log {
  readonly place: LogPlace;
  /** Empties it, rotated files apart, and goes on writing at its start. */
  clear(): Promise<ClearOutcome>;
  /** Tells of every byte written from now on, over rotation and clearing. The listener must not keep or change the chunk. */
  follow(listener: LogListener): Unsubscribe;
}

export type LogPlace =
  | { readonly kind: 'file'; readonly path: string }
  /** The last bytes, kept in memory; `bytes` copies them out, oldest first. */
  | { readonly kind: 'memory'; readonly bytes: () => Uint8Array };

export type LogListener = (event: LogEvent) => void;

export type LogEvent = { readonly kind: 'data'; readonly chunk: Uint8Array } | { readonly kind: 'cleared' };

export type ClearOutcome =
  | { readonly kind: 'cleared' }
  | { readonly kind: 'no-file' }
  | { readonly kind: 'failed'; readonly message: string };

export type ControlEvent =
  | {
      readonly type: 'process';
      readonly atMs: number;
      readonly group: string;
      readonly name: string;
      readonly from: StateName;
      readonly to: StateName;
      /** Of the process that the event is about, also when it has just ended. */
      readonly pid: number | null;
      /** Set on EXITED, and on BACKOFF and STOPPED when a process ended. */
      readonly exit: ExitStatus | null;
      /** Whether an exit was expected; null when nothing exited. */
      readonly expected: boolean | null;
    }
  | { readonly type: 'supervisor'; readonly atMs: number; readonly state: SupervisorState }
  | {
      readonly type: 'group';
      readonly atMs: number;
      readonly group: string;
      readonly change: 'added' | 'removed';
    }
  | { readonly type: 'health'; readonly atMs: number; readonly health: Health };
