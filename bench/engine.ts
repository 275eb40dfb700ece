// The engine by its own client: the bench's image and containers, and taking all of them away again.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** In every name of this run, so that two runs never meet. */
export const RUN = `initkit-bench-${process.pid}`;
export const BENCH_IMAGE = `${RUN}:latest`;

/** What the bench's image is made from: the base image as it is built now, or another one. */
export function baseImage(): string {
  return process.env['INITKIT_BENCH_BASE'] ?? 'base:latest';
}

/** The command line of our own toolkit, from its sources, for node. */
export const TOOLKIT_SOURCES = [
  '--disable-warning=ExperimentalWarning',
  fileURLToPath(new URL('../build/main.ts', import.meta.url)),
];

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const cleanups: (() => void | Promise<void>)[] = [];

/** Called at the end of the run, however it ends; the last that was added comes first. */
export function atEnd(cleanup: () => void | Promise<void>): void {
  cleanups.push(cleanup);
}

export async function cleanUp(): Promise<void> {
  const containers = await docker('ps', '--all', '--quiet', '--filter', `label=${RUN}`);
  // The engine may be removing one already.
  for (const id of containers.split('\n').filter(Boolean))
    await docker('rm', '--force', '--volumes', id).catch(() => {});
  const errors: unknown[] = [];
  for (const cleanup of cleanups.splice(0).toReversed()) {
    try {
      await cleanup();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** Every tag of it. */
export async function removeImages(repository: string): Promise<void> {
  const tags = await docker('images', '--quiet', '--no-trunc', repository);
  for (const id of new Set(tags.split('\n').filter(Boolean))) await docker('rmi', '--force', id);
}

/** What `docker` says; throws where it fails, with what it says of that. */
export function docker(...parameters: readonly string[]): Promise<string> {
  return program('docker', parameters);
}

export function program(
  file: string,
  parameters: readonly string[],
  options: { readonly cwd?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const { cwd, environment } = options;
    const env = { ...process.env, ...environment };
    execFile(
      file,
      parameters,
      { maxBuffer: 1 << 28, env, ...(cwd === undefined ? {} : { cwd }) },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else
          reject(
            new Error(
              `cannot run ${file} ${parameters.join(' ')}: ${(stderr || stdout || error.message).trim()}`,
            ),
          );
      },
    );
  });
}

/** The image with our own supervisor and all peers. */
export async function buildBenchImage(): Promise<void> {
  atEnd(async () => {
    await docker('rmi', '--force', BENCH_IMAGE);
  });
  const parameters = [
    '--build-arg',
    `BASE=${baseImage()}`,
    '--tag',
    BENCH_IMAGE,
    '--file',
    join(FOLDER, 'image/Dockerfile'),
  ];
  await docker('build', '--force-rm', ...parameters, FOLDER);
}

/** For `docker run`: a label by which we find it again, and a folder of files at /bench-files. */
export function runOptions(files: Readonly<Record<string, string>> = {}): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'initkit-bench-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: 0o755 });
  }
  return ['--label', RUN, '--volume', `${folder}:/bench-files`];
}

/** Runs a case in a container, line by line of what it tells; throws where it fails or takes too long. */
export async function runInside(
  name: string,
  rounds: number,
  limitMs: number,
  onLine: (line: string) => void,
): Promise<void> {
  const container = `${RUN}-${name}`;
  const options = ['--rm', '--name', container, '--label', RUN, '--tmpfs', '/tmp:exec,size=2g'];
  const child = spawn('docker', ['run', ...options, BENCH_IMAGE, name, `${rounds}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  createInterface(child.stdout).on('line', onLine);
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    void docker('rm', '--force', container).catch(() => {});
  }, limitMs);
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  clearTimeout(limit);
  if (late) throw new Error(`it took longer than ${limitMs / 1000} s`);
  if (code !== 0) throw new Error(`its container ended with ${code}: ${errors.trim()}`);
}
