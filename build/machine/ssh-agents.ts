// The sockets of the ssh agents that were named: those that run, and one of our own for keys that were given as files.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf, messageOf, ToolError, type Problem } from '../model/errors.ts';
import type { SshSource } from '../read/ssh.ts';
import { runProgram } from './programs.ts';

export interface SshAgents {
  /** Id → path of its socket. */
  readonly sockets: ReadonlyMap<string, string>;
  /** Ends what was started here; the keys go with it. */
  close(): Promise<void>;
}

const AGENT_STARTS_MS = 5_000;

/** All that cannot be had, at once. */
export async function openSshAgents(
  sources: readonly SshSource[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<SshAgents> {
  const sockets = new Map<string, string>();
  const closers: (() => Promise<void>)[] = [];
  const problems: Problem[] = [];
  const close = async (): Promise<void> => void (await Promise.all(closers.map((end) => end())));
  for (const source of sources) {
    try {
      const { socket, end } = await openOne(source, environment);
      sockets.set(source.id, socket);
      if (end !== undefined) closers.push(end);
    } catch (error) {
      problems.push({ message: `--ssh ${source.id}: ${messageOf(error)}` });
    }
  }
  if (problems.length === 0) return { sockets, close };
  await close();
  throw new ToolError('usage', problems);
}

async function openOne(
  { paths }: SshSource,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ socket: string; end?: () => Promise<void> }> {
  const [only = environment['SSH_AUTH_SOCK'] ?? '', ...others] = paths;
  if (only === '') throw new Error('no agent runs here: SSH_AUTH_SOCK is not set (name a socket or a key)');
  const stats = await stat(only).catch((error: unknown) => {
    throw new Error(codeOf(error) === 'ENOENT' ? `${only} is not there` : messageOf(error), { cause: error });
  });
  if (stats.isSocket()) {
    if (others.length > 0) throw new Error('one socket, or keys');
    if (!(await answers(only))) throw new Error(`no agent answers at ${only}`);
    return { socket: only };
  }
  return await agentWith([only, ...others]);
}

/** A key with a passphrase cannot be asked for it: that is what the person's own agent is for. */
async function agentWith(keys: readonly string[]): Promise<{ socket: string; end: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'initkit-ssh-'));
  const socket = join(folder, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  const failed = new Promise<never>((_, reject) => {
    agent.once('error', (error) =>
      reject(
        codeOf(error) === 'ENOENT'
          ? new Error('ssh-agent is not installed (install openssh-client, or name the socket of an agent)')
          : error,
      ),
    );
  });
  failed.catch(() => {});
  // Also where the run ends without coming back here: nobody else knows of it, and it has the keys.
  const kill = (): void => void agent.kill();
  process.once('exit', kill);
  const end = async (): Promise<void> => {
    process.removeListener('exit', kill);
    kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([failed, started(socket)]);
    const env = { SSH_AUTH_SOCK: socket, SSH_ASKPASS_REQUIRE: 'never', DISPLAY: '' };
    for (const key of keys) {
      await runProgram('ssh-add', ['-q', key], { env }).catch((error: unknown) => {
        const stderr =
          typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : '';
        const reason =
          stderr.trim() === '' ? 'it has a passphrase; add it to an agent and name that' : stderr.trim();
        throw new Error(`cannot use the key ${key}: ${reason}`, { cause: error });
      });
    }
    return { socket, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function started(socket: string): Promise<void> {
  for (const deadline = performance.now() + AGENT_STARTS_MS; performance.now() < deadline;) {
    if (await answers(socket)) return;
    await pause(20);
  }
  throw new Error(`ssh-agent did not start within ${AGENT_STARTS_MS / 1000} s`);
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
  });
}
