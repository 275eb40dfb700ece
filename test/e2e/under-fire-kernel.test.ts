// A kernel that refuses: no descriptors, no processes, no memory, no capabilities; and neighbours who are not ours.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, mustDocker, runContainer, startContainer, type Container } from '../support/containers.ts';
import { eventually } from '../support/eventually.ts';
import { isRunning, zombies } from '../support/pid1.ts';

const test = suite('under fire: kernel');
test.after(cleanUp);

const CONF = '/etc/supervisor/conf.d/test.conf';

function many(count: number, ...keys: string[]): string {
  return `
[program:many]
command=/bin/sleep 1000
process_name=%(program_name)s%(process_num)d
numprocs=${count}
startsecs=0
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
stderr_logfile=/dev/fd/2
stderr_logfile_maxbytes=0
log_format=prefix
${keys.join('\n')}
`;
}

async function stops(container: Container): Promise<void> {
  await mustDocker('stop', '-t', '60', container.id);
  assert.is(await container.wait(), 0);
  assert.not.match(await container.logs(), /defect/);
}

for (const limit of [64, 128]) {
  test(`with ${limit} descriptors the programs that fit run, the others say why, and clients are answered`, async () => {
    const container = await startContainer({
      options: ['--ulimit', `nofile=${limit}:${limit}`],
      files: { [CONF]: many(60, 'startretries=0') },
    });
    await container.waitForLog(/too many open files to spawn 'many\d+'/);
    const { stdout } = await container.exec('initkit', 'status');
    const running = stdout.match(/RUNNING/g)?.length ?? 0;
    assert.ok(running >= 5, stdout);
    assert.is((stdout.match(/FATAL/g)?.length ?? 0) + running, 60);
    // What some give back, others take.
    const names = [...stdout.matchAll(/^(\S+)\s+RUNNING/gm)].slice(0, 3).map(([, name = '']) => name);
    const [, other = ''] = /^(\S+)\s+FATAL/m.exec(stdout) ?? [];
    assert.is((await container.exec('initkit', 'stop', ...names)).code, 0);
    assert.is((await container.exec('initkit', 'start', other)).code, 0);
    await stops(container);
  });
}

test('a cleanup script and a reload work when there is no descriptor left for another program', async () => {
  const container = await startContainer({
    options: ['--ulimit', 'nofile=64:64'],
    environment: { SERVICE_REDPILL_CLEANUP: '/cleanup.sh' },
    files: {
      '/etc/initkit/image.ini':
        '[image]\nname = test\n[redpill]\nenabled = true\ncleanup = ${SERVICE_REDPILL_CLEANUP}\n',
      '/cleanup.sh': '#!/bin/sh\necho cleaned\n',
      [CONF]: many(60, 'startretries=0'),
    },
  });
  await container.waitForLog(/too many open files/);
  await mustDocker('kill', '-s', 'HUP', container.id);
  await mustDocker('kill', '-s', 'USR2', container.id);
  assert.is((await container.exec('initkit', 'update')).code, 0);
  await stops(container);
  assert.match(await container.logs(), /^cleaned$/m);
});

test('programs that cannot be forked are tried again, and run when there is room', async () => {
  const hog = `
[program:hog]
command=/bin/sh -c 'i=0; while [ $i -lt 30 ]; do sleep 1000 & i=$((i+1)); done; echo full; read never'
startsecs=0
priority=1
stopasgroup=true
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
`;
  const container = await startContainer({
    options: ['--pids-limit', '55'],
    files: { [CONF]: hog + many(30, 'startretries=100', 'backoff_max=1') },
  });
  await container.waitForLog(/spawnerr: .*EAGAIN/);
  // There is no process left for docker exec either.
  await mustDocker('kill', '-s', 'USR2', container.id);
  await container.waitForLog(/supervisord logreopen/);
  await stops(container);
});

