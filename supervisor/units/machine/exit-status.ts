// Pure: what an exit of a process means to its service (systemd.service(5), SuccessExitStatus=; systemd.exec(5),
// "Process Exit Codes"), and how systemd writes it.

import { signalNumber } from '../../process/signals.ts';
import type { ExitStatus } from '../../process/state.ts';
import { exitStatusName } from '../exit-status.ts';
import type { ExitStatusSet } from '../model.ts';
import type { ServiceResult } from './state.ts';

/** What a daemon may be ended by when it is stopped. */
const CLEAN_SIGNALS: ReadonlySet<string> = new Set(['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE']);

export type Cleanness = 'daemon' | 'command';

/** `success` for an exit that is clean, else why it is not. */
export function resultOf(status: ExitStatus, cleanness: Cleanness, success: ExitStatusSet): ServiceResult {
  if (status.code !== null) {
    return status.code === 0 || success.codes.includes(status.code) ? 'success' : 'exit-code';
  }
  const signal = status.signal ?? '';
  const clean = (cleanness === 'daemon' && CLEAN_SIGNALS.has(signal)) || success.signals.includes(signal);
  if (clean) return 'success';
  return status.dumped === true ? 'core-dump' : 'signal';
}

/** Whether an exit is in a set such as RestartPreventExitStatus=. */
export function isIn(set: ExitStatusSet, status: ExitStatus | null): boolean {
  if (status === null) return false;
  return status.code === null ? set.signals.includes(status.signal ?? '') : set.codes.includes(status.code);
}

/** `code=exited, status=1/FAILURE` or `code=killed, status=9/KILL`. */
export function describeStatus(status: ExitStatus): string {
  if (status.code !== null)
    return `code=exited, status=${status.code}/${exitStatusName(status.code) ?? 'n/a'}`;
  const signal = status.signal ?? '';
  const how = status.dumped === true ? 'dumped' : 'killed';
  return `code=${how}, status=${signalNumber(signal) ?? 0}/${signal.replace(/^SIG/, '')}`;
}

/** $EXIT_CODE and $EXIT_STATUS of ExecStop= and ExecStopPost=. */
export function exitVariables(status: ExitStatus | null): Record<string, string> {
  if (status === null) return {};
  return status.code !== null
    ? { EXIT_CODE: 'exited', EXIT_STATUS: String(status.code) }
    : {
        EXIT_CODE: status.dumped === true ? 'dumped' : 'killed',
        EXIT_STATUS: (status.signal ?? '').replace(/^SIG/, ''),
      };
}
