// A unit of ours in the words in which `systemd --test` prints one, for the comparison with it.

import { CAPABILITIES } from '../../../supervisor/units/capabilities.ts';
import type { ExecCommand, ManagedDirectories, StreamTarget, Unit } from '../../../supervisor/units/model.ts';
import { formatTimeSpan } from '../../../supervisor/units/time-span.ts';
import type { DumpedUnit } from './dump.ts';

type Lines = Record<string, readonly string[]>;

/** Names that our units leave out on purpose, and systemd adds. */
const LEFT_OUT =
  /^(system.*\.slice|.*\.mount|systemd-journald\.socket|systemd-(tmpfiles-setup|remount-fs)\.service)$/;
const DEPENDENCIES = {
  Requires: 'requires',
  Requisite: 'requisite',
  Wants: 'wants',
  BindsTo: 'bindsTo',
  PartOf: 'partOf',
  Upholds: 'upholds',
  Conflicts: 'conflicts',
  Before: 'before',
  After: 'after',
  OnFailure: 'onFailure',
  OnSuccess: 'onSuccess',
  PropagatesReloadTo: 'propagatesReloadTo',
  ReloadPropagatedFrom: 'reloadPropagatedFrom',
  PropagatesStopTo: 'propagatesStopTo',
  StopPropagatedFrom: 'stopPropagatedFrom',
  JoinsNamespaceOf: 'joinsNamespaceOf',
  Triggers: 'triggers',
} as const;
const LIMITS =
  'CPU FSIZE DATA STACK CORE RSS NOFILE AS NPROC MEMLOCK LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME'.split(
    ' ',
  );
const COMMANDS = [
  'ExecCondition',
  'ExecStartPre',
  'ExecStart',
  'ExecStartPost',
  'ExecReload',
  'ExecStop',
  'ExecStopPost',
  'ExecStopPre',
];

/** What is compared of systemd's side: the same keys, without what only a host has. */
export function theirs(dumped: DumpedUnit, ours: Lines): Lines {
  const lines: Lines = {};
  for (const key of Object.keys(ours)) {
    const values = (COMMANDS.includes(key) ? dumped.commands : dumped.lines).get(key) ?? [];
    if (key in DEPENDENCIES) lines[key] = dependencies(values);
    else if (/Directory$|^Condition|^Assert/.test(key)) lines[key] = values.toSorted();
    // What goes to the kernel's log goes where the journal goes.
    else if (key.startsWith('Standard'))
      lines[key] = values.map((value) => value.replace('kmsg', 'journal').replace('+console', ''));
    else lines[key] = values;
  }
  return lines;
}

