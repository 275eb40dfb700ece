// Processes under fire: orphans by the ten thousand, programs by the hundred, programs that go their own ways.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, mustDocker, startContainer, type Container } from '../support/containers.ts';
import { eventually } from '../support/eventually.ts';
import { isRunning, processes, residentKib, zombies } from '../support/pid1.ts';

const test = suite('under fire: processes');
test.after(cleanUp);

const CONF = '/etc/supervisor/conf.d/test.conf';

/** Resident memory that PID 1 never needs. */
const MEMORY_KIB = 256 * 1024;

function program(name: string, command: string, ...keys: string[]): string {
  return `[program:${name}]\ncommand=${command}\nstdout_logfile=/dev/fd/1\nstdout_logfile_maxbytes=0\n${keys.join('\n')}\n`;
}

async function stops(container: Container): Promise<void> {
  await mustDocker('stop', '-t', '60', container.id);
  assert.is(await container.wait(), 0);
}

/** `orphans.pl COUNT burst|stream`: children of children that have ended, which all end together, or one after another. */
const ORPHANS = `#!/usr/bin/perl
use strict;
my ($count, $how) = @ARGV;
pipe(my $gate, my $held);
for my $parent (1 .. $count / 100) {
  my $child = fork // die "fork: $!";
  if ($child == 0) {
    for (1 .. 100) {
      my $orphan = fork // die "fork: $!";
      next if $orphan;
      close $held;
      sysread($gate, my $byte, 1) if $how eq 'burst';
      exit 0;
    }
    exit 0;
  }
  waitpid($child, 0);
}
syswrite(STDOUT, "forked\\n");
close $held;
syswrite(STDOUT, "let go\\n");
sleep 1000;
`;

for (const [count, how] of [
  [5000, 'burst'],
  [20_000, 'stream'],
] as const) {
  test(`${count} orphans in a ${how} are collected, and a stop among them is heard`, async () => {
    const container = await startContainer({
      files: {
        '/orphans.pl': ORPHANS,
        [CONF]:
          program('forks', `/orphans.pl ${count} ${how}`) +
          program('quiet', '/bin/sleep 1000', 'startsecs=0'),
      },
    });
    await container.waitForLog(/^let go$/m);
    await eventually('nobody left but the programs', async () => {
      const left = (await processes(container)).filter(({ pid, parent }) => pid === 1 || parent === 1);
      return left.length === 3;
    });
    assert.is(await zombies(container), 0);
    assert.ok((await residentKib(container)) < MEMORY_KIB);
    await stops(container);
  });
}

test('a SIGTERM while thousands of orphans end is not lost', async () => {
  const container = await startContainer({
    files: { '/orphans.pl': ORPHANS, [CONF]: program('forks', '/orphans.pl 10000 burst') },
  });
  await container.waitForLog(/^forked$/m);
  await mustDocker('kill', '-s', 'TERM', container.id);
  assert.is(await container.wait(), 0);
});

test('500 programs at once all run, and stop at once', async () => {
  const conf = `
[program:many]
command=/bin/sleep 1000
process_name=%(program_name)s%(process_num)03d
numprocs=500
startsecs=0
log_format=prefix
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
`;
  const container = await startContainer({ files: { [CONF]: conf } });
  await eventually('500 RUNNING', async () => {
    const { stdout } = await container.exec('initkit', 'status');
    return stdout.match(/RUNNING/g)?.length === 500;
  });
  assert.ok((await residentKib(container)) < MEMORY_KIB);
  await container.exec('sh', '-c', 'kill -KILL $(pidof sleep)');
  await eventually('500 RUNNING again', async () => {
    const { stdout } = await container.exec('initkit', 'status');
    return stdout.match(/RUNNING/g)?.length === 500;
  });
  assert.is(await zombies(container), 0);
  await stops(container);
  const logs = await container.logs();
  assert.is(logs.match(/^[^\n]*stopped: many/gm)?.length, 500);
  assert.is(logs.match(/exited: many\d+ \(terminated by SIGKILL; not expected\)/g)?.length, 500);
});

test('a program that daemonizes has ended, and its daemon is an orphan that we collect', async () => {
  const container = await startContainer({
    files: {
      [CONF]: program('daemon', `/bin/sh -c 'setsid sleep 3 & exit 0'`, 'startsecs=0', 'autorestart=false'),
    },
  });
  await container.waitForLog(/exited: daemon \(exit status 0; expected\)/);
  const [daemon] = (await processes(container)).filter(({ name }) => name === 'sleep');
  assert.is(daemon?.parent, 1);
  await eventually('the daemon to end', async () =>
    (await processes(container)).every(({ name }) => name !== 'sleep'),
  );
  assert.is(await zombies(container), 0);
  await stops(container);
});

test('a grandchild that keeps the pipe delays neither the news of the end, nor a restart, nor the stop', async () => {
  const container = await startContainer({
    files: {
      [CONF]: program(
        'parent',
        `/bin/sh -c 'echo run $$; sleep 1000 & echo bye; exit 3'`,
        'log_format=prefix',
        'startretries=2',
        'backoff_max=1',
      ),
    },
  });
  await container.waitForLog(/gave up: parent entered FATAL state/);
  const logs = await container.logs();
  assert.is(logs.match(/^parent \| bye$/gm)?.length, 3, 'the last words of each run');
  assert.is((await processes(container)).filter(({ name }) => name === 'sleep').length, 3);
  await stops(container);
});

test('a program that ignores TERM is killed with its children, if it is said so, and only it', async () => {
  const deaf = (name: string, ...keys: string[]): string =>
    program(
      name,
      `/bin/sh -c 'trap "" TERM; sleep 1001 & echo ${name} is up; while :; do sleep 0.1; done'`,
      'stopwaitsecs=1',
      ...keys,
    );
  const container = await startContainer({
    files: { [CONF]: deaf('group', 'stopasgroup=true', 'killasgroup=true') + deaf('alone') },
  });
  await container.waitForLog(/group is up/);
  await container.waitForLog(/alone is up/);
  const stopped = await container.exec('initkit', 'stop', 'group', 'alone');
  assert.is(stopped.code, 0, stopped.stdout);
  assert.match(await container.logs(), /killing 'group' \(\d+\) with SIGKILL/);
  const { stdout } = await container.exec('sh', '-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null');
  assert.is(stdout.split('sleep\0' + '1001').length - 1, 1, 'the child of alone is left');
  await stops(container);
});

test('stopwaitsecs=0 and a program that ends at once, for ever, leave PID 1 at peace', async () => {
  const container = await startContainer({
    files: {
      [CONF]:
        program(
          'hasty',
          `/bin/sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done'`,
          'stopwaitsecs=0',
        ) + program('loop', '/bin/true', 'startsecs=0', 'autorestart=true'),
    },
  });
  await container.waitForLog(/^up$/m);
  await eventually(
    'three runs',
    async () => ((await container.logs()).match(/spawned: 'loop'/g)?.length ?? 0) >= 3,
  );
  assert.is((await container.exec('initkit', 'stop', 'hasty')).code, 0);
  assert.not(await isRunning(container, 'hasty'));
  await stops(container);
});

test.run();
