// Pure: what an exit of a process means to its service (systemd.service(5), SuccessExitStatus=; systemd.exec(5),
// "Process Exit Codes"), and how systemd writes it.

import { signalNumber } from '../../process/signals.ts';
import type { ExitStatus } from '../../process/state.ts';
import type { ExitStatusSet } from '../model.ts';
import type { ServiceResult } from './state.ts';

/** What a daemon may be ended by when it is stopped. */
const CLEAN_SIGNALS: ReadonlySet<string> = new Set(['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE']);

/** Signals whose default action leaves a core (signal(7)): the kernel's flag is lost where no core is written. */
export type Cleanness = 'daemon' | 'command';

/** `success` for an exit that is clean, else why it is not. */
export function resultOf(status: ExitStatus, cleanness: Cleanness, success: ExitStatusSet): ServiceResult {
  if (status.code !== null) {
    return status.code === 0 || success.codes.includes(status.code) ? 'success' : 'exit-code';
  }
  const signal = status.signal ?? '';
  const clean = (cleanness === 'daemon' && CLEAN_SIGNALS.has(signal)) || success.signals.includes(signal);
  return clean ? 'success' : 'signal';
}

/** Whether an exit is in a set such as RestartPreventExitStatus=. */
export function isIn(set: ExitStatusSet, status: ExitStatus | null): boolean {
  if (status === null) return false;
  return status.code === null ? set.signals.includes(status.signal ?? '') : set.codes.includes(status.code);
}

/** systemd's own exit codes, the LSB's and those of sysexits.h. */
const NAMES: Readonly<Record<number, string>> = {
  0: 'SUCCESS',
  1: 'FAILURE',
  2: 'INVALIDARGUMENT',
  3: 'NOTIMPLEMENTED',
  4: 'NOPERMISSION',
  5: 'NOTINSTALLED',
  6: 'NOTCONFIGURED',
  7: 'NOTRUNNING',
  64: 'USAGE',
  65: 'DATAERR',
  66: 'NOINPUT',
  67: 'NOUSER',
  68: 'NOHOST',
  69: 'UNAVAILABLE',
  70: 'SOFTWARE',
  71: 'OSERR',
  72: 'OSFILE',
  73: 'CANTCREAT',
  74: 'IOERR',
  75: 'TEMPFAIL',
  76: 'PROTOCOL',
  77: 'NOPERM',
  78: 'CONFIG',
  200: 'CHDIR',
  201: 'NICE',
  202: 'FDS',
  203: 'EXEC',
  204: 'MEMORY',
  205: 'LIMITS',
  206: 'OOM_ADJUST',
  207: 'SIGNAL_MASK',
  208: 'STDIN',
  209: 'STDOUT',
  210: 'CHROOT',
  216: 'GROUP',
  217: 'USER',
  218: 'CAPABILITIES',
  219: 'CGROUP',
  220: 'SETSID',
  222: 'STDERR',
  224: 'PAM',
  226: 'NAMESPACE',
  233: 'RUNTIME_DIRECTORY',
  237: 'KEYRING',
  238: 'STATE_DIRECTORY',
  239: 'CACHE_DIRECTORY',
  240: 'LOGS_DIRECTORY',
  241: 'CONFIGURATION_DIRECTORY',
  255: 'EXCEPTION',
};

/** `code=exited, status=1/FAILURE` or `code=killed, status=9/KILL`. */
export function describeStatus(status: ExitStatus): string {
  if (status.code !== null) return `code=exited, status=${status.code}/${NAMES[status.code] ?? 'n/a'}`;
  const signal = status.signal ?? '';
  return `code=killed, status=${signalNumber(signal) ?? 0}/${signal.replace(/^SIG/, '')}`;
}

/** $EXIT_CODE and $EXIT_STATUS of ExecStop= and ExecStopPost=. */
export function exitVariables(status: ExitStatus | null): Record<string, string> {
  if (status === null) return {};
  return status.code !== null
    ? { EXIT_CODE: 'exited', EXIT_STATUS: String(status.code) }
    : { EXIT_CODE: 'killed', EXIT_STATUS: (status.signal ?? '').replace(/^SIG/, '') };
}
