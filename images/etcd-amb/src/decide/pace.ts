// When to ask again: soon after a failure, then less and less often; spread, so that a fleet does not ask in step.

const FIRST_RETRY_MS = 1000;

/** `random` is in [0, 1). Failures in a row since the last success; 0 is a success. */
export function pauseMs(failures: number, intervalMs: number, random: number): number {
  if (failures === 0) return Math.round(intervalMs * (0.8 + 0.4 * random));
  // 2 ** 20 seconds is beyond every interval; a larger exponent would only overflow.
  const ceiling = Math.min(intervalMs, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20));
  return Math.round(ceiling * (0.5 + 0.5 * random));
}
