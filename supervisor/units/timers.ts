// When a timer unit elapses next, from its triggers and what has happened so far (systemd.timer(5)).

import { nextElapse } from './calendar.ts';
import type { MonotonicTrigger, TimerSettings } from './model.ts';

/** A moment on both clocks: milliseconds since 1970, and of the clock that nobody sets. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export interface TimerState {
  readonly now: Moment;
  /** When the supervisor started: in a container, OnBootSec= counts from there, too. */
  readonly startedMonotonicMs: number;
  /** When the timer was started; null while it is not. */
  readonly timerStarted: Moment | null;
  /** When the unit that it triggers last became active, and inactive; null: never. */
  readonly unitActiveMonotonicMs: number | null;
  readonly unitInactiveMonotonicMs: number | null;
  /** When it elapsed last; of a Persistent= timer that has not since the start, what its stamp file says. */
  readonly lastTrigger: Moment | null;
  /** The wall clock was set, or the time zone changed: triggers that count from a start may fire again. */
  readonly clockChanged: boolean;
  /** 0 to 1, new each time (with FixedRandomDelay= always the same for this unit). */
  readonly random: number;
  /** The zone of calendar events that name none. */
  readonly localZone: string;
}

export type NextElapse =
  /** Whichever comes first; null: none on that clock. A time that is past means at once. */
  | { readonly kind: 'waiting'; readonly wallMs: number | null; readonly monotonicMs: number | null }
  /** Nothing will happen any more. `stays`: the timer remains active (elapsed), for what the unit may do. */
  | { readonly kind: 'elapsed'; readonly stays: boolean };

export function nextTimerElapse(timer: TimerSettings, state: TimerState): NextElapse {
  const delayMs = timer.randomizedDelayMs * state.random;
  const wall = timer.calendar.flatMap((spec) => {
    const next = nextElapse(spec, calendarBase(state), state.localZone);
    return next === null ? [] : [next];
  });
  const monotonic = timer.monotonic.flatMap((trigger) => monotonicTimes(trigger, state));
  const waitsForClock = timer.onClockChange || timer.onTimezoneChange;
  if (wall.length + monotonic.length === 0 && !waitsForClock) {
    const dependsOnUnit = timer.monotonic.some(
      ({ base }) => base === 'unitActive' || base === 'unitInactive',
    );
    return { kind: 'elapsed', stays: timer.remainAfterElapse || dependsOnUnit };
  }
  return {
    kind: 'waiting',
    wallMs: wall.length === 0 ? null : Math.min(...wall) + delayMs,
    monotonicMs: monotonic.length === 0 ? null : Math.min(...monotonic) + delayMs,
  };
}

/** Events since the last one count, even if they have passed: one that was missed comes at once. */
function calendarBase({ lastTrigger, timerStarted, now }: TimerState): number {
  if (lastTrigger !== null && lastTrigger.wallMs > 0) return lastTrigger.wallMs;
  return timerStarted?.wallMs ?? now.wallMs;
}

function monotonicTimes({ base, afterMs }: MonotonicTrigger, state: TimerState): number[] {
  if (afterMs === Infinity) return [];
  const from = baseOf(base, state);
  if (from === null) return [];
  const at = from + afterMs;
  const happensOnce = base === 'active' || base === 'boot' || base === 'startup';
  const hasHappened = state.lastTrigger !== null && at < state.now.monotonicMs && !state.clockChanged;
  return happensOnce && hasHappened ? [] : [at];
}

function baseOf(base: MonotonicTrigger['base'], state: TimerState): number | null {
  const last = state.lastTrigger?.monotonicMs ?? null;
  switch (base) {
    case 'active':
      return state.timerStarted?.monotonicMs ?? state.now.monotonicMs;
    case 'boot':
    case 'startup':
      return state.startedMonotonicMs;
    case 'unitActive':
      return later(state.unitActiveMonotonicMs, last);
    case 'unitInactive':
      return later(state.unitInactiveMonotonicMs, last);
    default:
      return base satisfies never;
  }
}

function later(one: number | null, two: number | null): number | null {
  if (one === null || one <= 0) return two !== null && two > 0 ? two : null;
  return Math.max(one, two ?? 0);
}
