// Collecting children that have ended: ours and the orphans that PID 1 or a subreaper inherits.
//
// No child of this process is libuv's (nothing here imports node:child_process), so every pid may be waited for, and
// one loop serves programs and orphans alike: no peeking, no limit per wake-up, no poll.

import { constants } from 'node:os';
import type { ExitStatus } from '../process/state.ts';
import { waitAny } from './libc.ts';

/** Collects all children that have ended by now and tells the listener of each. */
export function reapAll(listener: (pid: number, status: ExitStatus) => void): void {
  for (let waited = waitAny(); waited !== null; waited = waitAny()) {
    const { pid, code, signal } = waited;
    listener(pid, { code, signal: signal === null ? null : signalName(signal) });
  }
}

/** `9` → `SIGKILL`; a real-time signal keeps its number: `SIG34`. */
export function signalName(number: number): string {
  const entry = Object.entries(constants.signals).find(([, value]) => value === number);
  return entry?.[0] ?? `SIG${number}`;
}

/** `SIGKILL` → `9`, `SIG34` → `34`; null for a name that is none. */
export function signalNumber(name: string): number | null {
  const known = (constants.signals as Readonly<Record<string, number>>)[name];
  if (known !== undefined) return known;
  const number = /^SIG(\d+)$/.exec(name)?.[1];
  return number === undefined ? null : Number(number);
}
