// What reading systemd's unit files gives: types only, and no effects. units/ makes these values from text,
// live/units/ acts on them. Names are systemd's own (systemd.unit(5), systemd.service(5), …), in camel case.

import type { Problem } from '../model.ts';

/**
 * The types that a container can run. `other` is a mount, a device, a slice, …: known by name only, always `loaded`, and
 * to be taken as active, since what is mounted and plugged in is not the container's to decide.
 */
export type UnitType = 'service' | 'socket' | 'timer' | 'target' | 'path' | 'other';

/** As `systemctl show -p LoadState`: what became of the unit's file. */
export type LoadState = 'loaded' | 'not-found' | 'bad-setting' | 'error' | 'masked' | 'merged';

/** As `systemctl is-enabled` prints it. */
export type UnitFileState =
  | 'enabled'
  | 'enabled-runtime'
  | 'linked'
  | 'linked-runtime'
  | 'alias'
  | 'masked'
  | 'masked-runtime'
  | 'static'
  | 'indirect'
  | 'disabled'
  | 'generated'
  | 'transient'
  | 'bad';

/** The dependencies of systemd.unit(5) that a manager acts on; each has its reverse. */
export type DependencyKind =
  | 'requires'
  | 'requisite'
  | 'wants'
  | 'bindsTo'
  | 'partOf'
  | 'upholds'
  | 'conflicts'
  | 'before'
  | 'after'
  | 'onFailure'
  | 'onSuccess'
  | 'propagatesReloadTo'
  | 'reloadPropagatedFrom'
  | 'propagatesStopTo'
  | 'stopPropagatedFrom'
  | 'joinsNamespaceOf'
  | 'triggers'
  | 'requiredBy'
  | 'wantedBy'
  | 'boundBy'
  | 'consistsOf'
  | 'conflictedBy'
  | 'triggeredBy';

/** Names of units, in the order in which they were written; without duplicates. */
export type Dependencies = Readonly<Partial<Record<DependencyKind, readonly string[]>>>;

/** One `Condition…=` or `Assert…=` line; `|` makes it a trigger (one of the triggers must hold), `!` negates it. */
export interface Condition {
  /** Without the word Condition or Assert: `PathExists`, `ACPower`, … */
  readonly kind: string;
  readonly parameter: string;
  readonly trigger: boolean;
  readonly negate: boolean;
}

/** A unit as read: specifiers expanded, drop-ins and links applied, default dependencies added. */
export interface Unit {
  /** The primary name, with its type: `nginx.service`, `getty@tty1.service`. */
  readonly id: string;
  /** The primary name and all aliases. */
  readonly names: readonly string[];
  readonly type: UnitType;
  readonly loadState: LoadState;
  /** Why loadState is `bad-setting` or `error`. */
  readonly loadError: string | null;
  readonly description: string;
  readonly documentation: readonly string[];
  readonly fragmentPath: string | null;
  /** SourcePath=: what a generator has made the unit from. */
  readonly sourcePath: string | null;
  readonly dropInPaths: readonly string[];
  readonly dependencies: Dependencies;
  readonly conditions: readonly Condition[];
  readonly asserts: readonly Condition[];
  readonly defaultDependencies: boolean;
  readonly stopWhenUnneeded: boolean;
  readonly refuseManualStart: boolean;
  readonly refuseManualStop: boolean;
  readonly allowIsolate: boolean;
  readonly ignoreOnIsolate: boolean;
  readonly onFailureJobMode: string;
  /** StartLimitIntervalSec= and StartLimitBurst=; an interval or burst of 0 means no limit. */
  readonly startLimit: { readonly intervalMs: number; readonly burst: number; readonly action: string };
  /** JobTimeoutSec=; null means none. */
  readonly jobTimeoutMs: number | null;
  /** `none`, `reboot`, `poweroff`, `exit` and their kin: what the container's end is to follow from. */
  readonly failureAction: string;
  readonly successAction: string;
  readonly failureActionExitStatus: number | null;
  readonly successActionExitStatus: number | null;
  readonly service: ServiceSettings | null;
  readonly timer: TimerSettings | null;
  readonly socket: SocketSettings | null;
  readonly path: PathSettings | null;
  readonly install: InstallSettings;
  /** What was ignored and why, said once: unknown keys, values that cannot be read, what no container can do. */
  readonly problems: readonly Problem[];
}

/** `[Install]`: what `systemctl enable` makes links from. */
export interface InstallSettings {
  readonly alias: readonly string[];
  readonly wantedBy: readonly string[];
  readonly requiredBy: readonly string[];
  /** Since systemd 254. */
  readonly upheldBy: readonly string[];
  readonly also: readonly string[];
  readonly defaultInstance: string | null;
}

