// A supervisor in memory: processes that start and stop at once, or when the test says so. For tests of control/.

import { appendFileSync, existsSync, truncateSync } from 'node:fs';
import type {
  Commands,
  ControlEvent,
  GroupSnapshot,
  Health,
  Log,
  LogListener,
  ProcessRef,
  ProcessSnapshot,
  StartOutcome,
  StreamName,
  SupervisorState,
} from '../../supervisor/control/commands.ts';
import type { Group, Plan, Program, StreamConfig } from '../../supervisor/model.ts';

/** What a call did, in order: `start a:b`, `signal web SIGHUP`, `stdin web hello`. */
export type Journal = string[];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class FakeCommands implements Commands {
  readonly journal: Journal = [];
  readonly logged: string[] = [];
  state: SupervisorState = 'RUNNING';
  identification = 'supervisor';
  version = '4.2.5';
  wellness: Health = { healthy: true, reasons: [] };
  mainLogFile: FakeLog | null = null;
  rereadFails: string | null = null;
  /** What a start leads to, by process name; started if not set. */
  readonly startOutcomes = new Map<string, StartOutcome>();
  /** Processes whose start and stop wait for `release`. */
  readonly held = new Set<string>();
  readonly logs = new Map<string, FakeLog>();
  #plan: Plan;
  readonly #groups = new Map<string, { group: Group; processes: Mutable<ProcessSnapshot>[] }>();
  readonly #listeners = new Set<(event: ControlEvent) => void>();
  readonly #waiting: (() => void)[] = [];
  #nextPid = 1000;

  constructor(groups: readonly Group[] = []) {
    this.#plan = planOf(groups);
    for (const group of groups) this.#activate(group);
  }

  /** Lets all that was held go on. */
  release(): void {
    this.held.clear();
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Sets fields of a process, as if that had happened to it. */
  change(group: string, name: string, fields: Partial<ProcessSnapshot>): void {
    Object.assign(this.#get({ group, name }) ?? {}, fields);
  }

  /** The configuration that the next reread finds. */
  configure(groups: readonly Group[]): void {
    this.#plan = planOf(groups);
  }

  emit(event: ControlEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  info(): ReturnType<Commands['info']> {
    const { state, identification, version } = this;
    return { state, pid: process.pid, identification, version, startedAtMs: 1_700_000_000_000 };
  }

  plan(): Plan {
    return this.#plan;
  }

  groups(): readonly GroupSnapshot[] {
    return [...this.#groups.values()].map(({ group, processes }) => ({
      name: group.name,
      priority: group.priority,
      processes: processes.map((process) => ({ ...process })),
    }));
  }

  uidOf(user: string): number | null {
    return user === 'root' ? 0 : null;
  }

  health(): Health {
    return this.wellness;
  }

  async start(ref: ProcessRef, { wait }: { readonly wait: boolean }): Promise<StartOutcome> {
    const process = this.#get(ref);
    if (process === undefined) return { kind: 'no-such-process' };
    this.journal.push(`start ${ref.group}:${ref.name} ${wait ? 'wait' : 'nowait'}`);
    const outcome = this.startOutcomes.get(ref.name);
    if (outcome !== undefined) return outcome;
    if (['RUNNING', 'STARTING', 'BACKOFF'].includes(process.state)) return { kind: 'already-started' };
    if (wait) await this.#hold(ref.name);
    this.#nextPid += 1;
    this.#become(process, 'RUNNING', {
      pid: this.#nextPid,
      startedAtMs: Date.now(),
      exit: null,
      spawnError: null,
    });
    return { kind: 'started' };
  }

  async stop(ref: ProcessRef, { wait }: { readonly wait: boolean }): ReturnType<Commands['stop']> {
    const process = this.#get(ref);
    if (process === undefined) return { kind: 'no-such-process' };
    this.journal.push(`stop ${ref.group}:${ref.name} ${wait ? 'wait' : 'nowait'}`);
    if (!['RUNNING', 'STARTING', 'BACKOFF'].includes(process.state)) return { kind: 'not-running' };
    if (wait) await this.#hold(ref.name);
    const exit = { code: null, signal: 'SIGTERM' };
    this.#become(process, 'STOPPED', { pid: null, stoppedAtMs: Date.now(), exit });
    return { kind: 'stopped' };
  }

  signal(ref: ProcessRef, signal: NodeJS.Signals): ReturnType<Commands['signal']> {
    const process = this.#get(ref);
    if (process === undefined) return Promise.resolve({ kind: 'no-such-process' });
    this.journal.push(`signal ${ref.group}:${ref.name} ${signal}`);
    return Promise.resolve({ kind: process.pid === null ? 'not-running' : 'signalled' });
  }

  writeStdin(ref: ProcessRef, bytes: Uint8Array): ReturnType<Commands['writeStdin']> {
    const process = this.#get(ref);
    if (process === undefined) return Promise.resolve({ kind: 'no-such-process' });
    if (process.pid === null) return Promise.resolve({ kind: 'not-running' });
    this.journal.push(`stdin ${ref.group}:${ref.name} ${Buffer.from(bytes).toString('hex')}`);
    // Echoes, so that a client can see that its input arrived.
    this.logs.get(`${ref.name}.stdout`)?.append(bytes);
    return Promise.resolve({ kind: 'written' });
  }

  reread(): ReturnType<Commands['reread']> {
    if (this.rereadFails !== null)
      return Promise.resolve({ kind: 'cannot-reread', message: this.rereadFails });
    const names = this.#plan.groups.map((group) => group.name);
    const active = [...this.#groups.keys()];
    const changed = this.#plan.groups.filter((group) => {
      const running = this.#groups.get(group.name);
      return running !== undefined && JSON.stringify(running.group) !== JSON.stringify(group);
    });
    return Promise.resolve({
      kind: 'reread',
      added: names.filter((name) => !active.includes(name)),
      changed: changed.map((group) => group.name),
      removed: active.filter((name) => !names.includes(name)),
    });
  }

  addGroup(name: string): ReturnType<Commands['addGroup']> {
    const group = this.#plan.groups.find((candidate) => candidate.name === name);
    if (group === undefined) return Promise.resolve('no-such-group');
    if (this.#groups.has(name)) return Promise.resolve('already-added');
    this.#activate(group);
    this.emit({ type: 'group', atMs: Date.now(), group: name, change: 'added' });
    return Promise.resolve('added');
  }

  removeGroup(name: string): ReturnType<Commands['removeGroup']> {
    const active = this.#groups.get(name);
    if (active === undefined) return Promise.resolve('no-such-group');
    if (active.processes.some((process) => process.pid !== null)) return Promise.resolve('still-running');
    this.#groups.delete(name);
    this.emit({ type: 'group', atMs: Date.now(), group: name, change: 'removed' });
    return Promise.resolve('removed');
  }

  shutdown(): void {
    this.journal.push('shutdown');
    this.state = 'SHUTDOWN';
  }

  restart(): void {
    this.journal.push('restart');
    this.state = 'RESTARTING';
  }

  sendRemoteCommEvent(type: string, data: string): void {
    this.journal.push(`event ${type} ${data}`);
  }

  mainLog(): Log | null {
    return this.mainLogFile;
  }

  processLog(ref: ProcessRef, stream: StreamName): Log | null {
    return this.#get(ref) === undefined ? null : (this.logs.get(`${ref.name}.${stream}`) ?? null);
  }

  subscribe(listener: (event: ControlEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  log(level: string, message: string): void {
    this.logged.push(`${level} ${message}`);
  }

  #activate(group: Group): void {
    this.#groups.set(group.name, { group, processes: group.programs.map(snapshotOf) });
  }

  #get({ group, name }: ProcessRef): Mutable<ProcessSnapshot> | undefined {
    return this.#groups.get(group)?.processes.find((process) => process.name === name);
  }

  #become(
    process: Mutable<ProcessSnapshot>,
    state: ProcessSnapshot['state'],
    fields: Partial<ProcessSnapshot>,
  ): void {
    const { group, name, state: from } = process;
    Object.assign(process, fields, { state });
    const { pid, exit } = process;
    this.emit({ type: 'process', atMs: Date.now(), group, name, from, to: state, pid, exit, expected: null });
  }

  async #hold(name: string): Promise<void> {
    if (this.held.has(name)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** A log in a file, or in memory if it has no path. */
export class FakeLog implements Log {
  readonly place: Log['place'];
  readonly #path: string | null;
  readonly #listeners = new Set<LogListener>();
  #memory: Uint8Array = new Uint8Array();

  constructor(path: string | null, text: string | Uint8Array = '') {
    this.#path = path;
    this.place =
      path === null ? { kind: 'memory', bytes: () => this.#memory.slice() } : { kind: 'file', path };
    this.append(text);
  }

  append(text: string | Uint8Array): void {
    const chunk = typeof text === 'string' ? Buffer.from(text) : text;
    if (this.#path === null) this.#memory = Buffer.concat([this.#memory, chunk]);
    else appendFileSync(this.#path, chunk);
    this.tell(chunk);
  }

  /** Tells of a chunk without keeping it. */
  tell(chunk: Uint8Array): void {
    for (const listener of this.#listeners) listener({ kind: 'data', chunk });
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  clear(): ReturnType<Log['clear']> {
    if (this.#path === null) this.#memory = new Uint8Array();
    else if (existsSync(this.#path)) truncateSync(this.#path);
    else return Promise.resolve({ kind: 'no-file' });
    for (const listener of this.#listeners) listener({ kind: 'cleared' });
    return Promise.resolve({ kind: 'cleared' });
  }

  follow(listener: LogListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export function groupOf(name: string, programs: readonly Partial<Program>[], priority = 999): Group {
  return { name, priority, programs: programs.map((fields) => programOf({ group: name, ...fields })) };
}

export function programOf(fields: Partial<Program>): Program {
  const name = fields.name ?? 'web';
  return {
    kind: 'program',
    name,
    group: name,
    origin: { file: 'supervisord.conf', line: 1 },
    commandLine: '/bin/cat',
    argv: ['/bin/cat'],
    priority: 999,
    autostart: true,
    autorestart: 'unexpected',
    startSecs: 1,
    startRetries: 3,
    exitCodes: [0],
    stopSignal: 'SIGTERM',
    stopWaitSecs: 10,
    stopAsGroup: false,
    killAsGroup: false,
    user: null,
    directory: null,
    umask: null,
    environment: {},
    redirectStderr: false,
    stdout: STREAM,
    stderr: STREAM,
    serverUrl: null,
    enabled: true,
    type: 'service',
    dependsOn: [],
    ready: null,
    exitOn: 'never',
    logFormat: null,
    maxRestarts: 0,
    restartWindowSecs: 60,
    backoffMaxSecs: null,
    limits: {},
    environmentFiles: [],
    setHome: false,
    statusFile: null,
    schedule: null,
    check: null,
    watch: null,
    ...fields,
  };
}

export const STREAM: StreamConfig = {
  target: { kind: 'none' },
  maxBytes: 50 * 1024 * 1024,
  backups: 10,
  captureMaxBytes: 0,
  eventsEnabled: false,
  syslog: false,
};

function snapshotOf(program: Program): Mutable<ProcessSnapshot> {
  const pathOf = ({ target }: StreamConfig): string | null => ('path' in target ? target.path : null);
  return {
    group: program.group,
    name: program.name,
    state: 'STOPPED',
    pid: null,
    startedAtMs: null,
    stoppedAtMs: null,
    exit: null,
    spawnError: null,
    restarts: 0,
    ready: false,
    nextRunAtMs: null,
    stdoutLogfile: pathOf(program.stdout),
    stderrLogfile: program.redirectStderr ? null : pathOf(program.stderr),
    program,
  };
}

function planOf(groups: readonly Group[]): Plan {
  return {
    supervisor: {
      logfile: { kind: 'none' },
      logfileMaxBytes: 0,
      logfileBackups: 0,
      loglevel: 'info',
      pidfile: null,
      umask: 0o022,
      nodaemon: true,
      silent: false,
      minfds: 1024,
      minprocs: 200,
      nocleanup: false,
      childLogDir: '/tmp',
      user: null,
      directory: null,
      stripAnsi: false,
      environment: {},
      identifier: 'supervisor',
    },
    groups,
    unixServer: null,
    inetServers: [],
    rpcInterface: true,
    files: [],
    problems: [],
  };
}
