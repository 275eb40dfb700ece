// Errors that a person can act on, and the exit codes they lead to.

/** Exit codes of our own making; a program's own code passes through unchanged. */
export const EXIT = {
  ok: 0,
  usage: 2,
  /** sysexits.h EX_SOFTWARE: a defect of ours. */
  defect: 70,
  /** sysexits.h EX_CONFIG: the configuration is wrong. */
  configuration: 78,
  /** The command was found but could not be executed (POSIX sh). */
  notExecutable: 126,
  /** The command was not found (POSIX sh). */
  notFound: 127,
} as const;

/** An error whose message is all that a user needs: no stack is shown for it. */
export class UserError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.configuration, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}

/** The system call that failed and why, as os/ reports it: `code` is the errno name (`ENOENT`). */
export class SystemError extends Error {
  readonly code: string;

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SystemError';
    this.code = code;
  }
}
