// Starting and stopping an engine of our own, beside the one that the other tests use.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeRepository } from '../support/build.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('engine');

const repository = makeRepository({});
const folder = mkdtempSync(join(tmpdir(), 'initkit-engine-'));
const socket = join(folder, 'docker.sock');
// Not --bridge=none: a dockerd that starts so takes the bridge of all other engines away.
const environment = {
  DOCKER_HOST: `unix://${socket}`,
  INITKIT_DOCKERD_ARGS: `--data-root=${folder}/data --exec-root=${folder}/exec --pidfile=${folder}/pid --bridge=docker0 --iptables=false`,
};

test.after(async () => {
  await repository.run(['engine', 'stop'], environment);
  repository.remove();
  rmSync(folder, { recursive: true, force: true });
});

const engine = (action: string, more: Record<string, string> = {}) =>
  repository.run(['engine', action], { ...environment, ...more });

/** Processes, zombies apart, whose command line has the folder in it. */
function processesOfOurs(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((command) => command.includes(folder) && /^(dockerd|containerd)/.test(command));
}

test('no engine is one line with the remedy and exit code 3', async () => {
  const { code, stderr } = await engine('status');
  assert.is(code, 3);
  assert.match(stderr, `no engine answers at ${socket} (start one with`);
});

test('stopping where there is none is no error', async () => {
  const { code, stdout } = await engine('stop');
  assert.is(code, 0);
  assert.match(stdout, 'no engine answers');
});

test('start says so, and the engine outlives the command', async () => {
  const { code, stdout, stderr } = await engine('start');
  assert.is(code, 0, stderr);
  assert.match(stdout, `starting dockerd on ${socket}`);
  const status = await engine('status');
  assert.is(status.code, 0);
  assert.match(status.stdout, 'started by initkit');
});

test('a second start finds the first', async () => {
  const { code, stdout } = await engine('start');
  assert.is(code, 0);
  assert.match(stdout, 'already');
  assert.is(processesOfOurs().filter((command) => command.startsWith('dockerd')).length, 1);
});

test('stop ends dockerd and its containerd, and leaves no file that speaks of them', async () => {
  const { code, stdout } = await engine('stop');
  assert.is(code, 0);
  assert.match(stdout, 'has ended');
  assert.equal(processesOfOurs(), []);
  assert.not.ok(existsSync(socket));
  assert.not.ok(existsSync(join(folder, 'pid')));
  assert.equal(
    readdirSync('/run/initkit-engine').filter((name) => name.includes(folder.replaceAll('/', '_'))),
    [],
  );
});

test('a dockerd that does not come up is told with its own last words', async () => {
  const { code, stderr } = await engine('start', { INITKIT_DOCKERD_ARGS: '--no-such-flag' });
  assert.is(code, 3);
  assert.match(stderr, 'unknown flag: --no-such-flag');
  assert.not.match(stderr, /\n\s+at /);
});

test('an engine that somebody else started is left alone', async () => {
  const foreign = spawn(
    'dockerd',
    [`--host=unix://${socket}`, ...environment.INITKIT_DOCKERD_ARGS.split(' ')],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => void foreign.once('exit', resolve));
  try {
    await eventually('the engine to answer', async () => (await engine('status')).code === 0);
    const { code, stdout } = await engine('stop');
    assert.is(code, 0);
    assert.match(stdout, 'was not started by initkit, and goes on');
    assert.is((await engine('status')).code, 0);
  } finally {
    foreign.kill('SIGTERM');
    await ended;
  }
});

test.run();
