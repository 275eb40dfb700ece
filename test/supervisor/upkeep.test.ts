// check= and watch= with real processes and files, below a real supervisor that is not PID 1.

import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { judge, HEALTHY } from '../../supervisor/checks/health.ts';
import { runUntil } from '../support/run-until.ts';

const test = suite('upkeep');

const folder = mkdtempSync(join(tmpdir(), 'initkit-upkeep-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);

function once(pattern: RegExp, act: () => void): (output: string) => void {
  let done = false;
  return (output) => {
    if (done || !pattern.test(output)) return;
    done = true;
    act();
  };
}

const SPAWNED_TWICE = /spawned: 'web'[^]*spawned: 'web'/;

test('failures count in a row, and one success makes well', () => {
  let health = HEALTHY;
  const seen = [false, false, true, false, false, false, false, true].map((passed) => {
    health = judge(health, passed, { failures: 3 });
    return health.failing;
  });
  assert.equal(seen, [false, false, false, false, false, true, true, false]);
});

test('a program that fails its check is restarted', async () => {
  writeFileSync(at('well'), '');
  const config = `
[program:web]
command=sleep 1000
startsecs=0
check=exec:test -e ${at('well')}
check_interval=1
check_failures=1
`;
  const onOutput = once(/RUNNING/, () => rmSync(at('well')));
  const { output, code } = await runUntil(config, SPAWNED_TWICE, onOutput);
  assert.match(output, /unhealthy: web failed its check 1 times in a row/);
  assert.is(code, 0);
});

test('with check_action=none it is only said, and said again when it is well', async () => {
  rmSync(at('well'), { force: true });
  const config = `
[program:web]
command=sleep 1000
startsecs=0
check=exec:test -e ${at('well')}
check_interval=1
check_failures=1
check_action=none
`;
  const onOutput = once(/unhealthy/, () => writeFileSync(at('well'), ''));
  const { output } = await runUntil(config, /healthy: web passes its check again/, onOutput);
  assert.not.match(output, SPAWNED_TWICE);
});

test('what fails its check for ever is FATAL after max_restarts', async () => {
  const config = `
[program:web]
command=sleep 1000
startsecs=0
check=tcp:1
check_interval=1
check_failures=1
max_restarts=1
exit_on=fatal
`;
  const { code, output } = await runUntil(config, /gave up: web entered FATAL state, too many restarts/);
  assert.match(output, SPAWNED_TWICE);
  assert.is(code, 143);
});

test('a file that is replaced restarts the program that watches it', async () => {
  writeFileSync(at('app.conf'), 'one');
  const config = `\n[program:web]\ncommand=sleep 1000\nstartsecs=0\nwatch=${at('app.conf')}\n`;
  const onOutput = once(/RUNNING/, () => {
    writeFileSync(at('other'), 'not watched');
    writeFileSync(at('new'), 'two');
    renameSync(at('new'), at('app.conf'));
  });
  const { output } = await runUntil(config, SPAWNED_TWICE, onOutput);
  assert.is(output.split('changed: ').length, 2, 'several writes are one change');
});

test('a file below a directory, by a signal', async () => {
  mkdirSync(at('conf.d/sub'), { recursive: true });
  const config = `
[program:web]
command=/bin/sh -c 'trap "echo heard" HUP; echo up; while :; do sleep 0.1; done'
startsecs=0
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
watch=${at('conf.d')}
watch_action=HUP
`;
  const onOutput = once(/^up/m, () => writeFileSync(at('conf.d/sub/new.conf'), 'x'));
  const { output } = await runUntil(config, /^heard/m, onOutput);
  assert.not.match(output, SPAWNED_TWICE);
});

test('a link that is switched, as a mounted ConfigMap is', async () => {
  for (const version of ['v1', 'v2']) {
    mkdirSync(at(`map/${version}`), { recursive: true });
    writeFileSync(at(`map/${version}/app.conf`), version);
  }
  symlinkSync('v1', at('map/..data'));
  symlinkSync('..data/app.conf', at('map/app.conf'));
  const config = `\n[program:web]\ncommand=sleep 1000\nstartsecs=0\nwatch=${at('map/app.conf')}\n`;
  const onOutput = once(/RUNNING/, () => {
    symlinkSync('v2', at('map/..new'));
    renameSync(at('map/..new'), at('map/..data'));
  });
  await runUntil(config, SPAWNED_TWICE, onOutput);
});

test('what cannot be watched is said', async () => {
  const config = `\n[program:web]\ncommand=sleep 1000\nstartsecs=0\nwatch=${at('none/app.conf')}\n`;
  await runUntil(config, /cannot watch \S+none\/app.conf for web: there is no directory/);
});

test.run();
