// What the conditions of units ask of this machine, on Linux.

import { globSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Probe } from '../units/conditions.ts';
import type { HostFacts } from '../units/specifiers.ts';

export function conditionProbe(host: HostFacts, environment: ReadonlyMap<string, string>): Probe {
  return {
    host,
    environment,
    stat(path) {
      const stat = orNull(() => statSync(path));
      if (stat === null) return null;
      const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
      return { kind, size: stat.size, mode: stat.mode, modifiedMs: stat.mtimeMs };
    },
    isLink: (path) => orNull(() => lstatSync(path).isSymbolicLink()) ?? false,
    realPath: (path) => orNull(() => realpathSync(path)),
    listDirectory: (path) => orNull(() => readdirSync(path)) ?? [],
    glob: (pattern) => (/[*?[]/.test(pattern) ? globSync(pattern) : existing(pattern)),
    text: (path) => orNull(() => readFileSync(path, 'utf8')),
    groups: groupsOf(),
    container: containerName(environment),
    cpus: availableParallelism(),
  };
}

function existing(path: string): string[] {
  return orNull(() => lstatSync(path)) === null ? [] : [path];
}

/** Names and numbers, the effective group among them. */
function groupsOf(): string[] {
  const numbers = [process.getgid?.() ?? 0, ...(process.getgroups?.() ?? [])].map(String);
  const lines = (orNull(() => readFileSync('/etc/group', 'utf8')) ?? '')
    .split('\n')
    .map((line) => line.split(':'));
  const names = lines.filter(([, , gid]) => numbers.includes(gid ?? '')).map(([name]) => name ?? '');
  return [...numbers, ...names];
}

/** As systemd-detect-virt finds it out: the engine's variable, then the marks that engines leave. */
function containerName(environment: ReadonlyMap<string, string>): string {
  const named = environment.get('container') ?? '';
  if (named === 'oci' || named === '') {
    if (orNull(() => statSync('/run/.containerenv')) !== null) return 'podman';
    if (orNull(() => statSync('/.dockerenv')) !== null) return 'docker';
  }
  return /^[a-z][a-z-]*$/.test(named) && named !== 'oci' ? named : 'docker';
}

function orNull<T>(attempt: () => T): T | null {
  try {
    return attempt();
  } catch {
    return null;
  }
}
