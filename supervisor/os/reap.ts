// Collecting children that have ended: ours and the orphans that PID 1 or a subreaper inherits.
//
// No child of this process is libuv's (nothing here imports node:child_process), so every pid may be waited for, and
// one loop serves programs and orphans alike: no peeking and no poll.

import { signalName } from '../process/signals.ts';
import type { ExitStatus } from '../process/state.ts';
import { waitAny } from './libc.ts';

/**
 * As many as are collected before something else has its turn: libuv keeps signals that it has not handed on in a pipe
 * of 4,096 places, and where tens of thousands end at once their SIGCHLDs would leave no place for a SIGTERM.
 */
const AT_ONCE = 500;

/** Collects children that have ended and tells the listener of each; true where there may be more of them. */
export function reapSome(listener: (pid: number, status: ExitStatus) => void): boolean {
  for (let count = 0; count < AT_ONCE; count++) {
    const waited = waitAny();
    if (waited === null) return false;
    const { pid, code, signal, dumped } = waited;
    const name = signal === null ? null : signalName(signal);
    listener(pid, { code, signal: name, ...(dumped && { dumped }) });
  }
  return true;
}
