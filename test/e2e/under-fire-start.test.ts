// PID 1 that is told to stop, to reload and to stop again at the worst moments.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, mustDocker, startContainer, type Container } from '../support/containers.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('under fire: start, reload, stop');
test.after(cleanUp);

const CONF = '/etc/supervisor/conf.d/test.conf';
const RELOADED = '/etc/supervisor/conf.d/reloaded.conf';

/** Holds node up before any of our code runs, as a slow disk does. */
const SLOW_START = `
require('node:fs').writeSync(1, 'booting\\n');
const until = Date.now() + 1500;
while (Date.now() < until);
`;

async function ends(container: Container, signal: string): Promise<number> {
  await mustDocker('kill', '-s', signal, container.id);
  return container.wait();
}

for (const signal of ['TERM', 'INT']) {
  test(`a SIG${signal} that comes before the first line of our code is not lost`, async () => {
    const container = await startContainer({
      environment: { NODE_OPTIONS: '--require /slow.cjs' },
      files: { '/slow.cjs': SLOW_START, [CONF]: '[program:web]\ncommand=/bin/sleep 1000\n' },
    });
    await container.waitForLog(/^booting$/m);
    assert.is(await ends(container, signal), 0);
    assert.not.match(await container.logs(), /spawned/);
  });
}

test('one-command mode hands an early SIGTERM on', async () => {
  const container = await startContainer({
    environment: { NODE_OPTIONS: '--require /slow.cjs' },
    options: ['--entrypoint', '/usr/local/bin/initkit'],
    command: ['run', '--', 'sh', '-c', 'trap "exit 7" TERM; while :; do sleep 0.05; done'],
    files: { '/slow.cjs': SLOW_START },
  });
  await container.waitForLog(/^booting$/m);
  const code = await ends(container, 'TERM');
  // The shell may get it before its trap.
  assert.ok(code === 7 || code === 143, String(code));
});

const MANY = `
[program:many]
command=/bin/sleep 1000
process_name=%(program_name)s%(process_num)d
numprocs=100
startsecs=0
`;

test('a stop while a hundred programs are being started starts no more of them, and ends all', async () => {
  const container = await startContainer({ files: { [CONF]: MANY } });
  await container.waitForLog(/spawned: 'many/);
  assert.is(await ends(container, 'TERM'), 0);
  const logs = await container.logs();
  const [, afterwards = ''] = logs.split('indicating exit request');
  assert.not.match(afterwards, /spawned/);
  const spawned = logs.match(/spawned: /g)?.length;
  assert.is(logs.match(/stopped: many/g)?.length, spawned, 'what was started was stopped');
});

test('a stop in the middle of a reload, whose own programs are slow to stop, ends the container', async () => {
  const slow = `/bin/sh -c 'trap "sleep 1; exit 0" TERM; echo up; while :; do sleep 0.05; done'`;
  const container = await startContainer({
    options: ['--tmpfs', '/etc/supervisor/conf.d'],
    command: [],
    files: {
      '/conf.sh': `[program:old]\ncommand=${slow}\nstdout_logfile=/dev/fd/1\nstdout_logfile_maxbytes=0\n`,
    },
  });
  await container.waitForLog(/no program is configured/);
  await container.exec('cp', '/conf.sh', RELOADED);
  await mustDocker('kill', '-s', 'HUP', container.id);
  await container.waitForLog(/^up$/m);
  const changed = `sed -i 's/program:old/program:new/' ${RELOADED}`;
  assert.is((await container.exec('sh', '-c', changed)).code, 0);
  await mustDocker('kill', '-s', 'HUP', container.id);
  await container.waitForLog(/waiting for old to stop/);
  assert.is(await ends(container, 'TERM'), 0);
  assert.not.match(await container.logs(), /spawned: 'new'/);
});

test('fifty SIGHUPs at once end in the configuration that was written last', async () => {
  const container = await startContainer({ options: ['--tmpfs', '/etc/supervisor/conf.d'] });
  await container.waitForLog(/no program is configured/);
  const script = `
    i=0
    while [ $i -lt 50 ]; do
      printf '[program:generation%d]\\ncommand=/bin/sleep 1000\\nstartsecs=0\\n' $i > ${RELOADED}.tmp
      mv ${RELOADED}.tmp ${RELOADED}
      kill -HUP 1
      i=$((i+1))
    done`;
  assert.is((await container.exec('sh', '-c', script)).code, 0);
  await eventually('the last generation alone', async () => {
    const { stdout } = await container.exec('initkit', 'status');
    const lines = stdout.split('\n').filter((line) => /RUNNING|STOP|START/.test(line));
    return lines.length === 1 && lines[0]?.startsWith('generation49');
  });
  assert.is(await ends(container, 'TERM'), 0);
});

test('a SIGHUP that comes while we start is obeyed when the programs are there', async () => {
  const container = await startContainer({
    options: ['--tmpfs', '/etc/supervisor/conf.d'],
    environment: { ENVIRONMENT_INIT: '/slow.sh' },
    files: { '/slow.sh': 'echo sourcing; until [ -e /tmp/go ]; do sleep 0.05; done\n' },
  });
  await container.waitForLog(/^sourcing$/m);
  await mustDocker('kill', '-s', 'HUP', container.id);
  await container.exec('touch', '/tmp/go');
  await container.waitForLog(/received SIGHUP/);
  assert.is(await ends(container, 'TERM'), 0);
});

test('a reload that cannot be read changes nothing, and says why', async () => {
  const container = await startContainer({ options: ['--tmpfs', '/etc/supervisor/conf.d'] });
  await container.waitForLog(/no program is configured/);
  await container.exec(
    'sh',
    '-c',
    `printf '[program:a]\\ncommand=/bin/sleep 1000\\nstartsecs=0\\n' > ${RELOADED}`,
  );
  await mustDocker('kill', '-s', 'HUP', container.id);
  await container.waitForLog(/a entered RUNNING/);
  await container.exec('sh', '-c', `echo '[program:b' > ${RELOADED}`);
  await mustDocker('kill', '-s', 'HUP', container.id);
  await container.waitForLog(/cannot reload/);
  assert.match((await container.exec('initkit', 'status')).stdout, /^a\s+RUNNING/m);
  assert.is(await ends(container, 'TERM'), 0);
});

test.run();
