// What the supervisord command does beyond the real one: exit codes, a bounded stop, a reload that survives errors.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endMarked, start, type Running } from './differential/process.ts';

const test = suite('supervisord');
const MAIN = process.env['MAIN_UNDER_TEST'] ?? new URL('../../supervisor/main.ts', import.meta.url).pathname;
const DEADLINE_MS = 30_000;

/** Runs a test with a supervisor in the foreground. */
async function withSupervisor(
  sections: string,
  use: (running: Running, directory: string) => Promise<void>,
  environment: readonly string[] = [],
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'supervisord-'));
  const text = `[supervisord]\nlogfile=/dev/null\npidfile=%D/pid\nchildlogdir=%D\n${sections}`;
  writeFileSync(join(directory, 's.conf'), text.replaceAll('%D', directory));
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', MAIN, 'supervisord'];
  const running = start(
    '/usr/bin/env',
    [...environment, ...command, '-n', '-c', join(directory, 's.conf')],
    directory,
    directory,
  );
  try {
    await use(running, directory);
  } finally {
    running.child.kill('SIGKILL');
    await running.finished;
    endMarked(directory);
    rmSync(directory, { recursive: true, force: true });
  }
}

async function says(running: Running, pattern: RegExp, what = String(pattern)): Promise<void> {
  const giveUpAt = Date.now() + DEADLINE_MS;
  while (!pattern.test(running.stdout())) {
    if (Date.now() > giveUpAt) throw new Error(`cannot wait any longer for ${what}\n${running.stdout()}`);
    await pause(20);
  }
}

test('exit_on=exit ends it with the code of the program, exit_on=fatal with that of the failure', async () => {
  const cases = [
    ['command=/bin/sh -c "exit 7"\nstartsecs=0\nautorestart=false\nexit_on=exit\n', 7],
    ['command=/bin/sh -c "exit 9"\nstartretries=0\nexit_on=fatal\n', 9],
    ['command=/no/such/command\nstartretries=0\nexit_on=fatal\n', 127],
  ] as const;
  for (const [keys, wanted] of cases) {
    await withSupervisor(`[program:x]\n${keys}`, async (running) => {
      assert.is((await running.finished).code, wanted, keys);
    });
  }
});

test('INITKIT_STOP_BUDGET bounds the stop of a program that takes its time', async () => {
  const deaf = `[program:deaf]\ncommand=/bin/sh -c "trap '' TERM; echo up > %D/up; while :; do sleep 0.1; done"\nstopwaitsecs=3600\nstartsecs=0\n`;
  await withSupervisor(
    deaf,
    async (running) => {
      await says(running, /success: deaf/);
      running.child.kill('SIGTERM');
      assert.is((await running.finished).code, 0);
      assert.match(running.stdout(), /killing 'deaf' \(\d+\) with SIGKILL/);
    },
    ['INITKIT_STOP_BUDGET=1'],
  );
});

test('a reload of a configuration with an error keeps what runs', async () => {
  const steady = '[program:steady]\ncommand=/bin/sleep 1000\nstartsecs=0\n';
  await withSupervisor(steady, async (running, directory) => {
    await says(running, /success: steady/);
    const pid = readFileSync(join(directory, 'pid'), 'utf8');
    writeFileSync(join(directory, 's.conf'), '[supervisord]\nlogfile=/dev/null\n[program:x]\n');
    running.child.kill('SIGHUP');
    await says(running, /ERRO cannot reload: program section program:x does not specify a command/);
    assert.is(readFileSync(join(directory, 'pid'), 'utf8'), pid);
    assert.not.match(running.stdout(), /stopped: steady/);
  });
});

test('a port without a password is not opened, and is no reason not to start', async () => {
  const open = '[inet_http_server]\nport=*:39111\n[program:steady]\ncommand=/bin/sleep 1000\nstartsecs=0\n';
  await withSupervisor(open, async (running) => {
    await says(running, /success: steady/);
    assert.match(running.stdout(), /has no password, and nothing listens on TCP without one/);
  });
});

test('it is quiet about being root, and about a socket without a password', async () => {
  const quiet = '[unix_http_server]\nfile=%D/sock\n[program:steady]\ncommand=/bin/sleep 1000\nstartsecs=0\n';
  await withSupervisor(quiet, async (running) => {
    await says(running, /success: steady/);
    assert.not.match(running.stdout(), / CRIT /);
  });
});

test('USR1 changes nothing', async () => {
  const steady = '[program:steady]\ncommand=/bin/sleep 1000\nstartsecs=0\n';
  await withSupervisor(steady, async (running) => {
    await says(running, /success: steady/);
    running.child.kill('SIGUSR1');
    running.child.kill('SIGUSR2');
    await says(running, /supervisord logreopen/);
    running.child.kill('SIGTERM');
    assert.is((await running.finished).code, 0);
  });
});

test.run();
