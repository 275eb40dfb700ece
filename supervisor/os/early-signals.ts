// Signals that came before anybody listened, for PID 1: a stop that is asked for while we start must not be lost.

import { readFileSync } from 'node:fs';
import { signalNumber } from '../process/signals.ts';
import { orElse } from './or-else.ts';

/** What node itself catches from its very beginning. */
const CAUGHT_BY_NODE = ['SIGINT', 'SIGTERM'];

/**
 * Those of SIGINT and SIGTERM that have come already; to be asked before a handler of ours is installed.
 *
 * On the first of them node's own handler takes itself away and raises the signal again. That ends every process but
 * PID 1, to which the kernel does not deliver what it does not catch: all that is left is that the handler is missing. Only what
 * comes before node itself has begun, in the first milliseconds of a container, leaves nothing to be seen.
 */
export function earlySignals(): string[] {
  if (process.pid !== 1) return [];
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(ownStatus())?.[1];
  if (caught === undefined) return [];
  return CAUGHT_BY_NODE.filter((name) => !isMember(BigInt(`0x${caught}`), signalNumber(name) ?? 0));
}

/** proc_pid_status(5); empty where there is no /proc, and then nothing of the past can be known. */
function ownStatus(): string {
  return orElse(() => readFileSync('/proc/self/status', 'utf8'), '');
}

/** Whether a signal is in a set as /proc writes them: bit 0 is signal 1. */
function isMember(set: bigint, signal: number): boolean {
  return ((set >> BigInt(signal - 1)) & 1n) === 1n;
}
