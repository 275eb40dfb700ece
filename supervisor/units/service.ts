// `[Service]` (systemd.service(5)): its keys, its defaults, and what systemd refuses to load.

import type { ExecCommand, ExitStatusSet, ServiceSettings } from './model.ts';
import { dynamicUserName } from './dynamic-user.ts';
import { defaultExec, EXEC_READERS } from './exec-settings.ts';
import { execReader, fixStreams } from './exec-commands.ts';
import { parseExitWord } from './exit-status.ts';
import { simplify } from './unit-paths.ts';
import { defaultKill, KILL_READERS } from './kill-settings.ts';
import {
  asBoolean,
  asOneOf,
  asSpan,
  asUnsigned,
  bare,
  readSection,
  setting,
  type Draft,
  type KeyReader,
  type KeyReaders,
  type Reading,
} from './reading.ts';
import type { Assignment } from './unit-ini.ts';
import { parseUnitName } from './unit-names.ts';
import { parseBoolean, parseSignal } from './values.ts';
import { verifyService } from './service-rules.ts';
import { splitWords } from './words.ts';

/** DefaultTimeoutStartSec= and DefaultTimeoutStopSec= of an untouched system.conf. */
const DEFAULT_TIMEOUT_MS = 90_000;
const DEFAULT_RESTART_MS = 100;

type ServiceDraft = Draft<Omit<ServiceSettings, 'exec' | 'kill' | 'type'>> & {
  type: ServiceSettings['type'] | null;
  startTimeoutSet: boolean;
};

const TYPES = ['simple', 'exec', 'forking', 'oneshot', 'dbus', 'notify', 'notify-reload', 'idle'] as const;
const RESTARTS = [
  'no',
  'on-success',
  'on-failure',
  'on-abnormal',
  'on-watchdog',
  'on-abort',
  'always',
] as const;
const FAILURE_MODES = ['terminate', 'abort', 'kill'] as const;

const command = (field: keyof ServiceDraft & `exec${string}`): KeyReader<ServiceDraft> =>
  execReader<ServiceDraft>(
    (draft) => draft[field] as readonly ExecCommand[],
    (draft, commands) => Object.assign(draft, { [field]: commands }),
  );

const statuses =
  (
    field: 'successExitStatus' | 'restartPreventExitStatus' | 'restartForceExitStatus',
  ): KeyReader<ServiceDraft> =>
  (draft, assignment, reading) => {
    if (assignment.value === '') {
      draft[field] = NO_STATUS;
      return;
    }
    for (const word of splitWords(assignment.value, {}).words) {
      const status = parseExitWord(word);
      const { codes, signals } = draft[field];
      if (status === null) reading.warn(`Failed to parse value, ignoring: ${word}`, assignment.origin);
      else if ('code' in status) draft[field] = { signals, codes: [...new Set([...codes, status.code])] };
      else draft[field] = { codes, signals: [...new Set([...signals, status.signal])] };
    }
  };

/** 0 means no limit in these, although it reads like "at once". */
function timeout(
  reading: Reading,
  assignment: Assignment,
  what = `${assignment.key}= parameter`,
): number | null {
  const ms = reading.span(assignment, what);
  return ms === 0 ? Infinity : ms;
}

const NO_STATUS: ExitStatusSet = { codes: [], signals: [] };

