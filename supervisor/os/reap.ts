// Collecting children that have ended: ours and the orphans that PID 1 or a subreaper inherits.
//
// No child of this process is libuv's (nothing here imports node:child_process), so every pid may be waited for, and
// one loop serves programs and orphans alike: no peeking, no limit per wake-up, no poll.

import { signalName } from '../process/signals.ts';
import type { ExitStatus } from '../process/state.ts';
import { waitAny } from './libc.ts';

/** Collects all children that have ended by now and tells the listener of each. */
export function reapAll(listener: (pid: number, status: ExitStatus) => void): void {
  for (let waited = waitAny(); waited !== null; waited = waitAny()) {
    const { pid, code, signal } = waited;
    listener(pid, { code, signal: signal === null ? null : signalName(signal) });
  }
}
