// Pure: how often something may happen within a time (StartLimitIntervalSec=, TriggerLimitIntervalSec=), by systemd's
// rule: the window begins with the first event, and the next one begins with the first event after its end.

export interface RateWindow {
  readonly since: number;
  readonly count: number;
}

export interface RateLimit {
  /** Milliseconds; 0 or Infinity burst: no limit. */
  readonly intervalMs: number;
  readonly burst: number;
}

/** The window after one more event at `now`, or null where that is one too many. */
export function admit(window: RateWindow | null, limit: RateLimit, now: number): RateWindow | null {
  if (limit.intervalMs <= 0 || limit.burst <= 0) return { since: now, count: 0 };
  if (window === null || window.since + limit.intervalMs <= now) return { since: now, count: 1 };
  return window.count < limit.burst ? { ...window, count: window.count + 1 } : null;
}
