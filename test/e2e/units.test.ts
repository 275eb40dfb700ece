// Units in a container of ours: started by the target that image.ini names, seen and stopped with the programs, and what
// their ends mean for the container.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, startContainer, type Container } from '../support/containers.ts';
import { eventually } from '../support/eventually.ts';
import { processes } from '../support/pid1.ts';

const test = suite('units in a container');

test.after(cleanUp);

const IMAGE_INI = (more = ''): string => `[image]
name = units-test
${more}
[units]
target = multi-user.target
`;

/** Enabled in multi-user.target: what `systemctl enable` would have made. */
function withUnits(
  units: Readonly<Record<string, string>>,
  image = IMAGE_INI(),
  more: Readonly<Record<string, string>> = {},
): Promise<Container> {
  const files = Object.fromEntries(
    Object.entries(units).map(([name, text]) => [`/etc/systemd/system/${name}`, text]),
  );
  const wants = Object.keys(units)
    .filter((name) => units[name]?.includes('WantedBy') === true)
    .map((name) => `Wants=${name}`);
  return startContainer({
    files: {
      '/etc/initkit/image.ini': image,
      '/etc/systemd/system/multi-user.target.d/wants.conf': `[Unit]\n${wants.join('\n')}\n`,
      ...files,
      ...more,
    },
  });
}

const WANTED = '[Install]\nWantedBy=multi-user.target\n';

test('units start in their order beside the programs, and all of them stop in order', async () => {
  const container = await withUnits(
    {
      'first.service': `[Unit]\nDescription=The first\n[Service]\nExecStart=sh -c 'trap "echo first goes; exit 0" TERM; echo first; while :; do sleep 0.1; done'\n${WANTED}`,
      'second.service': `[Unit]\nRequires=first.service\nAfter=first.service\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=echo second\nExecStop=echo second goes\n${WANTED}`,
    },
    IMAGE_INI(),
    { '/etc/supervisor/conf.d/cat.conf': '[program:cat]\ncommand=cat\nstartsecs=0\n' },
  );
  await container.waitForLog(/Reached target multi-user\.target/);
  const { stdout } = await container.exec('supervisorctl', 'status');
  assert.match(stdout, /^cat +RUNNING/m);
  assert.match(stdout, /^first +RUNNING +pid \d+/m);
  assert.match(stdout, /^second +EXITED/m);
  assert.match((await container.exec('supervisorctl', 'tail', 'first')).stdout, /^first$/m);
  assert.is((await container.exec('supervisorctl', 'restart', 'first')).code, 0);
  assert.match(
    (await container.exec('systemctl', 'is-active', 'first', 'second')).stdout,
    /^active\ninactive\n/,
  );
  await container.exec('systemctl', 'start', 'second');
  await container.exec('sh', '-c', 'kill -TERM 1');
  assert.is(await container.wait(), 0);
  const logs = await container.logs();
  const order = ['echo | second goes', 'sh | first goes'].map((line) => logs.lastIndexOf(line));
  assert.ok(order.every((at) => at > 0));
  const stops = ['Stopped second.service', 'Stopped first.service'].map((line) => logs.lastIndexOf(line));
  assert.ok((stops[0] ?? 0) < (stops[1] ?? 0), logs);
});

test('a monitored unit that has failed for good ends the container with its code', async () => {
  const container = await withUnits(
    { 'job.service': `[Service]\nExecStart=sh -c 'sleep 0.2; exit 7'\n${WANTED}` },
    IMAGE_INI('[redpill]\nenabled = true\nmonitor = job.service\n'),
  );
  assert.is(await container.wait(), 7);
  assert.match(await container.logs(), /job\.service has failed \(exit-code\); ending the container/);
});

test('a monitored unit that is restarted does not end it until its limit is hit', async () => {
  const container = await withUnits(
    {
      'job.service': `[Unit]\nStartLimitBurst=2\nStartLimitIntervalSec=1min\n[Service]\nExecStart=sh -c 'echo run; exit 9'\nRestart=always\nRestartSec=0\n${WANTED}`,
    },
    IMAGE_INI('[redpill]\nenabled = true\nmonitor = job.service\n'),
  );
  assert.is(await container.wait(), 9);
  const runs = (await container.logs()).match(/^sh \| run$/gm) ?? [];
  assert.is(runs.length, 2);
});

test('the end of the main unit is the container’s end', async () => {
  const container = await withUnits(
    { 'job.service': `[Service]\nType=oneshot\nExecStart=echo done\n${WANTED}` },
    IMAGE_INI('main = job.service\n'),
  );
  assert.is(await container.wait(), 0);
});

