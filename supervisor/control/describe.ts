// Snapshots → the structs of supervisord's interface and the texts in them. Pure but for the local time zone.

import type { Program, StreamConfig } from '../model.ts';
import { signalName, signalNumber } from '../process/signals.ts';
import { STATE_CODES } from '../process/state.ts';
import type { GroupSnapshot, ProcessSnapshot, SupervisorState } from './commands.ts';
import type { Value } from './xmlrpc.ts';

export const SUPERVISOR_STATE_CODES: Readonly<Record<SupervisorState, number>> = {
  FATAL: 2,
  RUNNING: 1,
  RESTARTING: 0,
  SHUTDOWN: -1,
};

export type Struct = { readonly [name: string]: Value };

/** What getProcessInfo answers. */
export function processInfo(process: ProcessSnapshot, nowMs: number): Struct {
  return {
    name: process.name,
    group: process.group,
    start: seconds(process.startedAtMs ?? 0),
    stop: seconds(process.stoppedAtMs ?? 0),
    now: seconds(nowMs),
    state: STATE_CODES[process.state],
    statename: process.state,
    spawnerr: process.spawnError ?? '',
    exitstatus: exitStatus(process),
    logfile: process.stdoutLogfile ?? '',
    stdout_logfile: process.stdoutLogfile ?? '',
    stderr_logfile: process.stderrLogfile ?? '',
    pid: process.pid ?? 0,
    description: describe(process, nowMs),
  };
}

/** The last column of `supervisorctl status`; a program with a schedule= tells its next run, too. */
export function describe(process: ProcessSnapshot, nowMs: number): string {
  const description = describeState(process, nowMs);
  if (process.nextRunAtMs === null) return description;
  const next = `next run ${clock(process.nextRunAtMs)}`;
  return description === '' ? next : `${description}, ${next}`;
}

function describeState(process: ProcessSnapshot, nowMs: number): string {
  switch (process.state) {
    case 'RUNNING':
      return `pid ${process.pid ?? 0}, uptime ${duration(nowMs, process.startedAtMs ?? nowMs)}`;
    case 'FATAL':
    case 'BACKOFF':
      return process.spawnError ?? `unknown error (try "tail ${process.name}")`;
    case 'STOPPED':
    case 'EXITED':
      return process.startedAtMs === null ? 'Not started' : clock(process.stoppedAtMs ?? 0);
    case 'STARTING':
    case 'STOPPING':
    case 'UNKNOWN':
      return '';
  }
}

/** What getAllConfigInfo answers for one program; `active` is the process of that name, if its group is in use. */
export function configInfo(
  program: Program,
  group: GroupSnapshot | { readonly name: string; readonly priority: number },
  uid: number | null,
  active: { readonly inUse: boolean; readonly process: ProcessSnapshot | undefined },
): Struct {
  return {
    autostart: program.autostart,
    directory: program.directory ?? 'none',
    uid: uid ?? 'none',
    command: program.commandLine,
    exitcodes: [...program.exitCodes],
    group: group.name,
    group_prio: group.priority,
    inuse: active.inUse,
    killasgroup: program.killAsGroup,
    name: program.name,
    process_prio: program.priority,
    redirect_stderr: program.redirectStderr,
    startretries: program.startRetries,
    startsecs: program.startSecs,
    ...streamInfo('stdout', program.stdout, active.process?.stdoutLogfile),
    stopsignal: signalNumber(program.stopSignal) ?? 0,
    stopwaitsecs: program.stopWaitSecs,
    ...streamInfo('stderr', program.stderr, active.process?.stderrLogfile),
    serverurl: program.serverUrl ?? 'none',
  };
}

/** Reads `HUP`, `sighup`, `1` or 1, and 0, which asks whether there is a process; null if supervisord takes none of it. */
export function readSignal(value: string | number): string | null {
  const text = String(value).trim().toUpperCase();
  if (/^\d+$/.test(text)) return isSignal(Number(text)) ? signalName(Number(text)) : null;
  const name = text.startsWith('SIG') ? text : `SIG${text}`;
  return /^SIG\d/.test(name) || signalNumber(name) === null ? null : name;
}

/** What Python has a name for: of the real-time signals the first and the last. */
function isSignal(number: number): boolean {
  return number <= 31 || number === signalNumber('SIGRTMIN') || number === signalNumber('SIGRTMAX');
}

/** supervisord's exit status: -1 when a signal ended the process, 0 when it never ended. */
export function exitStatus(process: ProcessSnapshot): number {
  if (process.exit === null) return 0;
  return process.exit.code ?? -1;
}

/** `H:MM:SS`, with `1 day, ` or `2 days, ` before it; never negative, whatever the clock does. */
export function duration(untilMs: number, sinceMs: number): string {
  const total = Math.max(0, Math.floor(untilMs / 1000) - Math.floor(sinceMs / 1000));
  const days = Math.floor(total / 86_400);
  const hours = Math.floor((total % 86_400) / 3600);
  const rest = [Math.floor((total % 3600) / 60), total % 60].map((part) => String(part).padStart(2, '0'));
  const prefix = days === 0 ? '' : days === 1 ? '1 day, ' : `${days} days, `;
  return `${prefix}${hours}:${rest.join(':')}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 21 03:15 PM`, in local time. */
function clock(atMs: number): string {
  const date = new Date(atMs);
  const hours = date.getHours();
  const parts = [date.getDate(), hours % 12 === 0 ? 12 : hours % 12, date.getMinutes()];
  const [day, hour, minute] = parts.map((part) => String(part).padStart(2, '0'));
  return `${MONTHS[date.getMonth()]} ${day} ${hour}:${minute} ${hours < 12 ? 'AM' : 'PM'}`;
}

/** Whole seconds, within the 32 bits that XML-RPC's int has (supervisord caps them, too). */
function seconds(ms: number): number {
  return Math.min(Math.max(Math.trunc(ms / 1000), -(2 ** 31)), 2 ** 31 - 1);
}

function streamInfo(
  name: 'stdout' | 'stderr',
  stream: StreamConfig,
  activePath: string | null | undefined,
): Struct {
  return {
    [`${name}_capture_maxbytes`]: stream.captureMaxBytes,
    [`${name}_events_enabled`]: stream.eventsEnabled,
    [`${name}_logfile`]: logfile(stream, activePath),
    [`${name}_logfile_backups`]: stream.backups,
    [`${name}_logfile_maxbytes`]: stream.maxBytes,
    [`${name}_syslog`]: stream.syslog || stream.target.kind === 'syslog',
  };
}

function logfile(stream: StreamConfig, activePath: string | null | undefined): string {
  switch (stream.target.kind) {
    case 'auto':
      return activePath ?? 'auto';
    case 'none':
    case 'syslog':
      return 'none';
    case 'file':
    case 'inherit':
      return stream.target.path;
  }
}
