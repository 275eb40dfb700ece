// Starting programs: finds the executable, takes on the user's credentials and umask for the moment of the start.

import { accessSync, constants, readlinkSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { SystemError } from '../errors.ts';
import { inheritedDescriptors } from './inherited.ts';
import { isTerminal } from './libc.ts';
import { withAmbient } from './libc-capabilities.ts';
import * as libc from './libc-spawn.ts';
import { withMark, withProgramFiles } from './limits.ts';
import { workingDirectory } from './working-directory.ts';
import type { Resolution, SpawnRequest, SpawnResult } from './system.ts';

/** execvp(3)'s own default where PATH is not set. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const SHELL = '/bin/sh';

/** What the shell's ulimit calls a limit. Names are prlimit(1)'s. */
const ULIMIT_OPTIONS: Readonly<Record<string, string>> = {
  core: '-c',
  data: '-d',
  fsize: '-f',
  nofile: '-n',
  stack: '-s',
  cpu: '-t',
  as: '-v',
  nproc: '-p',
  memlock: '-l',
};

/** Finds a command as execvp(3) does. A path with a slash is taken relative to `directory`. */
export function resolveCommand(
  command: string,
  path: string | undefined,
  directory: string | null,
): Resolution {
  const base = directory ?? workingDirectory();
  const candidates = command.includes('/')
    ? [isAbsolute(command) ? command : resolve(base, command)]
    : (path ?? DEFAULT_PATH).split(delimiter).map((folder) => join(folder === '' ? base : folder, command));
  let refused: string | null = null;
  for (const candidate of candidates) {
    const kind = kindOf(candidate);
    if (kind === 'executable') return { kind: 'found', file: candidate };
    if (kind === 'directory' && command.includes('/')) {
      return { kind: 'failed', errno: 'EISDIR', message: `command at '${command}' is a directory` };
    }
    if (kind === 'refused') refused ??= candidate;
  }
  if (refused !== null) {
    return { kind: 'failed', errno: 'EACCES', message: `command at '${refused}' is not executable` };
  }
  return { kind: 'failed', errno: 'ENOENT', message: `can't find command '${command}'` };
}

/** Starts a program; synchronous, and back as soon as its exec has succeeded or failed. */
export function spawn(request: SpawnRequest): SpawnResult {
  const { argv, file } = withShell(request);
  const native: libc.NativeSpawn = {
    file,
    argv,
    environment: Object.entries(request.environment).map(([name, value]) => `${name}=${value}`),
    directory: request.directory,
    descriptors: request.descriptors,
    leads: request.leads,
    ...(request.ignoreSigpipe === true ? { ignoreSigpipe: true } : {}),
    ...(request.foreground === true
      ? { foregroundOf: isTerminal(0) ? 0 : null, passOn: inheritedDescriptors(), ...terminalPath() }
      : {}),
  };
  const ownUmask = request.umask === null ? null : process.umask(request.umask);
  try {
    const start = (): ReturnType<typeof libc.spawn> =>
      withMark(request.mark, () => withProgramFiles(() => libc.spawn(native)));
    const startAs = (): ReturnType<typeof libc.spawn> =>
      request.credentials === null ? start() : libc.withCredentials(request.credentials, start);
    const result = withAmbient(request.capabilities ?? [], startAs);
    return 'pid' in result
      ? { kind: 'spawned', pid: result.pid }
      : { kind: 'failed', errno: result.errno, message: explain(request, result.errno) };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { kind: 'failed', errno: error.code, message: error.message };
  } finally {
    if (ownUmask !== null) process.umask(ownUmask);
  }
}

/** Where the terminal on descriptor 0 can be opened anew: a session leader without a terminal gets it so (open(2)). */
function terminalPath(): { terminal?: string } {
  if (!isTerminal(0)) return {};
  try {
    const terminal = readlinkSync('/proc/self/fd/0');
    accessSync(terminal, constants.R_OK | constants.W_OK);
    return { terminal };
  } catch {
    return {};
  }
}

/** posix_spawn gives one errno for the chdir and the exec; a look tells which of the two it was. */
function explain(request: SpawnRequest, errno: string): string {
  const { directory, file } = request;
  if (directory !== null && kindOf(directory) !== 'directory') {
    return `couldn't chdir to ${directory}: ${errno}`;
  }
  return `couldn't exec ${file}: ${errno}`;
}

/**
 * Limits, and variables that hold the program's own pid, are set by a shell that then becomes the program: the pid stays,
 * and a refused limit is a failed start.
 */
function withShell(request: SpawnRequest): { file: string; argv: readonly string[] } {
  const entries = Object.entries(request.limits);
  const closest = Object.entries(request.closestLimits ?? {});
  const variables = request.pidVariables ?? [];
  const { nice = 0, oomScore = null } = request;
  if (entries.length + closest.length + variables.length === 0 && nice <= 0 && oomScore === null) {
    return { file: request.file, argv: request.argv };
  }
  const commands = [
    ...entries.flatMap(([name, value]) => ulimitCommands(name, value)),
    ...closest.flatMap(([name, value]) => closestCommands(name, value)),
    ...variables.map((name) => `export ${name}=$$`),
    ...(oomScore === null ? [] : [`{ echo ${oomScore} > /proc/self/oom_score_adj || :; } 2>/dev/null`]),
  ];
  const become = nice > 0 ? `exec nice -n ${nice} "$@"` : 'exec "$@"';
  const script = [...commands, become].join(' && ');
  return {
    file: SHELL,
    argv: [SHELL, '-c', script, request.argv[0] ?? '', request.file, ...request.argv.slice(1)],
  };
}

function ulimitCommands(name: string, value: string): string[] {
  const option = ULIMIT_OPTIONS[name];
  if (option === undefined || !/^(\d+|unlimited)(:(\d+|unlimited))?$/.test(value)) {
    throw new SystemError(`cannot set limit ${name}=${value}`, 'EINVAL');
  }
  const [soft, hard] = value.split(':');
  return hard === undefined
    ? [`ulimit ${option} ${soft}`]
    : [`ulimit -S ${option} ${soft}`, `ulimit -H ${option} ${hard}`];
}

/** What the shell counts in other units than bytes: blocks of 512, or of 1024. */
const ULIMIT_UNITS: Readonly<Record<string, bigint>> = {
  core: 512n,
  fsize: 512n,
  data: 1024n,
  stack: 1024n,
  as: 1024n,
  memlock: 1024n,
  rss: 1024n,
};

/** A limit that the shell does not know stays as it is. */
function closestCommands(name: string, value: string): string[] {
  const option = { ...ULIMIT_OPTIONS, rss: '-m', locks: '-w', rtprio: '-r' }[name];
  const match = /^(\d+|unlimited):(\d+|unlimited)$/.exec(value);
  if (option === undefined || match === null) return [];
  const unit = ULIMIT_UNITS[name] ?? 1n;
  const [soft, hard] = match.slice(1).map((each) => (each === 'unlimited' ? each : BigInt(each) / unit));
  return [
    `{ ulimit -H ${option} ${hard} 2>/dev/null || :; }`,
    `{ ulimit -S ${option} ${soft} 2>/dev/null || ulimit -S ${option} "$(ulimit -H ${option})" 2>/dev/null || :; }`,
    `{ ulimit -H ${option} ${hard} 2>/dev/null || :; }`,
  ];
}

function kindOf(path: string): 'executable' | 'refused' | 'directory' | 'absent' {
  try {
    if (statSync(path).isDirectory()) return 'directory';
    accessSync(path, constants.X_OK);
    return 'executable';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'refused' : 'absent';
  }
}