test('a main unit is started though nothing wants it; one that is not there is a container that cannot run', async () => {
  const [runs, absent] = await Promise.all([
    withUnits(
      { 'job.service': '[Service]\nType=oneshot\nExecStart=echo done\n' },
      IMAGE_INI('main = job.service\n'),
    ),
    withUnits({}, IMAGE_INI('main = nosuch.service\n')),
  ]);
  assert.is(await runs.wait(), 0);
  assert.is(await absent.wait(), 127);
  assert.match(await absent.logs(), /cannot start nosuch\.service: Unit nosuch\.service not found\./);
});

test('FailureAction=exit ends the container with the code that the unit names', async () => {
  const container = await withUnits({
    'job.service': `[Unit]\nFailureAction=exit\nFailureActionExitStatus=33\n[Service]\nExecStart=false\n${WANTED}`,
  });
  assert.is(await container.wait(), 33);
});

test('what does not stop is killed within the budget', async () => {
  const container = await withUnits({
    'deaf.service': `[Service]\nExecStart=sh -c 'trap "" TERM; echo deaf; while :; do sleep 0.1; done'\nTimeoutStopSec=infinity\n${WANTED}`,
  });
  await container.waitForLog(/sh \| deaf/);
  await container.exec('sh', '-c', 'kill -TERM 1');
  assert.is(await container.wait(), 0);
});

test('timers, sockets and paths start their units', async () => {
  const container = await withUnits({
    'tick.timer': `[Timer]\nOnActiveSec=100ms\nAccuracySec=1us\n${WANTED}`,
    'tick.service': '[Service]\nType=oneshot\nExecStart=echo ticked\n',
    'talk.socket': `[Socket]\nListenStream=/run/talk.sock\nFileDescriptorName=talk\n${WANTED}`,
    'talk.service': `[Service]\nExecStart=perl -e 'print "pid is mine\\\\n" if $$ENV{LISTEN_PID} == $$$$; print "$$ENV{LISTEN_FDS} $$ENV{LISTEN_FDNAMES}\\\\n"; open(my $$s, "+<&=3"); accept(my $$c, $$s); print $$c "served\\\\n"'\n`,
    'each.socket': `[Socket]\nListenStream=127.0.0.1:7171\nAccept=yes\n${WANTED}`,
    'each@.service':
      '[Service]\nStandardInput=socket\nStandardOutput=journal\nExecStart=sh -c "read word; echo heard $word from $REMOTE_ADDR"\n',
    'see.path': `[Path]\nPathExists=/run/seen\n${WANTED}`,
    'see.service': '[Service]\nType=oneshot\nExecStart=rm /run/seen\nExecStart=echo saw it\n',
  });
  await container.waitForLog(/echo \| ticked/);
  const connect = (target: string, say: string): Promise<unknown> =>
    container.exec(
      'perl',
      '-MIO::Socket',
      '-e',
      `my $s = ${target} or die; print $s "${say}\\n"; print <$s>`,
    );
  const [served] = await Promise.all([
    container.exec(
      'perl',
      '-MIO::Socket::UNIX',
      '-e',
      'my $s = IO::Socket::UNIX->new("/run/talk.sock") or die; print <$s>',
    ),
    connect('IO::Socket::INET->new("127.0.0.1:7171")', 'hello'),
    container.exec('touch', '/run/seen'),
  ]);
  assert.is(served.stdout, 'served\n');
  await container.waitForLog(/perl \| pid is mine\nperl \| 1 talk/);
  await container.waitForLog(/sh \| heard hello from 127\.0\.0\.1/);
  await container.waitForLog(/echo \| saw it/);
  // Each of them waits again.
  await eventually('all to wait again', async () => {
    const { stdout } = await container.exec(
      'systemctl',
      'show',
      '-P',
      'SubState',
      'talk.socket',
      'each.socket',
      'see.path',
    );
    return stdout.replace(/\n+/g, ' ').trim() === 'listening listening waiting';
  });
});

test('a daemon is followed by its PID file, killed, and restarted', async () => {
  const container = await withUnits(
    {
      'daemon.service': `[Service]\nType=forking\nPIDFile=/run/daemon.pid\nExecStart=/daemon.sh\nRestart=on-failure\nRestartSec=50ms\n${WANTED}`,
    },
    IMAGE_INI(),
    { '/daemon.sh': "#!/bin/sh\nsetsid sh -c 'echo $$ > /run/daemon.pid; exec sleep 1000' &\nexit 0\n" },
  );
  const pid = async (): Promise<string> =>
    (await container.exec('systemctl', 'show', '-P', 'MainPID', 'daemon')).stdout.trim();
  const first = await eventually('the main process', async () => {
    const main = await pid();
    return main === (await container.exec('cat', '/run/daemon.pid')).stdout.trim() ? main : null;
  });
  await container.exec('sh', '-c', `kill -KILL ${first}`);
  await eventually('another one', async () => {
    const next = await pid();
    return next !== first && next !== '0';
  });
  await container.exec('systemctl', 'stop', 'daemon');
  assert.not((await processes(container)).some(({ name }) => name === 'sleep'));
});

test.run();
