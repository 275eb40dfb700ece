// Where the base comes from: a registry, or Debian's packages; and what is installed for that on a bare machine.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { docker, imageId, makeRepository, startRegistry } from '../support/build.ts';

const test = suite('base');

const own = join(import.meta.dirname, '../..');
const repository = makeRepository({});
const base = repository.name('base');
const folder = mkdtempSync(join(tmpdir(), 'initkit-base-'));
test.after(() => {
  repository.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('a base out of a registry is pulled, by the name that was given', async () => {
  const first = await repository.run(['build']);
  assert.is(first.code, 0, first.stdout + first.stderr);
  const rootfs = imageId(base);
  const registry = await startRegistry();
  const reference = `${registry.address}/debian:bookworm-slim`;
  try {
    docker('tag', rootfs, reference);
    docker('push', '--quiet', reference);
    docker('rmi', reference);
    const { code, stdout, stderr } = await repository.run(['build', '--base', reference]);
    assert.is(code, 0, stdout + stderr);
    assert.match(stdout, `pulling ${reference}`);
    assert.match(stdout, 'arg BASE');
    assert.is(
      docker('run', '--rm', base, 'sh', '-c', '. /etc/os-release && echo $VERSION_CODENAME'),
      'bookworm\n',
    );
    const again = await repository.run(['build', '--base', reference]);
    assert.match(again.stdout, 'unchanged');
    assert.not.match(again.stdout, 'pulling');
    docker('rmi', '--force', reference);
    const gone = `${registry.address}/debian:no-such-tag`;
    const missing = await repository.run(['build', '--base', gone]);
    assert.is(missing.code, 4);
    assert.match(missing.stderr, `images/base/Dockerfile:2: cannot get ${gone}`);
  } finally {
    await registry.stop();
  }
});

/** Programs that write down how they were called; apt-get puts others in place, as packages would. */
const STUBS: Readonly<Record<string, string>> = {
  'bin/apt-get': `#!/bin/sh
echo "apt-get $*" >> /stubs/calls
case "$*" in
  *install*docker.io*) cp /stubs/packages/dockerd /usr/local/bin/dockerd ;;
  *install*mmdebstrap*) cp /stubs/packages/mmdebstrap /usr/local/bin/mmdebstrap ;;
esac
`,
  'packages/dockerd':
    '#!/bin/sh\necho "dockerd $*" >> /stubs/calls\necho "no kernel for that here" >&2\nexit 1\n',
  'packages/mmdebstrap': `#!/bin/sh
echo "mmdebstrap $*" >> /stubs/calls
[ "$1" = --version ] && exit 0
for word in "$@"; do case "$word" in *rootfs.tar) tar -C /stubs/root -cf "$word" . ;; esac; done
`,
  'root/etc/made-by-a-stub': '',
  'repository/images/base/Dockerfile': 'ARG BASE=debian:trixie-slim\nFROM ${BASE}\n',
};

/** A bare Debian, in which this repository lies as a clone would, without network. */
function inBareDebian(options: readonly string[], command: string): { output: string; calls: string } {
  writeFileSync(join(folder, 'calls'), '');
  for (const [path, text] of Object.entries(STUBS)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    if (text.startsWith('#!')) chmodSync(join(folder, path), 0o755);
  }
  const arch = process.arch === 'x64' ? 'x64' : 'arm64';
  const node = `/repo/node_modules/node-linux-${arch}/bin/node --disable-warning=ExperimentalWarning`;
  const script = `export PATH=/stubs/bin:$PATH; ${node} /repo/build/main.ts ${command} 2>&1; echo "exit code $?"`;
  const output = docker(
    'run',
    '--rm',
    '--network=none',
    `--volume=${own}:/repo:ro`,
    `--volume=${folder}:/stubs`,
    '--entrypoint=sh',
    ...options,
    'base',
    '-c',
    script,
  );
  return { output, calls: readFileSync(join(folder, 'calls'), 'utf8') };
}

test('without dockerd, docker.io is installed, saying so, and started', () => {
  const { output, calls } = inBareDebian([], 'engine start');
  assert.match(output, 'installing docker.io from Debian (apt-get)');
  assert.match(output, 'cannot start dockerd: it ended at once (exit code 1): no kernel for that here');
  assert.match(output, 'exit code 3');
  assert.equal(calls.trim().split('\n').slice(0, 2), [
    'apt-get update',
    'apt-get install --yes --no-install-recommends docker.io',
  ]);
  assert.match(calls, 'dockerd --host=unix:///var/run/docker.sock');
});

test('who is not root is told what to install', () => {
  const { output, calls } = inBareDebian(['--user=1000', '--tmpfs=/run'], 'engine start');
  assert.match(output, 'only root can start one');
  assert.is(calls, '');
});

test('without mmdebstrap, it is installed, and called with the packages and the mirror of the machine', () => {
  const name = `${base}-bare`;
  writeRecipe(name);
  try {
    const { output, calls } = inBareDebian(
      ['--volume=/var/run/docker.sock:/var/run/docker.sock'],
      'build --dir /stubs/repository',
    );
    assert.match(output, 'debian:trixie-slim is not in reach');
    assert.match(output, 'installing mmdebstrap from Debian (apt-get)');
    assert.match(output, 'exit code 0');
    assert.match(calls, 'apt-get install --yes --no-install-recommends mmdebstrap');
    assert.match(calls, /mmdebstrap --variant=minbase --architectures=\w+ --include=usr-is-merged,tzdata /);
    assert.match(calls, / trixie \S+\/rootfs\.tar deb http:\/\/mirror\.example\.org\/debian trixie main/);
    const container = docker('create', name, 'none').trim();
    docker('cp', `${container}:/etc/made-by-a-stub`, join(folder, 'copied'));
    docker('rm', container);
  } finally {
    const rootfs = docker('images', '--format', '{{.Repository}}:{{.Tag}}', 'initkit-rootfs').split('\n');
    const made = rootfs.filter((reference) => reference.startsWith('initkit-rootfs:trixie-'));
    for (const reference of [...made, `${name}:latest`]) docker('rmi', '--force', reference);
  }
});

function writeRecipe(name: string): void {
  const ini = join(folder, 'repository/images/base/image.ini');
  mkdirSync(dirname(ini), { recursive: true });
  writeFileSync(
    ini,
    `[image]\nname = ${name}\n[base]\nfallback = mmdebstrap\nsuite = trixie\npackages = tzdata\nmirror = http://mirror.example.org/debian\n`,
  );
}

test.run();