export const SERVICE_READERS: KeyReaders<ServiceDraft> = {
  Type: setting('type', asOneOf(TYPES, 'service type')),
  ExitType: setting('exitType', asOneOf(['main', 'cgroup'] as const, 'service exit type')),
  RemainAfterExit: setting('remainAfterExit', asBoolean),
  GuessMainPID: setting('guessMainPid', asBoolean),
  PIDFile(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.pidFile = null;
      return;
    }
    const expanded = reading.expanded(assignment);
    if (expanded === null) return;
    const path = simplify(expanded.startsWith('/') ? expanded : `/run/${expanded}`);
    draft.pidFile = withoutVarRun(path, assignment, reading);
  },
  BusName(draft, assignment, reading) {
    const name = reading.expanded(assignment, assignment.value, bare(assignment.value));
    if (name === null) return;
    if (isBusName(name)) draft.busName = name;
    else reading.warn(`Invalid bus name, ignoring: ${name}`, assignment.origin);
  },
  ExecCondition: command('execCondition'),
  ExecStartPre: command('execStartPre'),
  ExecStart: command('execStart'),
  ExecStartPost: command('execStartPost'),
  ExecReload: command('execReload'),
  ExecStop: command('execStop'),
  ExecStopPost: command('execStopPost'),
  Restart: setting('restart', asOneOf(RESTARTS, 'service restart specifier')),
  RestartSec: setting('restartMs', asSpan),
  RestartSteps: setting('restartSteps', asUnsigned),
  RestartMaxDelaySec: setting('restartMaxDelayMs', asSpan),
  RestartMode: setting(
    'restartMode',
    asOneOf(['normal', 'direct', 'debug'] as const, 'service restart mode'),
  ),
  ReloadSignal: setting('reloadSignal', (reading, assignment) =>
    reading.orWarn(parseSignal(assignment.value), assignment, 'Failed to parse signal name'),
  ),
  RestartPreventExitStatus: statuses('restartPreventExitStatus'),
  RestartForceExitStatus: statuses('restartForceExitStatus'),
  SuccessExitStatus: statuses('successExitStatus'),
  TimeoutSec(draft, assignment, reading) {
    const ms = timeout(reading, assignment);
    if (ms === null) return;
    draft.timeoutStartMs = ms;
    draft.timeoutStopMs = ms;
    draft.startTimeoutSet = true;
  },
  TimeoutStartSec(draft, assignment, reading) {
    const ms = timeout(reading, assignment);
    if (ms === null) return;
    draft.timeoutStartMs = ms;
    draft.startTimeoutSet = true;
  },
  TimeoutStopSec: setting('timeoutStopMs', (reading, assignment) =>
    timeout(reading, assignment, 'time value'),
  ),
  TimeoutAbortSec(draft, assignment, reading) {
    if (assignment.value === '') draft.timeoutAbortMs = null;
    else
      draft.timeoutAbortMs = timeout(reading, assignment, 'TimeoutAbortSec= setting') ?? draft.timeoutAbortMs;
  },
  TimeoutStartFailureMode: setting('timeoutStartFailureMode', asOneOf(FAILURE_MODES, 'timeout failure mode')),
  TimeoutStopFailureMode: setting('timeoutStopFailureMode', asOneOf(FAILURE_MODES, 'timeout failure mode')),
  RuntimeMaxSec: setting('runtimeMaxMs', asSpan),
  WatchdogSec: setting('watchdogMs', asSpan),
  NotifyAccess: setting(
    'notifyAccess',
    asOneOf(['none', 'main', 'exec', 'all'] as const, 'notify access specifier'),
  ),
  PermissionsStartOnly: setting('permissionsStartOnly', asBoolean),
  Sockets(draft, assignment, reading) {
    for (const word of splitWords(assignment.value, {}).words) {
      const name = reading.expanded(assignment, word);
      if (name === null) continue;
      if (parseUnitName(name)?.type !== 'socket') {
        reading.warn(`Unit must be of type socket, ignoring: ${name}`, assignment.origin);
      } else if (!draft.sockets.includes(name)) draft.sockets = [...draft.sockets, name];
    }
  },
  FileDescriptorStoreMax: setting('fileDescriptorStoreMax', asUnsigned),
  OOMPolicy: setting('oomPolicy', asOneOf(['continue', 'stop', 'kill'] as const, 'OOM policy')),
};

