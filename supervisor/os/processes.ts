// Who is there: the processes as /proc lists them (proc_pid_stat(5)).

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { ProcessEntry } from './system.ts';

/** All processes of our pid namespace; one that ends while we look is left out. */
export function listProcesses(): ProcessEntry[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return parseStat(readFileSync(`/proc/${name}/stat`, 'latin1'));
    } catch {
      return [];
    }
  });
}

/** Pure: one stat line. The name may hold anything, blanks and parentheses included. */
export function parseStat(line: string): ProcessEntry[] {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 0 || close < 0) return [];
  const fields = line.slice(close + 2).split(' ');
  const [state = '', parent, , session] = fields;
  return [
    {
      pid: Number(line.slice(0, open)),
      name: line.slice(open + 1, close),
      state,
      parent: Number(parent),
      session: Number(session),
      // Field 22 of the line; the first after the name is field 3.
      startedAt: Number(fields[19]),
    },
  ];
}

/** As near to the value asked for as we may go: who may not raise a priority may still lower it. */
export function setNice(pid: number, nice: number): boolean {
  for (let value = nice; value <= 0 || value === nice; value++) {
    try {
      setPriority(pid, value);
      return true;
    } catch {
      if (value >= 0) return false;
    }
  }
  return false;
}

export function setOomScore(pid: number, score: number): boolean {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(score));
    return true;
  } catch {
    return false;
  }
}
