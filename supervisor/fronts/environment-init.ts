// Sourcing ENVIRONMENT_INIT: a shell script that may set any variable, before anything else is resolved.

import { UserError } from '../errors.ts';
import type { System } from '../os/system.ts';
import { describeExit } from '../process/ending.ts';
import { collectOutput, type Collected } from './collect-output.ts';

/**
 * `set -a`: what the script assigns is exported, as people who hand over a plain list of assignments expect.
 * The trap also serves a script that ends with `exit 0`.
 */
const SOURCE_AND_PRINT = 'trap \'[ "$?" = 0 ] && exec /usr/bin/env -0 >&3\' EXIT; set -a; . "$1"';

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
  const script = path.includes('/') ? path : `./${path}`;
  const argv = ['/bin/sh', '-c', SOURCE_AND_PRINT, 'sh', script] as const;
  const running = collectOutput(system, { argv: [...argv], environment: given, descriptor: 3, timeoutMs });
  const result = running.result.then((collected) => environmentOf(collected, name, timeoutMs));
  return { result, cancel: () => running.cancel() };
}

function environmentOf(collected: Collected, name: string, timeoutMs: number): Record<string, string> {
  if (collected.kind === 'failed') throw new UserError(`cannot source ${name}: ${collected.message}`);
  if (collected.kind === 'timed out') {
    throw new UserError(
      `cannot source ${name}: it was still running after ${timeoutMs / 1000} s and was killed`,
    );
  }
  if (collected.status.code !== 0) {
    const remedy = 'its last command must succeed (end it with : where that may fail)';
    throw new UserError(`cannot source ${name}: ${describeExit(collected.status)}; ${remedy}`);
  }
  return parseNulSeparated(collected.output);
}

function parseNulSeparated(text: string): Record<string, string> {
  const pairs = text.split('\0').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}
