// Units that are up as soon as they are asked to be: targets, and what is no container's to start (mounts, devices, …).

import type { Unit } from '../../units/model.ts';
import type { ActiveState } from '../../units/machine/state.ts';
import type { LiveUnit, UnitHost } from './live-unit.ts';

const NOTHING = { mainPid: null, statusText: null, result: 'success', exitCode: null } as const;

export function createTargetUnit(unit: Unit, host: UnitHost): LiveUnit {
  let active: ActiveState = 'inactive';
  const move = (to: ActiveState): void => {
    const from = active;
    active = to;
    host.changed({ id: live.unit.id, from, to, sub: live.sub, willRestart: false, reloadFailed: false });
  };
  const live: LiveUnit = {
    ...NOTHING,
    unit,
    get active() {
      return active;
    },
    get sub() {
      return active === 'active' ? 'active' : 'dead';
    },
    start() {
      if (active === 'active') return 'already';
      move('active');
      return 'begun';
    },
    stop() {
      if (active !== 'active') return 'already';
      move('inactive');
      return 'begun';
    },
    reload: () => 'invalid',
    resetFailed: () => {},
    startLimitHit: () => {},
    pids: () => [],
    kill: () => false,
    properties: () => ({}),
    dispose: () => {},
  };
  return live;
}

/** What is mounted and plugged in is there already, and stays. */
export function createForeignUnit(unit: Unit): LiveUnit {
  return {
    ...NOTHING,
    unit,
    active: 'active',
    sub: unit.id.endsWith('.mount') ? 'mounted' : unit.id.endsWith('.device') ? 'plugged' : 'active',
    start: () => 'already',
    stop: () => 'already',
    reload: () => 'invalid',
    resetFailed: () => {},
    startLimitHit: () => {},
    pids: () => [],
    kill: () => false,
    properties: () => ({}),
    dispose: () => {},
  };
}
