// Sections of a configuration for differential tests.

import type { Side } from './pair.ts';

const QUIET = 'stdout_logfile=NONE\nstderr_logfile=NONE';

export function program(name: string, command: string, ...keys: readonly string[]): string {
  return `[program:${name}]\ncommand=${command}\n${[...keys, QUIET].join('\n')}\n`;
}

/** Appends a line to `name.starts` at each start, then does the rest. */
export function counting(name: string, rest: string): string {
  return `/bin/sh -c "echo x >> %D/${name}.starts; ${rest}"`;
}

/** How often a counting program has been started. */
export const starts = (side: Side, name: string): number => (side.read(`${name}.starts`)?.length ?? 0) / 2;
