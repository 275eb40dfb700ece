// The pools and their listeners: random histories beside supervisord's own EventListenerPool, and what the pool adds.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createEntry, type Entry } from '../../../supervisor/live/entry.ts';
import { createEventHub, type EventHub } from '../../../supervisor/live/event-hub.ts';
import { remoteSent } from '../../../supervisor/events/payload.ts';
import type { Event, Process } from '../../../supervisor/process/state.ts';
import type { LiveGroup } from '../../../supervisor/live/supervisor.ts';
import { ask } from '../../support/events-oracle.ts';
import { aProgram } from '../../support/programs.ts';
import { fc } from '../../support/random.ts';

const test = suite('event hub');

type Answer = 'written' | 'closed';

/** A hub with one pool; its listeners are processes on paper. */
interface Stand {
  readonly hub: EventHub;
  readonly entries: readonly Entry[];
  readonly written: [string, string][];
  readonly errors: [string, string][];
  readonly timers: Set<{ readonly run: () => void; readonly at: number }>;
  readonly clock: { now: number };
  /** What becomes of the next envelope. */
  answer: () => Promise<Answer>;
  move(entry: Entry, state: Process['state'], event: Event): void;
  start(entry: Entry, pid: number): void;
  say(entry: Entry, text: string): void;
  end(entry: Entry): void;
}

