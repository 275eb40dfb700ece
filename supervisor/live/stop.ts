// The ordered stop: wave after wave, each within its share of the budget, each moved on by events, not by polls.

import type { Entry } from './entry.ts';
import type { System } from '../os/system.ts';
import { stopWaves } from '../process/order.ts';
import type { StateName } from '../process/state.ts';
import { waveKillAt } from '../process/shutdown.ts';
import type { LiveGroup, Supervisor } from './supervisor.ts';

/** A process in one of these is not running and will not run by itself. */
export const STILL: ReadonlySet<StateName> = new Set(['STOPPED', 'EXITED', 'FATAL', 'UNKNOWN']);

/** What is left of a stop at its deadline is killed; a process that even SIGKILL does not end is given up after this. */
const GIVE_UP_MS = 200;

export interface OrderedStop {
  /** Resolves when every process has ended, or was given up. */
  readonly done: Promise<void>;
  /** Ends the patience: what still runs is killed now. */
  hurry(): void;
}

/** Stops all groups. `budgetMs` bounds the whole stop, or null: then each program has its own stopwaitsecs. */
export function stopAll(
  supervisor: Supervisor,
  system: Pick<System, 'now' | 'after'>,
  budgetMs: number | null,
): OrderedStop {
  const waves: LiveGroup[][] = stopWaves(supervisor.groups());
  let deadline = budgetMs === null ? null : system.now() + budgetMs;
  let current: readonly Entry[] = [];
  let finish: () => void = () => {};
  const done = new Promise<void>((resolve) => (finish = resolve));

  const stopWave = (): void => {
    const killAt = waveKillAt(system.now(), deadline, waves.length + 1);
    for (const entry of current) supervisor.send(entry, { type: 'stopRequested', killAt });
  };
  let advancing = false;
  let finished = false;
  const advance = (): void => {
    // A stop that ends at once calls back while its wave is still being told.
    if (advancing || finished) return;
    advancing = true;
    while (current.every((entry) => STILL.has(entry.process.state.name))) {
      const wave = waves.shift();
      if (wave === undefined) return complete();
      current = wave.flatMap((group) => group.entries);
      stopWave();
    }
    advancing = false;
  };
  const complete = (): void => {
    finished = true;
    cancelDeadline();
    unsubscribe();
    finish();
  };
  /** The time is up: all that is left is told to stop, and killed at once. */
  const killRest = (): void => {
    if (finished) return;
    deadline = system.now();
    cancelDeadline();
    cancelDeadline = system.after(GIVE_UP_MS, giveUp);
    current = [...current, ...waves.splice(0).flatMap((wave) => wave.flatMap((group) => group.entries))];
    stopWave();
    advance();
  };
  const giveUp = (): void => {
    current = [];
    advance();
  };
  let cancelDeadline = deadline === null ? () => {} : system.after(deadline - system.now(), killRest);
  const unsubscribe = supervisor.onChange(advance);
  advance();

  return {
    done,
    hurry: killRest,
  };
}
