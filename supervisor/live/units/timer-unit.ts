// A timer: one timer of ours for the one moment that comes next (systemd.timer(5)). When that is, units/timers.ts says.

import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import type { Cancel } from '../../os/system.ts';
import type { ActiveState } from '../../units/machine/state.ts';
import type { TimerSettings, Unit } from '../../units/model.ts';
import { nextTimerElapse, type Moment, type NextElapse } from '../../units/timers.ts';
import type { UnitsContext } from './context.ts';
import { spanText, yesNo } from './property-text.ts';
import type { LiveUnit, UnitHost } from './live-unit.ts';
import { formatTimeSpan } from '../../units/time-span.ts';
import { sinceBootMs, timestamp } from './timestamps.ts';

type Sub = 'dead' | 'waiting' | 'running' | 'elapsed' | 'failed';

const ACTIVE: Readonly<Record<Sub, ActiveState>> = {
  dead: 'inactive',
  waiting: 'active',
  running: 'active',
  elapsed: 'active',
  failed: 'failed',
};

/** Where Persistent= keeps the time of the last elapse over restarts: a file of no bytes, by its modification time. */
const STAMPS = '/var/lib/systemd/timers';

/** What setTimeout can hold; a longer wait is taken in pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function createTimerUnit(unit: Unit, context: UnitsContext, host: UnitHost): LiveUnit {
  const { system } = context;
  let sub: Sub = 'dead';
  let result = 'success';
  let timer: Cancel | null = null;
  let started: Moment | null = null;
  let lastTrigger: Moment | null = null;
  let next: NextElapse = { kind: 'elapsed', stays: false };
  /** With FixedRandomDelay= always the same for this unit, else drawn anew for each elapse. */
  let random = 0;

  const settings = (): TimerSettings => {
    if (live.unit.timer === null) throw new Error(`${live.unit.id} has no settings of a timer`);
    return live.unit.timer;
  };
  const now = (): Moment => ({ wallMs: system.wallClock(), monotonicMs: system.now() });
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

  const wait = (): void => {
    const { unit: triggered, fixedRandomDelay } = settings();
    const { startedAt, endedAt } = host.stateOf(triggered);
    random = fixedRandomDelay ? fractionOf(live.unit.id) : context.random();
    next = nextTimerElapse(settings(), {
      now: now(),
      startedMonotonicMs: context.startedAt,
      timerStarted: started,
      unitActiveMonotonicMs: startedAt,
      unitInactiveMonotonicMs: endedAt,
      lastTrigger,
      clockChanged: false,
      random,
      localZone: context.localZone,
    });
    if (next.kind === 'elapsed') {
      timer?.();
      timer = null;
      return move(next.stays ? 'elapsed' : 'dead');
    }
    arm();
    if (sub !== 'waiting') move('waiting');
  };
  const leftMs = (): number => {
    if (next.kind !== 'waiting') return Infinity;
    const moment = now();
    return Math.min(
      next.wallMs === null ? Infinity : next.wallMs - moment.wallMs,
      next.monotonicMs === null ? Infinity : next.monotonicMs - moment.monotonicMs,
    );
  };
  const arm = (): void => {
    timer?.();
    timer = null;
    const left = leftMs();
    if (left === Infinity) return;
    // A clock that was set back, or a wait in pieces: it is not yet time.
    timer = system.after(Math.min(Math.max(0, Math.ceil(left)), LONGEST_TIMER_MS), () => {
      timer = null;
      if (leftMs() > 0) arm();
      else elapse();
    });
  };
  const elapse = (): void => {
    lastTrigger = now();
    if (settings().persistent) writeStamp(live.unit.id, lastTrigger.wallMs);
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
      started = now();
      result = 'success';
      lastTrigger = null;
      if (settings().persistent) {
        const stamp = readStamp(live.unit.id);
        if (stamp === null) writeStamp(live.unit.id, started.wallMs);
        else if (stamp <= started.wallMs) lastTrigger = { wallMs: stamp, monotonicMs: 0 };
      }
      wait();
      return 'begun';
    },
    stop() {
      if (sub === 'dead' || sub === 'failed') return 'already';
      timer?.();
      timer = null;
      host.say(live.unit.id, 6, `${live.unit.id}: Deactivated successfully.`);
      move('dead');
      return 'begun';
    },
    reload: () => 'invalid',
    resetFailed() {
      if (sub === 'failed') move('dead');
      result = 'success';
    },
    startLimitHit() {
      result = 'start-limit-hit';
      move('failed');
    },
    pids: () => [],
    kill: () => false,
    triggerChanged() {
      const { active } = host.stateOf(settings().unit);
      if (sub === 'waiting' || sub === 'elapsed') wait();
      else if (sub === 'running' && (active === 'inactive' || active === 'failed')) wait();
    },
    properties: () => ({
      Unit: settings().unit,
      Result: result,
      Persistent: settings().persistent ? 'yes' : 'no',
      LastTriggerUSec: timestamp(lastTrigger?.wallMs ?? null),
      NextElapseUSecRealtime: timestamp(next.kind === 'waiting' && sub === 'waiting' ? next.wallMs : null),
      NextElapseUSecMonotonic:
        next.kind === 'waiting' && sub === 'waiting' && next.monotonicMs !== null
          ? formatTimeSpan(sinceBootMs() + next.monotonicMs - system.now())
          : 'infinity',
      AccuracyUSec: formatTimeSpan(settings().accuracyMs),
      RemainAfterElapse: yesNo(settings().remainAfterElapse),
      RandomizedDelayUSec: spanText(settings().randomizedDelayMs),
      FixedRandomDelay: yesNo(settings().fixedRandomDelay),
      OnClockChange: yesNo(settings().onClockChange),
      OnTimezoneChange: yesNo(settings().onTimezoneChange),
    }),
    dispose: () => timer?.(),
  };
  return live;
}

/** 0 to 1, out of a name. */
function fractionOf(name: string): number {
  const hash = Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7);
  return hash / 1_000_003;
}

function readStamp(id: string): number | null {
  try {
    return statSync(`${STAMPS}/stamp-${id}`).mtimeMs;
  } catch {
    return null;
  }
}

/** A timer that cannot keep its stamp (a read-only root) works all the same; only a restart does not know of it. */
function writeStamp(id: string, atMs: number): void {
  const path = `${STAMPS}/stamp-${id}`;
  try {
    mkdirSync(STAMPS, { recursive: true });
    writeFileSync(path, '', { flag: 'a' });
    utimesSync(path, atMs / 1000, atMs / 1000);
  } catch {
    // Said by nobody: systemd does not either.
  }
}
