// Sourcing ENVIRONMENT_INIT: a shell script that may set any variable, before anything else is resolved.

import { UserError } from '../errors.ts';
import { readPipe } from '../logs/pipeline.ts';
import type { System } from '../os/system.ts';
import type { ExitStatus } from '../process/state.ts';
import { describeExit } from '../process/ending.ts';

/**
 * `set -a`: what the script assigns is exported, as people who hand over a plain list of assignments expect.
 * The trap also serves a script that ends with `exit 0`.
 */
const SOURCE_AND_PRINT = 'trap \'[ "$?" = 0 ] && exec /usr/bin/env -0 >&3\' EXIT; set -a; . "$1"';

/** setInterval's longest. */
const FOR_EVER_MS = 2 ** 31 - 1;

export interface EnvironmentInit {
  /** The whole environment after the script. Rejects with UserError where it fails, hangs or is not there. */
  readonly result: Promise<Readonly<Record<string, string>>>;
  /** Ends the script, and with it the wait. */
  cancel(): void;
}

/** Sources `path` with `given` as its environment; its output goes where ours goes. Bounded by `timeoutMs`. */
export function sourceEnvironmentInit(
  system: System,
  path: string,
  given: Readonly<Record<string, string>>,
  timeoutMs: number,
): EnvironmentInit {
  const name = `ENVIRONMENT_INIT=${path}`;
  if (system.readText(path) === null) {
    const remedy = 'mount a readable shell script there, or unset ENVIRONMENT_INIT';
    return { result: Promise.reject(new UserError(`cannot read ${name}: ${remedy}`)), cancel: () => {} };
  }
  const pipe = system.pipe();
  const devNull = system.openForRead('/dev/null');
  let onEnd: (status: ExitStatus) => void = () => {};
  const ended = new Promise<ExitStatus>((resolve) => (onEnd = resolve));
  const script = path.includes('/') ? path : `./${path}`;
  const started = system.spawn(
    {
      file: '/bin/sh',
      argv: ['/bin/sh', '-c', SOURCE_AND_PRINT, 'sh', script],
      environment: given,
      directory: null,
      umask: null,
      credentials: null,
      descriptors: [devNull, 1, 2, pipe.writeEnd],
      leads: 'group',
      limits: {},
    },
    onEnd,
  );
  system.close(devNull);
  system.close(pipe.writeEnd);
  if (started.kind === 'failed') {
    system.close(pipe.readEnd);
    return {
      result: Promise.reject(new UserError(`cannot source ${name}: ${started.message}`)),
      cancel: () => {},
    };
  }
  const kill = (): void => void system.signal(started.pid, 'SIGKILL', true);
  const result = collect(pipe.readEnd, ended, { system, name, timeoutMs, kill });
  return { result, cancel: kill };
}

interface Collecting {
  readonly system: System;
  readonly name: string;
  readonly timeoutMs: number;
  readonly kill: () => void;
}

async function collect(
  readEnd: number,
  ended: Promise<ExitStatus>,
  { system, name, timeoutMs, kill }: Collecting,
): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  const write = (chunk: Buffer): boolean => chunks.push(chunk) > 0;
  const pipeline = readPipe(readEnd, { write, reopen: () => {}, close: () => {} }, () => {});
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
  if (timedOut) {
    throw new UserError(
      `cannot source ${name}: it was still running after ${timeoutMs / 1000} s and was killed`,
    );
  }
  if (status.code !== 0) {
    const remedy = 'its last command must succeed (end it with : where that may fail)';
    throw new UserError(`cannot source ${name}: ${describeExit(status)}; ${remedy}`);
  }
  await pipeline.ended;
  return parseNulSeparated(Buffer.concat(chunks).toString('utf8'));
}

function parseNulSeparated(text: string): Record<string, string> {
  const pairs = text.split('\0').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}
