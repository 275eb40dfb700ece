import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExitOn } from '../../../supervisor/model.ts';
import { endingOf, exitCodeOf } from '../../../supervisor/process/ending.ts';
import { NEVER_STARTED, type Process, type SpawnFailure } from '../../../supervisor/process/state.ts';
import { signalName, signalNumber } from '../../../supervisor/process/signals.ts';
import { waveKillAt } from '../../../supervisor/process/shutdown.ts';
import { aProgram } from '../../support/programs.ts';

const test = suite('ending');

const code = (value: number): Process['lastExit'] => ({ code: value, signal: null });
const signal = (name: string): Process['lastExit'] => ({ code: null, signal: name });
const failure = (errno: string): SpawnFailure => ({ errno, message: `cannot: ${errno}`, permanent: false });

const fatal = (rest: Partial<Process>): Process => ({ ...NEVER_STARTED, state: { name: 'FATAL' }, ...rest });
const exited = (lastExit: Process['lastExit'], restart = false): Process => ({
  ...NEVER_STARTED,
  state: { name: 'EXITED', expected: true, restart, at: 0 },
  lastExit,
});

const TABLE: readonly (readonly [what: string, exitOn: ExitOn, process: Process, exitCode: number | null])[] =
  [
    ['FATAL after exit 3', 'fatal', fatal({ lastExit: code(3) }), 3],
    ['FATAL after exit 0: never 0', 'fatal', fatal({ lastExit: code(0) }), 1],
    ['FATAL after SIGSEGV', 'fatal', fatal({ lastExit: signal('SIGSEGV') }), 139],
    ['FATAL, not found', 'fatal', fatal({ spawnFailure: failure('ENOENT') }), 127],
    ['FATAL, not executable', 'fatal', fatal({ spawnFailure: failure('EACCES') }), 126],
    ['FATAL, nobody cares', 'never', fatal({ lastExit: code(3) }), null],
    ['FATAL of the main program', 'exit', fatal({ lastExit: code(3) }), 3],
    ['end of the main program with 0', 'exit', exited(code(0)), 0],
    ['end of the main program with 7', 'exit', exited(code(7)), 7],
    ['end of the main program by SIGKILL', 'exit', exited(signal('SIGKILL')), 137],
    ['end of the main program that is restarted', 'exit', exited(code(7), true), null],
    ['end of a program whose FATAL alone counts', 'fatal', exited(code(7)), null],
    ['RUNNING', 'exit', { ...NEVER_STARTED, state: { name: 'RUNNING', pid: 1, since: 0 } }, null],
    ['BACKOFF', 'exit', { ...NEVER_STARTED, state: { name: 'BACKOFF', retryAt: 0 } }, null],
    ['STOPPED on request', 'exit', { ...NEVER_STARTED, lastExit: code(0) }, null],
  ];

for (const [what, exitOn, process, expected] of TABLE) {
  test(`${what}, exit_on=${exitOn}: ${expected ?? 'the container goes on'}`, () => {
    assert.is(endingOf(aProgram({ exitOn }), process)?.exitCode ?? null, expected);
  });
}

test('every signal has its number and the exit code 128 more', () => {
  for (let number = 1; number <= 31; number++) {
    assert.is(signalNumber(signalName(number)), number);
    assert.is(exitCodeOf({ code: null, signal: signalName(number) }), 128 + number);
  }
  assert.is(signalNumber('SIG34'), 34);
  assert.is(signalNumber('SIGNOPE'), null);
});

test('each wave of a stop gets an equal share of what is left of the budget', () => {
  assert.is(waveKillAt(0, null, 3), Infinity);
  const third = waveKillAt(0, 9000, 3);
  assert.ok(third > 2500 && third <= 3000, String(third));
  assert.is(waveKillAt(9000, 9000, 1), 9000);
  assert.ok(waveKillAt(1000, 9000, 1) < 9000, 'what is killed must still be collected within the budget');
});

test.run();
