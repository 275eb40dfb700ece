// Runs one program before anything else runs, bounded, and collects what it writes to one descriptor.

import { readPipe } from '../logs/pipeline.ts';
import type { System } from '../os/system.ts';
import type { ExitStatus } from '../process/state.ts';

/** setInterval's longest. */
const FOR_EVER_MS = 2 ** 31 - 1;

export interface Collecting {
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Whose output is collected: 1, or 3 for a program whose stdout is the container's. */
  readonly descriptor: 1 | 3;
  readonly timeoutMs: number;
}

export type Collected =
  | { readonly kind: 'ended'; readonly status: ExitStatus; readonly output: string }
  | { readonly kind: 'timed out' }
  | { readonly kind: 'failed'; readonly message: string };

/** A running program; `cancel` kills it with its process group, and with it ends the wait. */
export interface Running {
  readonly result: Promise<Collected>;
  cancel(): void;
}

/** Starts `argv`; its other output goes where ours goes, and its stdin is empty. */
export function collectOutput(
  system: System,
  { argv, environment, descriptor, timeoutMs }: Collecting,
): Running {
  const pipe = system.pipe();
  const devNull = system.openForRead('/dev/null');
  let onEnd: (status: ExitStatus) => void = () => {};
  const ended = new Promise<ExitStatus>((resolve) => (onEnd = resolve));
  const started = system.spawn(
    {
      file: argv[0],
      argv,
      environment,
      directory: null,
      umask: null,
      credentials: null,
      descriptors: descriptor === 1 ? [devNull, pipe.writeEnd, 2] : [devNull, 1, 2, pipe.writeEnd],
      leads: 'group',
      limits: {},
    },
    onEnd,
  );
  system.close(devNull);
  system.close(pipe.writeEnd);
  if (started.kind === 'failed') {
    system.close(pipe.readEnd);
    const { message } = started;
    return { result: Promise.resolve({ kind: 'failed', message }), cancel: () => {} };
  }
  const kill = (): void => void system.signal(started.pid, 'SIGKILL', true);
  return { result: collect(system, pipe.readEnd, ended, timeoutMs, kill), cancel: kill };
}

async function collect(
  system: System,
  readEnd: number,
  ended: Promise<ExitStatus>,
  timeoutMs: number,
  kill: () => void,
): Promise<Collected> {
  const chunks: Buffer[] = [];
  const write = (chunk: Buffer): boolean => chunks.push(Buffer.from(chunk)) > 0;
  const pipeline = readPipe(readEnd, { write, reopen: () => {}, close: () => {} }, () => {}, system);
  let timedOut = false;
  const cancelTimeout = system.after(timeoutMs, () => {
    timedOut = true;
    kill();
  });
  // A signal alone, SIGCHLD here, does not keep Node's loop from ending.
  const stayAlive = setInterval(() => {}, FOR_EVER_MS);
  const status = await ended;
  clearInterval(stayAlive);
  cancelTimeout();
  if (timedOut) return { kind: 'timed out' };
  // What the program has started may hold the pipe for ever; a program that failed has nothing more to say.
  if (status.code === 0) await pipeline.ended;
  return { kind: 'ended', status, output: Buffer.concat(chunks).toString('utf8') };
}
