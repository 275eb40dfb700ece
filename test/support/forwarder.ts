// Runs the log forwarder from its source, and the servers that it sends to, as processes that tests may kill.

import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

const FORWARDER = fileURLToPath(new URL('../../images/mesos-slave/src/log-forwarder.ts', import.meta.url));
const SERVER = fileURLToPath(new URL('lumberjack-program.ts', import.meta.url));

export interface Program {
  readonly child: ChildProcess;
  /** What it has said so far, on both streams. */
  readonly output: () => string;
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Sends a signal and waits for the end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

export interface ForwarderSetup {
  /** Configuration and registry go here. */
  readonly folder: string;
  /** logstash-forwarder's configuration, as JSON or as text. */
  readonly config: unknown;
  readonly options?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: 'pipe';
}

export function startForwarder({
  folder,
  config,
  options = [],
  environment = {},
  stdin,
}: ForwarderSetup): Program {
  const path = join(folder, 'forwarder.conf');
  writeFileSync(path, typeof config === 'string' ? config : JSON.stringify(config));
  const parameters = [`-config=${path}`, `-registry=${join(folder, 'registry')}`, ...options];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', FORWARDER, ...parameters], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      // Without what node has compiled before, each start takes three times as long.
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ...environment,
    },
    stdio: [stdin ?? 'ignore', 'pipe', 'pipe'],
  });
  return programOf(child);
}

/** A server that writes the lines that it receives to `output`; on a fixed port, so that it can come back. */
export async function startServerProgram(
  port: number,
  files: { readonly key: string; readonly certificate: string; readonly output: string },
): Promise<Program> {
  const parameters = [String(port), files.key, files.certificate, files.output];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SERVER, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const program = programOf(child);
  await eventually(
    'a Lumberjack server',
    () => program.output().includes('listening'),
    () => program.output(),
  );
  return program;
}

const children = new Set<ChildProcess>();

/** Kills what a test that failed has left behind. */
export function killPrograms(): void {
  for (const child of children) child.kill('SIGKILL');
}

function programOf(child: ChildProcess): Program {
  children.add(child);
  child.once('close', () => children.delete(child));
  let text = '';
  const collect = (chunk: string): void => void (text += chunk);
  child.stdout?.setEncoding('utf8').on('data', collect);
  child.stderr?.setEncoding('utf8').on('data', collect);
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve));
  return {
    child,
    output: () => text,
    ended,
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}

/** Reads the lines that are appended to a file, as they come; what is behind the last newline waits. */
export function createTail(path: string): { next(): string[] } {
  let offset = 0;
  let rest = '';
  const buffer = Buffer.alloc(1 << 20);
  return {
    next() {
      if (!existsSync(path)) return [];
      const fd = openSync(path, 'r');
      let text = rest;
      for (;;) {
        const length = readSync(fd, buffer, 0, buffer.length, offset);
        if (length === 0) break;
        offset += length;
        text += buffer.toString('latin1', 0, length);
      }
      closeSync(fd);
      const lines = text.split('\n');
      rest = lines.pop() ?? '';
      return lines;
    },
  };
}
