// The transition function of a service: its ways through the states, and what holds in every random life of one.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RestartPolicy } from '../../../supervisor/units/model.ts';
import { shallRestart } from '../../../supervisor/units/machine/restart.ts';
import { admit } from '../../../supervisor/units/machine/start-limit.ts';
import {
  activeState,
  type Notification,
  type ServiceResult,
} from '../../../supervisor/units/machine/state.ts';
import { parseNotification, whyRefused } from '../../../supervisor/units/machine/notified.ts';
import { code, command, createStage, killed, OK, policyOf } from '../../support/services.ts';
import { fc } from '../../support/random.ts';

const test = suite('service machine');

const SAYS: Notification = parseNotification('', 0);

test('a simple service is running as soon as it is spawned', () => {
  const stage = createStage(policyOf());
  stage.send({ type: 'startRequested' });
  assert.equal(stage.path(), ['start', 'running']);
  stage.exit(stage.service().main?.pid, OK);
  assert.equal(stage.path(), ['dead']);
  assert.is(stage.service().result, 'success');
});

test('Type=exec is up when the program was executed; one that is not fails the start', () => {
  const stage = createStage(policyOf({ type: 'exec' }));
  stage.send({ type: 'startRequested' });
  assert.equal(stage.path(), ['start']);
  stage.send({ type: 'executed', pid: stage.service().main?.pid ?? 0 });
  assert.equal(stage.path(), ['running']);
  const other = createStage(policyOf({ type: 'exec' }));
  other.send({ type: 'startRequested' });
  other.exit(other.service().main?.pid, code(203));
  assert.equal(other.path(), ['start', 'failed']);
});

test('what is run around a daemon has to end by itself', () => {
  const stage = createStage(policyOf({ execStartPost: [command('/bin/x')] }));
  stage.send({ type: 'startRequested' });
  stage.exit(stage.service().control?.pid, killed('SIGTERM'));
  assert.equal(stage.log(), ['Control process exited, code=killed, status=15/TERM']);
});

test('the directory of a run is kept for the second half of a restart that was asked for', () => {
  for (const restart of [true, false]) {
    const stage = createStage(policyOf());
    stage.send({ type: 'startRequested' });
    stage.send({ type: 'stopRequested', restart });
    stage.exit(stage.service().main?.pid, killed('SIGTERM'));
    assert.equal(stage.effects.at(-1), { type: 'release', restarts: restart });
  }
});

test('all lists of commands run in their order, and a failure is told with its way', () => {
  const one = [command('/bin/x')];
  const stage = createStage(
    policyOf({ execCondition: one, execStartPre: one, execStartPost: one, execStop: one, execStopPost: one }),
  );
  stage.send({ type: 'startRequested' });
  const control = (status = OK): void => stage.exit(stage.service().control?.pid, status);
  control();
  control();
  control();
  assert.equal(stage.path(), ['condition', 'start-pre', 'start', 'start-post', 'running']);
  stage.send({ type: 'stopRequested', restart: false });
  control();
  stage.exit(stage.service().main?.pid, killed('SIGTERM'));
  control(code(3));
  assert.equal(stage.path(), ['stop', 'stop-sigterm', 'stop-post', 'failed']);
  assert.equal(stage.log(), [
    'Control process exited, code=exited, status=3/NOTIMPLEMENTED',
    "Failed with result 'exit-code'.",
  ]);
});

test('a forking service waits for its PID file where it is not there yet', () => {
  const stage = createStage(policyOf({ type: 'forking', pidFile: '/run/x.pid', restart: 'always' }));
  stage.send({ type: 'startRequested' });
  stage.others.add(500);
  stage.exit(stage.service().control?.pid, OK);
  assert.is(stage.service().sub, 'start');
  assert.ok(stage.service().awaitsPidFile);
  stage.pidFile = 500;
  stage.send({ type: 'pidFileChanged' });
  assert.is(stage.service().sub, 'running');
  assert.is(stage.service().main?.pid, 500);
});

test('a daemon that is named before its parent has ended is no stranger for that', () => {
  for (const stays of [false, true]) {
    const stage = createStage(policyOf({ type: 'forking', pidFile: '/run/x.pid' }));
    stage.send({ type: 'startRequested' });
    stage.others.add(500);
    stage.fostered.add(500);
    stage.pidFile = 500;
    stage.exit(stage.service().control?.pid, OK);
    assert.equal(stage.path(), ['start', 'running']);
    assert.is(stage.service().main?.alien, true);
    assert.equal(stage.log(), []);
    if (!stays) stage.fostered.clear();
    stage.send({ type: 'mainChecked' });
    assert.is(stage.service().main?.alien, stays);
    const warning =
      "Supervising process 500 which is not our child. We'll most likely not notice when it exits.";
    assert.equal(stage.log(), stays ? [warning] : []);
    stage.send({ type: 'mainVanished' });
    assert.is(stage.service().main, null);
  }
});

