// The whole supervisor under random sequences of clients, crashes and failures of the kernel, on a virtual clock.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Entry } from '../../supervisor/live/entry.ts';
import type { Group, Program, StreamConfig } from '../../supervisor/model.ts';
import type { Conduct } from '../fakes/system.ts';
import { aProgram, NO_LOG } from '../support/programs.ts';
import { createStand, type Stand } from '../support/whole-supervisor.ts';
import { fc } from '../support/random.ts';

const test = suite('whole supervisor, random sequences');

const RUNS = 9000;
const MOVES = 100;

/** Longer than any stop without a budget can take: every stopwaitsecs and every cleanup script. */
const LONG_MS = 600_000;

const CONSOLE: StreamConfig = { ...NO_LOG, target: { kind: 'inherit', fd: 1, path: '/dev/stdout' } };
const NO_SUCH_DIRECTORY: StreamConfig = {
  ...NO_LOG,
  target: { kind: 'file', path: '/no/such/directory/log' },
};

const milliseconds = fc.oneof(fc.constantFrom(0, 1, 999, 1000, 1001), fc.integer({ min: 0, max: 5000 }));

type Shape = Partial<Program> & { readonly needs: readonly number[]; readonly inGroup: number };

const shapes = fc.record({
  startSecs: fc.constantFrom(0, 0, 1, 2),
  startRetries: fc.integer({ min: 0, max: 3 }),
  autorestart: fc.constantFrom('never', 'unexpected', 'always'),
  autostart: fc.boolean(),
  enabled: fc.constantFrom(true, true, true, false),
  type: fc.constantFrom('service', 'service', 'service', 'oneshot'),
  stopWaitSecs: fc.integer({ min: 0, max: 10 }),
  maxRestarts: fc.constantFrom(0, 0, 2),
  restartWindowSecs: fc.constant(30),
  backoffMaxSecs: fc.constantFrom(null, null, 1),
  exitOn: fc.constantFrom('never', 'never', 'never', 'fatal', 'exit'),
  stdout: fc.constantFrom(NO_LOG, CONSOLE, CONSOLE, CONSOLE, NO_SUCH_DIRECTORY),
  logFormat: fc.constant('prefix'),
  inGroup: fc.integer({ min: 0, max: 2 }),
  needs: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 2 }),
}) as fc.Arbitrary<Shape>;

const conducts = fc.record({
  endsAfter: fc.oneof(fc.constant(null), milliseconds),
  endsWith: fc.constantFrom(
    { code: 0, signal: null },
    { code: 1, signal: null },
    { code: null, signal: 'SIGSEGV' },
  ),
  stopsAfter: fc.oneof(fc.constant(null), milliseconds),
  diesAfter: fc.constantFrom(0, 0, 0, 1, 50),
  pipeHeldFor: fc.constantFrom(0, 0, 0, 100, 60_000),
}) as fc.Arbitrary<Conduct>;

const moves = fc.record({
  act: fc.constantFrom(
    ...([
      'wait',
      'wait',
      'wait',
      'end',
      'end',
      'start',
      'start',
      'stop',
      'stop',
      'restart',
      'signal',
    ] as const),
    ...(['reload', 'remove', 'add', 'mood', 'mood', 'clock', 'terminate'] as const),
  ),
  ms: milliseconds,
  which: fc.nat(100),
});
type Move = typeof moves extends fc.Arbitrary<infer M> ? M : never;

const cases = fc.record({
  shapes: fc.array(shapes, { minLength: 1, maxLength: 6 }),
  priorities: fc.array(fc.constantFrom(1, 5, 999), { minLength: 3, maxLength: 3 }),
  budgetMs: fc.constantFrom(null, 100, 2000, 9000),
  cleanup: fc.boolean(),
  moves: fc.array(moves, { maxLength: MOVES, size: 'max' }),
});

let steps = 0;

test('the invariants hold', async () => {
  await fc.assert(
    fc.asyncProperty(
      cases,
      fc.infiniteStream(conducts),
      fc.infiniteStream(fc.constantFrom(0, 0, 1, 20)),
      async ({ shapes: written, priorities, budgetMs, cleanup, moves: sequence }, conduct, delays) => {
        const groups = groupsOf(written, priorities);
        const stand = createStand({
          groups,
          budgetMs,
          cleanup,
          conduct: () => conduct.next().value,
          collectAfter: () => delays.next().value,
        });
        const answers: Promise<unknown>[] = [];
        let failure: unknown = null;
        for (const move of sequence) {
          if (stand.exitCode() !== null) break;
          const answer = perform(stand, move);
          if (answer !== undefined) answers.push(answer.catch((error: unknown) => (failure ??= error)));
          await stand.fake.advance(move.act === 'wait' ? move.ms : 0);
          if (failure !== null) throw failure;
          stand.check();
          steps++;
        }
        await finish(stand, answers);
      },
    ),
    { numRuns: RUNS, includeErrorInReport: true },
  );
  assert.ok(steps > 100_000, `${steps} steps are too few to say anything`);
});

