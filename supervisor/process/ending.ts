// Pure: whether what happened to a program ends the container, and with which exit code.

import type { Program } from '../model.ts';
import { signalNumber, spokenSignal } from './signals.ts';
import type { ExitStatus, Process } from './state.ts';

export interface Ending {
  readonly exitCode: number;
  /** One sentence for the log. */
  readonly reason: string;
}

/** POSIX sh: a command that was not found, and one that could not be executed. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** The end of the container that this process's state asks for, or null where the container goes on. */
export function endingOf(program: Pick<Program, 'name' | 'exitOn'>, process: Process): Ending | null {
  const { state } = process;
  if (program.exitOn === 'never') return null;
  if (state.name === 'FATAL') {
    const exitCode = fatalExitCode(process);
    return { exitCode, reason: `${program.name} is FATAL: ${describeFailure(process)}` };
  }
  if (state.name === 'EXITED' && !state.restart && program.exitOn === 'exit' && process.lastExit !== null) {
    const exitCode = exitCodeOf(process.lastExit);
    return { exitCode, reason: `${program.name} ended: ${describeExit(process.lastExit)}` };
  }
  return null;
}

/** The end that a program asks for which cannot be started, because what it depends on has failed. */
export function endingWithout(
  program: Pick<Program, 'name' | 'exitOn'>,
  dependency: { readonly program: Pick<Program, 'name'>; readonly process: Process },
): Ending | null {
  if (program.exitOn === 'never') return null;
  const why = `${dependency.program.name} is ${dependency.process.state.name}`;
  const reason = `${program.name} cannot be started: ${why}: ${describeFailure(dependency.process)}`;
  return { exitCode: fatalExitCode(dependency.process), reason };
}

/** A shell's view of an exit: the program's own code, or 128 + signal. */
export function exitCodeOf(status: ExitStatus): number {
  if (status.code !== null) return status.code;
  return 128 + (signalNumber(status.signal ?? '') ?? 0);
}

/** `exit status 3` or `terminated by SIGKILL`. */
export function describeExit(status: ExitStatus): string {
  return status.code !== null
    ? `exit status ${status.code}`
    : `terminated by ${spokenSignal(status.signal ?? '')}`;
}

/** Why the process could not be kept running. */
export function describeFailure(process: Process): string {
  if (process.spawnFailure !== null) return process.spawnFailure.message;
  return process.lastExit === null ? 'it did not start' : describeExit(process.lastExit);
}

/** Never 0: a FATAL program that ended with 0 each time has still failed. */
function fatalExitCode(process: Process): number {
  if (process.spawnFailure !== null) {
    return process.spawnFailure.errno === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE;
  }
  return (process.lastExit === null ? 0 : exitCodeOf(process.lastExit)) || 1;
}
