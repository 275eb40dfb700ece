// Containers for end-to-end tests: what a user does with `docker`, with deadlines and without leftovers.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { eventually } from './eventually.ts';

const DEADLINE_MS = 60_000;

/** Another one than the one that was built last: another release, or one that nobody builds meanwhile. */
const IMAGE = process.env['INITKIT_TEST_IMAGE'] ?? 'base';

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `docker` and resolves with what it said, whatever its exit code. */
export function docker(...args: readonly string[]): Promise<Result> {
  return clientOf(args, 5 * DEADLINE_MS);
}

function clientOf(args: readonly string[], timeout: number): Promise<Result> {
  return new Promise((resolve) => {
    execFile('docker', args, { maxBuffer: 64 << 20, timeout }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
      resolve({ code, stdout, stderr });
    });
  });
}

/** As docker(), and throws where it fails: for steps that are not what the test is about. */
export async function mustDocker(...args: readonly string[]): Promise<string> {
  const result = await docker(...args);
  if (result.code !== 0) throw new Error(`docker ${args.join(' ')}: exit ${result.code}\n${result.stderr}`);
  return result.stdout.trim();
}

export interface Container {
  readonly id: string;
  exec(...command: readonly string[]): Promise<Result>;
  /** Both streams so far. */
  logs(): Promise<string>;
  /** Waits until the logs match, and gives all of them. */
  waitForLog(pattern: RegExp): Promise<string>;
  /** The exit code, once the container has ended. */
  wait(): Promise<number>;
  isRunning(): Promise<boolean>;
  remove(): Promise<void>;
}

export interface ContainerOptions {
  readonly image?: string;
  /** Options of `docker run`. */
  readonly options?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Path in the container → text, mounted over what is there. */
  readonly files?: Readonly<Record<string, string>>;
}

const cleanups: (() => Promise<void> | void)[] = [];

/** Removes every container and file that the tests of this process have made. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
}

/** Starts a container in the background. Files are world-readable, scripts executable. */
export async function startContainer(setup: ContainerOptions): Promise<Container> {
  const { image = IMAGE, options = [], command = [], environment = {}, files = {} } = setup;
  const mounts = mountsOf(files);
  const variables = Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const id = await mustDocker('run', '-d', ...variables, ...mounts, ...options, image, ...command);
  const container: Container = {
    id,
    exec: (...words) => docker('exec', id, ...words),
    async logs() {
      const { stdout, stderr } = await docker('logs', id);
      return stdout + stderr;
    },
    waitForLog: (pattern) =>
      eventually(
        `a line like ${pattern}`,
        async () => ((await logMatches(id, pattern)) ? container.logs() : null),
        () => container.logs(),
      ),
    wait: async () => {
      const { code, stdout } = await clientOf(['wait', id], DEADLINE_MS);
      if (code !== 0) throw new Error(`waited in vain for the container's end\n${await container.logs()}`);
      return Number(stdout);
    },
    isRunning: async () => (await mustDocker('inspect', '-f', '{{.State.Running}}', id)) === 'true',
    remove: async () => void (await docker('rm', '-f', '-v', id)),
  };
  cleanups.push(() => container.remove());
  return container;
}

/**
 * Reads a container's log as it grows, until it matches or the container ends. Asking for it again and again starts a client
 * each time, which takes more of the processor than most of what tests wait for.
 */
function logMatches(id: string, pattern: RegExp): Promise<boolean> {
  const child = spawn('docker', ['logs', '--follow', id], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEADLINE_MS,
  });
  const text = { stdout: '', stderr: '' };
  return new Promise((resolve) => {
    const look = (): void => {
      if (!pattern.test(text.stdout + text.stderr)) return;
      resolve(true);
      child.kill();
    };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        text[name] += chunk;
        look();
      });
    }
    child.once('close', () => resolve(false));
  });
}

/** `docker run --rm`, to its end. */
export function runContainer(setup: ContainerOptions): Promise<Result> {
  const { image = IMAGE, options = [], command = [], environment = {}, files = {} } = setup;
  const variables = Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  return docker('run', '--rm', ...variables, ...mountsOf(files), ...options, image, ...command);
}

/** A container whose stdout and stderr nobody reads, until `read` is called. */
export function runUnread(args: readonly string[]): { read(): Promise<string>; kill(): void } {
  const child = spawn('docker', ['run', '--rm', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  cleanups.push(() => void child.kill('SIGKILL'));
  return {
    read: async () => {
      let text = '';
      for await (const chunk of child.stdout) text += String(chunk);
      return text;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Bind mounts of files with these texts. */
function mountsOf(files: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(files);
  if (entries.length === 0) return [];
  const directory = mkdtempSync(join(tmpdir(), 'initkit-test-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return entries.flatMap(([path, text]) => {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
    return ['-v', `${file}:${path}:ro`];
  });
}
