// The inits side by side, inside one container: each with the same programs, in its own configuration.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

export const INITS = ['initkit', 'supervisord', 's6', 'runit'] as const;
export type Init = (typeof INITS)[number];

export interface Programs {
  readonly count: number;
  /** A shell command; the program's number is $N. */
  readonly command: string;
  /** Further keys of every program, for initkit and supervisord. */
  readonly keys?: readonly string[];
}

export interface StartOptions {
  readonly programs: Programs;
  /** Sections before those of the programs, for initkit and supervisord. */
  readonly sections?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Let supervisord write its log to stdout, too. */
  readonly talks?: boolean;
  /** Where stdout goes, as the shell writes it; without it, it is read line by line. */
  readonly pipeTo?: string;
}

export interface Running {
  readonly pid: number;
  readonly directory: string;
  /** performance.now() just before its exec. */
  readonly startedAt: number;
  /** When so many lines had come, in milliseconds of performance.now(). */
  lines(count: number): Promise<number>;
  /** The last line that begins with `up`, without that word. */
  last(): string;
  /** When a line like this came, on either stream. */
  line(pattern: RegExp): Promise<number>;
  /** When it had ended. */
  readonly ended: Promise<number>;
}

const SOCKET = 'supervisor.sock';

export const TO_STDOUT = ['stdout_logfile=/dev/fd/1', 'stdout_logfile_maxbytes=0'];

export function startInit(init: Init, options: StartOptions): Running {
  const directory = mkdtempSync(`/tmp/bench-${init}-`);
  const argv = prepare(init, directory, options);
  const words = options.pipeTo === undefined ? argv : piped(argv, options.pipeTo);
  return watch(words, directory, options.environment ?? {});
}

export function socketOf(running: Running): string {
  return join(running.directory, SOCKET);
}

/** Starts a program as it is, for comparison. */
export function startPlain(argv: readonly string[]): Running {
  return watch(argv, mkdtempSync('/tmp/bench-plain-'), {});
}

function watch(
  argv: readonly string[],
  directory: string,
  environment: Readonly<Record<string, string>>,
): Running {
  const [file = '', ...parameters] = argv;
  const events: { at: number; text: string }[] = [];
  const waiting = new Set<() => void>();
  const output = makePipe(directory);
  const startedAt = performance.now();
  const child = spawn(file, parameters, {
    stdio: ['ignore', output.writeEnd, 'pipe'],
    env: { ...process.env, ...environment },
  });
  closeSync(output.writeEnd);
  const ended = new Promise<number>((resolve, reject) => {
    child.on('exit', () => resolve(performance.now()));
    child.on('error', reject);
  });
  const take = (chunk: Buffer): void => {
    const at = performance.now();
    for (const text of chunk.toString('latin1').split('\n')) if (text !== '') events.push({ at, text });
    for (const look of waiting) look();
  };
  output.reader.on('data', take);
  child.stderr?.on('data', take);
  const when = (find: () => number | null): Promise<number> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const at = find();
        if (at === null) return;
        waiting.delete(look);
        resolve(at);
      };
      waiting.add(look);
      void ended.then(() => setImmediate(() => reject(new Error(`${file} ended: ${told()}`))));
      look();
    });
  const ups = (): typeof events => events.filter((event) => event.text.startsWith('up'));
  const told = (): string =>
    events
      .map((event) => event.text)
      .slice(-5)
      .join(' / ');
  return {
    pid: pidOf(child),
    directory,
    startedAt,
    ended,
    last: () => ups().at(-1)?.text.slice('up '.length) ?? '',
    lines: (count) => when(() => ups().at(count - 1)?.at ?? null),
    line: (pattern) => when(() => events.find((event) => pattern.test(event.text))?.at ?? null),
  };
}

/** A real one, as containers have it: what node gives its children is a socket, which /dev/fd/1 cannot be opened of. */
function makePipe(directory: string): { reader: Socket; writeEnd: number } {
  const path = join(directory, 'stdout');
  execFileSync('mkfifo', [path]);
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY);
  return { reader: new Socket({ fd: readEnd, readable: true, writable: false }), writeEnd };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`cannot start ${child.spawnfile}`);
  return child.pid;
}

/** Writes the configuration of an init, and gives its command line. */
function prepare(init: Init, directory: string, options: StartOptions): string[] {
  const { count, command } = options.programs;
  if (init === 's6' || init === 'runit') {
    for (let number = 1; number <= count; number++) {
      const folder = join(directory, `p${number}`);
      mkdirSync(folder);
      writeFileSync(join(folder, 'run'), `#!/bin/sh\nN=${number}\n${command}\n`, { mode: 0o755 });
    }
    return init === 's6' ? ['s6-svscan', directory] : ['runsvdir', directory];
  }
  const file = join(directory, 'supervisord.conf');
  writeFileSync(file, configuration(directory, options));
  return init === 'initkit'
    ? ['/usr/local/bin/initkit', 'init', '--image', '/dev/null', '-c', file]
    : ['/usr/bin/supervisord', '-n', '-c', file];
}

function configuration(directory: string, { programs, sections = [], talks = false }: StartOptions): string {
  const { count, command, keys = [] } = programs;
  const blocks = Array.from({ length: count }, (_, index) => [
    `[program:p${index + 1}]`,
    `command=/bin/sh -c '${command}'`,
    `environment=N="${index + 1}"`,
    ...(keys.some((key) => key.startsWith('stdout_logfile=')) ? [] : TO_STDOUT),
    'redirect_stderr=true',
    'startsecs=0',
    'autorestart=true',
    ...keys,
  ]);
  return [
    '[supervisord]',
    'user=root',
    'logfile=/dev/null',
    'logfile_maxbytes=0',
    `pidfile=${directory}/pid`,
    `childlogdir=${directory}`,
    'minfds=20000',
    ...(talks ? [] : ['silent=true']),
    '[unix_http_server]',
    `file=${join(directory, SOCKET)}`,
    '[rpcinterface:supervisor]',
    'supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface',
    '[supervisorctl]',
    `serverurl=unix://${join(directory, SOCKET)}`,
    ...sections,
    ...blocks.flat(),
    '',
  ].join('\n');
}

/** The shell keeps the pipe's other end out of the init's way. */
function piped(argv: readonly string[], reader: string): string[] {
  return ['/bin/sh', '-c', `"$@" | ${reader}`, 'sh', ...argv];
}

/** Ends everything in this container but the container's own init and ourselves, and removes what it has written. */
export async function endAll(): Promise<void> {
  for (;;) {
    const others = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => pid !== 1 && pid !== process.pid && !isEnded(pid));
    if (others.length === 0) break;
    for (const pid of others) signal(pid, 'SIGKILL');
    await pause(5);
  }
  for (const name of readdirSync('/tmp')) {
    if (name.startsWith('bench-')) rmSync(join('/tmp', name), { recursive: true });
  }
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has gone by itself.
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

function isEnded(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}