test('a forking service that leaves nobody has failed by protocol', () => {
  const stage = createStage(policyOf({ type: 'forking', pidFile: '/run/x.pid' }));
  stage.send({ type: 'startRequested' });
  stage.exit(stage.service().control?.pid, OK);
  assert.is(stage.service().sub, 'failed');
  assert.is(stage.service().result, 'protocol');
});

test('what is left of a group is terminated, then killed, and only then is the service dead', () => {
  const stage = createStage(policyOf());
  stage.send({ type: 'startRequested' });
  stage.others.add(500);
  stage.exit(stage.service().main?.pid, OK);
  assert.equal(stage.path().at(-1), 'stop-sigterm');
  assert.ok(stage.wake());
  assert.is(stage.service().sub, 'stop-sigkill');
  stage.others.clear();
  stage.send({ type: 'groupEmptied' });
  assert.is(stage.service().sub, 'failed');
  assert.is(stage.service().result, 'timeout');
});

test('a watchdog that is not fed bites, and one that is fed does not', () => {
  const stage = createStage(policyOf({ type: 'notify', notifyAccess: 'main', watchdogMs: 500 }));
  stage.send({ type: 'startRequested' });
  const pid = stage.service().main?.pid ?? 0;
  stage.send({ type: 'notified', message: { ...SAYS, pid, ready: true } });
  assert.is(stage.service().watchdogAt, 1500);
  stage.now = 1400;
  stage.send({ type: 'notified', message: { ...SAYS, pid, watchdog: 'ping' } });
  assert.is(stage.service().watchdogAt, 1900);
  stage.wake();
  assert.is(stage.service().sub, 'stop-watchdog');
  stage.exit(pid, killed('SIGABRT'));
  assert.is(stage.service().result, 'watchdog');
});

test('messages are believed as NotifyAccess= says', () => {
  const stage = createStage(policyOf({ notifyAccess: 'main' }));
  stage.send({ type: 'startRequested' });
  const main = stage.service().main?.pid ?? 0;
  const table = [
    ['none', main, false],
    ['main', main, true],
    ['main', 7, false],
    ['exec', main, true],
    ['exec', 7, false],
    ['all', 7, true],
  ] as const;
  for (const [access, pid, believed] of table) {
    assert.is(whyRefused(stage.service(), pid, access) === null, believed, `${access} ${pid}`);
  }
});

test('EXTEND_TIMEOUT_USEC= moves the deadline, and never brings it nearer', () => {
  const stage = createStage(policyOf({ type: 'notify', notifyAccess: 'all', timeoutStartMs: 1000 }));
  stage.send({ type: 'startRequested' });
  assert.is(stage.service().deadline, 2000);
  stage.send({ type: 'notified', message: { ...SAYS, extendMs: 100 } });
  assert.is(stage.service().deadline, 2000);
  stage.send({ type: 'notified', message: { ...SAYS, extendMs: 5000 } });
  assert.is(stage.service().deadline, 6000);
});

/** systemd.service(5), table 1: which ends lead to a restart. */
const RESTARTS: Readonly<Record<RestartPolicy, readonly ServiceResult[]>> = {
  no: [],
  always: ['success', 'exit-code', 'signal', 'core-dump', 'timeout', 'watchdog', 'resources', 'protocol'],
  'on-success': ['success'],
  'on-failure': ['exit-code', 'signal', 'core-dump', 'timeout', 'watchdog', 'resources', 'protocol'],
  'on-abnormal': ['signal', 'core-dump', 'timeout', 'watchdog', 'resources', 'protocol'],
  'on-abort': ['signal', 'core-dump'],
  'on-watchdog': ['watchdog'],
};

test('Restart= follows the table of systemd.service(5)', () => {
  const none = { codes: [], signals: [] };
  for (const [restart, results] of Object.entries(RESTARTS)) {
    for (const result of [...RESTARTS.always, 'exec-condition'] as ServiceResult[]) {
      const policy = {
        restart: restart as RestartPolicy,
        restartPreventExitStatus: none,
        restartForceExitStatus: none,
      };
      const restarts = shallRestart({ result, mainExit: OK }, policy);
      assert.is(restarts, results.includes(result), `${restart} after ${result}`);
    }
  }
});

test('an end by a signal that dumped the core is told as such', () => {
  const stage = createStage(policyOf());
  stage.send({ type: 'startRequested' });
  stage.exit(stage.service().main?.pid, { ...killed('SIGABRT'), dumped: true });
  assert.is(stage.service().result, 'core-dump');
  assert.is(stage.log()[0], 'Main process exited, code=dumped, status=6/ABRT');
});

test('a limit counts from the first start of its window', () => {
  const limit = { intervalMs: 1000, burst: 2 };
  const first = admit(null, limit, 0);
  const second = admit(first, limit, 500);
  assert.is(admit(second, limit, 999), null);
  assert.equal(admit(second, limit, 1000), { since: 1000, count: 1 });
  assert.ok(admit(second, { intervalMs: 0, burst: 2 }, 600));
});

