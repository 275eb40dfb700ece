// PID 1 in real containers: reaping, signals, the ordered stop, what ends the container and with which code.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, docker, mustDocker, runContainer, startContainer } from '../support/containers.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('pid 1');
test.after(cleanUp);

const CONF = '/etc/supervisor/conf.d/test.conf';

/** A program whose lines go to the container's own output. */
function program(name: string, command: string, ...keys: string[]): string {
  const lines = [
    `[program:${name}]`,
    `command=${command}`,
    'stdout_logfile=/dev/fd/1',
    'stdout_logfile_maxbytes=0',
    'stderr_logfile=/dev/fd/2',
    'stderr_logfile_maxbytes=0',
    ...keys,
  ];
  return `${lines.join('\n')}\n`;
}

const IMAGE_INI = `
[image]
name = test
main = main

[environment:local,production]
SERVICE_REDPILL = enabled
[environment:debug]
SERVICE_REDPILL = disabled

[redpill]
enabled = \${SERVICE_REDPILL}
monitor = main
cleanup = \${SERVICE_REDPILL_CLEANUP}
`;

/** 50 shells leave 100 children each behind, which all end about a second later. */
const ORPHANS = `
i=0
while [ $i -lt 50 ]; do
  (j=0; while [ $j -lt 100 ]; do (sleep 1 &); j=$((j+1)); done) &
  i=$((i+1))
done
wait
echo forked
exec sleep 1000
`;

test('PID 1 is ours, and collects 5,000 orphans that end at once', async () => {
  const container = await startContainer({
    files: { '/orphans.sh': ORPHANS, [CONF]: program('forks', '/bin/sh /orphans.sh') },
  });
  await container.waitForLog(/^forked$/m);
  const command = await container.exec('cat', '/proc/1/cmdline');
  assert.match(command.stdout, /initkit\0init/);
  await eventually('no zombie and no orphan', async () => {
    const { stdout } = await container.exec('sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null');
    const zombies = stdout.split('\n').filter((line) => /\) Z /.test(line));
    const sleeping = stdout.split('\n').filter((line) => /\(sleep\)/.test(line));
    return zombies.length === 0 && sleeping.length === 1 ? true : null;
  });
});

test('docker stop ends every program in order, and the exit code is 0', async () => {
  const saysGoodbye = (name: string): string =>
    `/bin/sh -c 'trap "echo ${name} ends; exit 0" TERM; echo ${name} is up; while :; do sleep 0.05; done'`;
  const container = await startContainer({
    files: {
      [CONF]:
        program('database', saysGoodbye('database'), 'priority=100') +
        program('web', saysGoodbye('web'), 'priority=200') +
        program('proxy', saysGoodbye('proxy'), 'priority=300'),
    },
  });
  for (const name of ['database', 'web', 'proxy']) await container.waitForLog(new RegExp(`${name} is up`));
  await mustDocker('stop', '-t', '60', container.id);
  assert.is(await container.wait(), 0);
  const ends = (await mustDocker('logs', container.id)).match(/\w+ ends/g);
  assert.equal(ends, ['proxy ends', 'web ends', 'database ends']);
});

test('a program that ignores TERM is killed within the budget', async () => {
  const container = await startContainer({
    environment: { INITKIT_STOP_BUDGET: '2' },
    files: {
      [CONF]: program(
        'deaf',
        `/bin/sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done'`,
        'stopwaitsecs=3600',
      ),
    },
  });
  await container.waitForLog(/^up$/m);
  await mustDocker('stop', '-t', '60', container.id);
  assert.is(await container.wait(), 0);
  assert.match(await container.logs(), /killing 'deaf' \(\d+\) with SIGKILL/);
});

test('a second SIGTERM cuts the wait short', async () => {
  const container = await startContainer({
    environment: { INITKIT_STOP_BUDGET: '0' },
    files: {
      [CONF]: program(
        'deaf',
        `/bin/sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done'`,
        'stopwaitsecs=3600',
      ),
    },
  });
  await container.waitForLog(/^up$/m);
  await mustDocker('kill', '-s', 'TERM', container.id);
  await container.waitForLog(/waiting for deaf to die/);
  await mustDocker('kill', '-s', 'TERM', container.id);
  assert.is(await container.wait(), 0);
});