function dependencies(values: readonly string[]): string[] {
  return values
    .filter((value) =>
      /origin-(file|default|implicit)/.test(value.replace(/.*\(/, '').replace(/destination-\S+/g, '')),
    )
    .map((value) => value.replace(/ \(.*/, ''))
    .filter((name) => !LEFT_OUT.test(name))
    .toSorted();
}

export function asDumped(unit: Unit): Lines {
  const common: Lines = { 'Unit Load State': [unit.loadState], Description: [unit.description] };
  if (unit.loadState !== 'loaded') return common;
  const dependencyLines = Object.entries(DEPENDENCIES).map(([key, kind]) => [
    key,
    (unit.dependencies[kind] ?? []).filter((name) => !LEFT_OUT.test(name)).toSorted(),
  ]);
  return {
    ...common,
    ...Object.fromEntries(dependencyLines),
    Documentation: unit.documentation,
    'Source Path': maybe(unit.sourcePath),
    StopWhenUnneeded: [word(unit.stopWhenUnneeded)],
    RefuseManualStart: [word(unit.refuseManualStart)],
    RefuseManualStop: [word(unit.refuseManualStop)],
    DefaultDependencies: [word(unit.defaultDependencies)],
    IgnoreOnIsolate: [word(unit.ignoreOnIsolate)],
    OnFailureJobMode: [unit.onFailureJobMode],
    ...conditionLines(unit),
    ...serviceLines(unit),
    ...socketLines(unit),
    ...timerLines(unit),
    ...pathLines(unit),
  };
}

const word = (truth: boolean): string => (truth ? 'yes' : 'no');
const octal = (mode: number): string => mode.toString(8).padStart(4, '0');
const maybe = (value: string | null): readonly string[] => (value === null ? [] : [value]);

function conditionLines({ conditions, asserts }: Unit): Lines {
  const lines: Record<string, string[]> = {};
  for (const [prefix, list] of [
    ['Condition', conditions],
    ['Assert', asserts],
  ] as const) {
    for (const { kind, parameter, trigger, negate } of list) {
      const flags = `${trigger ? '|' : ''}${negate ? '!' : ''}`;
      (lines[prefix + kind] ??= []).push(`${flags}${parameter} untested`);
    }
  }
  return Object.fromEntries(Object.entries(lines).map(([key, values]) => [key, values.toSorted()]));
}

function commandLines(commands: Readonly<Record<string, readonly ExecCommand[]>>): Lines {
  return Object.fromEntries(
    Object.entries(commands).map(([key, list]) => [key, list.map(({ argv }) => argv.map(quoted).join(' '))]),
  );
}

/** As systemd quotes an argument where it prints it for a shell. */
function quoted(argument: string): string {
  if (argument === '') return '""';
  // eslint-disable-next-line no-control-regex -- these are what it quotes
  if (!/[\x00-\x20\x7f"\\`$*?['()<>|&;!]/.test(argument)) return argument;
  const escaped = argument
    .replace(/["\\`$]/g, '\\$&')
    .replace(/[\n\t\r]/g, (blank) => ({ '\n': '\\n', '\t': '\\t' })[blank] ?? '\\r');
  return `"${escaped}"`;
}

/** A real-time signal is a number to us. */
function signal(name: string): string {
  const number = /^SIG(\d+)$/.exec(name)?.[1];
  return number === undefined ? name : `SIGRTMIN+${Number(number) - 34}`;
}

function streamWord({ kind }: StreamTarget): string {
  return kind;
}

function serviceLines({ service }: Unit): Lines {
  if (service === null) return {};
  const { exec, kill } = service;
  return {
    ...commandLines({
      ExecCondition: service.execCondition,
      ExecStartPre: service.execStartPre,
      ExecStart: service.execStart,
      ExecStartPost: service.execStartPost,
      ExecReload: service.execReload,
      ExecStop: service.execStop,
      ExecStopPost: service.execStopPost,
    }),
    Type: [service.type],
    Restart: [service.restart],
    NotifyAccess: [service.notifyAccess],
    RemainAfterExit: [word(service.remainAfterExit)],
    GuessMainPID: [word(service.guessMainPid)],
    PermissionsStartOnly: [word(service.permissionsStartOnly)],
    PIDFile: maybe(service.pidFile),
    BusName: maybe(service.busName),
    OOMPolicy: [service.oomPolicy],
    RestartSec: [formatTimeSpan(service.restartMs, 1000)],
    TimeoutStartSec: [formatTimeSpan(service.timeoutStartMs, 1000)],
    TimeoutStopSec: [formatTimeSpan(service.timeoutStopMs, 1000)],
    TimeoutStartFailureMode: [service.timeoutStartFailureMode],
    TimeoutStopFailureMode: [service.timeoutStopFailureMode],
    RuntimeMaxSec: [formatTimeSpan(service.runtimeMaxMs, 1000)],
    KillMode: [kill.killMode],
    KillSignal: [signal(kill.killSignal)],
    RestartKillSignal: [signal(kill.restartKillSignal ?? kill.killSignal)],
    FinalKillSignal: [signal(kill.finalKillSignal)],
    SendSIGKILL: [word(kill.sendSigkill)],
    SendSIGHUP: [word(kill.sendSighup)],
    UMask: [octal(exec.umask)],
    WorkingDirectory: [
      exec.workingDirectory === null || exec.workingDirectory.path === '~' ? '/' : exec.workingDirectory.path,
    ],
    IgnoreSIGPIPE: [word(exec.ignoreSigpipe)],
    Environment: exec.environment.map(([name, value]) => `${name}=${value}`.split('\n')[0] ?? ''),
    EnvironmentFile: exec.environmentFiles.map(({ path, optional }) => `${optional ? '-' : ''}${path}`),
    PassEnvironment: exec.passEnvironment,
    UnsetEnvironment: exec.unsetEnvironment,
    ExecSearchPath: exec.execSearchPath.length === 0 ? [] : [exec.execSearchPath.join(' ')],
    AmbientCapabilities:
      exec.ambientCapabilities.length === 0
        ? []
        : [exec.ambientCapabilities.map((number) => CAPABILITIES[number]).join(' ')],
    Nice: exec.nice === null ? [] : [String(exec.nice)],
    StandardInput: [streamWord(exec.standardInput)],
    StandardOutput: [streamWord(exec.standardOutput)],
    StandardError: [streamWord(exec.standardError)],
    User: maybe(exec.user),
    Group: maybe(exec.group),
    DynamicUser: [word(exec.dynamicUser)],
    SupplementaryGroups: exec.supplementaryGroups.length === 0 ? [] : [exec.supplementaryGroups.join(' ')],
    RuntimeDirectoryPreserve: [exec.runtimeDirectoryPreserve],
    ...directoryLines('Runtime', exec.runtimeDirectory),
    ...directoryLines('State', exec.stateDirectory),
    ...directoryLines('Cache', exec.cacheDirectory),
    ...directoryLines('Logs', exec.logsDirectory),
    ...directoryLines('Configuration', exec.configurationDirectory),
    ...limitLines(exec.limits),
    ...(exec.oomScoreAdjust === null ? {} : { OOMScoreAdjust: [String(exec.oomScoreAdjust)] }),
  };
}

function directoryLines(name: string, { names, mode }: ManagedDirectories): Lines {
  return { [`${name}Directory`]: names.toSorted(), [`${name}DirectoryMode`]: [octal(mode)] };
}

function limitLines(limits: Readonly<Record<string, string>>): Lines {
  const shown = (text: string | undefined): string =>
    text === 'unlimited' ? '18446744073709551615' : (text ?? '');
  return Object.fromEntries(
    LIMITS.flatMap((name) => {
      const [soft, hard] = limits[name.toLowerCase()]?.split(':') ?? [];
      return soft === undefined
        ? []
        : [
            [`Limit${name}`, [shown(hard)]],
            [`Limit${name}Soft`, [shown(soft)]],
          ];
    }),
  );
}

function socketLines({ socket }: Unit): Lines {
  if (socket === null) return {};
  return {
    ...commandLines({
      ExecStartPre: socket.execStartPre,
      ExecStartPost: socket.execStartPost,
      ExecStopPre: socket.execStopPre,
      ExecStopPost: socket.execStopPost,
    }),
    BindIPv6Only: [socket.bindIpv6Only],
    Backlog: [String(socket.backlog)],
    SocketMode: [octal(socket.socketMode)],
    DirectoryMode: [octal(socket.directoryMode)],
    KeepAlive: [word(socket.keepAlive)],
    NoDelay: [word(socket.noDelay)],
    FreeBind: [word(socket.freeBind)],
    PassCredentials: [word(socket.passCredentials)],
    RemoveOnStop: [word(socket.removeOnStop)],
    // systemd prints both when there is one of them.
    ...(socket.socketUser === null && socket.socketGroup === null
      ? { SocketUser: [], SocketGroup: [] }
      : { SocketUser: [socket.socketUser ?? 'n/a'], SocketGroup: [socket.socketGroup ?? 'n/a'] }),
    TriggerLimitIntervalSec: [formatTimeSpan(socket.triggerLimit.intervalMs, 1000)],
    TriggerLimitBurst: [String(socket.triggerLimit.burst)],
    TimeoutSec: [formatTimeSpan(socket.timeoutMs, 1000)],
  };
}

function timerLines({ timer }: Unit): Lines {
  if (timer === null) return {};
  const keys = {
    active: 'OnActiveSec',
    boot: 'OnBootSec',
    startup: 'OnStartupSec',
    unitActive: 'OnUnitActiveSec',
    unitInactive: 'OnUnitInactiveSec',
  };
  const monotonic: Record<string, string[]> = {};
  // systemd keeps the triggers in the reverse of their order.
  for (const { base, afterMs } of timer.monotonic.toReversed())
    (monotonic[keys[base]] ??= []).push(formatTimeSpan(afterMs, 0));
  return {
    ...monotonic,
    OnCalendar: timer.calendar.map(({ text }) => text).toReversed(),
    Unit: [timer.unit],
    Persistent: [word(timer.persistent)],
    Accuracy: [formatTimeSpan(timer.accuracyMs, 1000)],
    RemainAfterElapse: [word(timer.remainAfterElapse)],
    FixedRandomDelay: [word(timer.fixedRandomDelay)],
    OnClockChange: [word(timer.onClockChange)],
    OnTimeZoneChange: [word(timer.onTimezoneChange)],
  };
}

function pathLines({ path }: Unit): Lines {
  if (path === null) return {};
  const watches: Record<string, string[]> = {};
  const keys = {
    exists: 'PathExists',
    existsGlob: 'PathExistsGlob',
    changed: 'PathChanged',
    modified: 'PathModified',
    directoryNotEmpty: 'DirectoryNotEmpty',
  };
  for (const { kind, path: watched } of path.watches.toReversed()) (watches[keys[kind]] ??= []).push(watched);
  return {
    ...watches,
    Unit: [path.unit],
    MakeDirectory: [word(path.makeDirectory)],
    DirectoryMode: [octal(path.directoryMode)],
    TriggerLimitIntervalSec: [formatTimeSpan(path.triggerLimit.intervalMs, 1000)],
    TriggerLimitBurst: [String(path.triggerLimit.burst)],
  };
}
