// What every part of the manager of units works with.

import type { MainLog } from '../../logs/main-log.ts';
import type { LogFormat } from '../../model.ts';
import type { System } from '../../os/system.ts';
import type { Consoles } from '../consoles.ts';
import type { PipeEnds } from '../launch.ts';
import type { Journal } from './journal.ts';

export interface UnitsContext {
  readonly system: System;
  readonly log: MainLog;
  readonly consoles: Consoles;
  readonly journal: Journal;
  /** How the units' lines look on the container's own output. */
  readonly format: LogFormat;
  /** The resolved environment of the container, for PassEnvironment=. */
  readonly container: Readonly<Record<string, string>>;
  /** What every unit gets besides its own. */
  readonly environment: Map<string, string>;
  /** Where sockets of ours may be made; null where no place may be written to. */
  readonly runtimeDirectory: () => string | null;
  readonly devNull: number;
  readonly pipes: PipeEnds;
  /** When the supervisor started, on the clock that never goes back: what a container has for a boot. */
  readonly startedAt: number;
  /** The zone of calendar events that name none. */
  readonly localZone: string;
  /** 0 to 1, anew each time. */
  readonly random: () => number;
  /** 32 hex digits that no other run of a unit has. */
  readonly newInvocation: () => string;
}

/** A line of the manager's own about a unit: in the unit's journal, and in the main log. */
export function sayOf(
  context: UnitsContext,
  unit: string,
  priority: number,
  text: string,
  identifier = 'systemd',
): void {
  const { system, journal, log } = context;
  journal.append({
    atMs: system.wallClock(),
    unit,
    identifier,
    pid: system.pid,
    priority,
    message: text,
  });
  log.log(priority <= 3 ? 'error' : priority === 4 ? 'warn' : priority <= 6 ? 'info' : 'debug', text);
}
