// Programs of a test, with real pipes for their output, as a shell gives them.

import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { pipe } from '../../../supervisor/os/libc-pipes.ts';

export interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  stdout(): string;
}

/** Starts a program; whatever it leaves behind carries `DIFFERENTIAL=directory` in its environment. */
export function start(file: string, args: readonly string[], cwd: string, directory: string): Running {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  // Pipes, as a shell gives them: node's own 'pipe' is a socket, which cannot be opened by /dev/fd/1.
  const [stdout, stderr] = [pipe(), pipe()];
  const child = spawn(file, args, {
    cwd,
    stdio: ['pipe', stdout[1], stderr[1]],
    env: {
      ...inherited,
      PYTHONUNBUFFERED: '1',
      PYTHONWARNINGS: 'ignore',
      // Else Python tells its programs of a locale that it has chosen itself.
      PYTHONCOERCECLOCALE: '0',
      TZ: 'UTC',
      DIFFERENTIAL: directory,
    },
  });
  const text = { stdout: '', stderr: '' };
  const collect = (name: 'stdout' | 'stderr', [readEnd, writeEnd]: [number, number]): void => {
    closeSync(writeEnd);
    const socket = new Socket({ fd: readEnd, readable: true, writable: false });
    socket.setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
    socket.on('error', () => undefined).unref();
  };
  collect('stdout', stdout);
  collect('stderr', stderr);
  child.stdin?.on('error', () => undefined);
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      // Programs may hold the pipes for longer than the supervisor lives.
      setTimeout(() => resolve({ code, signal, ...text }), 50);
    });
  });
  return { child, finished, stdout: () => text.stdout };
}

/** Ends every process that carries the mark of this directory. */
export function endMarked(directory: string): void {
  for (const pid of markedBy(directory)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function markedBy(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`DIFFERENTIAL=${directory}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}
