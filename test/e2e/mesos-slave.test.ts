// mesos-slave as README 002 documents it, in real containers: its tables, its example, and its faults answered.
// Mesos comes by the road that a user takes: a Debian package, handed to the build.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeDeb } from '../support/build.ts';
import { cleanUp, mustDocker, runContainer, startContainer, type Container } from '../support/containers.ts';

const test = suite('mesos-slave');

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'initkit-mesos-'));

/** An agent that reads MESOS_* as Mesos does, says so, and logs where MESOS_LOG_DIR says. */
const AGENT = `
mkdir -p "$MESOS_LOG_DIR"
echo "agent on $MESOS_HOSTNAME for $MESOS_MASTER" | tee "$MESOS_LOG_DIR/mesos-slave.INFO"
env | grep -E '^(MESOS|SERVICE|APP_NAME|PARENT_HOST|ENVIRONMENT)' | sort | sed 's/^/env: /'
trap 'echo agent ends; exit 0' TERM
while :; do sleep 0.05; done
`;

async function build(...parameters: string[]): Promise<void> {
  await run(process.execPath, ['build/main.ts', 'build', 'mesos-slave', ...parameters]);
}

test.before(async () => {
  const deb = makeDeb(folder, { name: 'mesos', version: '0.24.1', program: 'mesos-slave', script: AGENT });
  await build('--software', `mesos=${deb}`);
});

test.after(async () => {
  await cleanUp();
  // What the user's own `docker run mesos-slave` means is not for a test to change.
  await build('--no-test');
  rmSync(folder, { recursive: true, force: true });
});

function start(environment: Record<string, string>, options: readonly string[] = []): Promise<Container> {
  return startContainer({ image: 'mesos-slave', environment, options });
}

/** What the agent found in its environment. */
async function environmentOf(container: Container): Promise<Record<string, string>> {
  const logs = await container.waitForLog(/env: SERVICE_REDPILL_MONITOR=.*\n/);
  const lines = logs.match(/^env: .*$/gm) ?? [];
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', value = ''] = line.replace('env: ', '').split(/=(.*)/s);
      return [name, value];
    }),
  );
}

const UNCONDITIONAL = {
  APP_NAME: 'mesos-slave',
  PARENT_HOST: 'unknown',
  MESOS_CONTAINERIZERS: 'docker,mesos',
  MESOS_LOG_DIR: '/var/log/mesos',
  SERVICE_MESOS_CMD: 'mesos-slave',
  SERVICE_LOGSTASH_FORWARDER_CONF: '/opt/logstash-forwarder/mesos-slave.conf',
  SERVICE_REDPILL_MONITOR: 'mesos',
};

/** README 002, Environment: ENVIRONMENT → what it sets; '' for what it leaves unset; `eth0` for the address of eth0. */
const LOCAL = {
  SERVICE_LOGSTASH_FORWARDER: 'disabled',
  SERVICE_REDPILL: 'enabled',
  MESOS_HOSTNAME: 'eth0',
  MESOS_WORK_DIR: '/var/lib/mesos',
};
const PRODUCTION = {
  SERVICE_LOGSTASH_FORWARDER: 'enabled',
  SERVICE_REDPILL: 'enabled',
  MESOS_HOSTNAME: '',
  MESOS_WORK_DIR: '',
};
const DEBUG = { ...PRODUCTION, SERVICE_LOGSTASH_FORWARDER: 'disabled', SERVICE_REDPILL: 'disabled' };

const TABLE: readonly (readonly [environment: string | null, expected: Record<string, string>])[] = [
  [null, LOCAL],
  ['', LOCAL],
  ['local', LOCAL],
  ['staging', LOCAL],
  ['prod', PRODUCTION],
  ['Production', PRODUCTION],
  ['dev', PRODUCTION],
  ['DEVELOPMENT', PRODUCTION],
  ['debug', DEBUG],
];

