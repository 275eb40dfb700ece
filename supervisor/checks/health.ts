// Pure: what the answers to a program's check make of it.

import type { HealthCheck } from '../model.ts';

export interface Health {
  /** Failures in a row. */
  readonly failures: number;
  readonly failing: boolean;
}

export const HEALTHY: Health = { failures: 0, failing: false };

/** One answer more: so many failures in a row make it failing, and one success makes it well again. */
export function judge(health: Health, passed: boolean, check: Pick<HealthCheck, 'failures'>): Health {
  if (passed) return HEALTHY;
  const failures = health.failures + 1;
  return { failures, failing: failures >= check.failures };
}