for (const [command, code] of [
  [`/bin/sh -c 'sleep 1.2; exit 3'`, 3],
  [`/bin/sh -c 'sleep 1.2; exit 0'`, 0],
  [`/bin/sh -c 'sleep 1.2; kill -KILL $$'`, 137],
  [`/bin/sh -c 'sleep 1.2; kill -SEGV $$'`, 139],
] as const) {
  test(`the end of the main program, ${command}, ends the container with ${code}`, async () => {
    const result = await runContainer({
      files: { '/etc/initkit/image.ini': IMAGE_INI, [CONF]: program('main', command, 'autorestart=false') },
    });
    assert.is(result.code, code, result.stderr);
  });
}

test('a main program that is killed from outside ends the container with 137', async () => {
  const container = await startContainer({
    files: {
      '/etc/initkit/image.ini': IMAGE_INI,
      [CONF]: program('main', '/bin/sleep 1000', 'autorestart=false', 'startsecs=0'),
    },
  });
  await container.waitForLog(/main entered RUNNING/);
  await container.exec('sh', '-c', 'kill -KILL $(initkit pid main)');
  assert.is(await container.wait(), 137);
});

const CLEANUP = '#!/bin/sh\necho "cleanup as $$"\n';

test('a program that crashes at once goes FATAL and takes the container with it; the cleanup script runs once', async () => {
  const result = await runContainer({
    environment: { SERVICE_REDPILL_CLEANUP: '/cleanup.sh' },
    files: {
      '/etc/initkit/image.ini': IMAGE_INI,
      '/cleanup.sh': CLEANUP,
      [CONF]:
        program('main', `/bin/sh -c 'echo started; exit 4'`, 'startretries=1') +
        program('other', '/bin/sleep 1000'),
    },
  });
  assert.is(result.code, 4);
  assert.is(result.stdout.match(/^started$/gm)?.length, 2);
  assert.is(result.stdout.match(/^cleanup as/gm)?.length, 1);
  assert.match(result.stderr, /gave up: main entered FATAL state/);
});

test('a FATAL program that ended with 0 each time still gives a code that is not 0', async () => {
  const result = await runContainer({
    files: { '/etc/initkit/image.ini': IMAGE_INI, [CONF]: program('main', '/bin/true', 'startretries=0') },
  });
  assert.is(result.code, 1);
});

test('a command that is not there gives 127, one that cannot be executed 126', async () => {
  for (const [command, code] of [
    ['/no/such/thing', 127],
    ['/etc/passwd', 126],
  ] as const) {
    const result = await runContainer({
      files: { '/etc/initkit/image.ini': IMAGE_INI, [CONF]: program('main', command, 'startretries=0') },
    });
    assert.is(result.code, code, result.stderr);
  }
});

test('under ENVIRONMENT=debug a FATAL program is shown with its last words, and the container stays', async () => {
  const container = await startContainer({
    environment: { ENVIRONMENT: 'Debug' },
    files: {
      '/etc/initkit/image.ini': IMAGE_INI,
      [CONF]: program('main', `/bin/sh -c 'echo cannot find my database >&2; exit 4'`, 'startretries=0'),
    },
  });
  await container.waitForLog(/main is FATAL[^]*cannot find my database[^]*docker exec/);
  const status = await container.exec('initkit', 'status');
  assert.match(status.stdout, /main\s+FATAL/);
  assert.ok(await container.isRunning());
  await mustDocker('stop', container.id);
  assert.is(await container.wait(), 0);
});