function stand(count: number, bufferSize: number, events: readonly string[]): Stand {
  const written: [string, string][] = [];
  const errors: [string, string][] = [];
  const timers: Stand['timers'] = new Set();
  const clock = { now: 0 };
  const log = {
    log: (level: string, text: string) => void (level === 'error' && errors.push(['ERRO', text])),
    sink: null,
    omits: () => false,
  };
  const system = {
    wallClock: () => clock.now,
    after(delayMs: number, run: () => void) {
      const timer = { run, at: clock.now + delayMs };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  };
  const hub = createEventHub({
    system,
    log,
    print: () => {},
    identifier: 'supervisor',
    serials: { next: 0 },
  });
  const programs = Array.from({ length: count }, (_, index) =>
    aProgram({
      kind: 'eventlistener',
      name: `l${index}`,
      group: 'pool',
      listener: { events, bufferSize, resultHandler: 'default' },
    }),
  );
  const entries = programs.map((program) => createEntry(program));
  hub.addGroup({ config: { name: 'pool', priority: -1, programs }, priority: -1, entries } as LiveGroup);
  const result: Stand = {
    hub,
    entries,
    written,
    errors,
    timers,
    clock,
    answer: () => Promise.resolve('written'),
    move(entry, state, event) {
      const before = entry.process;
      entry.process = { ...before, state };
      hub.processStepped({ entry, before, event });
    },
    start(entry, pid) {
      const write = (bytes: Uint8Array): Promise<Answer> => {
        written.push([entry.program.name, Buffer.from(bytes).toString()]);
        return result.answer();
      };
      entry.running = { pid, stdin: { write, close: () => {} }, pipelines: [], notify: null };
      result.move(entry, { name: 'STARTING', pid, since: 0 }, { type: 'spawned', pid });
      result.move(entry, { name: 'RUNNING', pid, since: 0 }, { type: 'woken' });
    },
    say: (entry, text) => hub.listenerSaid(entry.program, entry.running?.pid ?? 0, Buffer.from(text)),
    end(entry) {
      entry.running = null;
      result.move(
        entry,
        { name: 'EXITED', expected: false, restart: true, at: 0 },
        { type: 'exited', status: { code: 1, signal: null } },
      );
    },
  };
  return result;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const MOVES = ['event', 'event', 'event', 'ready', 'ready', 'ok', 'fail', 'die'] as const;
type Move = readonly [kind: (typeof MOVES)[number], number: number];

const histories = fc.record({
  size: fc.integer({ min: 1, max: 4 }),
  listeners: fc.integer({ min: 1, max: 3 }),
  moves: fc.array(fc.tuple(fc.constantFrom(...MOVES), fc.nat(2)), { maxLength: 40 }),
});

test('random histories go as with the real pool', async () => {
  const cases = fc.sample(histories, { numRuns: 3000 }).map(({ size, listeners, moves }) => ({
    size,
    listeners,
    moves: moves.map(([kind, number]): Move => [kind, kind === 'event' ? number : number % listeners]),
  }));
  const answers = ask<{ written: [string, string][]; errors: [string, string][] }>('pool', cases);
  for (const [index, { size, listeners, moves }] of cases.entries()) {
    const live = stand(listeners, size, ['REMOTE_COMMUNICATION']);
    live.entries.forEach((entry, number) => live.start(entry, number + 1));
    const busy = live.entries.map(() => false);
    for (const [kind, number] of moves) {
      const entry = live.entries[number];
      if (kind === 'event') live.hub.notify(remoteSent('t', String(number)));
      else if (entry !== undefined) play(live, entry, kind, busy, number);
      await settled();
    }
    assert.equal(
      { written: live.written, errors: live.errors },
      answers[index],
      JSON.stringify({ size, listeners, moves }),
    );
  }
});

/** What a listener does, if it can do it now; `RESULT` needs an event, READY none. */
function play(
  live: Stand,
  entry: Entry,
  kind: Exclude<Move[0], 'event'>,
  ready: boolean[],
  number: number,
): void {
  const isBusy = live.written.filter(([name]) => name === entry.program.name).length > answered(entry);
  if (kind === 'die') {
    live.end(entry);
    live.start(entry, (entry.spawns += 1) + 100);
    answers.set(entry, live.written.filter(([name]) => name === entry.program.name).length);
    ready[number] = false;
  } else if (kind === 'ready') {
    if (isBusy || ready[number] === true) return;
    ready[number] = true;
    live.say(entry, 'READY\n');
  } else if (isBusy) {
    ready[number] = false;
    answers.set(entry, answered(entry) + 1);
    live.say(entry, kind === 'ok' ? 'RESULT 2\nOK' : 'RESULT 4\nFAIL');
  }
}

const answers = new WeakMap<Entry, number>();

function answered(entry: Entry): number {
  return answers.get(entry) ?? 0;
}

const only = (live: Stand): Entry => {
  const [entry] = live.entries;
  if (entry === undefined) throw new Error('the stand has a listener');
  return entry;
};

test('a listener that does not read gets one envelope and no second', async () => {
  const live = stand(1, 10, ['REMOTE_COMMUNICATION']);
  live.answer = () => new Promise(() => {});
  const entry = only(live);
  live.start(entry, 1);
  live.say(entry, 'READY\n');
  for (let number = 0; number < 5; number++) live.hub.notify(remoteSent('t', String(number)));
  live.say(entry, 'RESULT 2\nOKREADY\n');
  await settled();
  assert.is(live.written.length, 1);
});

test('what a listener with a closed stdin was to get goes to the next', async () => {
  const live = stand(2, 10, ['REMOTE_COMMUNICATION']);
  const outcomes: Answer[] = ['closed', 'written'];
  live.answer = () => Promise.resolve(outcomes.shift() ?? 'written');
  for (const [index, entry] of live.entries.entries()) live.start(entry, index + 1);
  for (const entry of live.entries) live.say(entry, 'READY\n');
  live.hub.notify(remoteSent('t', 'x'));
  await settled();
  assert.equal(
    live.written.map(([name]) => name),
    ['l0', 'l1'],
  );
  assert.is(live.written[0]?.[1], live.written[1]?.[1]);
});

test('what an earlier run still says is not heard', async () => {
  const live = stand(1, 10, ['REMOTE_COMMUNICATION']);
  const entry = only(live);
  live.start(entry, 1);
  live.end(entry);
  live.start(entry, 2);
  live.hub.listenerSaid(entry.program, 1, Buffer.from('READY\n'));
  live.hub.notify(remoteSent('t', 'x'));
  await settled();
  assert.equal(live.written, []);
});

test('two names that cover an event bring it once', async () => {
  const live = stand(1, 10, ['EVENT', 'REMOTE_COMMUNICATION']);
  const entry = only(live);
  live.hub.notify(remoteSent('t', 'x'));
  live.start(entry, 1);
  for (let answer = 0; answer < 9; answer++) {
    live.say(entry, answer === 0 ? 'READY\n' : 'RESULT 2\nOKREADY\n');
    await settled();
    if (live.written.length <= answer) break;
  }
  assert.is(live.written.filter(([, text]) => text.includes('REMOTE_COMMUNICATION')).length, 1);
});

test('a timer is there only while somebody waits for ticks', () => {
  assert.is(stand(1, 10, ['PROCESS_STATE', 'REMOTE_COMMUNICATION']).timers.size, 0);
  assert.is(stand(1, 10, ['TICK_60']).timers.size, 1);
  assert.is(stand(1, 10, ['TICK']).timers.size, 3);
  const live = stand(1, 10, ['EVENT']);
  assert.is(live.timers.size, 3);
  live.hub.removeGroup('pool');
  assert.is(live.timers.size, 0);
});

test('a tick names the period that has begun, over clocks that are early, late, or set', async () => {
  const live = stand(1, 100, ['TICK_5']);
  const entry = only(live);
  for (const now of [4_999, 5_000, 9_000, 10_003, 21_000, 22_000, 3_000, 5_000]) {
    live.clock.now = now;
    const [timer] = live.timers;
    if (timer === undefined) throw new Error('a tick is armed');
    live.timers.delete(timer);
    timer.run();
  }
  live.start(entry, 1);
  for (let answer = 0; answer < 12; answer++) {
    live.say(entry, answer === 0 ? 'READY\n' : 'RESULT 2\nOKREADY\n');
    await settled();
    if (live.written.length <= answer) break;
  }
  const whens = live.written.map(([, text]) => text.split('when:')[1]);
  assert.equal(whens, ['5', '10', '20', '0', '5']);
});

test.run();
