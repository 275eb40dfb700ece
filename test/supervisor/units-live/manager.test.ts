// The manager of units on a kernel of paper: random units, random requests, and a referee over every step.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { UnitAction } from '../../../supervisor/control/units.ts';
import { createJournal } from '../../../supervisor/live/units/journal.ts';
import { createUnitManager, type UnitManager } from '../../../supervisor/live/units/manager.ts';
import { loadUnits } from '../../../supervisor/units/load.ts';
import type { Probe } from '../../../supervisor/units/conditions.ts';
import type { HostFacts } from '../../../supervisor/units/specifiers.ts';
import type { UnitSource } from '../../../supervisor/units/unit-source.ts';
import { createFakeSystem, type Conduct, type FakeSystem } from '../../fakes/system.ts';
import { fc } from '../../support/random.ts';

const test = suite('manager of units on paper');

const HOST: HostFacts = {
  hostName: 'paper',
  machineId: null,
  bootId: '0'.repeat(32),
  kernelRelease: '6.1',
  architecture: 'x86-64',
  osRelease: new Map(),
  user: { name: 'root', uid: 0, group: 'root', gid: 0, home: '/root', shell: '/bin/sh' },
  temporary: '/tmp',
  persistentTemporary: '/var/tmp',
};

const PROBE = (): Probe => ({
  host: HOST,
  stat: () => null,
  isLink: () => false,
  realPath: (path) => path,
  listDirectory: () => [],
  glob: () => [],
  text: () => null,
  environment: new Map(),
  groups: [],
  container: 'docker',
  cpus: 1,
});

/** Unit files that are nowhere but here. */
function sourceOf(files: Readonly<Record<string, string>>): UnitSource {
  const folder = '/etc/systemd/system';
  const textOf = (path: string): string | undefined => files[path.slice(folder.length + 1)];
  return {
    readText: (path) => {
      const text = path.startsWith(`${folder}/`) ? textOf(path) : undefined;
      return text === undefined ? { code: 'ENOENT' } : { text };
    },
    listDirectory: (path) => (path === folder ? Object.keys(files) : []),
    readLink: () => null,
    kind: (path) => (textOf(path) === undefined ? null : 'file'),
    size: (path) => textOf(path)?.length ?? null,
    changedAt: () => null,
  };
}

interface Stand {
  readonly fake: FakeSystem;
  readonly manager: UnitManager;
}

function createStand(files: Readonly<Record<string, string>>, conduct: () => Conduct): Stand {
  const fake = createFakeSystem({
    onSpawn: conduct,
    onSignal: () => 'delivered',
    hasDescriptors: () => true,
    collectAfter: () => 0,
  });
  let invocations = 0;
  const console = { write: () => true, note: () => {}, whenDrained: (listener: () => void) => listener() };
  const manager = createUnitManager({
    context: {
      system: fake.system,
      log: { log: () => {}, sink: null, omits: () => false },
      consoles: { stdout: console, stderr: console },
      journal: createJournal(),
      format: 'prefix',
      container: {},
      environment: new Map([['STOPSIGNAL', 'SIGTERM']]),
      runtimeDirectory: () => null,
      devNull: fake.system.openForRead('/dev/null'),
      pipes: fake.pipes,
      startedAt: 0,
      localZone: 'UTC',
      random: () => 0.5,
      newInvocation: () => String(invocations++).padStart(32, '0'),
    },
    probe: PROBE,
    generate: () => Promise.resolve(),
    read: () => {
      const loader = loadUnits(sourceOf(files), { host: HOST });
      return {
        load: (name) => loader.load(name),
        isOutdated: () => false,
        isListed: () => true,
        renew: () => {},
        names: () => Object.keys(files),
        fileState: () => null,
        preset: () => null,
      };
    },
    onEnd: () => {},
    onRest: () => {},
  });
  return { fake, manager };
}

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const RELATIONS = ['Requires', 'Wants', 'BindsTo', 'PartOf', 'Conflicts', 'Before', 'After', 'Requisite'];

const services = fc.array(
  fc.record({
    type: fc.constantFrom('simple', 'oneshot', 'exec'),
    restart: fc.constantFrom('no', 'always', 'on-failure'),
    pre: fc.boolean(),
    post: fc.boolean(),
    stop: fc.boolean(),
    remain: fc.boolean(),
    relations: fc.array(fc.tuple(fc.constantFrom(...RELATIONS), fc.constantFrom(...NAMES)), { maxLength: 4 }),
  }),
  { minLength: NAMES.length, maxLength: NAMES.length },
);

