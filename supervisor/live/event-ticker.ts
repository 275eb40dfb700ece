// The timers of the TICK events; there is one only for a period that somebody waits for.

import { ticked, TICK_PERIODS, type TickPeriod } from '../events/payload.ts';
import { timeslice, untilNextTick } from '../events/ticks.ts';
import type { EventName, SupervisorEvent } from '../events/types.ts';
import type { Cancel, System } from '../os/system.ts';

export interface Ticker {
  /** Who waits for what has changed. */
  update(): void;
}

export function createTicker(
  system: Pick<System, 'wallClock' | 'after'>,
  wanted: (name: EventName) => boolean,
  notify: (event: SupervisorEvent) => void,
): Ticker {
  const timers = new Map<TickPeriod, Cancel>();

  const arm = (period: TickPeriod, last: number): void => {
    const delay = Math.max(1, Math.ceil(untilNextTick(period, system.wallClock())));
    const onTime = (): void => {
      const now = timeslice(period, system.wallClock());
      // A timer may be a little early; and the clock may have been set in either direction.
      arm(period, now);
      if (now !== last) notify(ticked(period, now));
    };
    timers.set(period, system.after(delay, onTime));
  };

  return {
    update() {
      for (const period of TICK_PERIODS) {
        const cancel = timers.get(period);
        const wants = wanted(`TICK_${period}`);
        if (wants && cancel === undefined) arm(period, timeslice(period, system.wallClock()));
        if (wants || cancel === undefined) continue;
        cancel();
        timers.delete(period);
      }
    },
  };
}
