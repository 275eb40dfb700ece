import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UserError } from '../../supervisor/errors.ts';
import { NAMED_DEFAULTS, parseRunOptions, type RunOptions } from '../../supervisor/fronts/run-options.ts';

const test = suite('run options');

function parsed(...argv: string[]): RunOptions {
  const options = parseRunOptions(argv);
  if (typeof options === 'string') throw new Error(`${options} instead of options`);
  return options;
}

test('the command begins at the first word that is no option, or behind --', () => {
  assert.equal(parsed('sh', '-c', 'x').command, ['sh', '-c', 'x']);
  assert.equal(parsed('-g', '--', '-weird', 'x').command, ['-weird', 'x']);
});

for (const [argv, expected] of [
  [['-c', 'x'], { toGroup: false }],
  [['--single-child', 'x'], { toGroup: false }],
  [['-g', 'x'], { toGroup: true }],
  [['--session', 'x'], { session: true }],
  [['-e', '3', '-e143', 'x'], { remapped: [3, 143] }],
  [['-p', 'KILL', 'x'], { parentDeathSignal: 'SIGKILL' }],
  [['-p', 'SIGTERM', 'x'], { parentDeathSignal: 'SIGTERM' }],
  [['-w', '-s', '-v', '-vvv', 'x'], { warnOnReap: true }],
  [['--drain', '0.5', 'x'], { drainSecs: 0.5 }],
  [['--drain=7', 'x'], { drainSecs: 7 }],
] as const) {
  test(argv.join(' '), () => {
    const options = parsed(...argv);
    for (const [name, value] of Object.entries(expected)) {
      assert.equal(options[name as keyof RunOptions], value, name);
    }
  });
}

test('rewrites, by number and by name; 0 drops the signal', () => {
  const { rewrites } = parsed('-r', '15:3', '--rewrite=TERM:0', '-r2:SIGQUIT', 'x');
  assert.equal(
    [...rewrites],
    [
      ['SIGTERM', null],
      ['SIGINT', 'SIGQUIT'],
    ],
  );
});

for (const argv of [
  [],
  ['-g'],
  ['-x', 'y'],
  ['-e', '256', 'y'],
  ['-e'],
  ['-r', '15', 'y'],
  ['-r', '15:99', 'y'],
  ['-p', 'NOPE', 'y'],
  ['--drain', 'long', 'y'],
]) {
  test(`a wrong command line is a usage error: ${argv.join(' ') || '(none)'}`, () => {
    try {
      parseRunOptions(argv);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, UserError);
      assert.is((error as UserError).exitCode, 2);
    }
  });
}

test('by the names of tini and dumb-init their defaults hold, and their options change them', () => {
  const tini = (...argv: string[]): RunOptions => parsed(...NAMED_DEFAULTS.tini, ...argv);
  const dumbInit = (...argv: string[]): RunOptions => parsed(...NAMED_DEFAULTS['dumb-init'], ...argv);
  assert.is(tini('x').toGroup, false);
  assert.is(tini('-g', 'x').toGroup, true);
  assert.equal([dumbInit('x').toGroup, dumbInit('x').session], [true, true]);
  assert.equal([dumbInit('-c', 'x').toGroup, dumbInit('-c', 'x').session], [false, false]);
});

test('help and version', () => {
  assert.is(parseRunOptions(['-h']), 'help');
  assert.is(parseRunOptions(['--version']), 'version');
});

test.run();
