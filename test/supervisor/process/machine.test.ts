import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { step, wakeAt } from '../../../supervisor/process/machine.ts';
import { NEVER_STARTED, type Event, type Process, type State } from '../../../supervisor/process/state.ts';
import { aProgram } from '../../support/programs.ts';

const test = suite('process machine');

const NOW = 100_000;
const exit = (code: number): Event => ({ type: 'exited', status: { code, signal: null } });
const killedBy = (signal: string): Event => ({ type: 'exited', status: { code: null, signal } });
const absent: Event = {
  type: 'spawnFailed',
  failure: { errno: 'ENOENT', message: "can't find command 'x'", permanent: false },
};

const STATES: Readonly<Record<string, State>> = {
  STOPPED: { name: 'STOPPED' },
  spawning: { name: 'STARTING', pid: null, since: NOW },
  STARTING: { name: 'STARTING', pid: 7, since: NOW - 500 },
  'STARTING, up long enough': { name: 'STARTING', pid: 7, since: NOW - 1000 },
  RUNNING: { name: 'RUNNING', pid: 7, since: NOW - 60_000 },
  'BACKOFF, due': { name: 'BACKOFF', retryAt: NOW },
  'BACKOFF, not due': { name: 'BACKOFF', retryAt: NOW + 1 },
  STOPPING: { name: 'STOPPING', pid: 7, killAt: NOW + 5000, killed: false },
  'STOPPING, to be restarted': { name: 'STOPPING', pid: 7, killAt: NOW + 5000, killed: false, again: true },
  'STOPPING, overdue': { name: 'STOPPING', pid: 7, killAt: NOW, killed: false },
  EXITED: { name: 'EXITED', expected: true, restart: false, at: NOW },
  'EXITED, to be restarted': { name: 'EXITED', expected: false, restart: true, at: NOW },
  FATAL: { name: 'FATAL' },
  UNKNOWN: { name: 'UNKNOWN', pid: 7 },
};

/** state, event → the next state's name, with the effects; every pair that changes something. */
const CHANGES: readonly (readonly [from: string, event: Event, to: string, effects: string])[] = [
  ['STOPPED', { type: 'startRequested' }, 'STARTING', 'spawn'],
  ['EXITED', { type: 'startRequested' }, 'STARTING', 'spawn'],
  ['EXITED, to be restarted', { type: 'startRequested' }, 'STARTING', 'spawn'],
  ['FATAL', { type: 'startRequested' }, 'STARTING', 'spawn'],
  ['spawning', { type: 'spawned', pid: 7 }, 'STARTING', ''],
  ['spawning', absent, 'BACKOFF', ''],
  ['STARTING, up long enough', { type: 'woken' }, 'RUNNING', ''],
  ['STARTING', exit(0), 'BACKOFF', ''],
  ['STARTING', exit(1), 'BACKOFF', ''],
  ['STARTING', killedBy('SIGKILL'), 'BACKOFF', ''],
  ['STARTING, up long enough', exit(0), 'EXITED', ''],
  ['STARTING, up long enough', exit(1), 'EXITED', ''],
  ['RUNNING', exit(0), 'EXITED', ''],
  ['RUNNING', killedBy('SIGSEGV'), 'EXITED', ''],
  ['BACKOFF, due', { type: 'woken' }, 'STARTING', 'spawn'],
  ['EXITED, to be restarted', { type: 'woken' }, 'STARTING', 'spawn'],
  ['STARTING', { type: 'stopRequested' }, 'STOPPING', 'SIGTERM 7'],
  ['STARTING, up long enough', { type: 'stopRequested' }, 'STOPPING', 'SIGTERM 7'],
  ['RUNNING', { type: 'stopRequested' }, 'STOPPING', 'SIGTERM 7'],
  ['BACKOFF, due', { type: 'stopRequested' }, 'STOPPED', ''],
  ['BACKOFF, not due', { type: 'stopRequested' }, 'STOPPED', ''],
  ['EXITED, to be restarted', { type: 'stopRequested' }, 'EXITED', ''],
  ['RUNNING', { type: 'restartRequested' }, 'STOPPING', 'SIGTERM 7'],
  ['STOPPING, to be restarted', exit(0), 'EXITED', ''],
  ['STOPPING, to be restarted', { type: 'signalRefused' }, 'UNKNOWN', ''],
  ['STOPPING, to be restarted', { type: 'stopRequested' }, 'STOPPING', ''],
  ['STOPPING', exit(0), 'STOPPED', ''],
  ['STOPPING', killedBy('SIGTERM'), 'STOPPED', ''],
  ['STOPPING, overdue', { type: 'woken' }, 'STOPPING', 'SIGKILL 7'],
  ['STOPPING, overdue', exit(0), 'STOPPED', ''],
  ['STOPPING', { type: 'signalRefused' }, 'UNKNOWN', ''],
  ['STOPPING, overdue', { type: 'signalRefused' }, 'UNKNOWN', ''],
  ['UNKNOWN', exit(0), 'STOPPED', ''],
];

