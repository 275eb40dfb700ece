// What the manager asks of a unit of any type, and what a unit tells the manager.

import type { AcceptedConnection } from '../../os/system.ts';
import type { Unit } from '../../units/model.ts';
import type { ActiveState } from '../../units/machine/state.ts';
import type { Monitored } from './service-variables.ts';

/**
 * `waits`: not now, ask again when the state has changed (systemd's EAGAIN). `joined`: it was under way, or what was under
 * way is broken off; nobody is told that something begins.
 */
export type Begun = 'begun' | 'joined' | 'already' | 'waits' | 'failed' | 'invalid';

export interface LiveUnit {
  /** As last read; a daemon-reload replaces it. */
  unit: Unit;
  readonly active: ActiveState;
  readonly sub: string;
  /** Its conditions hold, and it has not been started too often: bring it up. */
  start(): Begun;
  /** `restart`: it will be started again right after. */
  stop(restart: boolean): Begun;
  reload(): Begun;
  /** `systemctl reset-failed`. */
  resetFailed(): void;
  /** Its start limit was hit: it fails without being started. */
  startLimitHit(): void;
  readonly mainPid: number | null;
  /** All its processes now, the main one first. */
  pids(): readonly number[];
  /** Sends a signal; false where there is no process of that kind. */
  kill(signal: string, whom: 'main' | 'control' | 'all'): boolean;
  /** What `systemctl show` prints besides what all units have. */
  properties(): Readonly<Record<string, string>>;
  readonly statusText: string | null;
  /** Of the run that is, or was, the last one; null before the first, and where a type has none. */
  readonly invocation?: string | null;
  /** `success`, or why it failed. */
  readonly result: string;
  /** What the main process's end was, for the container's exit code. */
  readonly exitCode: number | null;
  /** Something that triggers this unit, or that it triggers, has changed its state. */
  triggerChanged?(id: string): void;
  /** Forgets timers and watches, for a unit that is about to be dropped. */
  dispose(): void;
}

export interface StateChange {
  readonly id: string;
  readonly from: ActiveState;
  readonly to: ActiveState;
  readonly sub: string;
  /** It is only passing through, and will be started again. */
  readonly willRestart: boolean;
  readonly reloadFailed: boolean;
}

/** What a unit may ask of the manager. */
export interface UnitHost {
  changed(change: StateChange): void;
  say(unit: string, priority: number, text: string): void;
  /** A stop is queued for this unit. */
  stopPending(id: string): boolean;
  /** Its Restart= is due. */
  scheduleRestart(id: string): void;
  /** A trigger (timer, socket, path) starts its unit; `failed` where that is refused. */
  trigger(by: string, unit: string): 'started' | 'refused';
  /** The sockets that a service gets, from the socket units that belong to it. */
  socketsOf(unit: Unit): readonly { readonly descriptor: number; readonly name: string }[];
  stateOf(name: string): UnitTimes;
  /** The one service that this unit is OnFailure= or OnSuccess= of; null for none or several. */
  monitoredBy(id: string): Monitored | null;
  /** Starts the instance of a template for a connection that was accepted. */
  instantiate(name: string, connection: AcceptedConnection): 'started' | 'refused';
  /** It reloads of itself (RELOADING=1). */
  reloading(id: string): void;
}

/** Milliseconds of the clock that never goes back; null if never. */
export interface UnitTimes {
  readonly active: ActiveState;
  readonly sub: string;
  readonly startLimitHit: boolean;
  readonly hasJob: boolean;
  /** When it last began to be started, and came to be down. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}
