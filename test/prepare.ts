// Brings a machine to where the tests can run: the peers that they compare with, from Debian's packages; for the
// end-to-end tests an engine, and the images as they are now. Says what it does; what is there already costs nothing.

import { existsSync } from 'node:fs';
import { $, ProcessOutput } from 'zx';

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

const run = $({ quiet: true, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });

/** Throws where something cannot be had, with what to do. */
export async function prepare(suite: 'unit' | 'e2e' | 'all'): Promise<void> {
  await installPeers();
  if (suite === 'unit') return;
  console.log('bringing up an engine and the images (a minute or two where there are none)');
  await step('start an engine', run`${process.execPath} build/main.ts engine start`);
  await step('build the images', run`${process.execPath} build/main.ts build`);
}

async function installPeers(): Promise<void> {
  const missing = [
    ...new Set(Object.entries(PEERS).flatMap(([file, name]) => (existsSync(file) ? [] : [name]))),
  ];
  if (missing.length === 0) return;
  const names = missing.join(', ');
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    const remedy = `apt-get install --yes --no-install-recommends ${missing.join(' ')}`;
    throw new Error(`cannot test without ${names}: as root on Debian, run ${remedy}`);
  }
  console.log(`installing what the tests compare with: ${names}`);
  await step('update the package lists', run`apt-get update -qq`);
  await step(`install ${names}`, run`apt-get install --yes --no-install-recommends ${missing}`);
}

async function step(what: string, command: Promise<unknown>): Promise<void> {
  try {
    await command;
  } catch (error) {
    const said = error instanceof ProcessOutput ? error.stdall : String(error);
    throw new Error(`cannot ${what}:\n${said}`, { cause: error });
  }
}