const LISTS = [[], [command('/bin/one')], [command('/bin/one'), command('/bin/two', true)]] as const;
const lists = fc.constantFrom(...LISTS);
const policies = fc.record({
  type: fc.constantFrom('simple', 'exec', 'forking', 'oneshot', 'notify', 'notify-reload', 'idle'),
  remainAfterExit: fc.boolean(),
  pidFile: fc.constantFrom(null, '/run/x.pid'),
  execCondition: lists,
  execStartPre: lists,
  execStart: fc.constantFrom([command('/bin/daemon')], LISTS[2]),
  execStartPost: lists,
  execReload: lists,
  execStop: lists,
  execStopPost: lists,
  restart: fc.constantFrom('no', 'always', 'on-failure', 'on-success'),
  timeoutStartMs: fc.constantFrom(1000, Infinity),
  timeoutStopMs: fc.constantFrom(100, 1000),
  timeoutStartFailureMode: fc.constantFrom('terminate', 'abort', 'kill'),
  timeoutStopFailureMode: fc.constantFrom('terminate', 'abort', 'kill'),
  runtimeMaxMs: fc.constantFrom(5000, Infinity),
  watchdogMs: fc.constantFrom(0, 700),
  notifyAccess: fc.constantFrom('none', 'main', 'all'),
} as const);

const statuses = fc.constantFrom(OK, code(1), killed('SIGTERM'), killed('SIGKILL'));
const moves = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('start' as const) }),
    fc.record({ kind: fc.constant('stop' as const), restart: fc.boolean() }),
    fc.record({ kind: fc.constant('reload' as const) }),
    fc.record({ kind: fc.constant('main ends' as const), status: statuses }),
    fc.record({ kind: fc.constant('control ends' as const), status: statuses }),
    fc.record({ kind: fc.constant('child' as const) }),
    fc.record({ kind: fc.constant('children end' as const) }),
    fc.record({ kind: fc.constant('time' as const) }),
    fc.record({ kind: fc.constant('pid file' as const) }),
    fc.record({ kind: fc.constant('no memory' as const), fails: fc.boolean() }),
    fc.record({
      kind: fc.constant('says' as const),
      what: fc.constantFrom('ready', 'reloading', 'stopping'),
    }),
  ),
  { maxLength: 60 },
);

test('in every life: one main and one control process, nothing left when dead, and every stop comes to an end', () => {
  fc.assert(
    fc.property(policies, moves, (changes, life) => {
      const stage = createStage(policyOf(changes), (effect) => {
        if (effect.type === 'spawn') {
          const { main, control } = stage.service();
          assert.is(effect.role === 'main' ? main : control, null, `${effect.list} has the place to itself`);
        }
        if (effect.type === 'moved' && (effect.service.sub === 'dead' || effect.service.sub === 'failed')) {
          assert.is(effect.service.main, null);
          assert.is(effect.service.control, null);
        }
      });
      const endChildren = (): void => {
        stage.others.clear();
        if (stage.service().main === null && stage.service().control === null) {
          stage.send({ type: 'groupEmptied' });
        }
      };
      for (const move of life) {
        const { main, control } = stage.service();
        switch (move.kind) {
          case 'start':
            stage.send({ type: 'startRequested' });
            break;
          case 'stop':
            stage.send({ type: 'stopRequested', restart: move.restart });
            break;
          case 'reload':
            stage.send({ type: 'reloadRequested' });
            break;
          case 'main ends':
            if (main !== null) stage.others.delete(main.pid);
            stage.exit(main?.pid, move.status);
            break;
          case 'control ends':
            stage.exit(control?.pid, move.status);
            break;
          case 'child':
            if (main !== null || control !== null) stage.others.add(9000 + stage.others.size);
            break;
          case 'children end':
            endChildren();
            break;
          case 'time':
            stage.wake();
            break;
          case 'pid file':
            stage.pidFile = [...stage.others][0] ?? null;
            stage.send({ type: 'pidFileChanged' });
            break;
          case 'no memory':
            stage.failsToSpawn = move.fails;
            break;
          case 'says':
            stage.send({ type: 'notified', message: { ...SAYS, pid: main?.pid ?? 1, [move.what]: true } });
        }
        const state = activeState(stage.service().sub, false);
        if (state === 'inactive' || state === 'failed') {
          assert.is(stage.service().deadline, null, 'what is down waits for nothing');
        }
      }
      // Asked to stop, and with nobody who obeys but SIGKILL, it is down in the end.
      stage.send({ type: 'stopRequested', restart: false });
      for (let round = 0; round < 40; round++) {
        const { sub, main, control } = stage.service();
        if (sub === 'dead' || sub === 'failed') break;
        const killing = stage.effects.findLast((effect) => effect.type === 'kill');
        if (killing?.type === 'kill' && killing.signal === 'SIGKILL') {
          stage.others.clear();
          stage.exit(main?.pid, killed('SIGKILL'));
          stage.exit(control?.pid, killed('SIGKILL'));
          endChildren();
        }
        if (!stage.wake()) break;
      }
      assert.ok(['dead', 'failed'].includes(stage.service().sub), `it is ${stage.service().sub}`);
    }),
    { numRuns: 3000 },
  );
});

test.run();
