// What a service is doing, in systemd's own sub-states (systemd's service_state), and the words that its transition
// function speaks in.
//
//   dead            not running; nothing went wrong the last time
//   condition       ExecCondition= is running
//   start-pre       ExecStartPre= is running
//   start           ExecStart= is running, and has not yet said, by its type's way, that it is up
//   start-post      up; ExecStartPost= is running
//   running         up
//   exited          its processes have ended well, and RemainAfterExit= calls it active
//   reload          ExecReload= is running, or the service said RELOADING=1 (reload-signal, reload-notify: notify-reload)
//   stop            ExecStop= is running
//   stop-watchdog   got WatchdogSignal=
//   stop-sigterm    got KillSignal=
//   stop-sigkill    got FinalKillSignal=
//   stop-post       ExecStopPost= is running
//   final-watchdog, final-sigterm, final-sigkill    what is left after ExecStopPost= got the signal
//   failed          not running; the result says what went wrong
//   auto-restart    ended, and waits RestartSec= for its next start

import type { ExitStatus } from '../../process/state.ts';

export type SubState =
  | 'dead'
  | 'condition'
  | 'start-pre'
  | 'start'
  | 'start-post'
  | 'running'
  | 'exited'
  | 'reload'
  | 'reload-signal'
  | 'reload-notify'
  | 'stop'
  | 'stop-watchdog'
  | 'stop-sigterm'
  | 'stop-sigkill'
  | 'stop-post'
  | 'final-watchdog'
  | 'final-sigterm'
  | 'final-sigkill'
  | 'failed'
  | 'auto-restart';

export type ServiceResult =
  | 'success'
  | 'resources'
  | 'protocol'
  | 'timeout'
  | 'exit-code'
  | 'signal'
  | 'core-dump'
  | 'watchdog'
  | 'start-limit-hit'
  | 'oom-kill'
  | 'exec-condition';

/** Which of a service's command lists a process belongs to. */
export type ExecList = 'condition' | 'start-pre' | 'start' | 'start-post' | 'reload' | 'stop' | 'stop-post';

export interface Running {
  readonly pid: number;
  /** The command that it was started by; null for a main process that was found (PIDFile=, MAINPID=, a guess). */
  readonly command: { readonly list: ExecList; readonly index: number } | null;
  /** Not a process of ours: there will be no news of its exit status. */
  readonly alien: boolean;
}

/** Everything that the transition function remembers of a service. Times are milliseconds of a monotonic clock. */
export interface Service {
  readonly sub: SubState;
  readonly result: ServiceResult;
  readonly reloadResult: ServiceResult;
  readonly main: Running | null;
  /** Whether the main process is, or was, known: `main` is then null because it has ended. */
  readonly mainKnown: boolean;
  readonly control: Running | null;
  /** What a spawn effect is under way for. */
  readonly spawning: {
    readonly role: 'main' | 'control';
    readonly list: ExecList;
    readonly index: number;
  } | null;
  /** When `woken` is due, or null for never. */
  readonly deadline: number | null;
  /** When the watchdog bites, or null. */
  readonly watchdogAt: number | null;
  /** WATCHDOG_USEC= of the service itself. */
  readonly watchdogMs: number | null;
  readonly notified: 'nothing' | 'ready' | 'reloading' | 'stopping';
  readonly statusText: string | null;
  readonly statusErrno: number | null;
  /** Waiting for the file that PIDFile= names to be written. */
  readonly awaitsPidFile: boolean;
  /** A stop was asked for: whatever Restart= says, it is not restarted. */
  readonly forbidRestart: boolean;
  readonly restarts: number;
  /** The count goes back to 0 with the next start. */
  readonly forgetRestarts: boolean;
  /** The stop is the first half of a restart (RestartKillSignal=). */
  readonly restarting: boolean;
  /** How the main process, and the last control process, ended. */
  readonly mainExit: ExitStatus | null;
  readonly controlExit: ExitStatus | null;
  /** Whether dead and failed are only passed through, on the way to auto-restart. */
  readonly willRestart: boolean;
}

export const NEVER_STARTED: Service = {
  sub: 'dead',
  result: 'success',
  reloadResult: 'success',
  main: null,
  mainKnown: false,
  control: null,
  spawning: null,
  deadline: null,
  watchdogAt: null,
  watchdogMs: null,
  notified: 'nothing',
  statusText: null,
  statusErrno: null,
  awaitsPidFile: false,
  forbidRestart: false,
  restarts: 0,
  forgetRestarts: false,
  restarting: false,
  mainExit: null,
  controlExit: null,
  willRestart: false,
};

