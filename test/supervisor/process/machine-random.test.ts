// The transition function under random sequences of events, with a virtual clock, against the invariants of ARCHITECTURE.md.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Program } from '../../../supervisor/model.ts';
import { step, wakeAt } from '../../../supervisor/process/machine.ts';
import {
  NEVER_STARTED,
  pidOf,
  type Effect,
  type Event,
  type Process,
} from '../../../supervisor/process/state.ts';
import { aProgram } from '../../support/programs.ts';
import { fc } from '../../support/random.ts';

const test = suite('process machine, random sequences');

const RUNS = 8000;
const STEPS = 60;

/** What the world does next; the world answers a spawn at once and lets a process end only if there is one. */
type Move = {
  readonly wait: number;
  readonly act: 'start' | 'stop' | 'restart' | 'exit' | 'crash' | 'signal' | 'nothing';
};

const moves = fc.array(
  fc.record({
    wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })),
    act: fc.constantFrom('start', 'stop', 'restart', 'exit', 'crash', 'signal', 'nothing'),
  }),
  { maxLength: STEPS },
) as fc.Arbitrary<Move[]>;

const programs = fc
  .record({
    startSecs: fc.integer({ min: 0, max: 5 }),
    startRetries: fc.integer({ min: 0, max: 4 }),
    autorestart: fc.constantFrom('never', 'unexpected', 'always'),
    stopWaitSecs: fc.integer({ min: 0, max: 10 }),
    maxRestarts: fc.constantFrom(0, 0, 2),
    restartWindowSecs: fc.constant(30),
  })
  .map((changes) => aProgram(changes as Partial<Program>));

interface World {
  process: Process;
  now: number;
  alive: Set<number>;
  nextPid: number;
  spawnsSinceAsked: number;
  everSpawned: number;
  reaped: number;
}

test('the invariants hold', () => {
  fc.assert(
    fc.property(programs, moves, fc.infiniteStream(fc.boolean()), (program, sequence, spawnSucceeds) => {
      const world: World = {
        process: NEVER_STARTED,
        now: 0,
        alive: new Set(),
        nextPid: 100,
        spawnsSinceAsked: 0,
        everSpawned: 0,
        reaped: 0,
      };
      for (const move of sequence) {
        pass(world, program, move.wait, spawnSucceeds);
        act(world, program, move, spawnSucceeds);
        check(world, program);
      }
      assert.is(world.everSpawned, world.reaped + world.alive.size, 'every spawned pid is reaped or alive');
    }),
    { numRuns: RUNS },
  );
});

test.run();

/** Lets time pass, waking the process whenever its state asks for it. */
function pass(world: World, program: Program, wait: number, succeeds: fc.Stream<boolean>): void {
  const until = world.now + wait;
  for (let wakes = 0; wakes < 200; wakes++) {
    const due = wakeAt(world.process.state, program);
    if (due === null || due > until) break;
    world.now = Math.max(world.now, due);
    send(world, program, { type: 'woken' }, succeeds);
    check(world, program);
  }
  world.now = until;
}

function act(world: World, program: Program, move: Move, succeeds: fc.Stream<boolean>): void {
  const pid = pidOf(world.process.state);
  switch (move.act) {
    case 'start':
      if (['STOPPED', 'EXITED', 'FATAL'].includes(world.process.state.name)) world.spawnsSinceAsked = 0;
      return send(world, program, { type: 'startRequested' }, succeeds);
    case 'stop':
      return send(world, program, { type: 'stopRequested' }, succeeds);
    case 'restart':
      return send(world, program, { type: 'restartRequested' }, succeeds);
    case 'exit':
    case 'crash':
      if (pid === null) return;
      world.alive.delete(pid);
      world.reaped++;
      return send(
        world,
        program,
        { type: 'exited', status: { code: move.act === 'exit' ? 0 : 1, signal: null } },
        succeeds,
      );
    case 'signal':
      return send(world, program, { type: 'signalRefused' }, succeeds);
    case 'nothing':
  }
}

function send(world: World, program: Program, event: Event, succeeds: fc.Stream<boolean>): void {
  const result = step(world.process, event, program, world.now);
  world.process = result.process;
  for (const effect of result.effects) perform(world, program, effect, succeeds);
}

function perform(world: World, program: Program, effect: Effect, succeeds: fc.Stream<boolean>): void {
  if (effect.type === 'signal') {
    assert.ok(world.alive.has(effect.pid), 'a signal goes to a living process of ours only');
    return;
  }
  assert.is(world.alive.size, 0, 'a program has at most one process');
  world.spawnsSinceAsked++;
  if (succeeds.next().value === false) {
    const failure = { errno: 'EAGAIN', message: 'no more processes', permanent: false };
    return send(world, program, { type: 'spawnFailed', failure }, succeeds);
  }
  const pid = world.nextPid++;
  world.alive.add(pid);
  world.everSpawned++;
  send(world, program, { type: 'spawned', pid }, succeeds);
}

function check(world: World, program: Program): void {
  const { state, failedStarts, restartedAt } = world.process;
  const pid = pidOf(state);
  assert.equal(
    [...world.alive],
    pid === null ? [] : [pid],
    `a state with a pid has a process: ${state.name}`,
  );
  if (state.name === 'STARTING') assert.ok(state.pid !== null, 'a spawn is answered at once');
  if (state.name === 'RUNNING') {
    assert.ok(world.now - state.since >= program.startSecs * 1000, 'RUNNING only after startsecs');
  }
  assert.ok(failedStarts <= program.startRetries + 1, 'never more than startretries+1 failed starts');
  if (state.name === 'FATAL' && program.maxRestarts === 0) {
    assert.is(
      failedStarts,
      program.startRetries + 1,
      'FATAL only after exactly startretries+1 failed starts',
    );
  }
  if (state.name === 'BACKOFF')
    assert.ok(state.retryAt - world.now <= failedStarts * 1000, 'the n-th pause is n seconds at most');
  assert.ok(restartedAt.length <= Math.max(program.maxRestarts, 0), 'restarts are remembered within bounds');
}
