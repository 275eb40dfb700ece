// Brings a machine to where the tests can run: the peers that they compare with, from Debian's packages; for the
// end-to-end tests an engine, and the images as they are now. Says what it does; what is there already costs nothing.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Program → the Debian package that has it. */
const PEERS: Readonly<Record<string, string>> = {
  '/usr/bin/supervisord': 'supervisor',
  '/usr/bin/tini': 'tini',
  '/usr/bin/dumb-init': 'dumb-init',
  '/usr/bin/docker-registry': 'docker-registry',
  '/usr/bin/python3': 'python3',
  '/usr/bin/strace': 'strace',
  '/usr/bin/ssh-agent': 'openssh-client',
  '/usr/bin/systemd-analyze': 'systemd',
};

/** Throws where something cannot be had, with what to do. */
export function prepare(suite: 'unit' | 'e2e' | 'all'): void {
  installPeers();
  if (suite === 'unit') return;
  run(process.execPath, ['build/main.ts', 'engine', 'start'], 'cannot start an engine');
  run(process.execPath, ['build/main.ts', 'build'], 'cannot build the images');
}

function installPeers(): void {
  const missing = [
    ...new Set(Object.entries(PEERS).flatMap(([file, name]) => (existsSync(file) ? [] : [name]))),
  ];
  if (missing.length === 0) return;
  const command = `apt-get install --yes --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`cannot test without ${missing.join(', ')}: as root on Debian, run ${command}`);
  }
  console.log(`installing what the tests compare with: ${missing.join(', ')}`);
  run('apt-get', ['update', '-qq'], 'cannot update the package lists');
  run('apt-get', command.split(' ').slice(1), `cannot install ${missing.join(', ')}`);
}

function run(file: string, parameters: readonly string[], failure: string): void {
  const { status, stdout, stderr } = spawnSync(file, parameters, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) throw new Error(`${failure}: ${file} ${parameters.join(' ')}\n${stdout}${stderr}`);
}
