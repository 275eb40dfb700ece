// systemctl in an image of ours: while it is built, as PID 1 under systemd's names, at the container's end, over HTTP.

import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, docker, mustDocker, startContainer, type Container } from '../support/containers.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('systemctl in a container');
const image = `initkit-test-units-${process.pid}`;
test.after(async () => {
  await cleanUp();
  await docker('rmi', '--force', image);
});

const SERVICE = (text: string): string => `[Service]\n${text}\n[Install]\nWantedBy=multi-user.target\n`;
const FILES = {
  '/etc/systemd/system/web.service': SERVICE(
    'ExecStart=/bin/sh -c "echo up; exec sleep 1000"\nExecStop=/bin/echo stopping',
  ),
  '/etc/systemd/system/other.service': SERVICE('ExecStart=/bin/sleep 1000'),
  '/etc/init.d/old': `#!/bin/sh
### BEGIN INIT INFO
# Provides:          old
# Required-Start:    $remote_fs web
# Default-Start:     2 3 4 5
# Short-Description: Of the last century
### END INIT INFO
# Usage: old {start|stop|reload}
case "$1" in start) sleep 1234 & ;; stop) pkill -f 'sleep 1234' || kill $(cat /proc/[0-9]*/stat | awk '$2=="(sleep)"{print $1}') ;; esac
`,
  '/lib/systemd/system-generators/own-generator': `#!/bin/sh
printf '[Service]\\nExecStart=/bin/sleep 4321\\n' > "$1/made.service"
mkdir -p "$1/multi-user.target.wants"; ln -s ../made.service "$1/multi-user.target.wants/made.service"
`,
};

const isActive = async (container: Container, unit: string): Promise<string> =>
  (await container.exec('systemctl', 'is-active', unit)).stdout.trim();

const untilActive = (container: Container, unit: string): Promise<boolean> =>
  eventually(
    `${unit} to be up`,
    async () => (await isActive(container, unit)) === 'active',
    () => container.logs(),
  );