const conducts = fc.infiniteStream(
  fc.record({
    endsAfter: fc.constantFrom(null, 0, 5, 400),
    endsWith: fc.constantFrom({ code: 0, signal: null }, { code: 1, signal: null }),
    stopsAfter: fc.constantFrom(null, 0, 50),
    diesAfter: fc.constant(0),
    pipeHeldFor: fc.constant(0),
  }),
);

const ACTIONS: readonly UnitAction[] = ['start', 'stop', 'restart', 'try-restart', 'reload-or-restart'];
const moves = fc.array(
  fc.tuple(fc.constantFrom(...ACTIONS), fc.constantFrom(...NAMES), fc.constantFrom(0, 1, 100, 1500)),
  { maxLength: 12 },
);

test('two units that are each ordered after the other can be started one by one, and stopped together', async () => {
  const files = {
    'a.service': '[Unit]\nAfter=b.service\n[Service]\nExecStart=/bin/main\n',
    'b.service': '[Unit]\nAfter=a.service\n[Service]\nExecStart=/bin/main\n',
  };
  const { fake, manager } = createStand(files, () => ({
    endsAfter: null,
    endsWith: { code: 0, signal: null },
    stopsAfter: 0,
    diesAfter: 0,
    pipeHeldFor: 0,
  }));
  for (const name of ['a', 'b']) {
    void manager.act('start', [name], { mode: 'replace', wait: true });
    await fake.advance(10);
    assert.is(manager.snapshot(name).activeState, 'active');
  }
  let stopped = false;
  void manager.stopAll().then(() => (stopped = true));
  await fake.advance(5000);
  assert.ok(stopped);
  assert.is(fake.processes.size, 0);
});

test('whatever is asked for: the order is kept, nothing is left over, and a stop of all ends', async () => {
  await fc.assert(
    fc.asyncProperty(services, conducts, moves, async (settings, stream, asked) => {
      const files = Object.fromEntries(
        settings.map((each, index) => [
          `${NAMES[index]}.service`,
          [
            '[Unit]',
            ...each.relations
              .filter(([, name]) => name !== NAMES[index])
              .map(([relation, name]) => `${relation}=${name}.service`),
            '[Service]',
            `Type=${each.type}`,
            'ExecStart=/bin/main',
            ...(each.pre ? ['ExecStartPre=/bin/pre'] : []),
            ...(each.stop ? ['ExecStop=/bin/stop'] : []),
            ...(each.post ? ['ExecStopPost=/bin/post'] : []),
            ...(each.remain ? ['RemainAfterExit=yes'] : []),
            ...(each.type === 'oneshot' ? [] : [`Restart=${each.restart}`]),
            'TimeoutSec=1',
          ].join('\n'),
        ]),
      );
      const { fake, manager } = createStand(files, () => stream.next().value);
      manager.onChange(({ id, from, to }) => {
        const live = manager.find(id);
        if (to === 'inactive' || to === 'failed')
          assert.is(live?.mainPid ?? null, null, `${id} leaves nobody`);
        if (from === to || to !== 'activating') return;
        // Whoever begins to start does so after what it is ordered after, if that is being started or stopped, too.
        const after = live?.unit.dependencies.after ?? [];
        for (const name of after.filter((each) => NAMES.includes(each.replace('.service', '')))) {
          const job = manager.jobs().find(({ unit }) => unit === name);
          const cyclic = (manager.find(name)?.unit.dependencies.after ?? []).includes(id);
          if (cyclic || live?.sub === 'auto-restart') continue;
          assert.not(job?.state === 'running' && job.type === 'start', `${id} waits for ${name}`);
        }
      });
      for (const [action, name, pause] of asked) {
        void manager.act(action, [name], { mode: 'replace', wait: true });
        await fake.advance(pause);
        const jobs = manager.jobs().map(({ unit }) => unit);
        assert.is(new Set(jobs).size, jobs.length, 'one job per unit');
      }
      let done = false;
      void manager.stopAll().then(() => (done = true));
      await fake.advance(60_000);
      assert.ok(done, `all have stopped: ${JSON.stringify(manager.jobs())}`);
      for (const live of manager.live()) {
        if (live.unit.type === 'other') continue;
        assert.ok(['inactive', 'failed'].includes(live.active), `${live.unit.id} is ${live.active}`);
      }
      assert.is(fake.processes.size, 0, 'no process is left');
    }),
    { numRuns: 300 },
  );
});

test.run();
