// Starts a dockerd where no engine answers, remembers that it is ours, and stops only that one.

import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { installDebianPackages } from '../machine/apt.ts';
import { describeAddress, type EngineAddress } from '../model/engine-address.ts';
import type { Engine } from '../model/engine.ts';
import { ToolError } from '../model/errors.ts';

const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 40_000;
const LOOK_AGAIN_MS = 100;

export interface DaemonTools {
  readonly address: EngineAddress;
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

/** Gives back whether it had to start one. Throws a ToolError that names the ways where it cannot. */
export async function ensureEngine(tools: DaemonTools): Promise<boolean> {
  const { address, engine } = tools;
  const failure = await engine.ping().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure === undefined) return false;
  const isDown =
    failure instanceof ToolError &&
    failure.problems.some((problem) => problem.message.startsWith('no engine answers'));
  if (!isDown || address.kind !== 'socket' || process.platform !== 'linux') throw failure;
  if (process.getuid?.() !== 0) {
    const remedy = 'start one as root (npm run engine:start), or set DOCKER_HOST to one that runs';
    throw new ToolError('engine', {
      message: `no engine answers at ${address.path}, and only root can start one`,
      remedy,
    });
  }
  if ((await findProgram('dockerd')) === undefined) await installEngine(tools);
  // Installing the package may have started it already.
  if (!(await answers(engine))) await startDaemon(tools);
  return true;
}

/** What `stop` did: it never touches an engine that the toolkit did not start. */
export async function stopDaemon(tools: DaemonTools): Promise<'stopped' | 'not-ours' | 'not-running'> {
  const record = await readRecord(tools.address);
  if (record === undefined) return (await answers(tools.engine)) ? 'not-ours' : 'not-running';
  const { pid } = record;
  const children = await childrenOf(pid);
  process.kill(pid, 'SIGTERM');
  const isGone = await waitUntil(async () => (await startTimeOf(pid)) === undefined, STOP_DEADLINE_MS);
  if (!isGone) {
    throw new ToolError('engine', {
      message: `dockerd (process ${pid}) did not end within ${STOP_DEADLINE_MS / 1000} s`,
      remedy: `see ${logPath(tools.address)}`,
    });
  }
  // Its containerd ends by itself; one that does not is ours all the same.
  for (const child of children) {
    const ended = await waitUntil(async () => (await startTimeOf(child.pid)) !== child.startTime, 5_000);
    if (!ended) process.kill(child.pid, 'SIGKILL');
  }
  await rm(recordPath(tools.address), { force: true });
  await rm(logPath(tools.address), { force: true });
  return 'stopped';
}

export async function isOurs(address: EngineAddress): Promise<boolean> {
  return (await readRecord(address)) !== undefined;
}

async function startDaemon(tools: DaemonTools): Promise<void> {
  const { address, note, signal } = tools;
  const socket = describeAddress(address);
  const log = logPath(address);
  note(`starting dockerd on ${socket} (log: ${log}; npm run engine:stop ends it)`);
  await mkdir(dirname(recordPath(address)), { recursive: true, mode: 0o700 });
  const output = await open(log, 'w', 0o600);
  const more = (process.env['INITKIT_DOCKERD_ARGS'] ?? '').split(/\s+/).filter((word) => word !== '');
  try {
    // A session of its own: neither Ctrl-C nor the end of this program reaches it.
    const child = spawn('dockerd', [`--host=unix://${socket}`, ...more], {
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
      cwd: '/',
    });
    const ended = Promise.withResolvers<never>();
    ended.promise.catch(() => {});
    child.on('error', (error) => ended.reject(error));
    child.on('exit', (code, name) =>
      ended.reject(new Error(`it ended at once (${name ?? `exit code ${code}`})`)),
    );
    child.unref();
    const giveUp = new AbortController();
    try {
      const isUp = await Promise.race([
        waitUntil(() => answers(tools.engine), START_DEADLINE_MS, AbortSignal.any([signal, giveUp.signal])),
        ended.promise,
      ]);
      if (!isUp)
        throw new Error(
          signal.aborted ? 'interrupted' : `it does not answer after ${START_DEADLINE_MS / 1000} s`,
        );
    } catch (error) {
      giveUp.abort();
      child.kill('SIGTERM');
      if (signal.aborted) throw new ToolError('interrupted', { message: 'interrupted' }, error);
      const reason = error instanceof Error ? error.message : String(error);
      const last = (await lastLines(log)).join(' / ');
      throw new ToolError(
        'engine',
        { message: `cannot start dockerd: ${reason}: ${last}`, remedy: `see ${log}` },
        error,
      );
    }
    const pid = child.pid ?? 0;
    await writeFile(recordPath(address), JSON.stringify({ pid, startTime: await startTimeOf(pid) }), {
      mode: 0o600,
    });
  } finally {
    await output.close();
  }
}

async function installEngine(tools: DaemonTools): Promise<void> {
  const isDebian = await access('/etc/debian_version').then(
    () => true,
    () => false,
  );
  if (!isDebian) {
    const remedy = "install Docker's engine or podman's docker service, or set DOCKER_HOST to one that runs";
    throw new ToolError('engine', { message: 'no engine answers and dockerd is not installed', remedy });
  }
  await installDebianPackages(['docker.io'], tools.note, tools.signal);
}

interface DaemonRecord {
  readonly pid: number;
  readonly startTime: string;
}

/** A record whose process is gone, or whose number now belongs to another, is removed. */
async function readRecord(address: EngineAddress): Promise<DaemonRecord | undefined> {
  const path = recordPath(address);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as DaemonRecord;
    if ((await startTimeOf(record.pid)) === record.startTime) return record;
  } catch {
    // A damaged record is as good as none.
  }
  await rm(path, { force: true });
  return undefined;
}

/** Per socket, and gone with a reboot, as the engine is. */
function recordPath(address: EngineAddress): string {
  return join('/run/initkit-engine', `${describeAddress(address).replaceAll('/', '_')}.json`);
}

function logPath(address: EngineAddress): string {
  return recordPath(address).replace(/\.json$/, '.log');
}

/** When the process began, in clock ticks since boot: with the number it names one process for good. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
}

async function childrenOf(parent: number): Promise<DaemonRecord[]> {
  const children: DaemonRecord[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[1] === String(parent)) children.push({ pid: Number(name), startTime: fields[19] ?? '' });
  }
  return children;
}

function answers(engine: Engine): Promise<boolean> {
  return engine.ping().then(
    () => true,
    () => false,
  );
}

async function waitUntil(
  holds: () => Promise<boolean>,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (performance.now() < end && signal?.aborted !== true) {
    if (await holds()) return true;
    await pause(LOOK_AGAIN_MS);
  }
  return false;
}

async function lastLines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-2);
}

async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, basename(name));
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}
