// fronts/systemctl/getopt.ts and options.ts: wrong command lines are told in the words of Debian's systemctl and journalctl.

import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readJournalOptions } from '../../../supervisor/fronts/journalctl-options.ts';
import { systemctlLine } from '../../../supervisor/fronts/systemctl/by-name.ts';
import { Failure } from '../../../supervisor/fronts/systemctl/failure.ts';
import { getopt } from '../../../supervisor/fronts/systemctl/getopt.ts';
import { readOptions } from '../../../supervisor/fronts/systemctl/options.ts';
import { findVerb } from '../../../supervisor/fronts/systemctl/verbs.ts';

const test = suite('command lines of systemctl and journalctl');

const WRONG: readonly string[] = [
  '-Z',
  '-aZ',
  '--typ',
  '--type',
  '-t',
  '-at',
  '--all=3',
  '--nonsense',
  '--nonsense=1 --all',
  '-n foo list-units',
  '--lines=-1 list-units',
  '--output=foo',
  '-o help',
  '--type=foo list-units',
  '-t service,foo',
  '-t help',
  '--signal=FOO kill x',
  '-s 65 kill x',
  '-s 0 kill x',
  '--preset-mode=foo preset x',
  'foo',
  'start',
  'is-active',
  'cat',
  'isolate',
  'isolate a b',
  'get-default x',
  'set-default',
  'set-default a b',
  'daemon-reload x',
  'is-system-running x',
  'mask',
  'add-wants',
  'add-wants x.target',
];

for (const line of WRONG) {
  test(`systemctl ${line} is refused as systemd's systemctl does`, () => {
    const argv = line.split(' ');
    const real = spawnSync('systemctl', argv, { encoding: 'utf8' });
    const failure = failureOf(() => findVerb(readOptions(argv).words));
    assert.ok(failure !== null, `ours takes it; the real one says: ${real.stderr}`);
    assert.is(failure.exitCode, real.status);
    if (failure.exitCode === 0) {
      for (const word of real.stdout.trim().split('\n')) assert.match(failure.message, word);
    } else assert.is(failure.message, real.stderr.trim());
  });
}

const WRONG_JOURNAL: readonly string[] = [
  '-Z',
  '--foo',
  '-u',
  '-p foo',
  '-p',
  '--since foo',
  '--until',
  '-o foo',
  '--utc=1',
  'a',
];

for (const line of WRONG_JOURNAL) {
  test(`journalctl ${line} is refused as systemd's journalctl does`, () => {
    const argv = line.split(' ');
    const real = spawnSync('journalctl', argv, { encoding: 'utf8' });
    const failure = failureOf(() => readJournalOptions(argv, Date.now()));
    assert.ok(failure !== null, `ours takes it; the real one says: ${real.stderr}`);
    assert.is(failure.exitCode, real.status);
    const said = real.stderr.trim().split('\n').at(-1) ?? '';
    // Where there are no journal files either, the real one says so first.
    if (line !== 'a') assert.is(failure.message, said);
  });
}

function failureOf(run: () => unknown): Failure | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

test('options may stand anywhere, joined, shortened, and end at --', () => {
  const specs = [
    { name: 'all', short: 'a', argument: 'none' },
    { name: 'lines', short: 'n', argument: 'required' },
    { name: 'boot', short: 'b', argument: 'optional' },
  ] as const;
  const { options, words } = getopt(
    'x',
    specs,
    'start -an5 --lin=7 one -b --boot=1 -n 3 -- -a --all'.split(' '),
  );
  assert.equal(
    options.map(({ name, value }) => `${name}=${value}`),
    ['all=null', 'lines=5', 'lines=7', 'boot=null', 'boot=1', 'lines=3'],
  );
  assert.equal(words, ['start', 'one', '-a', '--all']);
});

const SIGNALS: readonly (readonly [word: string, name: string])[] = [
  ['HUP', 'SIGHUP'],
  ['SIGHUP', 'SIGHUP'],
  ['1', 'SIGHUP'],
  ['RTMIN+3', 'SIG37'],
  ['SIGRTMIN', 'SIG34'],
  ['64', 'SIG64'],
];

for (const [word, name] of SIGNALS) {
  test(`--signal=${word} is ${name}`, () => {
    assert.is(readOptions(['kill', '-s', word, 'x']).options.signal, name);
  });
}

const SYSV: readonly (readonly [line: string, expected: string])[] = [
  ['runlevel', 'N 5\n'],
  ['halt', 'halt'],
  ['reboot -f', 'reboot'],
  ['reboot -p', 'poweroff'],
  ['shutdown -h now', 'halt'],
  ['shutdown -r +0', 'reboot'],
  ['shutdown', 'poweroff'],
  ['shutdown -c', ''],
  ['telinit 6', 'reboot'],
  ['telinit 3', 'isolate multi-user.target'],
  ['telinit q', 'daemon-reload'],
];

for (const [line, expected] of SYSV) {
  test(`${line}, as SysV init had it`, () => {
    const [name = '', ...argv] = line.split(' ');
    const result = systemctlLine(name, argv);
    assert.is(typeof result === 'string' ? result : result.join(' '), expected);
  });
}

for (const line of ['telinit', 'telinit 9', 'shutdown 23:00']) {
  test(`${line} is refused`, () => {
    const [name = '', ...argv] = line.split(' ');
    assert.throws(
      () => systemctlLine(name, argv),
      (error: unknown) => error instanceof Failure,
    );
  });
}

test('of journalctl, -n takes the next word only where it is a number, and -e means the last thousand lines', () => {
  const lines = (line: string): number | null => readJournalOptions(line.split(' '), 0).lines;
  assert.is(lines('-n 5 -u x'), 5);
  assert.is(lines('-n5 -u x'), 5);
  assert.is(lines('-u x -n'), 10);
  assert.is(lines('-n -u x'), 10);
  assert.is(lines('-n all -u x'), null);
  assert.is(lines('--lines=7'), 7);
  assert.is(lines('--lines 7'), 7);
  assert.is(lines('-u x'), null);
  assert.is(lines('-xeu x'), 1000);
});

test('a priority alone means it and what is worse, two of them a range', () => {
  const range = (value: string): string => {
    const { minPriority, maxPriority } = readJournalOptions(['-p', value], 0);
    return `${minPriority}..${maxPriority}`;
  };
  assert.is(range('err'), '0..3');
  assert.is(range('4'), '0..4');
  assert.is(range('warning..err'), '3..4');
  assert.is(range('debug..6'), '6..7');
});

test.run();
