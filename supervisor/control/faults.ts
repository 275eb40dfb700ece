// The faults of supervisord's XML-RPC interface: their codes, and the texts that clients match on.

export const FAULT_CODES = {
  UNKNOWN_METHOD: 1,
  INCORRECT_PARAMETERS: 2,
  BAD_ARGUMENTS: 3,
  SIGNATURE_UNSUPPORTED: 4,
  SHUTDOWN_STATE: 6,
  BAD_NAME: 10,
  BAD_SIGNAL: 11,
  NO_FILE: 20,
  NOT_EXECUTABLE: 21,
  FAILED: 30,
  ABNORMAL_TERMINATION: 40,
  SPAWN_ERROR: 50,
  ALREADY_STARTED: 60,
  NOT_RUNNING: 70,
  SUCCESS: 80,
  ALREADY_ADDED: 90,
  STILL_RUNNING: 91,
  CANT_REREAD: 92,
} as const;

export type FaultName = keyof typeof FAULT_CODES;

/** Thrown by a method, answered as a fault. Its message is supervisord's: `BAD_NAME` or `BAD_NAME: web`. */
export class Fault extends Error {
  readonly code: number;

  constructor(name: FaultName, extra?: string) {
    super(extra === undefined ? name : `${name}: ${extra}`);
    this.name = 'Fault';
    this.code = FAULT_CODES[name];
  }
}
