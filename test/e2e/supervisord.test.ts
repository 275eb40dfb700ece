// supervisord as PID 1 of a container, without image.ini: orphans, signals, its end, and no daemon of it.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, mustDocker, startContainer, type Container } from '../support/containers.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('supervisord as pid 1');
test.after(cleanUp);

const CONF = '/etc/test.conf';
const BASE = '[supervisord]\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=/run/supervisord.pid\n';

function startSupervisord(sections: string, ...args: readonly string[]): Promise<Container> {
  return startContainer({
    files: { [CONF]: `${BASE}${sections}` },
    options: ['--entrypoint', '/usr/local/bin/supervisord'],
    command: ['-c', CONF, ...args],
  });
}

const ORPHANS =
  "[program:forks]\ncommand=/bin/sh -c 'for i in 1 2 3 4 5 6 7 8 9; do (sleep 1 &); done; exec sleep 1000'\nstartsecs=0\n";

test('it stays in the foreground, collects orphans, and TERM ends it with 0', async () => {
  const container = await startSupervisord(ORPHANS);
  await container.waitForLog(/success: forks entered RUNNING/);
  await eventually('no zombie and no orphan', async () => {
    const { stdout } = await container.exec('sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null');
    const lines = stdout.split('\n');
    const left = lines.filter((line) => /\) Z |\(sleep\)/.test(line));
    return left.length === 1 ? true : null;
  });
  assert.is((await container.exec('cat', '/run/supervisord.pid')).stdout, '1\n');
  await mustDocker('stop', '-t', '60', container.id);
  assert.is(await container.wait(), 0);
  assert.match(await container.logs(), /WARN received SIGTERM indicating exit request/);
});

test('exit_on ends the container with the code of the program', async () => {
  const container = await startSupervisord(
    "[program:main]\ncommand=/bin/sh -c 'exit 42'\nstartsecs=0\nautorestart=false\nexit_on=exit\n",
    '-n',
  );
  assert.is(await container.wait(), 42);
});

test('user= makes even PID 1 another user', async () => {
  const container = await startSupervisord(
    '[program:steady]\ncommand=/bin/sleep 1000\nstartsecs=0\n',
    '-n',
    '-u',
    'daemon',
    '-j',
    '/tmp/pid',
  );
  await container.waitForLog(/success: steady entered RUNNING/);
  const { stdout } = await container.exec('sh', '-c', 'grep -h ^Uid: /proc/1/status');
  assert.match(stdout, /^Uid:\t1\t1\t1\t1$/m);
});

test('a wrong configuration ends the container with 2', async () => {
  const container = await startSupervisord('[program:x]\n', '-n');
  assert.is(await container.wait(), 2);
  assert.match(await container.logs(), /^Error: program section program:x does not specify a command/m);
});

test.run();
