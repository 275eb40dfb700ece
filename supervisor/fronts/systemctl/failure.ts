// What ends a command of systemctl or journalctl: its words and its exit code.

export class Failure extends Error {
  readonly exitCode: number;

  /** With exit code 0 the message is what was asked for, and goes to standard output. */
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** systemctl's exit codes, those of LSB init scripts where there are any. */
export const CTL_EXIT = {
  failure: 1,
  /** is-active, status: it does not run. */
  notRunning: 3,
  /** status: there is no such unit. */
  unknown: 4,
} as const;