test('a program that eats all memory is killed, and started again, and nobody else is', async () => {
  const eater = `
[program:eater]
command=/usr/bin/perl -e '$x .= "y" x 1_000_000 while 1'
startsecs=0
stderr_logfile=/dev/fd/2
stderr_logfile_maxbytes=0

[program:quiet]
command=/bin/sleep 1000
startsecs=0
`;
  const container = await startContainer({
    options: ['--memory', '300m', '--memory-swap', '300m'],
    files: { [CONF]: eater },
  });
  await container.waitForLog(/(exited: eater \(terminated by SIGKILL[^]*){2}/);
  assert.ok(await isRunning(container, 'quiet'));
  assert.not.match(await container.logs(), /exited: quiet/);
  await stops(container);
});

const AS_NOBODY = `
[program:web]
command=/bin/sh -c 'id -u; exec sleep 1000'
user=nobody
log_format=prefix
startsecs=0
startretries=0
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0

stderr_logfile=NONE

[program:other]
command=/bin/sleep 1000
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
`;

test('without capabilities a program of another user is not started, says why, and the others run', async () => {
  const container = await startContainer({ options: ['--cap-drop', 'ALL'], files: { [CONF]: AS_NOBODY } });
  await container.waitForLog(/spawnerr: .*EPERM/);
  assert.ok(await isRunning(container, 'other'));
  await stops(container);
});

test('without the capability to give files away it is started all the same', async () => {
  const container = await startContainer({ options: ['--cap-drop', 'CHOWN'], files: { [CONF]: AS_NOBODY } });
  await container.waitForLog(/^web \| 65534$/m);
  await stops(container);
});

test("in the host's pid namespace foreign processes are left alone, and ours are gone with us", async () => {
  const foreign = await startContainer({
    options: ['--pid=host', '--entrypoint', '/bin/sleep'],
    command: ['7001'],
  });
  const container = await startContainer({
    options: ['--pid=host'],
    files: {
      [CONF]: `
[program:web]
command=/bin/sh -c '(setsid sleep 7002 &); exec sleep 7003'
startsecs=0
`,
    },
  });
  await eventually('web RUNNING', () => isRunning(container, 'web'));
  await stops(container);
  assert.ok(await foreign.isRunning());
  const everyone = 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "';
  const { stdout } = await runContainer({
    options: ['--pid=host', '--entrypoint', '/bin/sh'],
    command: ['-c', everyone],
  });
  assert.match(stdout, /sleep 7001/);
  assert.not.match(stdout, /sleep 700[23]/);
});

test('with a read-only root and no place to write at all the programs run', async () => {
  const files = { [CONF]: `${AS_NOBODY}[program:quiet]\ncommand = /bin/sleep 1000\n` };
  const container = await startContainer({ options: ['--read-only'], files });
  await container.waitForLog(/^web \| 65534$/m);
  await container.waitForLog(/success: quiet entered RUNNING/m);
  const log = await container.logs();
  assert.is(log.match(/cannot make logs in \/tmp \(EROFS\)/g)?.length, 1);
  assert.match(log, 'cannot listen on /run/initkit/supervisor.sock: /run/initkit cannot be made');
  assert.is(await zombies(container), 0);
  await stops(container);
});

test('without a /proc a command runs all the same, as under tini', async () => {
  const command = 'umount -l /proc && exec initkit init sh -c "echo here; exit 6"';
  const { code, stdout, stderr } = await runContainer({
    // To take /proc away; the engine lets nobody do it.
    options: [
      '--cap-add=SYS_ADMIN',
      '--security-opt=seccomp=unconfined',
      '--security-opt=apparmor=unconfined',
      '--security-opt=systempaths=unconfined',
      '--entrypoint=/bin/sh',
    ],
    command: ['-c', command],
  });
  assert.equal({ code, stdout, stderr }, { code: 6, stdout: 'here\n', stderr: '' });
});

test.run();
