// `initkit top`: what it shows, and how it leaves the terminal.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ctl } from '../../../supervisor/control/ctl.ts';
import type { ProcessStatus, Status } from '../../../supervisor/control/status.ts';
import { topHeading, topRows, type Usage } from '../../../supervisor/control/top-table.ts';
import { parseUsage } from '../../../supervisor/os/usage.ts';
import { groupOf } from '../../fakes/commands.ts';
import { until, withServer } from '../../fakes/control.ts';
import { typed } from '../../fakes/ctl-io.ts';

const test = suite('top');

function program(name: string, pid: number | null, fields: Partial<ProcessStatus> = {}): ProcessStatus {
  return {
    group: name,
    name,
    type: 'service',
    state: pid === null ? 'STOPPED' : 'RUNNING',
    description: pid === null ? 'Not started' : `pid ${pid}, uptime 0:00:05`,
    pid,
    startedAt: null,
    stoppedAt: null,
    exitCode: null,
    signal: null,
    spawnError: null,
    restarts: 0,
    ready: false,
    nextRunAt: null,
    statusText: null,
    stdoutLogfile: null,
    stderrLogfile: null,
    ...fields,
  };
}

function statusOf(...processes: ProcessStatus[]): Status {
  const supervisor = { state: 'RUNNING', pid: 1, identification: 'here', version: '1', startedAt: '' };
  return { supervisor, healthy: true, reasons: [], processes };
}

const used = (pid: number, parent: number, cpuMs: number, mib: number): Usage => ({
  pid,
  parent,
  cpuMs,
  residentBytes: mib * 1024 * 1024,
});

test('a program has what it and all its descendants use, in the time between two looks', () => {
  const status = statusOf(
    program('idle', 10),
    program('busy', 20, { group: 'g', restarts: 2, statusText: 'at work' }),
    program('down', null),
  );
  const before = {
    atMs: 0,
    processes: [used(1, 0, 0, 50), used(10, 1, 900, 3), used(20, 1, 100, 1), used(21, 20, 50, 1)],
  };
  const now = {
    atMs: 1000,
    processes: [
      used(1, 0, 0, 50),
      used(10, 1, 900, 3),
      used(20, 1, 200, 1),
      used(21, 20, 300, 1),
      used(22, 21, 50, 2048),
    ],
  };
  assert.equal(topRows(status, before, now).slice(1), [
    ['g:busy', 'RUNNING', '20', '40.0', '2.0G', '3', '2', 'uptime 0:00:05; at work'],
    ['idle', 'RUNNING', '10', '0.0', '3.0M', '1', '0', 'uptime 0:00:05'],
    ['down', 'STOPPED', '-', '-', '-', '-', '0', 'Not started'],
  ]);
  assert.is(topHeading(status), 'here RUNNING, pid 1: 2 of 3 running, healthy');
});

test('of a supervisor elsewhere, nothing is known of what is used', () => {
  const nothing = { atMs: 0, processes: null };
  assert.equal(topRows(statusOf(program('a', 10)), nothing, nothing)[1]?.slice(2, 6), ['10', '-', '-', '-']);
});

test('a stat line is read whatever the name of the program', () => {
  const rest = 'S 7 8 9 0 -1 4194304 1 2 3 4 150 50 0 0 20 0 1 0 100 1000 25';
  assert.equal(parseUsage(`42 (a) b (c) ${rest}`), {
    pid: 42,
    parent: 7,
    cpuMs: 2000,
    residentBytes: 25 * 4096,
  });
});

test('without a terminal it is shown once', () =>
  withServer({ groups: [groupOf('web', [{ name: 'web' }])] }, async ({ url }) => {
    const client = typed();
    assert.is(await ctl(['-s', url, 'top'], client.io), 0);
    assert.match(client.stdout(), /running, healthy\n\nNAME +STATE +PID .*\nweb +STOPPED/);
    assert.not.match(client.stdout(), '\x1b');
  }));

test('on a terminal it goes on until q, and gives the screen back', () =>
  withServer({ groups: [groupOf('web', [{ name: 'web' }])] }, async ({ url }) => {
    const client = typed({ isTerminal: true });
    const ended = ctl(['-s', url, 'top'], client.io);
    await until('the first picture', () => client.stdout().includes('web'));
    client.stdin.write('q');
    assert.is(await ended, 0);
    assert.ok(client.stdout().startsWith('\x1b[?1049h') && client.stdout().endsWith('\x1b[?1049l'));
    assert.not(client.interruptible());
  }));

test.run();
