// Gives back what only the start has needed: most of the memory of a supervisor that then waits for years.
//
// V8 collects all that it can, the code of functions that have not run for a while included, and shrinks its heap as it
// does before it would run out of memory; malloc gives back its free pages; and the parts of node's binary that were
// used to start it are no longer ours. All of that once, for some 30 ms.

import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { forget, trimHeap } from './libc-memory.ts';
import { orElse } from './or-else.ts';

/** Code that has not run since the last collection goes, baseline code too; what is left is moved together (flag-definitions.h). */
const THOROUGH = ['bytecode-old-age=1', 'flush-baseline-code', 'compact-on-every-full-gc'];
/** V8's own values of these. */
const ORDINARY = ['bytecode-old-age=6', 'no-flush-baseline-code', 'no-compact-on-every-full-gc'];

type CollectGarbage = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

export function giveBack(): void {
  for (const flag of THOROUGH) setFlagsFromString(`--${flag}`);
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as CollectGarbage;
  setFlagsFromString('--no-expose-gc');
  collectGarbage({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  for (const flag of ORDINARY) setFlagsFromString(`--${flag}`);
  trimHeap();
  for (const { start, end } of cleanFileMappings(ownMappings())) forget(start, end);
}

/** Without a /proc nothing is given back. */
function ownMappings(): string {
  return orElse(() => readFileSync('/proc/self/smaps', 'latin1'), '');
}

export interface Mapping {
  readonly start: bigint;
  readonly end: bigint;
}

/** Pure: the mappings of files, out of /proc/PID/smaps (proc_pid_smaps(5)), that cannot be written and never were. */
export function cleanFileMappings(smaps: string): Mapping[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((text) => {
    const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ [1-9]\d* +\//.exec(text) ?? [];
    const isClean = /^Private_Dirty: +0 kB$/m.test(text) && /^Anonymous: +0 kB$/m.test(text);
    if (start === undefined || end === undefined || !isClean) return [];
    return [{ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }];
  });
}
