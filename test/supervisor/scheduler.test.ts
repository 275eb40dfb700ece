// schedule=: real gate and supervisor on a kernel on paper, whose wall clock may be set.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createEntry, type Entry } from '../../supervisor/live/entry.ts';
import { createFcgiSockets } from '../../supervisor/live/fcgi-sockets.ts';
import { createGate } from '../../supervisor/live/gate.ts';
import type { LaunchContext } from '../../supervisor/live/launch.ts';
import { createScheduler } from '../../supervisor/live/scheduler.ts';
import { createSupervisor } from '../../supervisor/live/supervisor.ts';
import { createFakeSystem, type Conduct } from '../fakes/system.ts';
import { aProgram } from '../support/programs.ts';
import { runUntil } from '../support/run-until.ts';

process.env['TZ'] = 'UTC';

const test = suite('scheduler');

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A supervisor with one scheduled program, at this time of the wall clock. */
function stand(schedule: string, at: string, conduct: Partial<Conduct> = {}) {
  const runs: string[] = [];
  const words: string[] = [];
  const fake = createFakeSystem({
    onSpawn: () => {
      runs.push(new Date(system.wallClock()).toISOString().slice(0, 16));
      return {
        endsAfter: SECOND,
        endsWith: { code: 0, signal: null },
        stopsAfter: 0,
        diesAfter: 0,
        pipeHeldFor: 0,
        ...conduct,
      };
    },
    onSignal: () => 'delivered',
    hasDescriptors: () => true,
    collectAfter: () => 0,
  });
  const { system } = fake;
  fake.setWallClock(Date.parse(`${at}Z`));
  const log = { log: (_: string, text: string) => void words.push(text), sink: null, omits: () => false };
  const launch: LaunchContext = {
    system,
    environment: {},
    serverUrl: null,
    fcgi: createFcgiSockets(system, log),
    runtimeDirectory: () => null,
    devNull: system.openForRead('/dev/null'),
    whyAbsent: () => null,
    pipes: fake.pipes,
  };
  const console = { write: () => true, note: () => {}, whenDrained: (listener: () => void) => listener() };
  const supervisor = createSupervisor({
    launch,
    routing: {
      consoles: { stdout: console, stderr: console },
      childLogDir: '/tmp',
      identifier: 'supervisor',
      remember: false,
      wallClock: () => system.wallClock(),
      onTrouble: () => {},
      taps: { logged: () => {}, captured: () => {}, protocol: () => {} },
      stripAnsi: false,
      echo: null,
      syslog: { send: () => {} },
    },
    log,
    onEnding: () => {},
    onGroup: () => scheduler.groupsChanged(),
  });
  const gate = createGate({ supervisor, launch, log, onEnding: () => {} });
  const scheduler = createScheduler({ supervisor, gate, system, log });
  const program = aProgram({ name: 'job', schedule, type: 'oneshot', startSecs: 0 });
  const group = supervisor.addGroup({ name: 'job', priority: 999, programs: [program] });
  gate.autostart([group]);
  const [entry = createEntry(program)] = group.entries as Entry[];
  return { fake, runs, words, entry, scheduler, supervisor };
}

test('it starts at its times, and not with the supervisor', async () => {
  const { fake, runs, entry } = stand('*/15 * * * *', '2026-11-21T10:07');
  assert.equal(runs, []);
  assert.is(entry.nextRunAt, Date.parse('2026-11-21T10:15Z'));
  await fake.advance(40 * MINUTE);
  assert.equal(runs, ['2026-11-21T10:15', '2026-11-21T10:30', '2026-11-21T10:45']);
  assert.is(entry.nextRunAt, Date.parse('2026-11-21T11:00Z'));
  assert.is(entry.process.state.name, 'EXITED');
});

test('nothing polls: between two runs there is one timer, which comes once an hour', async () => {
  const { fake } = stand('0 0 * * *', '2026-11-21T00:01');
  assert.is(fake.timers(), 1);
  await fake.advance(30 * MINUTE);
  assert.is(fake.timers(), 1);
});

test('a start is skipped, and said, while the last run goes on', async () => {
  const { fake, runs, words } = stand('* * * * *', '2026-11-21T10:00', { endsAfter: 90 * SECOND });
  await fake.advance(4 * MINUTE);
  assert.equal(runs, ['2026-11-21T10:01', '2026-11-21T10:03']);
  assert.is(words.filter((each) => each.startsWith("skipped: 'job'")).length, 2);
});

test('one that has failed for good is tried again at its next time', async () => {
  const endsWith = { code: 1, signal: null };
  const { fake, entry, runs } = stand('0 * * * *', '2026-11-21T10:59', { endsAfter: 0, endsWith });
  await fake.advance(30 * MINUTE);
  assert.is(entry.process.state.name, 'FATAL');
  const before = runs.length;
  await fake.advance(HOUR);
  assert.is(runs[before], '2026-11-21T12:00');
});

test('a clock that is set is noticed within the hour', async () => {
  const { fake, runs } = stand('0 12 * * *', '2026-11-21T02:00');
  fake.setWallClock(Date.parse('2026-11-21T11:30Z'));
  await fake.advance(61 * MINUTE);
  assert.equal(runs, ['2026-11-21T12:30'], 'by less than three hours late: it runs');
});

test('what a clock was set forward over by more than three hours is not made up for', async () => {
  const { fake, runs, entry } = stand('0 12 * * *', '2026-11-21T02:00');
  fake.setWallClock(Date.parse('2026-11-21T20:00Z'));
  await fake.advance(2 * HOUR);
  assert.equal(runs, []);
  assert.is(entry.nextRunAt, Date.parse('2026-11-22T12:00Z'));
});

test('what has run does not run again when the clock is set back by an hour', async () => {
  const { fake, runs } = stand('0 12 * * *', '2026-11-21T11:59');
  await fake.advance(2 * MINUTE);
  assert.equal(runs, ['2026-11-21T12:00']);
  fake.setWallClock(Date.parse('2026-11-21T11:01Z'));
  await fake.advance(3 * HOUR);
  assert.is(runs.length, 1);
});

test('a supervisor that stops, and a group that is removed, start nothing', async () => {
  const one = stand('* * * * *', '2026-11-21T10:00');
  one.scheduler.close();
  await one.fake.advance(5 * MINUTE);
  assert.equal(one.runs, []);
  const other = stand('* * * * *', '2026-11-21T10:00');
  other.supervisor.removeGroup('job');
  await other.fake.advance(5 * MINUTE);
  assert.equal(other.runs, []);
  assert.is(other.fake.timers(), 0);
});

test('a real supervisor tells the next run', async () => {
  const { output } = await runUntil(
    `[program:job]\nschedule=0 0 1 1 *\ncommand=true\n[program:other]\ncommand=/bin/sh -c 'echo up; exec sleep 1000'\nstdout_logfile=/dev/fd/1\nstdout_logfile_maxbytes=0\n`,
    /up/,
  );
  assert.not.match(output, "spawned: 'job'");
});

test.run();
