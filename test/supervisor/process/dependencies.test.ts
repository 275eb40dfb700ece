import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Group } from '../../../supervisor/model.ts';
import { verdictOf, type Dependency } from '../../../supervisor/process/dependencies.ts';
import { startOrder, stopWaves } from '../../../supervisor/process/order.ts';
import { NEVER_STARTED, type State } from '../../../supervisor/process/state.ts';
import { aProgram } from '../../support/programs.ts';

const test = suite('dependencies and order');

const STATES: Readonly<Record<string, State>> = {
  STOPPED: { name: 'STOPPED' },
  STARTING: { name: 'STARTING', pid: 7, since: 0 },
  RUNNING: { name: 'RUNNING', pid: 7, since: 0 },
  BACKOFF: { name: 'BACKOFF', retryAt: 0 },
  STOPPING: { name: 'STOPPING', pid: 7, killAt: 0, killed: false },
  done: { name: 'EXITED', expected: true, restart: false, at: 0 },
  failed: { name: 'EXITED', expected: false, restart: false, at: 0 },
  FATAL: { name: 'FATAL' },
};

const TABLE: readonly (readonly [state: string, service: string, oneshot: string])[] = [
  ['STOPPED', 'wait', 'wait'],
  ['STARTING', 'wait', 'wait'],
  ['RUNNING', 'go', 'wait'],
  ['BACKOFF', 'wait', 'wait'],
  ['STOPPING', 'wait', 'wait'],
  ['done', 'wait', 'go'],
  ['failed', 'wait', 'never'],
  ['FATAL', 'never', 'never'],
];

for (const [state, service, oneshot] of TABLE) {
  test(`a dependency that is ${state}: service ${service}, oneshot ${oneshot}`, () => {
    assert.is(verdictOf(['db'], [dependency(state, 'service')]).kind, service);
    assert.is(verdictOf(['db'], [dependency(state, 'oneshot')]).kind, oneshot);
  });
}

test('a service that is RUNNING and not ready is waited for', () => {
  assert.is(verdictOf(['db'], [{ ...dependency('RUNNING', 'service'), ready: false }]).kind, 'wait');
});

test('a disabled dependency is none', () => {
  const disabled: Dependency = {
    ...dependency('STOPPED', 'service'),
    program: aProgram({ name: 'db', enabled: false }),
  };
  assert.is(verdictOf(['db'], [disabled]).kind, 'go');
});

test('programs start by the priority of their group, then by their own, then as written', () => {
  const groups = [
    group('c', 999, ['c']),
    group('pair', 10, ['p2:5', 'p1:1']),
    group('b', 999, ['b']),
    group('a', 1, ['a']),
  ];
  assert.equal(
    startOrder(groups).map((program) => program.name),
    ['a', 'p1', 'p2', 'c', 'b'],
  );
});

test('groups stop highest priority first, equal ones side by side', () => {
  assert.equal(waves([group('a', 1, ['a']), group('b', 9, ['b']), group('c', 9, ['c'])]), ['b c', 'a']);
});

test('what depends on a group stops before it, whatever the priorities say', () => {
  const db = group('db', 999, ['db']);
  const web = group('web', 1, ['web'], ['db']);
  const cron = group('cron', 999, ['cron']);
  assert.equal(waves([db, web, cron]), ['cron', 'web', 'db']);
});

test.run();

function dependency(state: string, type: 'service' | 'oneshot'): Dependency {
  const known = STATES[state];
  if (known === undefined) throw new Error(`no state ${state}`);
  return {
    program: aProgram({ name: 'db', type }),
    process: { ...NEVER_STARTED, state: known },
    ready: true,
  };
}

function group(name: string, priority: number, programs: readonly string[], dependsOn: string[] = []): Group {
  return {
    name,
    priority,
    programs: programs.map((program) => {
      const [own = '', rank = '999'] = program.split(':');
      return aProgram({ name: own, group: name, priority: Number(rank), dependsOn });
    }),
  };
}

function waves(groups: readonly Group[]): string[] {
  return stopWaves(groups.map((config) => ({ config }))).map((wave) =>
    wave.map(({ config }) => config.name).join(' '),
  );
}
