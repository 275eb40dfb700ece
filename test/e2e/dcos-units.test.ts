// DC/OS's own units in both images, handed over as a tarball or a folder: they run by our PID 1, what docker run -e says wins
// over their files, and a master and an agent share a host.

import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../support/build.ts';
import { cleanUp, docker, runContainer, startContainer, type Container } from '../support/containers.ts';
import { dcosPackages, makeNetwork, makeVolume, SHARED_UNITS } from '../support/dcos.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('dcos units');
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'initkit-dcos-'));
const afterwards: (() => Promise<void>)[] = [];

async function build(image: string, ...parameters: string[]): Promise<void> {
  await run(process.execPath, ['build/main.ts', 'build', image, ...parameters]);
}

test.before(async () => {
  for (const [path, text] of Object.entries(dcosPackages())) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    if (path.includes('/bin/')) chmodSync(file, 0o755);
  }
  const tarball = `${folder}.tar.xz`;
  await run('tar', ['--create', '--xz', '--file', tarball, '--directory', folder, '.']);
  await build('dcos-master', '--no-test', '--software', `dcos=${tarball}`);
  rmSync(tarball);
  await build('dcos-slave', '--no-test', '--software', `dcos=${folder}`);
});

test.after(async () => {
  await cleanUp();
  for (const step of afterwards.toReversed()) await step();
  // What the user's own `docker run dcos-slave` means is not for a test to change.
  await build('dcos-master', '--no-test');
  await build('dcos-slave', '--no-test');
  rmSync(folder, { recursive: true, force: true });
});

/** What systemctl says of a unit: active, inactive, failed, … */
async function stateOf(container: Container, unit: string): Promise<string> {
  return (await container.exec('systemctl', 'is-active', unit)).stdout.trim();
}

function untilActive(container: Container, unit: string): Promise<unknown> {
  return eventually(
    `${unit} to be active`,
    async () => (await stateOf(container, unit)) === 'active',
    () => container.logs(),
  );
}

