// A real supervisor, not PID 1, run with a configuration until it has said something.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';

const DEADLINE_MS = 20_000;

export interface Outcome {
  readonly output: string;
  readonly code: number | null;
}

/**
 * Runs a configuration until its output matches, stops it, and gives all that it said. `onOutput` sees all of it
 * whenever there is more.
 */
export async function runUntil(
  config: string,
  pattern: RegExp,
  onOutput: (output: string) => void = () => {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'initkit-run-'));
  const file = join(folder, 'supervisord.conf');
  writeFileSync(file, `[supervisord]\n${config}`);
  const argv = [
    '--disable-warning=ExperimentalWarning',
    'supervisor/main.ts',
    'init',
    '--image',
    '/dev/null',
    '-c',
    file,
  ];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const read = (chunk: string): void => {
    output += chunk;
    if (!child.killed && pattern.test(output)) child.kill('SIGTERM');
    else onOutput(output);
  };
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  const deadline = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearTimeout(deadline);
  rmSync(folder, { recursive: true, force: true });
  assert.ok(pattern.test(output), `no ${pattern} in:\n${output}`);
  return { output, code };
}
