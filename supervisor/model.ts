// The one internal model that every dialect (supervisord's INI, image.ini, later systemd units) reads into.
// Types only, and no effects: config/ makes these values, process/ decides with them, supervisor.ts acts on them.

/** Where a setting was written; lines count from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

/** A finding about a configuration. An error prevents the start (exit 78); a warning is said once. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  /** One sentence without a final stop; names the object. */
  readonly message: string;
  /** What to do about it, if that is not plain from the message. */
  readonly remedy?: string;
  readonly origin?: Origin;
}

/** What supervisord's `autorestart` says: `unexpected` restarts after an exit code that `exitCodes` does not list. */
export type Autorestart = 'never' | 'unexpected' | 'always';

/** What the FATAL state or the end of a program does to the container. */
export type ExitOn = 'never' | 'fatal' | 'exit';

/** How a line of a program's output is written to the container's own stdout or stderr. */
export type LogFormat = 'raw' | 'prefix' | 'json';

/** Where one output stream of a program goes. `inherit` is /dev/fd/1, /dev/stdout and their kin. */
export type LogTarget =
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  | { readonly kind: 'syslog' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'inherit'; readonly fd: 1 | 2; readonly path: string };

export interface StreamConfig {
  readonly target: LogTarget;
  /** Bytes; 0 means that the file is never rotated. */
  readonly maxBytes: number;
  readonly backups: number;
  /** Bytes of the capture buffer; 0 means no capture mode. */
  readonly captureMaxBytes: number;
  readonly eventsEnabled: boolean;
  /** Also send every line to syslog. */
  readonly syslog: boolean;
}

/** A listening socket that an fcgi-program's processes share as descriptor 0. */
export interface FcgiSocket {
  /** `unix:///abs/path` or `tcp://host:port`, as written. */
  readonly url: string;
  readonly owner: string | null;
  readonly mode: number;
  readonly backlog: number | null;
}

/** What a listener's results mean: `OK` that its event is done with; or they are output of programs, to be printed. */
export type ResultHandler = 'default' | 'print';

export interface EventListenerConfig {
  readonly events: readonly string[];
  readonly bufferSize: number;
  readonly resultHandler: ResultHandler;
}

/** How a program says that it is ready; without one it is ready when RUNNING. */
export type Readiness =
  | { readonly kind: 'notify' }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'exec'; readonly command: string }
  | { readonly kind: 'log'; readonly pattern: string };

/** A question that a running program must go on answering. */
export interface HealthCheck {
  readonly ask: Exclude<Readiness, { readonly kind: 'notify' | 'log' }>;
  /** Between an answer and the next question. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** So many failures in a row make the program unhealthy. */
  readonly failures: number;
  readonly action: 'restart' | 'none';
}

/** Files and directories, and what their change does to the program. */
export interface FileWatch {
  readonly paths: readonly string[];
  readonly action: { readonly kind: 'restart' } | { readonly kind: 'signal'; readonly signal: string };
}

/** One process to run: a `[program:x]` with numprocs=3 makes three of these. */
export interface Program {
  readonly kind: 'program' | 'eventlistener' | 'fcgi-program';
  /** The process name, unique in its group. */
  readonly name: string;
  readonly group: string;
  readonly origin: Origin;
  /** The command as written, after expansion. */
  readonly commandLine: string;
  /** The command split as shlex does; empty where it cannot be split, and commandProblem says why. */
  readonly argv: readonly string[];
  readonly commandProblem?: string;
  readonly priority: number;
  readonly autostart: boolean;
  readonly autorestart: Autorestart;
  readonly startSecs: number;
  readonly startRetries: number;
  readonly exitCodes: readonly number[];
  /** A signal's name with SIG: `SIGTERM`. */
  readonly stopSignal: string;
  readonly stopWaitSecs: number;
  readonly stopAsGroup: boolean;
  readonly killAsGroup: boolean;
  /** Name or number of the user to run as; null keeps the supervisor's. */
  readonly user: string | null;
  readonly directory: string | null;
  /** File mode bits to mask, e.g. 0o022; null keeps the supervisor's. */
  readonly umask: number | null;
  /** Variables that are added to the supervisor's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly redirectStderr: boolean;
  readonly stdout: StreamConfig;
  readonly stderr: StreamConfig;
  /** SUPERVISOR_SERVER_URL of the program; null means the first server's own. */
  readonly serverUrl: string | null;
  readonly listener?: EventListenerConfig;
  readonly socket?: FcgiSocket;

