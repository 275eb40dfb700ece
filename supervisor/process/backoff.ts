// How long a program in BACKOFF waits for its next start.

/**
 * Pause in milliseconds after the n-th failed start in a row (n counts from 1): n seconds, as supervisord
 * (process.py, change_state), or capSecs where a cap is set and shorter.
 */
export function backoffMs(failedStarts: number, capSecs: number | null): number {
  const seconds = capSecs === null ? failedStarts : Math.min(failedStarts, capSecs);
  return seconds * 1000;
}
