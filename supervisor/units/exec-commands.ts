// What services and sockets share of their commands: the lists of `Exec…=`, and where the streams end up.

import type { ExecCommand } from './model.ts';
import { readExecLine } from './exec-line.ts';
import type { ExecDraft } from './exec-settings.ts';
import type { KeyReader } from './reading.ts';

/** A list of commands: an empty value empties it, every other one adds to it. */
export function execReader<T>(
  get: (draft: T) => readonly ExecCommand[],
  set: (draft: T, commands: readonly ExecCommand[]) => void,
): KeyReader<T> {
  return (draft, assignment, reading) => {
    if (assignment.value === '') return set(draft, []);
    const line = readExecLine(assignment.value, (text) => reading.expand(text));
    for (const warning of line.warnings) reading.warn(warning, assignment.origin);
    set(draft, [...get(draft), ...line.commands]);
    if (line.kind === 'ignored') reading.warn(line.message, assignment.origin);
    else if (line.kind === 'fatal') reading.refuse(line.message, assignment.origin);
  };
}

/**
 * `inherit` means "as standard input" only where that is a terminal, a socket or a descriptor; otherwise it is the
 * default, the journal.
 */
export function fixStreams(exec: ExecDraft): void {
  if (exec.standardInput.kind === 'null' && exec.standardInputData !== null) {
    exec.standardInput = { kind: 'data' };
  }
  if (['tty', 'socket', 'fd'].includes(exec.standardInput.kind)) return;
  if (exec.standardOutput.kind === 'inherit') exec.standardOutput = { kind: 'journal' };
}