  // Keys that supervisord does not have. The defaults leave its behaviour as it is.
  readonly enabled: boolean;
  readonly type: 'service' | 'oneshot';
  readonly dependsOn: readonly string[];
  readonly ready: Readiness | null;
  readonly exitOn: ExitOn;
  readonly logFormat: LogFormat | null;
  /** Crashes after startsecs within restartWindowSecs that make the program FATAL; 0 means no limit. */
  readonly maxRestarts: number;
  readonly restartWindowSecs: number;
  /** The longest pause in BACKOFF in seconds; null means that the n-th pause is n seconds, without a cap. */
  readonly backoffMaxSecs: number | null;
  /** Limit name (`nofile`, `core`, …) to its value, as `prlimit` names them. */
  readonly limits: Readonly<Record<string, string>>;
  readonly environmentFiles: readonly string[];
  /** Set HOME, USER, LOGNAME and SHELL from the user's passwd entry (supervisord leaves the parent's). */
  readonly setHome: boolean;
  /** The first line of this file is shown beside the program's state; null for none. */
  readonly statusFile: string | null;
  /** When it is started, in cron's notation; null for a program that starts with the supervisor or on request. */
  readonly schedule: string | null;
  readonly check: HealthCheck | null;
  readonly watch: FileWatch | null;
}

export interface Group {
  readonly name: string;
  readonly priority: number;
  readonly programs: readonly Program[];
}

export interface UnixServer {
  readonly file: string;
  readonly mode: number;
  /** `user` or `user:group`; null keeps the supervisor's own. */
  readonly owner: string | null;
  readonly username: string | null;
  readonly password: string | null;
}

export interface InetServer {
  /** Empty for all addresses. */
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
}

/** The `[supervisord]` section, after expansion. `logfile` and `pidfile` are absolute; the other paths are as written. */
export interface SupervisorConfig {
  readonly logfile: LogTarget;
  readonly logfileMaxBytes: number;
  readonly logfileBackups: number;
  readonly loglevel: LogLevel;
  readonly pidfile: string | null;
  readonly umask: number;
  readonly nodaemon: boolean;
  readonly silent: boolean;
  readonly minfds: number;
  readonly minprocs: number;
  readonly nocleanup: boolean;
  readonly childLogDir: string;
  readonly user: string | null;
  readonly directory: string | null;
  readonly stripAnsi: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly identifier: string;
}

export type LogLevel = 'critical' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'blather';

/** How the command-line client finds and names the server. */
export interface SupervisorctlConfig {
  /** `unix:///path` or `http://host:port`. */
  readonly serverUrl: string;
  readonly username: string | null;
  readonly password: string | null;
  readonly prompt: string;
  readonly historyFile: string | null;
}

/** Everything that one reading of the configuration gives; replaced as a whole on reload. */
export interface Plan {
  readonly supervisor: SupervisorConfig;
  readonly groups: readonly Group[];
  readonly unixServer: UnixServer | null;
  readonly inetServers: readonly InetServer[];
  /** Whether `[rpcinterface:supervisor]` is there: without it the real supervisorctl gets UNKNOWN_METHOD. */
  readonly rpcInterface: boolean;
  /** `[supervisorctl]`, where the file has that section. */
  readonly supervisorctl?: SupervisorctlConfig;
  /** The files that were read, in order. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}