/** What a service says through its notify socket (sd_notify(3)). */
export interface Notification {
  /** The sender's. */
  readonly pid: number;
  readonly ready: boolean;
  readonly reloading: boolean;
  readonly stopping: boolean;
  readonly status: string | null;
  readonly errno: number | null;
  readonly mainPid: number | null;
  readonly watchdog: 'ping' | 'trigger' | null;
  readonly watchdogMs: number | null;
  readonly extendMs: number | null;
  readonly fdStore: boolean;
  readonly fdStoreRemove: boolean;
  readonly fdName: string | null;
  /** Only asks for its descriptor to be closed, when all that came before was read (sd_notify_barrier(3)). */
  readonly barrier: boolean;
}

export type Event =
  | { readonly type: 'startRequested' }
  | { readonly type: 'startLimitHit' }
  | { readonly type: 'stopRequested'; readonly restart: boolean }
  | { readonly type: 'reloadRequested' }
  | { readonly type: 'failureReset' }
  | { readonly type: 'spawned'; readonly pid: number }
  /** The process has become its program: what Type=exec waits for. */
  | { readonly type: 'executed'; readonly pid: number }
  /** There is no process at all: no memory, an environment file that cannot be read. */
  | { readonly type: 'spawnFailed'; readonly message: string }
  | { readonly type: 'exited'; readonly pid: number; readonly status: ExitStatus }
  /** The main process, no child of the manager, is not there any more; nobody knows how it ended. */
  | { readonly type: 'mainVanished' }
  /** The main process was taken for no child of the manager; it was looked at again. */
  | { readonly type: 'mainChecked' }
  | { readonly type: 'groupEmptied' }
  | { readonly type: 'pidFileChanged' }
  | { readonly type: 'notified'; readonly message: Notification }
  | { readonly type: 'woken' };

/** What a step may have to know of the world; asked for only where it matters. */
export interface World {
  readonly now: number;
  /** Whether any process of the unit is there, besides the main and the control process. */
  readonly othersAlive: boolean;
  /** Processes of the unit that are children of the manager: daemonised ones. */
  readonly orphans: readonly number[];
  /** What PIDFile= holds now, if that is a process that may be the main one. */
  readonly pidFile: number | { readonly fault: string } | null;
  /** Whether a process is there, is one of this unit (`own`), and a child of the manager (`child`). */
  readonly owns: (pid: number) => 'child' | 'own' | 'alien' | 'gone';
  /** Whether a process, of this unit or not, is a child of the manager. */
  readonly isChild: (pid: number) => boolean;
  /** A stop is queued for the unit: it is not to be restarted. */
  readonly stopPending: boolean;
}

/** What the caller has to do, in this order; a spawn is answered by `spawned` or `spawnFailed` at once. */
export type Effect =
  | {
      readonly type: 'spawn';
      readonly role: 'main' | 'control';
      readonly list: ExecList;
      readonly index: number;
    }
  | {
      readonly type: 'kill';
      /** `group`: all processes; `leaders`: main and control alone. */
      readonly whom: 'group' | 'leaders' | 'control';
      readonly main: number | null;
      readonly control: number | null;
      readonly signal: string;
      readonly sighup: boolean;
      /** Worth a line in the journal. */
      readonly loud: boolean;
    }
  /** The unit's state has changed to this one; the states that are only passed through are told as well. */
  | { readonly type: 'moved'; readonly from: SubState; readonly service: Service }
  | { readonly type: 'scheduleRestart' }
  /** Remove what belongs to a run: the PID file, RuntimeDirectory=; `restarts`: by itself or because a client asks for it. */
  | { readonly type: 'release'; readonly restarts: boolean }
  /** A line in the journal; priority as syslog counts, 3 error to 7 debug. */
  | { readonly type: 'log'; readonly priority: number; readonly text: string };

/** As `systemctl show -p ActiveState`. */
export type ActiveState =
  | 'active'
  | 'reloading'
  | 'inactive'
  | 'failed'
  | 'activating'
  | 'deactivating'
  | 'maintenance';

const ACTIVE: Readonly<Record<SubState, ActiveState>> = {
  dead: 'inactive',
  condition: 'activating',
  'start-pre': 'activating',
  start: 'activating',
  'start-post': 'activating',
  running: 'active',
  exited: 'active',
  reload: 'reloading',
  'reload-signal': 'reloading',
  'reload-notify': 'reloading',
  stop: 'deactivating',
  'stop-watchdog': 'deactivating',
  'stop-sigterm': 'deactivating',
  'stop-sigkill': 'deactivating',
  'stop-post': 'deactivating',
  'final-watchdog': 'deactivating',
  'final-sigterm': 'deactivating',
  'final-sigkill': 'deactivating',
  failed: 'failed',
  'auto-restart': 'activating',
};

/** A service of Type=idle counts as active as soon as it is being started. */
export function activeState(sub: SubState, idle: boolean): ActiveState {
  const state = ACTIVE[sub];
  return idle && state === 'activating' && sub !== 'auto-restart' ? 'active' : state;
}
