// When each unit last came up and went down, and what its conditions said then.

import type { System } from '../../os/system.ts';
import { isDown, isUp } from './active-states.ts';
import type { StateChange } from './live-unit.ts';

/** When a unit last came into, and left, being up and being down; wall-clock milliseconds. */
export interface Stamps {
  activeEnter: number | null;
  activeExit: number | null;
  inactiveEnter: number | null;
  inactiveExit: number | null;
  stateChange: number | null;
  conditionAt: number | null;
  conditionMet: boolean;
  assertMet: boolean;
  /** Of the clock that never goes back: when it last began to be started, and came to be down. */
  startedMonotonic: number | null;
  endedMonotonic: number | null;
}

export interface UnitStamps {
  of(id: string): Stamps;
  changed(change: StateChange): void;
  forget(id: string): void;
}

export function createUnitStamps(system: Pick<System, 'now' | 'wallClock'>): UnitStamps {
  const stamps = new Map<string, Stamps>();
  const of = (id: string): Stamps => {
    const known = stamps.get(id);
    if (known !== undefined) return known;
    const fresh: Stamps = {
      activeEnter: null,
      activeExit: null,
      inactiveEnter: null,
      inactiveExit: null,
      stateChange: null,
      conditionAt: null,
      conditionMet: false,
      assertMet: false,
      startedMonotonic: null,
      endedMonotonic: null,
    };
    stamps.set(id, fresh);
    return fresh;
  };
  return {
    of,
    changed({ id, from, to }) {
      const at = of(id);
      const now = system.wallClock();
      at.stateChange = now;
      if (isDown(from) && !isDown(to)) [at.inactiveExit, at.startedMonotonic] = [now, system.now()];
      if (!isDown(from) && isDown(to)) [at.inactiveEnter, at.endedMonotonic] = [now, system.now()];
      if (!isUp(from) && isUp(to)) at.activeEnter = now;
      if (isUp(from) && !isUp(to)) at.activeExit = now;
    },
    forget: (id) => void stamps.delete(id),
  };
}
