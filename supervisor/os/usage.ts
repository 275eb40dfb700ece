// What processes use, as /proc tells it (proc_pid_stat(5)).

import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, the same on all of Linux's common architectures. */
const TICK_MS = 10;
/** Of x86_64, and of the usual kernels of aarch64. */
const PAGE_BYTES = 4096;

export interface ProcessUsage {
  readonly pid: number;
  readonly parent: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** All processes of our pid namespace; one that ends while we look is left out. */
export function listUsage(): ProcessUsage[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return [parseUsage(readFileSync(`/proc/${name}/stat`, 'latin1'))];
    } catch {
      return [];
    }
  });
}

/** Pure: one stat line. The name may hold anything, blanks and parentheses included. */
export function parseUsage(line: string): ProcessUsage {
  // The first after the name is field 3.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    pid: Number.parseInt(line, 10),
    parent: field(4),
    cpuMs: (field(14) + field(15)) * TICK_MS,
    residentBytes: field(24) * PAGE_BYTES,
  };
}
