// A control server in front of a fake supervisor, in a directory of its own, with the real clients to drive it.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startControlServer } from '../../supervisor/control/server.ts';
import type { ControlServer, Limits } from '../../supervisor/control/server.ts';
import type { Group } from '../../supervisor/model.ts';
import { FakeCommands, FakeLog } from './commands.ts';

export const SUPERVISORCTL = '/usr/bin/supervisorctl';
export const SUPERVISORD = '/usr/bin/supervisord';
export const PYTHON = '/usr/bin/python3';

const DEADLINE_MS = 20_000;

export interface Stand {
  readonly directory: string;
  readonly socket: string;
  readonly url: string;
  readonly commands: FakeCommands;
  readonly server: ControlServer;
  /** Gives a process a log file. */
  log(name: string, stream: 'stdout' | 'stderr', text?: string): FakeLog;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StandOptions {
  readonly groups?: readonly Group[];
  readonly limits?: Partial<Limits>;
  readonly rpcInterface?: boolean;
  readonly credentials?: { readonly username: string; readonly password: string } | null;
}

/** Runs a test against a server on a Unix socket, and removes all of it afterwards. */
export async function withServer(
  options: StandOptions,
  test: (stand: Stand) => Promise<void>,
): Promise<void> {
  const { groups = [], limits = {}, rpcInterface = true, credentials = null } = options;
  await withDirectory(async (directory) => {
    const socket = join(directory, 'sock');
    const commands = new FakeCommands(groups);
    const server = await startControlServer(
      { kind: 'unix', path: socket, mode: 0o700, uid: null, gid: null, credentials },
      { commands, rpcInterface, limits },
    );
    const log: Stand['log'] = (name, stream, text = '') => {
      const created = new FakeLog(join(directory, `${name}.${stream}.log`), text);
      commands.logs.set(`${name}.${stream}`, created);
      return created;
    };
    try {
      await test({ directory, socket, url: `unix://${socket}`, commands, server, log });
    } finally {
      commands.release();
      await server.close();
    }
  });
}

export async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'control-'));
  try {
    await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Debian's supervisorctl; `-c /dev/null` would be refused, so the URL is enough for it. */
export function supervisorctl(url: string, args: readonly string[], input = ''): Promise<Finished> {
  requireSupervisor();
  return run(SUPERVISORCTL, ['-s', url, ...args], input);
}

/** Runs Python code with `server`, an xmlrpc.client.ServerProxy for the URL, and prints what it prints. */
export function python(url: string, code: string): Promise<Finished> {
  requireSupervisor();
  const prelude = `
import sys, json, xmlrpc.client
from supervisor.xmlrpc import SupervisorTransport
server = xmlrpc.client.ServerProxy('http://127.0.0.1', transport=SupervisorTransport(None, None, sys.argv[1]))
def attempt(f, *args):
    try:
        return f(*args)
    except xmlrpc.client.Fault as e:
        return {'fault': e.faultCode, 'text': e.faultString}
    except xmlrpc.client.ProtocolError as e:
        return {'http': e.errcode}
`;
  return run(PYTHON, ['-c', prelude + code, url]);
}

/**
 * Debian's supervisorctl in one Python process for many command lines: what each writes to stdout, and its exit code.
 * The process ends when it is closed.
 */
export function openSupervisorctl(url: string): {
  readonly run: (line: string) => Promise<{ readonly stdout: string; readonly code: number }>;
  readonly close: () => Promise<unknown>;
} {
  requireSupervisor();
  const script = `
import io, json, sys
from supervisor.options import ClientOptions
from supervisor.supervisorctl import Controller
for line in sys.stdin:
    options = ClientOptions()
    options.realize(['-s', sys.argv[1]] + json.loads(line), doc='')
    controller = Controller(options, stdout=io.StringIO())
    controller.onecmd(' '.join(options.args))
    print(json.dumps({'stdout': controller.stdout.getvalue(), 'code': int(controller.exitstatus)}), flush=True)
`;
  const client = start(PYTHON, ['-c', script, url], null);
  let answers = 0;
  return {
    run: async (line) => {
      client.child.stdin?.write(`${JSON.stringify(line.split(' '))}\n`);
      answers += 1;
      const isAnswered = (): boolean => client.output().split('\n').length > answers;
      await until(`supervisorctl to do '${line}'`, () => isAnswered() || client.child.exitCode !== null);
      return JSON.parse(client.output().split('\n')[answers - 1] ?? '') as { stdout: string; code: number };
    },
    close: () => {
      client.child.stdin?.end();
      return client.finished;
    },
  };
}

export async function run(file: string, args: readonly string[], input = ''): Promise<Finished> {
  const client = start(file, args);
  client.child.stdin?.end(input);
  return client.finished;
}

export interface Client {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** What it has written so far to stdout. */
  output(): string;
}

/** Starts a program; it is killed if it does not end before the deadline (null: none). */
export function start(
  file: string,
  args: readonly string[],
  deadlineMs: number | null = DEADLINE_MS,
): Client {
  const child = spawn(file, args, {
    stdio: 'pipe',
    env: { ...process.env, PYTHONUNBUFFERED: '1', TZ: 'UTC' },
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  child.stdin.on('error', () => undefined);
  const deadline = deadlineMs === null ? undefined : setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(deadline);
      resolve({ code, ...text });
    });
  });
  return { child, finished, output: () => text.stdout };
}

/** Waits until a condition holds; fails with what it waited for after the deadline. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + DEADLINE_MS;
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error(`cannot wait any longer: ${what}`);
    await pause(10);
  }
}

export function requireSupervisor(): void {
  if (!existsSync(SUPERVISORCTL)) {
    throw new Error(`${SUPERVISORCTL} is missing: apt-get install supervisor`);
  }
}
