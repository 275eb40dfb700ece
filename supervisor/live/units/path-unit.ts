// A path unit: starts its unit when something at a path appears or changes (systemd.path(5)), told by inotify.

import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import type { Cancel } from '../../os/system.ts';
import { admit, type RateWindow } from '../../units/machine/start-limit.ts';
import type { ActiveState } from '../../units/machine/state.ts';
import type { PathSettings, Unit } from '../../units/model.ts';
import type { UnitsContext } from './context.ts';
import { listGlob } from './glob.ts';
import { octal, spanText, yesNo } from './property-text.ts';
import type { LiveUnit, UnitHost } from './live-unit.ts';

type Sub = 'dead' | 'waiting' | 'running' | 'failed';
type Watch = PathSettings['watches'][number];

const ACTIVE: Readonly<Record<Sub, ActiveState>> = {
  dead: 'inactive',
  waiting: 'active',
  running: 'active',
  failed: 'failed',
};

export function createPathUnit(unit: Unit, context: UnitsContext, host: UnitHost): LiveUnit {
  const { system } = context;
  let sub: Sub = 'dead';
  let result = 'success';
  let watches: Cancel[] = [];
  let window: RateWindow | null = null;
  /** What each path looked like when it was last seen to change. */
  const seen = new Map<Watch, string>();

  const settings = (): PathSettings => {
    if (live.unit.path === null) throw new Error(`${live.unit.id} has no settings of a path`);
    return live.unit.path;
  };
  const move = (to: Sub): void => {
    const from = sub;
    sub = to;
    host.changed({
      id: live.unit.id,
      from: ACTIVE[from],
      to: ACTIVE[to],
      sub,
      willRestart: false,
      reloadFailed: false,
    });
  };
  const unwatch = (): void => {
    for (const cancel of watches.splice(0)) cancel();
  };
  /** Whether a path is now as it is waited for; one that is waited to change counts once per change. */
  const holds = (watch: Watch): boolean => {
    switch (watch.kind) {
      case 'exists':
        return existsSync(watch.path);
      case 'existsGlob':
        return listGlob(watch.path).length > 0;
      case 'directoryNotEmpty':
        return hasEntries(watch.path);
      case 'changed':
      case 'modified':
        return false;
    }
  };
  const waitsForChange = ({ kind }: Watch): boolean => kind === 'changed' || kind === 'modified';

  const wait = (): void => {
    const { active } = host.stateOf(settings().unit);
    if (active === 'active' || active === 'activating' || active === 'reloading') {
      unwatch();
      return move('running');
    }
    if (settings().watches.some((watch) => holds(watch))) return run();
    unwatch();
    watches = settings().watches.map((watch) => {
      if (waitsForChange(watch)) seen.set(watch, lookOf(watch.path));
      return system.watchPath(literalPart(watch.path), (inside) => looked(watch, inside));
    });
    // It may have come between the look and the watch.
    if (settings().watches.some((watch) => holds(watch))) return run();
    if (sub !== 'waiting') move('waiting');
  };
  const looked = (watch: Watch, inside: boolean): void => {
    if (sub !== 'waiting') return;
    if (!waitsForChange(watch)) {
      if (holds(watch)) run();
      return;
    }
    const look = lookOf(watch.path);
    const differs = look !== seen.get(watch);
    seen.set(watch, look);
    if (differs || (inside && isDirectory(watch.path))) run();
  };
  const run = (): void => {
    unwatch();
    const admitted = admit(window, settings().triggerLimit, system.now());
    if (admitted === null) {
      host.say(live.unit.id, 4, `${live.unit.id}: Trigger limit hit, refusing further activation.`);
      result = 'trigger-limit-hit';
      host.say(live.unit.id, 4, `${live.unit.id}: Failed with result '${result}'.`);
      return move('failed');
    }
    window = admitted;
    const outcome = host.trigger(live.unit.id, settings().unit);
    if (outcome === 'started') return move('running');
    if (host.stopPending(live.unit.id)) return;
    result = 'resources';
    move('failed');
  };

  const live: LiveUnit = {
    unit,
    mainPid: null,
    statusText: null,
    exitCode: null,
    get active() {
      return ACTIVE[sub];
    },
    get sub() {
      return sub;
    },
    get result() {
      return result;
    },
    start() {
      if (sub !== 'dead' && sub !== 'failed') return 'already';
      result = 'success';
      makeDirectories(settings());
      wait();
      return 'begun';
    },
    stop() {
      if (sub === 'dead' || sub === 'failed') return 'already';
      unwatch();
      host.say(live.unit.id, 6, `${live.unit.id}: Deactivated successfully.`);
      move('dead');
      return 'begun';
    },
    reload: () => 'invalid',
    resetFailed() {
      if (sub === 'failed') move('dead');
      result = 'success';
      window = null;
    },
    startLimitHit() {
      result = 'start-limit-hit';
      move('failed');
    },
    pids: () => [],
    kill: () => false,
    triggerChanged() {
      const { active } = host.stateOf(settings().unit);
      const down = active === 'inactive' || active === 'failed';
      if ((sub === 'running' && down) || (sub === 'waiting' && !down)) wait();
    },
    properties: () => ({
      Unit: settings().unit,
      Result: result,
      Paths: settings()
        .watches.map(({ kind, path }) => `${path} (${WATCH_KEYS[kind]})`)
        .join('\n'),
      MakeDirectory: yesNo(settings().makeDirectory),
      DirectoryMode: octal(settings().directoryMode),
      TriggerLimitIntervalUSec: spanText(settings().triggerLimit.intervalMs),
      TriggerLimitBurst: String(settings().triggerLimit.burst),
    }),
    dispose: unwatch,
  };
  return live;
}

const WATCH_KEYS: Readonly<Record<PathSettings['watches'][number]['kind'], string>> = {
  exists: 'PathExists',
  existsGlob: 'PathExistsGlob',
  changed: 'PathChanged',
  modified: 'PathModified',
  directoryNotEmpty: 'DirectoryNotEmpty',
};

function makeDirectories({ makeDirectory, directoryMode, watches }: PathSettings): void {
  if (!makeDirectory) return;
  for (const { kind, path } of watches) {
    if (kind === 'exists' || kind === 'existsGlob') continue;
    try {
      mkdirSync(path, { recursive: true, mode: directoryMode });
    } catch {
      // It is watched for all the same; somebody else may be able to make it.
    }
  }
}

/** What can be watched of a pattern: the directory that is the same in all that match. */
function literalPart(path: string): string {
  const at = path.search(/[*?[]/);
  return at < 0 ? path : path.slice(0, path.lastIndexOf('/', at)) || '/';
}

function hasEntries(path: string): boolean {
  try {
    return readdirSync(path).length > 0;
  } catch {
    return false;
  }
}

/** Tells one state of a file from another. */
function lookOf(path: string): string {
  try {
    const { ino, size, mtimeMs, mode, uid, gid, nlink } = statSync(path);
    return [ino, size, mtimeMs, mode, uid, gid, nlink].join(' ');
  } catch {
    return '';
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