/** `/var/run` is `/run` since long ago; systemd says so and goes on. */
export function withoutVarRun(path: string, assignment: Assignment, reading: Reading): string {
  if (!path.startsWith('/var/run/')) return path;
  const updated = path.slice('/var'.length);
  reading.warn(
    `${assignment.key}= references a path below legacy directory /var/run/, ` +
      `updating ${path} → ${updated}; please update the unit file accordingly.`,
    assignment.origin,
  );
  return updated;
}

/** `hasSuccessAction`: [Unit] sets SuccessAction=, which makes a service without commands meaningful. */
export function readService(
  assignments: readonly Assignment[],
  reading: Reading,
  hasSuccessAction: boolean,
): ServiceSettings {
  const exec = defaultExec();
  const kill = defaultKill();
  const draft: ServiceDraft = {
    type: null,
    exitType: 'main',
    remainAfterExit: false,
    guessMainPid: true,
    pidFile: null,
    busName: null,
    execCondition: [],
    execStartPre: [],
    execStart: [],
    execStartPost: [],
    execReload: [],
    execStop: [],
    execStopPost: [],
    restart: 'no',
    restartMs: DEFAULT_RESTART_MS,
    restartSteps: 0,
    restartMaxDelayMs: Infinity,
    restartMode: 'normal',
    reloadSignal: 'SIGHUP',
    restartPreventExitStatus: NO_STATUS,
    restartForceExitStatus: NO_STATUS,
    successExitStatus: NO_STATUS,
    timeoutStartMs: DEFAULT_TIMEOUT_MS,
    timeoutStopMs: DEFAULT_TIMEOUT_MS,
    timeoutAbortMs: null,
    timeoutStartFailureMode: 'terminate',
    timeoutStopFailureMode: 'terminate',
    runtimeMaxMs: Infinity,
    watchdogMs: 0,
    notifyAccess: 'none',
    permissionsStartOnly: false,
    sockets: [],
    fileDescriptorStoreMax: 0,
    oomPolicy: isDelegated(assignments) ? 'continue' : 'stop',
    startTimeoutSet: false,
  };
  readSection(draft, assignments, 'Service', SERVICE_READERS, reading);
  readSection(exec, assignments, 'Service', EXEC_READERS, reading);
  readSection(kill, assignments, 'Service', KILL_READERS, reading);
  fixStreams(exec);
  if (exec.dynamicUser) {
    exec.user ??= dynamicUserName(reading.unit);
    exec.group ??= exec.user;
  }
  const { startTimeoutSet, ...settings } = draft;
  const type =
    draft.type ?? (draft.busName !== null ? 'dbus' : draft.execStart.length > 0 ? 'simple' : 'oneshot');
  const needsNotify =
    type === 'notify' || type === 'notify-reload' || draft.watchdogMs > 0 || draft.fileDescriptorStoreMax > 0;
  const service: ServiceSettings = {
    ...settings,
    type,
    timeoutStartMs: type === 'oneshot' && !startTimeoutSet ? Infinity : draft.timeoutStartMs,
    notifyAccess: draft.notifyAccess === 'none' && needsNotify ? 'main' : draft.notifyAccess,
    watchdogMs: draft.watchdogMs === Infinity ? 0 : draft.watchdogMs,
    exec,
    kill,
  };
  verifyService(service, assignments, reading, hasSuccessAction);
  return service;
}

/** Who manages processes of its own (Delegate=) also knows what to do when one of them is out of memory. */
function isDelegated(assignments: readonly Assignment[]): boolean {
  const last = assignments.findLast(({ section, key }) => section === 'Service' && key === 'Delegate');
  return last !== undefined && last.value !== '' && parseBoolean(last.value) !== false;
}

/** A well-known name of D-Bus: at least two parts, none of which begins with a digit. */
function isBusName(name: string): boolean {
  return name.length <= 255 && /^[A-Za-z_-][A-Za-z0-9_-]*(?:\.[A-Za-z_-][A-Za-z0-9_-]*)+$/.test(name);
}