/** One command of an `Exec…=` line (systemd.service(5), "Command lines"). */
export interface ExecCommand {
  /** Absolute, or a name that is looked up in the fixed search path. */
  readonly path: string;
  /** argv[0] included; variables (`$NAME`, `${NAME}`) are still in it: they are replaced when it is run. */
  readonly argv: readonly string[];
  /** Prefix `-`: a failure is recorded and otherwise ignored. */
  readonly ignoreFailure: boolean;
  /** Prefix `+`: as root, outside of User= and its kin. `!` and `!!`: User= apart. */
  readonly privileges: 'normal' | 'full' | 'no-setuid' | 'ambient';
  /** Prefix `:`: no replacement of variables. */
  readonly expandVariables: boolean;
}

export type ServiceType =
  | 'simple'
  | 'exec'
  | 'forking'
  | 'oneshot'
  | 'dbus'
  | 'notify'
  | 'notify-reload'
  | 'idle';
export type RestartPolicy =
  | 'no'
  | 'on-success'
  | 'on-failure'
  | 'on-abnormal'
  | 'on-watchdog'
  | 'on-abort'
  | 'always';
export type KillMode = 'control-group' | 'mixed' | 'process' | 'none';
export type NotifyAccess = 'none' | 'main' | 'exec' | 'all';
/** Exit codes and signals (`SIGTERM`) of SuccessExitStatus= and its kin. */
export interface ExitStatusSet {
  readonly codes: readonly number[];
  readonly signals: readonly string[];
}

/** Where a stream goes or comes from (systemd.exec(5), StandardInput= and its kin). */
export type StreamTarget =
  | { readonly kind: 'inherit' | 'null' | 'tty' | 'journal' | 'socket' | 'data' }
  | { readonly kind: 'file' | 'append' | 'truncate'; readonly path: string }
  | { readonly kind: 'fd'; readonly name: string };

/** RuntimeDirectory= and its four kin. */
export interface ManagedDirectories {
  /** Relative names, below /run, /var/lib, /var/cache, /var/log, /etc. */
  readonly names: readonly string[];
  /** `name:link`: links to them, in the same place. */
  readonly symlinks: readonly (readonly [name: string, link: string])[];
  readonly mode: number;
}

export interface ExecSettings {
  readonly user: string | null;
  readonly group: string | null;
  readonly supplementaryGroups: readonly string[];
  readonly dynamicUser: boolean;
  /** `-` in front (optional) is its own flag; `~` is the user's home. */
  readonly workingDirectory: { readonly path: string; readonly optional: boolean } | null;
  readonly umask: number;
  /** Environment=, in order; later wins. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** EnvironmentFile=, in order, after Environment= in precedence; paths may hold globs. */
  readonly environmentFiles: readonly { readonly path: string; readonly optional: boolean }[];
  readonly passEnvironment: readonly string[];
  readonly unsetEnvironment: readonly string[];
  /** ExecSearchPath=: where commands without a slash are looked for; empty: in the fixed search path. */
  readonly execSearchPath: readonly string[];
  /** Names as System.spawn takes them (`nofile`) → `soft:hard`. */
  readonly limits: Readonly<Record<string, string>>;
  readonly nice: number | null;
  readonly oomScoreAdjust: number | null;
  readonly standardInput: StreamTarget;
  readonly standardInputData: Uint8Array | null;
  readonly standardOutput: StreamTarget;
  readonly standardError: StreamTarget;
  readonly syslogIdentifier: string | null;
  /** The priority of a line that does not say otherwise, and whether a line may (`<3>text`). */
  readonly syslogLevel: number;
  readonly syslogLevelPrefix: boolean;
  readonly runtimeDirectory: ManagedDirectories;
  readonly runtimeDirectoryPreserve: 'no' | 'yes' | 'restart';
  readonly stateDirectory: ManagedDirectories;
  readonly cacheDirectory: ManagedDirectories;
  readonly logsDirectory: ManagedDirectories;
  readonly configurationDirectory: ManagedDirectories;
  readonly ignoreSigpipe: boolean;
  /** By their numbers. */
  readonly ambientCapabilities: readonly number[];
  /** SetCredential=: the name of the file and what is in it. */
  readonly setCredentials: readonly (readonly [id: string, value: string])[];
  /** LoadCredential=: the source is an absolute path, or a name that is looked for where credentials are kept. */
  readonly loadCredentials: readonly (readonly [id: string, source: string])[];
}

export interface KillSettings {
  readonly killMode: KillMode;
  readonly killSignal: string;
  readonly restartKillSignal: string | null;
  readonly finalKillSignal: string;
  readonly watchdogSignal: string;
  readonly sendSigkill: boolean;
  readonly sendSighup: boolean;
}

