// One thing after the other: what units report, then what is to be done later, then the jobs whose turn it is.

import type { StateChange } from './live-unit.ts';

export interface TurnsOptions {
  readonly onChange: (change: StateChange) => void;
  readonly runJobs: () => void;
}

export interface Turns {
  changed(change: StateChange): void;
  /** Done when all changes up to now have been dealt with. */
  later(task: () => void): void;
  /** Jobs may begin. */
  schedule(): void;
  /** Calls after each time that all is done; the result ends it. */
  onIdle(check: () => void): () => void;
}

export function createTurns(options: TurnsOptions): Turns {
  const changes: StateChange[] = [];
  const tasks: (() => void)[] = [];
  const checks = new Set<() => void>();
  let scheduled = false;

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      drain();
    });
  };
  const drain = (): void => {
    for (;;) {
      const change = changes.shift();
      if (change !== undefined) {
        options.onChange(change);
        continue;
      }
      const task = tasks.shift();
      if (task !== undefined) {
        task();
        continue;
      }
      options.runJobs();
      if (changes.length === 0 && tasks.length === 0) break;
    }
    for (const check of checks) check();
  };

  return {
    changed(change) {
      changes.push(change);
      schedule();
    },
    later(task) {
      tasks.push(task);
      schedule();
    },
    schedule,
    onIdle(check) {
      checks.add(check);
      return () => void checks.delete(check);
    },
  };
}