test.run();

/** Dependencies go to what was written before, so that there is no cycle; a configuration with one is refused. */
function groupsOf(written: readonly Shape[], priorities: readonly number[]): Group[] {
  const programs = written.map(({ needs, inGroup, ...changes }, index) =>
    aProgram({
      ...changes,
      name: `p${index}`,
      group: `g${inGroup}`,
      environment: { STOPSIGNAL: 'SIGTERM' },
      dependsOn: needs.filter((needed) => needed < index).map((needed) => `p${needed}`),
    }),
  );
  return priorities.flatMap((priority, index) => {
    const members = programs.filter((program) => program.group === `g${index}`);
    return members.length === 0 ? [] : [{ name: `g${index}`, priority, programs: members }];
  });
}

/** Makes a move; a client's waits for its answer. */
function perform(stand: Stand, { act, ms, which }: Move): Promise<unknown> | undefined {
  const { commands, supervisor, fake, moods } = stand;
  const entries = supervisor.groups().flatMap((group) => group.entries);
  const entry: Entry | undefined = entries[which % Math.max(1, entries.length)];
  const ref = { group: entry?.program.group ?? 'none', name: entry?.program.name ?? 'none' };
  const group = `g${which % 3}`;
  const wait = ms % 2 === 0;
  switch (act) {
    case 'wait':
      return undefined;
    case 'end': {
      const pids = [...fake.processes.keys()];
      const pid = pids[which % Math.max(1, pids.length)];
      if (pid !== undefined)
        fake.end(pid, which % 2 === 0 ? { code: which, signal: null } : { code: null, signal: 'SIGKILL' });
      return undefined;
    }
    case 'start':
      return commands.start(ref, { wait });
    case 'stop':
      return commands.stop(ref, { wait });
    case 'restart':
      return commands.stop(ref, { wait: true }).then(() => commands.start(ref, { wait }));
    case 'signal':
      if (entry !== undefined) stand.signal(entry, which % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
      return undefined;
    case 'reload':
      stand.groups = stand.groups.map((each) => (each.name === group ? { ...each, priority: which } : each));
      return applyAll(stand);
    case 'remove':
      // While it stops, the interface answers SHUTDOWN_STATE: the groups, and so the waves, stay as they are.
      return stand.lifecycle.isEnding() ? undefined : commands.removeGroup(group);
    case 'add':
      return stand.lifecycle.isEnding() ? undefined : commands.addGroup(group);
    case 'mood':
      if (which % 8 === 7) moods.refusesSignals = !moods.refusesSignals;
      else if (which % 2 === 0) moods.forkFails = !moods.forkFails;
      else moods.noDescriptors = !moods.noDescriptors;
      return undefined;
    case 'clock':
      fake.setWallClock(which * 1e11);
      return undefined;
    case 'terminate':
      if (which % 4 === 0) stand.terminate();
      return undefined;
  }
}

/** What `update` does. */
async function applyAll({ commands }: Stand): Promise<void> {
  const reread = await commands.reread();
  if (reread.kind !== 'reread') return;
  for (const name of [...reread.removed, ...reread.changed]) {
    const group = commands.groups().find((each) => each.name === name);
    await Promise.all((group?.processes ?? []).map((ref) => commands.stop(ref, { wait: true })));
    await commands.removeGroup(name);
  }
  for (const name of [...reread.changed, ...reread.added]) await commands.addGroup(name);
}

/** Ends what has not ended, in a world that has calmed down, and looks at what is left. */
async function finish(stand: Stand, answers: readonly Promise<unknown>[]): Promise<void> {
  const { fake, moods } = stand;
  Object.assign(moods, { forkFails: false, noDescriptors: false, refusesSignals: false });
  if (stand.exitCode() === null) stand.terminate();
  for (let waited = 0; stand.exitCode() === null && waited < LONG_MS; waited += 1000) {
    await fake.advance(1000);
    stand.check();
  }
  assert.is.not(stand.exitCode(), null, 'the stop comes to an end');
  stand.checkEnd();
  if (stand.hasRefused()) return;
  await fake.advance(LONG_MS);
  assert.is(fake.processes.size, 0, 'every process has been collected');
  assert.is(fake.counts.collected, fake.counts.spawned, 'every process has been collected once');
  assert.is(fake.timers(), 0, 'no timer is left');
  assert.equal([...fake.descriptors], [3], 'no descriptor is left open but that of /dev/null');
  const pending = Symbol('pending');
  const outcome = await Promise.race([
    Promise.all(answers),
    new Promise((resolve) => setImmediate(resolve, pending)),
  ]);
  assert.is.not(outcome, pending, 'every client got its answer');
}