test('docker stop runs the cleanup script once, before the programs; so does the signal that stops a systemd', async () => {
  const container = await startContainer({
    // What a Dockerfile for systemd has as its STOPSIGNAL.
    options: ['--stop-signal', 'SIGRTMIN+3'],
    environment: { SERVICE_REDPILL_CLEANUP: '/cleanup.sh' },
    files: {
      '/etc/initkit/image.ini': IMAGE_INI,
      '/cleanup.sh': CLEANUP,
      [CONF]: program(
        'main',
        `/bin/sh -c 'trap "echo main ends; exit 0" TERM; echo up; while :; do sleep 0.05; done'`,
      ),
    },
  });
  await container.waitForLog(/^up$/m);
  await mustDocker('stop', container.id);
  assert.is(await container.wait(), 0);
  assert.match(await mustDocker('logs', container.id), /up\ncleanup as \d+\nmain ends/);
  assert.match(await container.logs(), /received SIGRTMIN\+3 indicating exit request/);
});

test('a stop while ENVIRONMENT_INIT is still running ends the container at once', async () => {
  const container = await startContainer({
    environment: { ENVIRONMENT_INIT: '/slow.sh' },
    files: { '/slow.sh': 'echo sourcing; sleep 1000\n' },
  });
  await container.waitForLog(/^sourcing$/m);
  await mustDocker('stop', '-t', '60', container.id);
  assert.is(await container.wait(), 0);
});

for (const [what, options] of [
  ['with a read-only root', ['--read-only', '--tmpfs', '/run']],
  ['as a user without a name', ['--user', '12345:12345', '--tmpfs', '/run:mode=1777']],
  ["below docker's own init", ['--init']],
  ['with a terminal', ['-t']],
  ["in the host's pid namespace", ['--pid=host']],
  ['without capabilities', ['--cap-drop', 'ALL']],
] as const) {
  test(`it works ${what}`, async () => {
    const container = await startContainer({
      options,
      files: { [CONF]: program('web', `/bin/sh -c 'echo up; exec sleep 1000'`, 'startsecs=0') },
    });
    await container.waitForLog(/^up\r?$/m);
    await eventually(
      'web RUNNING',
      async () => {
        const { stdout } = await container.exec('initkit', 'status');
        return /web\s+RUNNING/.test(stdout) ? true : null;
      },
      async () => JSON.stringify(await container.exec('initkit', 'status')),
    );
    await mustDocker('stop', container.id);
    assert.is(await container.wait(), 0);
    assert.match(await container.logs(), /stopped: web \(terminated by SIGTERM\)/);
  });
}

test('a configuration with five mistakes names all five, with file and line, and exits 78', async () => {
  const result = await runContainer({
    files: {
      [CONF]: [
        '[program:a]',
        'command=/bin/true',
        'startsecs=soon',
        '[program:b]',
        'numprocs=1',
        '[program:c]',
        'command=/bin/true',
        'stopsignal=NOPE',
        '[program:d]',
        'command=%(ENV_NO_SUCH_VARIABLE)s',
        '[program:e]',
        'command=/bin/true',
        'user=nosuchuser',
        '',
      ].join('\n'),
    },
  });
  assert.is(result.code, 78, result.stderr);
  for (const part of [
    /test.conf:3: .*startsecs|test.conf:3: .*soon/,
    /test.conf:4: .*command/,
    /test.conf:8: .*NOPE/,
    /test.conf:10: .*NO_SUCH_VARIABLE/,
    /test.conf:13: .*nosuchuser/,
  ]) {
    assert.match(result.stderr, part);
  }
  assert.not.match(result.stderr, /\n\s+at /);
});

test('docker run IMAGE CMD runs that command instead, in the resolved environment', async () => {
  const result = await runContainer({
    files: {
      '/etc/initkit/image.ini': '[image]\nname = test\n[environment]\nGREETING = hello ${hostname}\n',
    },
    options: ['--hostname', 'here'],
    command: ['sh', '-c', 'echo $GREETING; exit 9'],
  });
  assert.is(result.stdout, 'hello here\n');
  assert.is(result.code, 9);
});

test('an engine that answers is a condition of these tests', async () => {
  assert.is((await docker('version')).code, 0, 'npm run engine:start brings one up');
});

test.run();
