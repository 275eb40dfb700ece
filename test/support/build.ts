// For tests of the toolkit: small repositories of their own, runs of the command line, and taking all of it away again.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

const MAIN = fileURLToPath(new URL('../../build/main.ts', import.meta.url));
const REPOSITORY = dirname(dirname(MAIN));

export interface Run {
  readonly pid: number | undefined;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestRepository {
  readonly root: string;
  /** The name that an image of this repository has in the engine: no two test runs share one. */
  name(image: string): string;
  write(files: Readonly<Record<string, string>>): void;
  commit(): string;
  git(...parameters: string[]): string;
  run(parameters: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Run>;
  start(
    parameters: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): { process: ChildProcess; ended: Promise<Run> };
  /** Its images, tags of registries included, and its folder. */
  remove(): void;
}

/** In the files' text `@` stands for the prefix of all image names. The image `base` is made of Debian's packages. */
export function makeRepository(files: Readonly<Record<string, string>>): TestRepository {
  const root = mkdtempSync(join(tmpdir(), 'initkit-test-'));
  const prefix = `t${process.pid.toString(36)}-${Math.random().toString(36).slice(2, 6)}-`;
  const write = (more: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(more)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text.replaceAll('@', prefix));
    }
  };
  const recipe =
    /^\[base\]\n(?:(?!\[).*\n)*/m.exec(
      readFileSync(join(REPOSITORY, 'images/base/image.ini'), 'utf8'),
    )?.[0] ?? '';
  write({
    'images/base/Dockerfile': 'ARG BASE=debian:bookworm-slim\nFROM ${BASE}\n',
    'images/base/image.ini': `[image]\nname = @base\n\n${recipe}`,
  });
  write(files);
  git(root, 'init', '--quiet', '--initial-branch=main');
  const start: TestRepository['start'] = (parameters, environment = {}) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...parameters], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...cleanEnvironment(), ...environment },
    });
    return { process: child, ended: collect(child) };
  };
  return {
    root,
    name: (image) => `${prefix}${image}`,
    write,
    commit() {
      git(root, 'add', '--all');
      git(
        root,
        '-c',
        'user.name=t',
        '-c',
        'user.email=t@example.org',
        'commit',
        '--quiet',
        '--allow-empty',
        '--message=x',
      );
      return git(root, 'rev-parse', 'HEAD').trim();
    },
    git: (...parameters) => git(root, ...parameters),
    start,
    run: (parameters, environment) => start(parameters, environment).ended,
    remove() {
      const images = docker('images', '--format', '{{.Repository}}:{{.Tag}}').split('\n');
      const own = images.filter((image) => image.includes(prefix));
      if (own.length > 0) docker('rmi', '--force', ...own);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The engine's own client, as a second pair of eyes. */
export function docker(...parameters: string[]): string {
  return execFileSync('docker', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export function labelsOf(image: string): Record<string, string> {
  return JSON.parse(
    docker('inspect', '--type=image', '--format', '{{json .Config.Labels}}', image),
  ) as Record<string, string>;
}

export function imageId(image: string): string {
  return docker('inspect', '--type=image', '--format', '{{.Id}}', image).trim();
}

/** A Debian package whose one program is a shell script. */
export function makeDeb(
  folder: string,
  options: { name: string; version: string; program: string; script: string },
): string {
  const tree = mkdtempSync(join(folder, 'deb-'));
  mkdirSync(join(tree, 'DEBIAN'));
  mkdirSync(join(tree, 'usr/sbin'), { recursive: true });
  const control = `Package: ${options.name}\nVersion: ${options.version}\nArchitecture: all\nMaintainer: t <t@example.org>\nDescription: for tests\n`;
  writeFileSync(join(tree, 'DEBIAN/control'), control);
  writeFileSync(join(tree, 'usr/sbin', options.program), `#!/bin/sh\n${options.script}\n`);
  chmodSync(join(tree, 'usr/sbin', options.program), 0o755);
  const path = join(folder, `${options.name}_${options.version}_all.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, path], { stdio: 'ignore' });
  rmSync(tree, { recursive: true });
  return path;
}

export interface TestRegistry {
  /** host:port */
  readonly address: string;
  stop(): Promise<void>;
}

/** A real registry on a free port of the loopback interface; `htpasswd` is its file's text. */
export async function startRegistry(htpasswd?: string): Promise<TestRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'initkit-registry-'));
  const address = `127.0.0.1:${await freePort()}`;
  const auth =
    htpasswd === undefined ? '' : `auth: {htpasswd: {realm: test, path: ${join(folder, 'htpasswd')}}}\n`;
  if (htpasswd !== undefined) writeFileSync(join(folder, 'htpasswd'), htpasswd);
  const text = `version: 0.1\nstorage: {filesystem: {rootdirectory: ${join(folder, 'data')}}}\nhttp: {addr: ${address}}\n${auth}`;
  writeFileSync(join(folder, 'config.yml'), text);
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  await eventually(`a registry at ${address}`, () =>
    fetch(`http://${address}/v2/`).then(
      () => true,
      () => false,
    ),
  );
  return {
    address,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => void server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function git(root: string, ...parameters: string[]): string {
  return execFileSync('git', parameters, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Without what the person who runs the tests has set for builds of their own. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(SOFTWARE_.*|REGISTRY|FORCE_COLOR|DOCKER_AUTH_CONFIG|REGISTRY_AUTH_FILE)$/.test(name),
  );
  return { ...Object.fromEntries(entries), NODE_NO_WARNINGS: '1' };
}

/** The containers that a run of the toolkit has marked as temporary, and that are still there: ids. */
export function temporaryContainers(pid: number | undefined): string[] {
  const found = docker('ps', '--all', '--quiet', '--filter', `label=initkit.temporary=${pid}`);
  return found.split('\n').filter((id) => id !== '');
}

async function collect(child: ChildProcess): Promise<Run> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => void (stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => void (stderr += chunk));
  const code = await new Promise<number | null>((resolve) => void child.once('close', resolve));
  return { pid: child.pid, code, stdout, stderr };
}
