import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UserError } from '../../supervisor/errors.ts';
import { parseRunOptions, type RunOptions } from '../../supervisor/fronts/run-options.ts';
import type { RunName } from '../../supervisor/fronts/run-voice.ts';

const test = suite('run options');

function parsed(...argv: string[]): RunOptions {
  return parsedAs('initkit', {}, ...argv);
}

function parsedAs(name: RunName, environment: Record<string, string>, ...argv: string[]): RunOptions {
  const options = parseRunOptions(argv, name, environment);
  if ('show' in options) throw new Error(`${options.show} instead of options`);
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
  [['--session', 'x'], { leads: 'session' }],
  [['-e', '3', '-e143', 'x'], { remapped: [3, 143] }],
  [['-p', 'KILL', 'x'], { parentDeathSignal: 'SIGKILL' }],
  [['-p', 'SIGTERM', 'x'], { parentDeathSignal: 'SIGTERM' }],
  [['-w', '-s', '-v', '-vvv', 'x'], { warnOnReap: true, verbosity: 5 }],
  [['-wcvp', 'TERM', 'x'], { warnOnReap: true, toGroup: false, verbosity: 2, parentDeathSignal: 'SIGTERM' }],
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

test('by the names of tini and dumb-init their defaults hold, their options and variables change them', () => {
  for (const [name, environment, argv, expected] of [
    ['tini', {}, [], { toGroup: false, leads: 'group', adopts: false, verbosity: 1 }],
    ['tini', {}, ['-gs'], { toGroup: true, adopts: true }],
    ['tini', { TINI_KILL_PROCESS_GROUP: '' }, [], { toGroup: true }],
    ['tini', { TINI_SUBREAPER: '' }, [], { adopts: true }],
    ['tini', { TINI_VERBOSITY: '3' }, [], { verbosity: 3 }],
    ['tini', { TINI_VERBOSITY: 'none' }, [], { verbosity: 0 }],
    ['dumb-init', {}, [], { toGroup: true, leads: 'session', adopts: true, verbosity: 1 }],
    ['dumb-init', {}, ['-c'], { toGroup: false, leads: 'inherit' }],
    ['dumb-init', { DUMB_INIT_SETSID: '0' }, [], { toGroup: false, leads: 'inherit' }],
    ['dumb-init', { DUMB_INIT_SETSID: '' }, [], { leads: 'session' }],
    ['dumb-init', { DUMB_INIT_DEBUG: '1' }, [], { verbosity: 2 }],
    ['initkit', { DUMB_INIT_SETSID: '0', TINI_VERBOSITY: '3' }, [], { leads: 'group', verbosity: 1 }],
  ] as const) {
    const options = parsedAs(name, environment, ...argv, 'x');
    for (const [key, value] of Object.entries(expected)) {
      assert.equal(options[key as keyof RunOptions], value, JSON.stringify([name, environment, argv, key]));
    }
  }
});

test('in a session of its own, the terminal stops a command with SIGSTOP, where -r says nothing else', () => {
  assert.is(parsedAs('dumb-init', {}, 'x').rewrites.get('SIGTSTP'), 'SIGSTOP');
  assert.is(parsedAs('dumb-init', {}, '-r', '20:1', 'x').rewrites.get('SIGTSTP'), 'SIGHUP');
  assert.is(parsedAs('dumb-init', {}, '-c', 'x').rewrites.get('SIGTSTP'), undefined);
});

test('help and version', () => {
  assert.equal(parseRunOptions(['-h']), { show: 'help' });
  assert.equal(parseRunOptions(['--version']), { show: 'version' });
  assert.equal(parseRunOptions(['-l'], 'tini'), { show: 'license' });
});

test.run();
