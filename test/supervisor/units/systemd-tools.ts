// The oracle: what Debian's own systemd tools say. They need no systemd that runs, only its package.

import { spawnSync } from 'node:child_process';

export interface ToolRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of systemd's tools to its end; `environment` is all that it sees. */
export function tool(
  name: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ToolRun {
  const { status, stdout, stderr, error } = spawnSync(name, parameters, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C.UTF-8', SYSTEMD_COLORS: '0', ...environment },
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** `list` in parts of so many, for tools that take many arguments at once. */
export function inParts<T>(list: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < list.length; at += size) parts.push(list.slice(at, at + size));
  return parts;
}
