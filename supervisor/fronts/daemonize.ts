// Leaving the terminal. Node cannot fork, so the supervisor starts itself anew in a session of its own, with /dev/null
// for its standard streams, and the first one stays until the second is up, or has failed and said why.

import { closeSync, openSync, writeSync } from 'node:fs';
import { EXIT } from '../errors.ts';
import { readPipe } from '../logs/pipeline.ts';
import type { System } from '../os/system.ts';

/** Tells the second supervisor which descriptor the first one listens on. */
const VARIABLE = 'INITKIT_DAEMON';
const REPORT_DESCRIPTOR = 3;
const KEEP_ALIVE_MS = 60_000;
const UP = '\0';

/** How the daemon speaks to the process that started it. */
export interface Launcher {
  /** The supervisor is up; the one that started it may leave. */
  up(): void;
  /** Why it is not; for the one that started it to print. */
  failed(text: string): void;
}

/** The way back to who started us, where we are the daemon; the variable is taken out of the environment. */
export function launcherOf(given: Record<string, string>): Launcher | null {
  const isDaemon = given[VARIABLE] === String(process.ppid);
  delete given[VARIABLE];
  delete process.env[VARIABLE];
  if (!isDaemon) return null;
  const report = (text: string): void => {
    try {
      writeSync(REPORT_DESCRIPTOR, text);
      closeSync(REPORT_DESCRIPTOR);
    } catch {
      // Whoever started us has gone.
    }
  };
  return { up: () => report(UP), failed: report };
}

/** Starts ourselves anew in the background; resolves with the exit code to leave with, and what the daemon said. */
export async function daemonize(
  system: System,
  given: Readonly<Record<string, string>>,
): Promise<{ readonly exitCode: number; readonly text: string }> {
  const devNull = openSync('/dev/null', 'r+');
  const pipe = system.pipe();
  let onEnd: (exitCode: number) => void = () => {};
  const ended = new Promise<number>((resolve) => (onEnd = resolve));
  const started = system.spawn(
    {
      file: process.execPath,
      argv: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
      environment: { ...given, [VARIABLE]: String(process.pid) },
      directory: null,
      umask: null,
      credentials: null,
      descriptors: [devNull, devNull, devNull, pipe.writeEnd],
      leads: 'session',
      limits: {},
    },
    (status) => onEnd(status.code ?? EXIT.defect),
  );
  system.close(devNull);
  system.close(pipe.writeEnd);
  if (started.kind === 'failed') return { exitCode: EXIT.defect, text: `${started.message}\n` };
  // Waiting for a child is no work that keeps node from ending.
  const keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
  let text = '';
  const write = (chunk: Buffer): boolean => (text += chunk.toString()) !== '';
  await readPipe(pipe.readEnd, { write, reopen: () => {}, close: () => {} }, () => {}, system).ended;
  const result = text === UP ? { exitCode: EXIT.ok, text: '' } : { exitCode: await ended, text };
  clearInterval(keepAlive);
  return result;
}
