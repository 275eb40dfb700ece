// Starts the programs that have a schedule= at its times: one timer for the next of them, and no polling.

import { LARGEST_CHANGE_MS, nextRun, parseCron, type Cron, type LocalClock } from '../config/cron.ts';
import type { MainLog } from '../logs/main-log.ts';
import type { Cancel, System } from '../os/system.ts';
import type { Entry } from './entry.ts';
import type { Gate } from './gate.ts';
import type { Supervisor } from './supervisor.ts';

export interface SchedulerOptions {
  readonly supervisor: Supervisor;
  readonly gate: Gate;
  readonly system: System;
  readonly log: MainLog;
}

export interface Scheduler {
  /** Groups have been added or removed. */
  groupsChanged(): void;
  /** Starts nothing any more. */
  close(): void;
}

/** The wall clock may be set at any time, which no timer hears of: so often it is looked at again. */
const LONGEST_WAIT_MS = 3_600_000;

/** Each entry's `nextRunAt` is what the last look at the clock has found. */
export function createScheduler({ supervisor, gate, system, log }: SchedulerOptions): Scheduler {
  const crons = new Map<string, Cron>();
  let cancel: Cancel = () => {};
  let closed = false;

  const cronOf = (text: string): Cron => {
    const cron = crons.get(text) ?? parseCron(text);
    crons.set(text, cron);
    return cron;
  };

  const run = (entry: Entry): void => {
    const { name } = entry.program;
    switch (entry.process.state.name) {
      case 'STOPPED':
      case 'EXITED':
      case 'FATAL':
        if (entry.waits) break;
        log.log('info', `scheduled: '${name}'`);
        return gate.start(entry);
      case 'STARTING':
      case 'RUNNING':
      case 'BACKOFF':
      case 'STOPPING':
      case 'UNKNOWN':
        break;
    }
    log.log('warn', `skipped: '${name}' was to start now, but its last run has not ended`);
  };

  /** Runs what is due, and waits for what comes next. */
  const look = (): void => {
    cancel();
    if (closed) return;
    const now = system.wallClock();
    let earliest = Infinity;
    for (const entry of supervisor.groups().flatMap((group) => group.entries)) {
      const { schedule, enabled } = entry.program;
      if (schedule === null || !enabled) continue;
      const due = entry.nextRunAt;
      // What a clock that was set forward by hours has passed over is not made up for, as with cron(8).
      const isDue = due !== null && due <= now && now - due <= LARGEST_CHANGE_MS;
      if (isDue) entry.ranFor = due;
      // After a clock that was set back by less, what has run does not run again.
      const ranLater = entry.ranFor !== null && entry.ranFor - now <= LARGEST_CHANGE_MS;
      entry.nextRunAt = nextRun(
        cronOf(schedule),
        ranLater ? Math.max(now, entry.ranFor ?? now) : now,
        localTime,
      );
      earliest = Math.min(earliest, entry.nextRunAt ?? Infinity);
      if (isDue) run(entry);
    }
    if (earliest === Infinity) return;
    cancel = system.after(Math.min(Math.max(1, earliest - system.wallClock()), LONGEST_WAIT_MS), look);
  };

  return {
    groupsChanged: look,
    close() {
      closed = true;
      cancel();
    },
  };
}

const localTime: LocalClock = (atMs) => {
  const date = new Date(atMs);
  return {
    year: date.getFullYear(),
    month: date.getMonth() + 1,
    day: date.getDate(),
    weekday: date.getDay(),
    hour: date.getHours(),
    minute: date.getMinutes(),
  };
};
