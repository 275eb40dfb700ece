// Asks supervisord's own classes, in one Python process, what becomes of many cases.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const SCRIPT = new URL('../fixtures/events-oracle.py', import.meta.url).pathname;
const SUPERVISORD = '/usr/bin/supervisord';

/** What comes of each case, in order; see the script for the kinds. */
export function ask<T>(kind: string, cases: readonly object[]): T[] {
  if (!existsSync(SUPERVISORD)) throw new Error(`${SUPERVISORD} is missing: apt-get install supervisor`);
  const result = spawnSync('/usr/bin/python3', [SCRIPT], {
    input: JSON.stringify(cases.map((each) => ({ kind, ...each }))),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    timeout: 60_000,
  });
  if (result.status !== 0) throw new Error(`the oracle failed: ${result.stderr}`);
  return JSON.parse(result.stdout) as T[];
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