test('an agent without an address of its masters is refused', async () => {
  const { code, stderr } = await runContainer({ image: 'dcos-slave' });
  assert.is(code, 78);
  assert.match(
    stderr,
    /EXHIBITOR_ADDRESS is not set \(name them, or their load balancer: -e EXHIBITOR_ADDRESS=/,
  );
});

test('a master runs its units, and what this image has gives way to none of them', async () => {
  const environment = { MESOS_CLUSTER: 'units', MESOS_PORT: '15050', DCOS_SIGNAL: 'enabled' };
  const master = await startContainer({ image: 'dcos-master', environment });
  await master.waitForLog(/master of units with quorum 1/);
  await untilActive(master, 'dcos-mesos-master.service');
  await untilActive(master, 'dcos-spartan.service');
  await untilActive(master, 'dcos-signal.service');
  assert.is(await stateOf(master, 'dcos-mesos-slave.service'), 'inactive');
  for (const program of ['zookeeper', 'adminrouter']) {
    await eventually(
      `${program} to run`,
      async () => (await master.exec('initkit', 'status', program)).stdout.includes('RUNNING'),
      () => master.logs(),
    );
  }
  const state = await master.exec('curl', '-s', 'http://127.0.0.1:15050/state');
  assert.is(state.stdout, '{"cluster":"units","slaves":[]}');
  assert.is((await master.exec('id', '-gn', 'dcos_test')).stdout, 'dcos_group\n');
  assert.is((await master.exec('stat', '-c', '%U', '/data/var/lib/dcos/mesos')).stdout, 'dcos_test\n');
  await docker('stop', master.id);
  assert.is(await master.wait(), 0);
});

test('of several masters one answers with the name; what docker run -e says wins over the files of the unit', async () => {
  const network = await makeNetwork();
  afterwards.push(() => network.remove());
  const volume = await makeVolume();
  afterwards.push(() => volume.remove());
  const master = await startContainer({
    image: 'dcos-master',
    environment: { MESOS_CLUSTER: 'the "east" $1' },
    options: ['--net', network.name, '--ip', `${network.prefix}11`],
  });
  const environment = {
    EXHIBITOR_ADDRESS: `${network.prefix}10, ${network.prefix}11`,
    MESOS_ODD: `it's "odd" $HOME \\ ; #`,
    MESOS_LOG_DIR: '/from/docker',
  };
  const options = ['--net', network.name, '-v', `${volume.name}:/data`];
  const slave = await startContainer({ image: 'dcos-slave', environment, options });
  const line = `agent: cluster=the "east" $1 work=/from/the/package odd=${environment.MESOS_ODD} systemd=false log=/from/docker`;
  await eventually(
    'what the agent found',
    async () => (await slave.logs()).includes(line),
    () => slave.logs(),
  );
  assert.equal(
    JSON.parse((await slave.exec('cat', '/opt/mesosphere/etc/master_list')).stdout),
    [10, 11].map((last) => `${network.prefix}${last}`),
  );
  const { stdout } = await slave.exec('initkit', 'explain', 'MESOS_CLUSTER', 'MASTER_SOURCE');
  assert.match(stdout, /^MESOS_CLUSTER .* from http:\/\/10\.[\d.]+11(:5050)?\/(mesos\/)?state /m);
  assert.match(stdout, /^MASTER_SOURCE +master_list +EXHIBITOR_ADDRESS has several addresses /m);
  for (const unit of ['dcos-spartan.service', 'dcos-epmd.service']) await untilActive(slave, unit);
  assert.is(await stateOf(slave, 'dcos-signal.service'), 'inactive');

  await docker('kill', master.id);
  await docker('stop', slave.id);
  assert.match(await slave.logs(), /agent unregisters/);
  await slave.remove();
  // The masters are gone: the agent starts all the same, and finds what it has left behind.
  const again = await startContainer({
    image: 'dcos-slave',
    environment: { ...environment, DCOS_MASTER_TIMEOUT: '1' },
    options,
  });
  await again.waitForLog(/agent: cluster= work/);
  assert.match(await again.logs(), /the cluster's name is unknown: no master answered within 1 s/);
  assert.is((await again.exec('test', '-e', '/data/var/lib/mesos/agent-was-here')).code, 0);
});

test('a master and an agent share a host', async () => {
  const [router, mesos, ...ports] = await Promise.all(Array.from({ length: 6 }, freePort));
  const [client = 0, peer = 0, election = 0, admin = 0] = ports;
  const options = ['--net=host'];
  const master = await startContainer({
    image: 'dcos-master',
    environment: {
      MESOS_CLUSTER: 'shared',
      MESOS_PORT: String(mesos),
      ADMINROUTER_PORT: String(router),
      ADMINROUTER_MESOS: `127.0.0.1:${mesos}`,
      ZOOKEEPER_CLIENT_PORT: String(client),
      ZOOKEEPER_PEER_PORT: String(peer),
      ZOOKEEPER_ELECTION_PORT: String(election),
      ZOOKEEPER_ADMIN_PORT: String(admin),
    },
    options,
  });
  const slave = await startContainer({
    image: 'dcos-slave',
    environment: { EXHIBITOR_ADDRESS: `127.0.0.1:${router}` },
    options,
  });
  await slave.waitForLog(/agent: cluster=shared /);
  await untilActive(slave, 'dcos-mesos-slave.service');
  for (const unit of SHARED_UNITS) {
    assert.is(await stateOf(slave, unit), 'inactive', `${unit} of the agent`);
    await untilActive(master, unit);
  }
  const { stdout } = await slave.exec('systemctl', 'status', 'dcos-spartan.service');
  assert.match(stdout, /ConditionPathExists=!\/run\/dcos\/shared-host was not met/);
  await docker('exec', slave.id, 'touch', '/run/dcos/gen-resolvconf');
  await slave.exec('systemctl', 'start', 'dcos-gen-resolvconf.timer');
  assert.is(
    await stateOf(slave, 'dcos-gen-resolvconf.timer'),
    'active',
    'what DCOS_GEN_RESOLVCONF=enabled does',
  );
  const explained = await slave.exec('initkit', 'explain', 'DCOS_SHARED_HOST');
  assert.match(explained.stdout, /true +EXHIBITOR_ADDRESS has 127\.0\.0\.1:\d+: a master is on this host/);
  const health = await master.exec('curl', '-s', `http://127.0.0.1:${router}/health/zookeeper`);
  assert.match(health.stdout, /"server_state" : "standalone"/);
});

test.run();
