// How long each wave of an ordered stop may take, so that the whole stop fits its budget.

/** Kept back from the budget for the kernel's own work: reaping what was killed, and our exit. */
const RESERVE_MS = 200;

/**
 * The latest moment at which the processes of the next wave are killed: an equal share of what is left of the budget
 * among the waves still to stop, so that one stubborn program cannot use up the time of those that stop after it.
 * A wave that ends early leaves its share to the others.
 *
 * Times are milliseconds; `deadline` is the end of the budget, or null where there is none.
 */
export function waveKillAt(now: number, deadline: number | null, wavesLeft: number): number {
  if (deadline === null) return Infinity;
  const left = Math.max(0, deadline - RESERVE_MS - now);
  return now + left / Math.max(1, wavesLeft);
}