const ALL_EVENTS: readonly Event[] = [
  { type: 'startRequested' },
  { type: 'spawned', pid: 7 },
  absent,
  { type: 'woken' },
  exit(0),
  { type: 'stopRequested' },
  { type: 'restartRequested' },
  { type: 'signalRefused' },
];

for (const [from, event, to, effects] of CHANGES) {
  test(`${from} on ${label(event)} becomes ${to}`, () => {
    const result = step(inState(from), event, aProgram(), NOW);
    assert.is(result.process.state.name, to);
    assert.is(describe(result.effects), effects);
  });
}

test('who asks for a stop of what is being restarted does not get it back', () => {
  const stopping = step(inState('STOPPING, to be restarted'), { type: 'stopRequested' }, aProgram(), NOW);
  assert.is(step(stopping.process, exit(0), aProgram(), NOW).process.state.name, 'STOPPED');
});

test('every other event in every state changes nothing', () => {
  for (const [name, state] of Object.entries(STATES)) {
    for (const event of ALL_EVENTS) {
      const listed = CHANGES.some(([from, changing]) => from === name && changing.type === event.type);
      if (listed || (event.type === 'spawned' && state.name === 'STARTING')) continue;
      if (event.type === 'spawnFailed' && state.name === 'STARTING') continue;
      const before = inState(name);
      const result = step(before, event, aProgram(), NOW);
      assert.equal(result.process.state.name, before.state.name, `${name} on ${label(event)}`);
      assert.equal(result.effects, [], `${name} on ${label(event)}`);
    }
  }
});

test('a program that always ends at once is started startretries+1 times, with pauses of 1, 2, 3 … seconds', () => {
  const program = aProgram({ startRetries: 3 });
  const pauses: number[] = [];
  let now = NOW;
  let process: Process = step(NEVER_STARTED, { type: 'startRequested' }, program, now).process;
  let starts = 1;
  while (process.state.name !== 'FATAL') {
    process = step(process, { type: 'spawned', pid: starts }, program, now).process;
    process = step(process, exit(0), program, now).process;
    const due = wakeAt(process.state, program) ?? 0;
    pauses.push(due - now);
    now = due;
    process = step(process, { type: 'woken' }, program, now).process;
    if (process.state.name === 'STARTING') starts++;
  }
  assert.is(starts, 4);
  assert.equal(pauses, [1000, 2000, 3000, 0]);
});

test('backoff_max_secs caps the pause', () => {
  const failed = { ...inState('STARTING'), failedStarts: 7 };
  const { process } = step(failed, exit(1), aProgram({ startRetries: 50, backoffMaxSecs: 5 }), NOW);
  assert.equal(process.state, { name: 'BACKOFF', retryAt: NOW + 5000 });
});

test('backoff_max=0 pauses for a moment all the same', () => {
  const { process } = step(inState('STARTING'), exit(1), aProgram({ backoffMaxSecs: 0 }), NOW);
  assert.equal(process.state, { name: 'BACKOFF', retryAt: NOW + 10 });
});

test('stopwaitsecs=0 kills at once, and again after a second', () => {
  const program = aProgram({ stopWaitSecs: 0 });
  const stopping = step(inState('RUNNING'), { type: 'stopRequested' }, program, NOW).process;
  assert.is(wakeAt(stopping.state, program), NOW);
  const killed = step(stopping, { type: 'woken' }, program, NOW).process;
  assert.is(wakeAt(killed.state, program), NOW + 1000);
});

test('a program that is RUNNING at once and ends at once is started once a second', () => {
  const program = aProgram({ startSecs: 0, autorestart: 'always' });
  const state = { name: 'RUNNING', pid: 7, since: NOW - 5 } as const;
  const { process } = step({ ...NEVER_STARTED, state }, exit(0), program, NOW);
  assert.is(wakeAt(process.state, program), NOW + 995);
});