test('an image enables its units while it is built, and its container runs them', async () => {
  const text = SERVICE('ExecStart=/bin/sleep 1000').replaceAll('\n', '\\n');
  const dockerfile = `FROM base
RUN mkdir -p /lib/systemd/system && printf '${text}' > /lib/systemd/system/built.service
RUN printf '#!/bin/sh\\n### BEGIN INIT INFO\\n# Provides: old\\n# Default-Start: 2 3 4 5\\n### END INIT INFO\\n' > /etc/init.d/old && chmod 755 /etc/init.d/old
RUN ! systemctl is-enabled old && systemctl enable --now old && systemctl is-enabled old && ls /etc/rc3.d/S??old
RUN systemctl enable built && systemctl daemon-reload && systemctl mask other.service && systemctl is-enabled built
RUN systemctl is-active built; test $? = 3; test "$(systemctl is-system-running)" = offline
RUN systemctl start built && systemctl is-active built && systemctl status built && journalctl -u built | grep Started
RUN systemctl is-active built; test $? = 3; systemctl stop built && systemctl start built && systemctl stop built
CMD ["--target", "multi-user.target"]
`;
  execFileSync('docker', ['build', '--quiet', '--tag', image, '-'], {
    input: dockerfile,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const container = await startContainer({ image });
  await untilActive(container, 'built');
  assert.match((await container.exec('systemctl', 'start', 'other')).stderr, 'Unit other.service is masked.');
});

test('called as systemctl, PID 1 starts what is enabled, init scripts and what generators make', async () => {
  const container = await startContainer({
    files: FILES,
    options: ['--entrypoint', '/usr/local/bin/systemctl', '--tmpfs', '/etc/rc3.d'],
  });
  await container.waitForLog(/Reached target multi-user\.target/);
  await untilActive(container, 'made');
  assert.is(await isActive(container, 'web'), 'inactive', 'nobody has enabled it');
  assert.is((await container.exec('systemctl', 'enable', '--now', 'web')).code, 0);
  assert.is(await isActive(container, 'web'), 'active');
  assert.is((await container.exec('systemctl', 'start', 'old')).code, 0);
  const { stdout } = await container.exec(
    'systemctl',
    'show',
    '-p',
    'ActiveState,Description,UnitFileState,CanReload',
    'old',
  );
  assert.is(
    stdout,
    'Description=LSB: Of the last century\nActiveState=active\nUnitFileState=generated\nCanReload=yes\n',
  );
  await container.exec('ln', '-s', '../init.d/old', '/etc/rc3.d/S01old');
  await container.exec('systemctl', 'daemon-reload');
  assert.match(
    (await container.exec('systemctl', 'show', '-p', 'WantedBy', 'old')).stdout,
    'multi-user.target',
  );
});

test('the scripts of Debian find a systemctl to ask', async () => {
  const container = await startContainer({ files: FILES, command: ['--target', 'other.service'] });
  await untilActive(container, 'other');
  assert.is((await container.exec('service', 'web', 'start')).code, 0);
  assert.is(await isActive(container, 'web'), 'active');
  assert.match((await container.exec('service', 'web', 'status')).stdout, 'Active: active (running)');
  assert.is((await container.exec('invoke-rc.d', 'web', 'stop')).code, 0);
  assert.is(await isActive(container, 'web'), 'inactive');
  await container.exec('systemctl', 'enable', 'web');
  assert.is((await container.exec('deb-systemd-invoke', 'start', 'web.service')).code, 0);
  assert.is(await isActive(container, 'web'), 'active');
});

test('systemctl init NAME… starts these alone; a stop runs their ExecStop and ends with 0', async () => {
  const container = await startContainer({
    files: FILES,
    options: ['--entrypoint', '/usr/local/bin/systemctl'],
    command: ['init', 'web', 'other'],
  });
  await untilActive(container, 'web');
  await untilActive(container, 'other');
  assert.is(await isActive(container, 'made'), 'inactive');
  await mustDocker('stop', '-t', '60', container.id);
  assert.is(await container.wait(), 0);
  assert.match(await container.logs(), /stopping/);
});

const ENDS: readonly (readonly [words: readonly string[], code: number])[] = [
  [['poweroff'], 0],
  [['exit', '7'], 7],
  [['reboot'], 133],
];

for (const [words, code] of ENDS) {
  test(`systemctl ${words.join(' ')} ends the container with ${code}`, async () => {
    const container = await startContainer({ files: FILES, command: ['--target', 'web.service'] });
    await untilActive(container, 'web');
    await container.exec('systemctl', ...words);
    assert.is(await container.wait(), code);
  });
}

test('journalctl -f tells what comes, and ends with the container', async () => {
  const container = await startContainer({ files: FILES, command: ['--target', 'web.service'] });
  await untilActive(container, 'web');
  const following = container.exec('timeout', '50', 'journalctl', '-f', '-u', 'web', '-o', 'cat');
  await eventually('the follower', async () =>
    (await container.exec('sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "')).stdout.includes(
      'journalctl -f',
    ),
  );
  await container.exec('systemctl', 'restart', 'web');
  await eventually(
    'the second start',
    async () =>
      (await container.exec('journalctl', '-u', 'web', '-o', 'cat')).stdout.split('up\n').length > 2,
  );
  await container.exec('systemctl', 'poweroff');
  const { stdout } = await following;
  assert.match(stdout, /up\n[\s\S]*Stopped web\.service[\s\S]*up\n/);
});

test('programs ask over HTTP', async () => {
  const container = await startContainer({ files: FILES, command: ['--target', 'web.service'] });
  await untilActive(container, 'web');
  const ask = async (path: string, body?: string): Promise<unknown> => {
    const script = `require('http').request({socketPath:'/run/initkit/supervisor.sock',path:process.argv[1],method:process.argv[2]?'POST':'GET'},(r)=>r.pipe(process.stdout)).end(process.argv[2])`;
    const { stdout } = await container.exec(
      '/opt/initkit/bin/node',
      '-e',
      script,
      path,
      ...(body === undefined ? [] : [body]),
    );
    return JSON.parse(stdout) as unknown;
  };
  const units = (await ask('/units')) as { id: string; activeState: string }[];
  assert.is(units.find(({ id }) => id === 'web.service')?.activeState, 'active');
  const web = (await ask('/units/web.service')) as { properties: Record<string, string> };
  assert.is(web.properties['SubState'], 'running');
  const outcome = await ask('/units/act', '{"action": "restart", "names": ["web"]}');
  assert.equal(outcome, [{ kind: 'job', unit: 'web.service', result: 'done' }]);
});

test.run();
