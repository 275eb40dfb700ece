// The end of the container, on a virtual clock: what two requests at once, a full table of descriptors or a process
// that nothing ends make of it.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Group, Program } from '../../supervisor/model.ts';
import type { Conduct } from '../fakes/system.ts';
import { aProgram } from '../support/programs.ts';
import { createStand, type Stand } from '../support/whole-supervisor.ts';

const test = suite('lifecycle');

const OBEYS: Conduct = {
  endsAfter: null,
  endsWith: { code: 0, signal: null },
  stopsAfter: 5,
  diesAfter: 0,
  pipeHeldFor: 0,
};

interface Setup {
  readonly conduct?: Partial<Conduct>;
  readonly cleanup?: Partial<Conduct>;
  readonly budgetMs?: number | null;
}

function aGroup(name: string, changes: Partial<Program> = {}, priority = 999): Group {
  const program = aProgram({ name, group: name, environment: { STOPSIGNAL: 'SIGTERM' }, ...changes });
  return { name, priority, programs: [program] };
}

function standWith(groups: readonly Group[], { conduct, cleanup, budgetMs = 9000 }: Setup = {}): Stand {
  return createStand({
    groups,
    budgetMs,
    cleanup: cleanup !== undefined,
    conduct: ({ file }) => ({ ...OBEYS, ...(file === '/cleanup.sh' ? cleanup : conduct) }),
    collectAfter: () => 1,
  });
}

test('an end that comes during a restart keeps anything from being started', async () => {
  const stand = standWith([aGroup('web')], { conduct: { stopsAfter: 100 }, cleanup: { endsAfter: 5000 } });
  const stopped = stand.lifecycle.stopPrograms();
  await stand.fake.advance(50);
  stand.terminate();
  await stand.fake.advance(200);
  await stopped;
  const [entry] = stand.supervisor.groups().flatMap((group) => group.entries);
  assert.ok(entry);
  stand.supervisor.send(entry, { type: 'startRequested' });
  assert.is(entry.process.state.name, 'STOPPED');
  await stand.fake.advance(9000);
  assert.is(stand.exitCode(), 0);
});

test('a cleanup script that nothing ends is given up', async () => {
  const stand = standWith([aGroup('web')], { cleanup: { diesAfter: null } });
  stand.terminate();
  await stand.fake.advance(9000);
  assert.is(stand.exitCode(), 0);
});

test('what is left when the budget is over is killed, all of it, before the exit', async () => {
  const groups = [aGroup('database', {}, 1), aGroup('web', {}, 2)];
  const stand = standWith(groups, { budgetMs: 1, conduct: { stopsAfter: null } });
  stand.terminate();
  await stand.fake.advance(1000);
  assert.is(stand.exitCode(), 0);
  assert.is(stand.fake.processes.size, 0);
});

test('a process that nothing ends is given up a moment after the budget', async () => {
  const stand = standWith([aGroup('web')], { conduct: { stopsAfter: null, diesAfter: null } });
  stand.terminate();
  await stand.fake.advance(9200);
  assert.is(stand.exitCode(), 0);
});

test('programs that crash while others are stopped are not started, and nothing is said of a failed start', async () => {
  const groups = [aGroup('database', { autorestart: 'always' }, 1), aGroup('web', {}, 2)];
  const stand = standWith(groups, { conduct: { stopsAfter: 3000 } });
  await stand.fake.advance(5000);
  stand.terminate();
  await stand.fake.advance(1);
  const [database] = stand.supervisor.groups().flatMap((group) => group.entries);
  const pid = database?.running?.pid ?? 0;
  stand.fake.end(pid, { code: 1, signal: null });
  await stand.fake.advance(100);
  assert.is(database?.process.spawnFailure, null);
  await stand.fake.advance(9000);
  assert.is(stand.exitCode(), 0);
});

test('a client that waits for a start learns that it was called off', async () => {
  const groups = [
    aGroup('database', { autostart: false, startSecs: 60 }),
    aGroup('web', { autostart: false, dependsOn: ['database'] }),
  ];
  const stand = standWith(groups);
  const web = { group: 'web', name: 'web' };
  const started = stand.commands.start(web, { wait: true });
  await stand.fake.advance(1000);
  assert.equal(await stand.commands.stop(web, { wait: true }), { kind: 'not-running' });
  assert.equal(await started, { kind: 'abnormal-termination' });
});

test('a program that is about to be restarted can be stopped, and removed', async () => {
  const stand = standWith([aGroup('web', { startSecs: 0, autorestart: 'always' })], {
    conduct: { endsAfter: 10 },
  });
  await stand.fake.advance(20);
  const web = { group: 'web', name: 'web' };
  assert.equal(await stand.commands.stop(web, { wait: true }), { kind: 'not-running' });
  await stand.fake.advance(5000);
  assert.is(stand.fake.counts.spawned, 1);
  await stand.commands.start(web, { wait: false });
  await stand.fake.advance(20);
  assert.is(await stand.commands.removeGroup('web'), 'removed');
  await stand.fake.advance(5000);
  assert.is(stand.fake.counts.spawned, 2);
});

test('the wall clock is nobody’s measure: set back and forth, it delays and hastens nothing', async () => {
  const stand = standWith([aGroup('web', { startSecs: 2, stopWaitSecs: 3 })], {
    conduct: { stopsAfter: null },
  });
  const [entry] = stand.supervisor.groups().flatMap((group) => group.entries);
  stand.fake.setWallClock(0);
  await stand.fake.advance(1999);
  assert.is(entry?.process.state.name, 'STARTING');
  stand.fake.setWallClock(4e12);
  await stand.fake.advance(1);
  assert.is(entry?.process.state.name, 'RUNNING');
  const stopped = stand.commands.stop({ group: 'web', name: 'web' }, { wait: true });
  stand.fake.setWallClock(0);
  await stand.fake.advance(2999);
  assert.is(entry?.process.state.name, 'STOPPING');
  await stand.fake.advance(2);
  assert.equal(await stopped, { kind: 'stopped' });
});

test.run();
