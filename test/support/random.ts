// Random cases that a seed decides: every run of the tests takes the same ones, and SEED=N in the environment takes others.

import fc from 'fast-check';

export const SEED = Number(process.env['SEED'] ?? 20_261_121);

fc.configureGlobal({ seed: SEED });
export { fc };

/** Mulberry32: in [0, 1). */
export function seeded(seed = SEED): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
