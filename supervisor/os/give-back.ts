// Gives back what only the start has needed: most of the memory of a supervisor that then waits for years.
//
// V8 collects all that it can, the code of functions that have not run for a while included, and shrinks its heap as it
// does before it would run out of memory; malloc gives back its free pages; and the parts of node's binary that were
// used to start it are no longer ours. All of that once, for some 30 ms.

import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { forget, trimHeap } from './libc-memory.ts';

/** V8's own: collections that a function's code outlives without being run (flag-definitions.h). */
const CODE_AGE = 6;

type CollectGarbage = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

export function giveBack(): void {
  setFlagsFromString('--bytecode-old-age=1');
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as CollectGarbage;
  setFlagsFromString('--no-expose-gc');
  collectGarbage({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  setFlagsFromString(`--bytecode-old-age=${CODE_AGE}`);
  trimHeap();
  for (const { start, end } of cleanFileMappings(readFileSync('/proc/self/smaps', 'latin1')))
    forget(start, end);
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
