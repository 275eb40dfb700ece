// The timers of a service: one for the moment that its state waits for, one that looks after a main process whose end nobody tells us.

import type { Cancel, System } from '../../os/system.ts';
import { wakeAt } from '../../units/machine/service.ts';
import type { Service } from '../../units/machine/state.ts';

export interface ServiceTimersOptions {
  readonly system: Pick<System, 'now' | 'after'>;
  /** The moment that the state waits for has come. */
  readonly onWoken: () => void;
  /** A main process that is no child of ours has had the time to become one. */
  readonly onSettled: () => void;
  /** It may have ended meanwhile. */
  readonly onLook: () => void;
}

export interface ServiceTimers {
  set(service: Service): void;
  cancel(): void;
}

/** What setTimeout can hold; a longer wait is taken in pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** In this time the parents of a daemon have ended. */
const SETTLED_MS = 500;
const LOOK_AGAIN_MS = 5000;

export function createServiceTimers({
  system,
  onWoken,
  onSettled,
  onLook,
}: ServiceTimersOptions): ServiceTimers {
  let wake: Cancel | null = null;
  let look: { readonly pid: number; readonly cancel: Cancel } | null = null;

  const setWake = (at: number | null): void => {
    wake?.();
    wake = null;
    if (at === null || at === Infinity) return;
    const delay = Math.max(0, Math.ceil(at - system.now()));
    wake = system.after(Math.min(delay, LONGEST_TIMER_MS), () => {
      wake = null;
      if (delay > LONGEST_TIMER_MS) setWake(at);
      else onWoken();
    });
  };
  const setLook = (pid: number | null): void => {
    if (look?.pid === pid) return;
    look?.cancel();
    look = null;
    if (pid === null) return;
    const again = (): void => {
      look = { pid, cancel: system.after(LOOK_AGAIN_MS, () => (again(), onLook())) };
    };
    look = { pid, cancel: system.after(SETTLED_MS, () => (again(), onLook(), onSettled())) };
  };

  return {
    set(service) {
      setWake(wakeAt(service));
      setLook(service.main?.alien === true ? service.main.pid : null);
    },
    cancel() {
      setWake(null);
      setLook(null);
    },
  };
}
