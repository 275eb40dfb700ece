// When the TICK events are due: at the beginning of every 5th, 60th and 3600th second of the wall clock.

import type { TickPeriod } from './payload.ts';

/** The beginning of the period that a moment falls into, in seconds since 1970. */
export function timeslice(period: TickPeriod, wallMs: number): number {
  const seconds = Math.floor(wallMs / 1000);
  return seconds - (seconds % period);
}

/** Milliseconds until the next period begins. */
export function untilNextTick(period: TickPeriod, wallMs: number): number {
  return (timeslice(period, wallMs) + period) * 1000 - wallMs;
}
