// Asks the real supervisord what it makes of configurations, and puts our reading of them into the same words.

import { spawnSync } from 'node:child_process';
import type { Group, LogTarget, Plan, Program, StreamConfig } from '../../../supervisor/model.ts';
import { compare } from '../../../supervisor/config/python.ts';
import type { ConfigSource } from '../../../supervisor/config/source.ts';
import { signalNumber } from '../../../supervisor/process/signals.ts';

export interface OracleCase {
  readonly file: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** supervisord's command line, where it is other than `-c FILE`. */
  readonly arguments?: readonly string[];
}

/** What the real one says: an error, a traceback, or the configuration. */
export type Verdict =
  | { readonly error: string }
  | { readonly crash: string }
  /** It printed its help or its version and ended. */
  | { readonly exit: true }
  | { readonly warnings: readonly string[]; readonly groups: readonly unknown[]; readonly client: unknown };

/** Debian's Python, whatever other Python comes first in PATH: it is the one that has supervisor's module. */
const PYTHON = '/usr/bin/python3';

export function askSupervisord(cases: readonly OracleCase[]): Verdict[] {
  const result = spawnSync(PYTHON, ['test/fixtures/supervisord-oracle.py'], {
    input: cases.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env: { HOME: '/root', PATH: '/usr/bin:/bin', PYTHONUTF8: '1', PYTHONWARNINGS: 'ignore' },
  });
  if (result.status !== 0) {
    throw new Error(
      `cannot ask supervisord (apt-get install supervisor): ${result.error?.message ?? result.stderr}`,
    );
  }
  return result.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Verdict);
}

/** Our plan in the oracle's words. */
export function inOracleWords(plan: Plan, source: ConfigSource): Record<string, unknown> {
  return {
    warnings: plan.problems.map(({ message }) => message).filter((message) => ORACLE_WARNING.test(message)),
    groups: plan.groups.map((group) => groupWords(group, source)),
    servers: [
      ...plan.inetServers.map(({ host, port, username, password }) => ({
        address: [host, port],
        username,
        password,
        mode: null,
        owner: null,
      })),
      ...(plan.unixServer === null ? [] : [plan.unixServer]).map(
        ({ file, username, password, mode, owner }) => ({
          address: file,
          username,
          password,
          mode,
          owner: ownerWords(owner, source) ?? [-1, -1],
        }),
      ),
    ],
    supervisord: supervisordWords(plan, source),
    rpc: plan.rpcInterface ? ['supervisor'] : [],
    client: clientWords(plan),
  };
}

function clientWords({ supervisorctl }: Plan): unknown {
  if (supervisorctl === undefined) return null;
  const { serverUrl, username, password, prompt, historyFile } = supervisorctl;
  return [serverUrl, username, password, prompt, historyFile];
}

/** The warnings that supervisord has too. */
const ORACLE_WARNING = /^(?:For \[|No file matches via include )/;

function groupWords({ name, priority, programs }: Group, source: ConfigSource): unknown {
  const [first] = programs;
  const { listener, socket } = first ?? {};
  return {
    name,
    priority,
    programs: programs.map((program) => programWords(program, source)),
    ...(listener && { bufferSize: listener.bufferSize, events: listener.events.toSorted(compare) }),
    ...(socket && {
      socket: [
        socket.url,
        socket.url.startsWith('unix:') ? socket.mode : null,
        ownerWords(socket.owner, source),
        socket.backlog,
      ],
    }),
  };
}

function programWords(program: Program, source: ConfigSource): unknown {
  return {
    name: program.name,
    commandLine: program.commandLine,
    priority: program.priority,
    autostart: program.autostart,
    autorestart: program.autorestart,
    startSecs: program.startSecs,
    startRetries: program.startRetries,
    exitCodes: program.exitCodes,
    stopSignal: signalNumber(program.stopSignal),
    stopWaitSecs: program.stopWaitSecs,
    stopAsGroup: program.stopAsGroup,
    killAsGroup: program.killAsGroup,
    uid: userNumber(program.user, source),
    directory: program.directory,
    umask: program.umask,
    environment: pairs(program.environment),
    redirectStderr: program.redirectStderr,
    stdout: streamWords(program.stdout),
    stderr: streamWords(program.stderr),
    serverUrl: program.serverUrl,
  };
}

function pairs(environment: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(environment).toSorted(([one], [two]) => compare(one, two));
}

function streamWords({ target, ...rest }: StreamConfig): unknown {
  return { logfile: targetWords(target), ...rest };
}

function targetWords(target: LogTarget): string | null {
  switch (target.kind) {
    case 'auto':
      return 'AUTO';
    case 'none':
      return null;
    case 'syslog':
      return 'syslog';
    case 'file':
    case 'inherit':
      return target.path;
    default:
      return target satisfies never;
  }
}

function supervisordWords({ supervisor }: Plan, source: ConfigSource): unknown {
  const { logfile, user, environment, ...rest } = supervisor;
  return {
    ...rest,
    environment: pairs(environment),
    logfile: targetWords(logfile),
    uid: userNumber(user, source),
  };
}

function userNumber(name: string | null, source: ConfigSource): number | null {
  if (name === null) return null;
  return source.user(/^\s*[+]?\d+\s*$/.test(name) ? String(Number(name)) : name)?.uid ?? Number.NaN;
}

function ownerWords(owner: string | null, source: ConfigSource): [number, number] | null {
  if (owner === null) return null;
  const [name = '', group] = owner.split(':');
  return [
    userNumber(name, source) ?? Number.NaN,
    group === undefined ? -1 : (source.group(group) ?? Number.NaN),
  ];
}