export interface ServiceSettings {
  readonly type: ServiceType;
  readonly exitType: 'main' | 'cgroup';
  readonly remainAfterExit: boolean;
  readonly guessMainPid: boolean;
  readonly pidFile: string | null;
  readonly busName: string | null;
  readonly execCondition: readonly ExecCommand[];
  readonly execStartPre: readonly ExecCommand[];
  readonly execStart: readonly ExecCommand[];
  readonly execStartPost: readonly ExecCommand[];
  readonly execReload: readonly ExecCommand[];
  readonly execStop: readonly ExecCommand[];
  readonly execStopPost: readonly ExecCommand[];
  readonly restart: RestartPolicy;
  readonly restartMs: number;
  /** RestartSteps= and RestartMaxDelaySec=: the pause grows in so many steps up to this; 0 steps: it does not. */
  readonly restartSteps: number;
  readonly restartMaxDelayMs: number;
  /** RestartMode=: `direct` skips the failed state between two runs, so that dependents stay up. */
  readonly restartMode: 'normal' | 'direct' | 'debug';
  /** What Type=notify-reload sends. */
  readonly reloadSignal: string;
  readonly restartPreventExitStatus: ExitStatusSet;
  readonly restartForceExitStatus: ExitStatusSet;
  readonly successExitStatus: ExitStatusSet;
  /** Infinity means no limit, here and below. */
  readonly timeoutStartMs: number;
  readonly timeoutStopMs: number;
  readonly timeoutAbortMs: number | null;
  readonly timeoutStartFailureMode: 'terminate' | 'abort' | 'kill';
  readonly timeoutStopFailureMode: 'terminate' | 'abort' | 'kill';
  readonly runtimeMaxMs: number;
  /** 0 means no watchdog. */
  readonly watchdogMs: number;
  readonly notifyAccess: NotifyAccess;
  readonly permissionsStartOnly: boolean;
  /** Sockets=, besides the socket unit of the same name. */
  readonly sockets: readonly string[];
  readonly fileDescriptorStoreMax: number;
  readonly oomPolicy: 'continue' | 'stop' | 'kill';
  readonly exec: ExecSettings;
  readonly kill: KillSettings;
}

/** OnActiveSec= and its kin, each relative to its own base. */
export interface MonotonicTrigger {
  readonly base: 'active' | 'boot' | 'startup' | 'unitActive' | 'unitInactive';
  readonly afterMs: number;
}

/** A calendar event expression as read (systemd.time(7)); units/calendar.ts makes and evaluates it. */
export interface CalendarSpec {
  /** As normalised by `systemd-analyze calendar`. */
  readonly text: string;
  /** Monday is 0; empty: any day. */
  readonly weekdays: readonly number[];
  readonly utc: boolean;
  readonly timeZone: string | null;
  readonly fields: Readonly<
    Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', readonly CalendarComponent[]>
  >;
  /** `~`: days count from the end of the month. */
  readonly endOfMonth: boolean;
}

/** start, start..stop, either with a repetition; seconds may have fractions. Empty list: any value. */
export interface CalendarComponent {
  readonly start: number;
  readonly stop: number | null;
  readonly repeat: number | null;
}

export interface TimerSettings {
  readonly monotonic: readonly MonotonicTrigger[];
  readonly calendar: readonly CalendarSpec[];
  readonly accuracyMs: number;
  readonly randomizedDelayMs: number;
  readonly fixedRandomDelay: boolean;
  readonly persistent: boolean;
  readonly remainAfterElapse: boolean;
  readonly onClockChange: boolean;
  readonly onTimezoneChange: boolean;
  /** The unit that is started. */
  readonly unit: string;
}

export interface SocketListen {
  readonly kind: 'stream' | 'datagram' | 'sequential' | 'fifo';
  /** A path, `@abstract`, a port, or `address:port` as written. */
  readonly address: string;
}

export interface SocketSettings {
  readonly listen: readonly SocketListen[];
  readonly accept: boolean;
  readonly socketUser: string | null;
  readonly socketGroup: string | null;
  readonly socketMode: number;
  readonly directoryMode: number;
  readonly backlog: number;
  readonly bindIpv6Only: 'default' | 'both' | 'ipv6-only';
  readonly maxConnections: number;
  /** 0: no limit. */
  readonly maxConnectionsPerSource: number;
  readonly fileDescriptorName: string | null;
  readonly removeOnStop: boolean;
  readonly symlinks: readonly string[];
  readonly service: string;
  readonly reusePort: boolean;
  readonly freeBind: boolean;
  readonly keepAlive: boolean;
  readonly noDelay: boolean;
  readonly passCredentials: boolean;
  readonly triggerLimit: { readonly intervalMs: number; readonly burst: number };
  readonly execStartPre: readonly ExecCommand[];
  readonly execStartPost: readonly ExecCommand[];
  readonly execStopPre: readonly ExecCommand[];
  readonly execStopPost: readonly ExecCommand[];
  readonly timeoutMs: number;
  readonly exec: ExecSettings;
  readonly kill: KillSettings;
}

export interface PathSettings {
  readonly watches: readonly {
    readonly kind: 'exists' | 'existsGlob' | 'changed' | 'modified' | 'directoryNotEmpty';
    readonly path: string;
  }[];
  readonly makeDirectory: boolean;
  readonly directoryMode: number;
  readonly triggerLimit: { readonly intervalMs: number; readonly burst: number };
  readonly unit: string;
}