for (const [environment, expected] of TABLE) {
  test(`ENVIRONMENT ${environment === null ? 'unset' : `= "${environment}"`}`, async () => {
    const container = await start(environment === null ? {} : { ENVIRONMENT: environment });
    const found = await environmentOf(container);
    const address = await container.exec('sh', '-c', "awk '/32 host/ {print f} {f=$2}' /proc/net/fib_trie");
    for (const [name, value] of Object.entries({ ...UNCONDITIONAL, ...expected })) {
      if (value === 'eth0') assert.ok(address.stdout.split('\n').includes(found[name] ?? ''), found[name]);
      else assert.is(found[name] ?? '', value, name);
    }
    assert.is(found['ENVIRONMENT'], environment === null || environment === '' ? 'local' : environment);
    if (environment === 'staging') {
      assert.match(await container.logs(), /staging.*local.*production/s);
    }
    await container.remove();
  });
}

test('the example of README 002, as it is written there', async () => {
  const container = await start(
    {
      ENVIRONMENT: 'production',
      PARENT_HOST: 'parent',
      MESOS_IP: '10.10.0.111',
      MESOS_MASTER: 'zk://10.10.0.11:2181,10.10.0.12:2181,10.10.0.13:2181/mesos',
      MESOS_REGISTRATION_TIMEOUT: '5min',
      MESOS_HOSTNAME: '10.10.0.111',
      MESOS_DOCKER_SANDBOX_DIRECTORY: '/data/mesos/sandbox',
      MESOS_WORKDIR: '/data/mesos/workdir',
    },
    [
      '--net=host',
      '--cap-add=SYS_ADMIN',
      '-v',
      `${folder}/workdir:/data/mesos/workdir:rw`,
      '-v',
      `${folder}/sandbox:/data/mesos/sandbox:rw`,
      '-v',
      '/sys:/sys:ro',
      '-v',
      '/usr/bin/docker:/usr/bin/docker:ro',
      '-v',
      '/var/run/docker.sock:/var/run/docker.sock:rw',
    ],
  );
  const found = await environmentOf(container);
  assert.is(found['MESOS_IP'], '10.10.0.111');
  assert.is(found['MESOS_REGISTRATION_TIMEOUT'], '5min');
  assert.is(found['PARENT_HOST'], 'parent');
  const logs = await container.logs();
  assert.match(logs, 'agent on 10.10.0.111 for zk://10.10.0.11:2181,10.10.0.12:2181,10.10.0.13:2181/mesos');
  assert.match(logs, /MESOS_WORKDIR.*did you mean MESOS_WORK_DIR/);
  assert.not.match(logs, /MESOS_(IP|MASTER|REGISTRATION_TIMEOUT|DOCKER_SANDBOX_DIRECTORY).*did you mean/);
  const log = await container.exec('cat', '/var/log/mesos/mesos-slave.INFO');
  assert.match(log.stdout, 'agent on 10.10.0.111');
  await mustDocker('stop', container.id);
  assert.is(await container.wait(), 0);
  assert.match(await container.logs(), /agent ends/);
});

test("the README's own slips are answered", async () => {
  const container = await start({
    SERICE_LOGSTASH_FORWARDER_ADDRESS: 'logs:5000',
    SERVICE_LOGSTASH_FOWARDER_CONF: '/x',
    MESOS_CONTAINERIZES: 'docker',
  });
  const logs = await container.waitForLog(/spawned: 'mesos'/);
  for (const meant of [
    'SERVICE_LOGSTASH_FORWARDER_ADDRESS',
    'SERVICE_LOGSTASH_FORWARDER_CONF',
    'MESOS_CONTAINERIZERS',
  ]) {
    assert.match(logs, `did you mean ${meant}?`);
  }
});

