// Which machine this is, and which versions the peers have: without them the numbers mean nothing.

import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { BENCH_IMAGE, docker } from './engine.ts';
import type { Machine } from './report/report.ts';

const PACKAGES = ['supervisor', 'tini', 'dumb-init', 's6', 'runit'];

export async function describeMachine(): Promise<Machine> {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    processors: processors.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    system: /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown',
    engine: (await docker('version', '--format', '{{.Server.Version}}')).trim(),
    node: process.versions.node,
  };
}

/** Of the packages in the bench's image. */
export async function peerVersions(): Promise<Record<string, string>> {
  const format = '${Package} ${Version}\\n';
  const said = await docker(
    'run',
    '--rm',
    '--entrypoint',
    'dpkg-query',
    BENCH_IMAGE,
    '-W',
    '-f',
    format,
    ...PACKAGES,
  );
  return Object.fromEntries(
    said
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
}