test('reaching RUNNING forgets the failed starts', () => {
  const { process } = step(
    { ...inState('STARTING, up long enough'), failedStarts: 3 },
    { type: 'woken' },
    aProgram(),
    NOW,
  );
  assert.is(process.failedStarts, 0);
});

test('with startsecs=0 a program that ends at once has been RUNNING', () => {
  const { process } = step(
    { ...NEVER_STARTED, state: { name: 'STARTING', pid: 7, since: NOW } },
    exit(0),
    aProgram({ startSecs: 0 }),
    NOW,
  );
  assert.is(process.state.name, 'EXITED');
});

test('a command that will never be there is FATAL at once', () => {
  const failure = { errno: 'ENOENT', message: 'mesos-slave is not in this image', permanent: true };
  const { process } = step(inState('spawning'), { type: 'spawnFailed', failure }, aProgram(), NOW);
  assert.is(process.state.name, 'FATAL');
});

for (const [autorestart, code, restart] of [
  ['never', 0, false],
  ['never', 1, false],
  ['unexpected', 0, false],
  ['unexpected', 1, true],
  ['always', 0, true],
  ['always', 1, true],
] as const) {
  test(`autorestart=${autorestart}, exit code ${code}: ${restart ? 'restarted at once' : 'not restarted'}`, () => {
    const program = aProgram({ autorestart });
    const { process } = step(inState('RUNNING'), exit(code), program, NOW);
    assert.is(wakeAt(process.state, program), restart ? NOW : null);
  });
}

test('a signal is never an expected end', () => {
  const { process } = step(inState('RUNNING'), killedBy('SIGTERM'), aProgram(), NOW);
  assert.equal(process.state, { name: 'EXITED', expected: false, restart: true, at: NOW });
});

test('max_restarts within restart_window makes a crashing program FATAL', () => {
  const program = aProgram({ maxRestarts: 2, restartWindowSecs: 60 });
  let process: Process = inState('RUNNING');
  const crash = (now: number): void => {
    process = step(
      { ...process, state: { name: 'RUNNING', pid: 7, since: now - 5000 } },
      exit(1),
      program,
      now,
    ).process;
  };
  crash(NOW);
  crash(NOW + 10_000);
  assert.is(process.state.name, 'EXITED');
  crash(NOW + 61_000);
  assert.is(process.state.name, 'EXITED', 'the first crash is out of the window');
  crash(NOW + 62_000);
  assert.is(process.state.name, 'FATAL');
});

test('a stop kills after stopwaitsecs, or earlier where a shutdown says so', () => {
  const program = aProgram({ stopWaitSecs: 10 });
  const patient = step(inState('RUNNING'), { type: 'stopRequested' }, program, NOW).process;
  assert.is(wakeAt(patient.state, program), NOW + 10_000);
  const hurried = step(patient, { type: 'stopRequested', killAt: NOW + 3000 }, program, NOW).process;
  assert.is(wakeAt(hurried.state, program), NOW + 3000);
  const longer = step(hurried, { type: 'stopRequested', killAt: NOW + 9000 }, program, NOW).process;
  assert.is(wakeAt(longer.state, program), NOW + 3000);
});

test('stopasgroup and killasgroup choose who gets the signals', () => {
  const program = aProgram({ stopAsGroup: true, killAsGroup: true, stopSignal: 'SIGINT' });
  const stop = step(inState('RUNNING'), { type: 'stopRequested' }, program, NOW);
  assert.is(describe(stop.effects), 'SIGINT 7 group');
  const kill = step(inState('STOPPING, overdue'), { type: 'woken' }, program, NOW);
  assert.is(describe(kill.effects), 'SIGKILL 7 group');
});

test.run();

function inState(name: string): Process {
  const state = STATES[name];
  if (state === undefined) throw new Error(`no state ${name}`);
  return { ...NEVER_STARTED, state };
}

function label(event: Event): string {
  return event.type === 'exited' ? `exit ${event.status.code ?? event.status.signal}` : event.type;
}

function describe(effects: ReturnType<typeof step>['effects']): string {
  return effects
    .map((effect) =>
      effect.type === 'spawn' ? 'spawn' : `${effect.signal} ${effect.pid}${effect.group ? ' group' : ''}`,
    )
    .join(', ');
}