test('what is given wins over the tables, and ENVIRONMENT_INIT over what is given', async () => {
  const container = await startContainer({
    image: 'mesos-slave',
    environment: {
      ENVIRONMENT: 'production',
      ENVIRONMENT_INIT: '/init.sh',
      MESOS_LOG_DIR: '/var/log/elsewhere',
      MESOS_HOSTNAME: 'given',
      SERVICE_LOGSTASH_FORWARDER: 'disabled',
    },
    files: { '/init.sh': 'MESOS_HOSTNAME=from-init\nexport MESOS_WORK_DIR=/work ENVIRONMENT=debug\n' },
  });
  const found = await environmentOf(container);
  assert.is(found['MESOS_LOG_DIR'], '/var/log/elsewhere');
  assert.is(found['MESOS_HOSTNAME'], 'from-init');
  assert.is(found['MESOS_WORK_DIR'], '/work');
  assert.is(found['SERVICE_REDPILL'], 'disabled', 'ENVIRONMENT_INIT may choose the environment');
  const explained = await container.exec('initkit', 'explain', 'MESOS_HOSTNAME', 'MESOS_LOG_DIR');
  assert.match(explained.stdout, /MESOS_HOSTNAME[^]*from-init[^]*\/init\.sh[^]*given/);
  const unset = await container.exec('initkit', 'explain', 'MESOS_HOSTNAM', 'MESOS_HOSTNAME');
  assert.match(
    unset.stdout,
    /^MESOS_HOSTNAM +- +unset \(did you mean MESOS_HOSTNAME\?\)\nMESOS_HOSTNAME +from-init /m,
  );
  assert.is(unset.code, 1);
});

test('a secret comes from a file, and is shown to nobody', async () => {
  const container = await startContainer({
    image: 'mesos-slave',
    environment: { MESOS_MASTER: 'zk://x', MESOS_HOSTNAME_FILE: '/run/secrets/hostname' },
    files: { '/run/secrets/hostname': 'from-a-secret\n' },
  });
  assert.is((await environmentOf(container))['MESOS_HOSTNAME'], 'from-a-secret');
  const explained = await container.exec('initkit', 'explain');
  assert.not.match(explained.stdout, 'from-a-secret');
  assert.match(explained.stdout, /MESOS_HOSTNAME.*\/run\/secrets\/hostname/s);
});

for (const [what, environment, files, message] of [
  [
    'fails',
    { ENVIRONMENT_INIT: '/init.sh' },
    { '/init.sh': 'exit 3\n' },
    /ENVIRONMENT_INIT=\/init\.sh: exit status 3/,
  ],
  [
    'hangs',
    { ENVIRONMENT_INIT: '/init.sh', ENVIRONMENT_INIT_TIMEOUT: '0.5' },
    { '/init.sh': 'sleep 1000\n' },
    /ENVIRONMENT_INIT=\/init\.sh: it was still running after 0\.5 s/,
  ],
  ['does not exist', { ENVIRONMENT_INIT: '/nowhere.sh' }, {}, /cannot read ENVIRONMENT_INIT=\/nowhere\.sh/],
] as const) {
  test(`an ENVIRONMENT_INIT that ${what} stops the container with one clear line`, async () => {
    const result = await runContainer({ image: 'mesos-slave', environment, files });
    assert.is(result.code, 78, result.stderr);
    assert.match(result.stderr, message);
    assert.is(result.stderr.trim().split('\n').length, 1, result.stderr);
  });
}

test('two values for one secret are an error', async () => {
  const result = await runContainer({
    image: 'mesos-slave',
    environment: { MESOS_HOSTNAME: 'one', MESOS_HOSTNAME_FILE: '/run/secrets/hostname' },
    files: { '/run/secrets/hostname': 'two\n' },
  });
  assert.is(result.code, 78, result.stderr);
  assert.match(result.stderr, /MESOS_HOSTNAME.*MESOS_HOSTNAME_FILE/);
});

test('without Mesos the container says so and exits 127', async () => {
  await build('--no-test');
  const result = await runContainer({ image: 'mesos-slave', environment: { ENVIRONMENT: 'production' } });
  assert.is(result.code, 127);
  assert.match(result.stderr, /mesos-slave is not in this image: .*--software mesos=/);
});

test.run();
