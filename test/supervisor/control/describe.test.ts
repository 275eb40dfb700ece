import * as assert from 'uvu/assert';
import { suite } from 'uvu';
import {
  describe,
  duration,
  exitStatus,
  processInfo,
  readSignal,
} from '../../../supervisor/control/describe.ts';
import type { ProcessSnapshot } from '../../../supervisor/control/commands.ts';
import { joinName, splitName } from '../../../supervisor/control/names.ts';
import { programOf } from '../../fakes/commands.ts';

const test = suite('describe');

const SNAPSHOT: ProcessSnapshot = {
  group: 'web',
  name: 'web',
  state: 'STOPPED',
  pid: null,
  startedAtMs: null,
  stoppedAtMs: null,
  exit: null,
  spawnError: null,
  restarts: 0,
  ready: false,
  nextRunAtMs: null,
  stdoutLogfile: null,
  stderrLogfile: null,
  program: programOf({ name: 'web' }),
};

const NOON = new Date(2026, 10, 21, 12, 5).getTime();

const DESCRIPTIONS: readonly [fields: Partial<ProcessSnapshot>, description: string][] = [
  [{ state: 'STOPPED' }, 'Not started'],
  [{ state: 'STOPPED', nextRunAtMs: NOON }, 'Not started, next run Nov 21 12:05 PM'],
  [{ state: 'STARTING', nextRunAtMs: NOON }, 'next run Nov 21 12:05 PM'],
  [{ state: 'STOPPED', startedAtMs: NOON - 1000, stoppedAtMs: NOON }, 'Nov 21 12:05 PM'],
  [{ state: 'EXITED', startedAtMs: 1, stoppedAtMs: NOON - 12 * 3_600_000 }, 'Nov 21 12:05 AM'],
  [{ state: 'EXITED', startedAtMs: 1, stoppedAtMs: NOON + 3_600_000 }, 'Nov 21 01:05 PM'],
  [{ state: 'RUNNING', pid: 7, startedAtMs: NOON - 3_723_000 }, 'pid 7, uptime 1:02:03'],
  [{ state: 'RUNNING', pid: 7, startedAtMs: NOON + 5000 }, 'pid 7, uptime 0:00:00'],
  [{ state: 'FATAL', spawnError: "can't find command 'x'" }, "can't find command 'x'"],
  [{ state: 'BACKOFF' }, 'unknown error (try "tail web")'],
  [{ state: 'STARTING', pid: 7, startedAtMs: NOON }, ''],
  [{ state: 'STOPPING', pid: 7, startedAtMs: NOON }, ''],
  [{ state: 'UNKNOWN', pid: 7, startedAtMs: NOON }, ''],
];

for (const [fields, description] of DESCRIPTIONS) {
  test(`says '${description}' of ${fields.state}`, () => {
    assert.is(describe({ ...SNAPSHOT, ...fields }, NOON), description);
  });
}

test('writes durations as Python does', () => {
  const day = 86_400_000;
  const cases = [
    [0, '0:00:00'],
    [59_999, '0:00:59'],
    [10 * 3_600_000, '10:00:00'],
    [day, '1 day, 0:00:00'],
    [2 * day + 61_000, '2 days, 0:01:01'],
    [-5000, '0:00:00'],
  ] as const;
  for (const [ms, text] of cases) assert.is(duration(ms, 0), text);
});

test('reads signals by name and number', () => {
  const cases = [
    ['HUP', 'SIGHUP'],
    ['sigterm', 'SIGTERM'],
    [' usr1 ', 'SIGUSR1'],
    ['9', 'SIGKILL'],
    [15, 'SIGTERM'],
    ['0', 'SIG0'],
    ['rtmin', 'SIGRTMIN'],
    [64, 'SIG64'],
    [33, null],
    ['SIG9', null],
    ['iot', 'SIGIOT'],
    ['999', null],
    ['FOO', null],
    ['', null],
    ['SIG', null],
    ['constructor', null],
  ] as const;
  for (const [given, name] of cases) assert.is(readSignal(given), name, String(given));
});

test('gives a death by signal as -1, and no end as 0', () => {
  assert.is(exitStatus({ ...SNAPSHOT, exit: { code: null, signal: 'SIGKILL' } }), -1);
  assert.is(exitStatus({ ...SNAPSHOT, exit: { code: 3, signal: null } }), 3);
  assert.is(exitStatus(SNAPSHOT), 0);
});

test('caps times at what 32 bits hold', () => {
  assert.is(processInfo(SNAPSHOT, 5e15)['now'], 2 ** 31 - 1);
});

test('splits names and joins them again', () => {
  const cases = [
    ['web', { group: 'web', name: 'web' }, 'web'],
    ['a:b', { group: 'a', name: 'b' }, 'a:b'],
    ['a:b:c', { group: 'a', name: 'b:c' }, 'a:b:c'],
    ['a:*', { group: 'a', name: null }, null],
    ['a:', { group: 'a', name: null }, null],
    ['', { group: '', name: '' }, ''],
    ['../../etc/passwd', { group: '../../etc/passwd', name: '../../etc/passwd' }, '../../etc/passwd'],
  ] as const;
  for (const [given, spec, joined] of cases) {
    assert.equal(splitName(given), spec);
    if (spec.name !== null) assert.is(joinName(spec.group, spec.name), joined);
  }
});

test.run();
