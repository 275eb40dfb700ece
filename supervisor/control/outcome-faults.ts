// Which fault a client gets for which outcome of a command. Null is success.

import type { SignalOutcome, StartOutcome, StdinOutcome, StopOutcome } from './commands.ts';
import { Fault } from './faults.ts';
import type { FaultName } from './faults.ts';

export const START_FAULTS: FaultOf<StartOutcome['kind']> = {
  started: null,
  'already-started': { fault: 'ALREADY_STARTED', extra: 'name' },
  'no-file': { fault: 'NO_FILE', extra: 'message' },
  'not-executable': { fault: 'NOT_EXECUTABLE', extra: 'message' },
  'spawn-error': { fault: 'SPAWN_ERROR', extra: 'name' },
  'abnormal-termination': { fault: 'ABNORMAL_TERMINATION', extra: 'name' },
  'unknown-state': { fault: 'FAILED', extra: 'message' },
  'no-such-process': { fault: 'BAD_NAME', extra: 'name' },
};

export const STOP_FAULTS: FaultOf<StopOutcome['kind']> = {
  stopped: null,
  'not-running': { fault: 'NOT_RUNNING', extra: 'name' },
  failed: { fault: 'FAILED', extra: 'message' },
  'no-such-process': { fault: 'BAD_NAME', extra: 'name' },
};

export const SIGNAL_FAULTS: FaultOf<SignalOutcome['kind']> = {
  signalled: null,
  'not-running': { fault: 'NOT_RUNNING', extra: 'name' },
  failed: { fault: 'FAILED', extra: 'message' },
  'no-such-process': { fault: 'BAD_NAME', extra: 'name' },
};

export const STDIN_FAULTS: FaultOf<StdinOutcome['kind']> = {
  written: null,
  'not-running': { fault: 'NOT_RUNNING', extra: 'name' },
  closed: { fault: 'NO_FILE', extra: 'name' },
  'no-such-process': { fault: 'BAD_NAME', extra: 'name' },
};

/** Throws the fault, if there is one, with the name as the client gave it or with the message. */
export function succeed(failure: Failure | null, name: string, message: string): true {
  if (failure === null) return true;
  throw new Fault(failure.fault, failure.extra === 'name' ? name : message);
}

/** `extra` says what follows the fault's name. */
interface Failure {
  readonly fault: FaultName;
  readonly extra: 'name' | 'message';
}

type FaultOf<Kind extends string> = Readonly<Record<Kind, Failure | null>>;
