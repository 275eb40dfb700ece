// One-command mode beside tini and dumb-init: exit codes, signals, groups, terminals, orphans, what is handed through.

import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endMarked, start, type Finished, type Running } from './process.ts';

const test = suite('differential one-command');

const MAIN =
  process.env['MAIN_UNDER_TEST'] ?? new URL('../../../supervisor/main.ts', import.meta.url).pathname;
const OURS = [process.execPath, '--disable-warning=ExperimentalWarning', MAIN, 'run'];
const TINI = ['/usr/bin/tini', '-s'];
const DUMB_INIT = ['/usr/bin/dumb-init'];
const DEADLINE_MS = 30_000;

const directory = mkdtempSync(join(tmpdir(), 'one-command-'));
test.before(() => {
  for (const [file = ''] of [TINI, DUMB_INIT]) {
    if (!existsSync(file)) throw new Error(`${file} is missing: apt-get install tini dumb-init`);
  }
});
test.after(() => {
  endMarked(directory);
  rmSync(directory, { recursive: true, force: true });
});

function begin(init: readonly string[], command: readonly string[]): Running {
  const [file = '', ...words] = [...init, '--', ...command];
  return start(file, words, directory, directory);
}

async function run(init: readonly string[], command: readonly string[], input = ''): Promise<Finished> {
  const running = begin(init, command);
  running.child.stdin?.end(input);
  return running.finished;
}

const codeOf = async (init: readonly string[], text: string): Promise<number | null> =>
  (await run(init, ['/bin/sh', '-c', text])).code;

async function until(what: string, condition: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + DEADLINE_MS;
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error(`cannot wait any longer for ${what}`);
    await pause(10);
  }
}

/** Runs one after the other, a few at a time. */
async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results[next[0]] = await work(next[1]);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return results;
}

test('exit codes are handed on', async () => {
  const codes = [0, 1, 2, 3, 42, 63, 64, 77, 78, 100, 125, 126, 127, 128, 129, 137, 143, 200, 254, 255];
  for (const init of [TINI, DUMB_INIT, OURS]) {
    assert.equal(await each(codes, (code) => codeOf(init, `exit ${code}`)), codes, init[0]);
  }
});

/** Those that end a program which does not handle them. */
const DEADLY = [
  'HUP',
  'INT',
  'QUIT',
  'ILL',
  'TRAP',
  'ABRT',
  'BUS',
  'FPE',
  'KILL',
  'USR1',
  'SEGV',
  'USR2',
  'PIPE',
  'ALRM',
  'TERM',
  'XCPU',
  'XFSZ',
  'VTALRM',
  'PROF',
  'IO',
  'PWR',
  'SYS',
];

test('a command that a signal ends gives 128 + the signal', async () => {
  const ends = (init: readonly string[]): Promise<(number | null)[]> =>
    each(DEADLY, (signal) => codeOf(init, `ulimit -c 0; kill -${signal} $$`));
  const wanted = DEADLY.map((name) => 128 + (constants.signals[`SIG${name}` as NodeJS.Signals] ?? 0));
  for (const init of [TINI, DUMB_INIT, OURS]) assert.equal(await ends(init), wanted, init[0]);
});

/** Ours, called by the name of another: a link, as in an image. */
function named(name: 'tini' | 'dumb-init'): string[] {
  const link = join(directory, name);
  if (!existsSync(link)) symlinkSync(MAIN, link);
  return [...OURS.slice(0, 2), link];
}

/** A whole command line, with variables, as the shell runs it. */
async function line(init: readonly string[], variables: string, words: string): Promise<Finished> {
  const text = `${variables} exec "$@" ${words}`;
  return start('/bin/sh', ['-c', text, 'sh', ...init], directory, directory).finished;
}

/** Both leave their directory once the command runs, which may be faster. */
const WAITS_FOR_ROOT =
  'for i in $(seq 1000); do [ "$(readlink /proc/$PPID/cwd)" = / ] && exec echo left; sleep 0.01; done';

test('by the name of dumb-init: its words, exit codes and variables', async () => {
  const withoutPids = ({ stdout, stderr, code }: Finished): object => ({
    code,
    stdout,
    stderr: stderr.replaceAll(/PID \d+/g, 'PID N').replaceAll('/usr/bin/dumb-init', 'dumb-init'),
  });
  for (const [variables, words] of [
    ['', ''],
    ['', '--version'],
    ['', "-v sh -c 'exit 4'"],
    ['', "-vc sh -c 'kill -9 $$'"],
    ['', '-r 15 true'],
    ['', '-r 1:32 true'],
    ['', `sh -c '${WAITS_FOR_ROOT}'`],
  ] as const) {
    const theirs = withoutPids(await line(DUMB_INIT, variables, words));
    assert.equal(
      withoutPids(await line(named('dumb-init'), variables, words)),
      theirs,
      `${variables} ${words}`,
    );
  }
  const refused = await line(named('dumb-init'), '', '/no/such/command');
  assert.equal(
    [refused.code, refused.stderr],
    [127, '[dumb-init] /no/such/command: No such file or directory\n'],
  );
});

test('by the name of tini: its words, exit codes and variables', async () => {
  for (const [words, code] of [
    ['', 1],
    ['--version', 0],
    ['-l', 0],
    ['-e 256 true', 1],
    ['-p NOPE true', 1],
  ] as const) {
    assert.is((await line(named('tini'), '', words)).code, code, words);
    assert.is((await line(TINI.slice(0, 1), '', words)).code, code, words);
  }
  for (const init of [TINI.slice(0, 1), named('tini')]) {
    const warned = async (variables: string): Promise<boolean> =>
      (await line(init, variables, '-- true')).stderr.includes("zombie reaping won't work");
    assert.ok(await warned(''));
    assert.not(await warned('TINI_SUBREAPER='));
    assert.not(await warned('TINI_VERBOSITY=0'));
    assert.match((await line(init, '', '-s -- /no/such')).stderr, 'exec /no/such failed: No such file');
    const verbose = await line(init, 'TINI_SUBREAPER=', "-vv -- sh -c 'exit 3'");
    assert.match(verbose.stdout + verbose.stderr, "Main child exited normally (with status '3')");
  }
});

test("a script without an interpreter is the shell's", async () => {
  writeFileSync(join(directory, 'bare'), 'echo "$0 $1"; exit 5\n', { mode: 0o755 });
  for (const init of [TINI, DUMB_INIT, OURS]) {
    const { stdout, code } = await run(init, ['./bare', 'x']);
    assert.equal([code, stdout.replace(directory, '.')], [5, './bare x\n']);
  }
});

test('with DUMB_INIT_SETSID=0 what the command leaves behind goes on, and is not waited for', async () => {
  for (const init of [DUMB_INIT, named('dumb-init')]) {
    const file = join(directory, `outlives-${init.length}`);
    const child = `(trap 'echo told > ${file}' TERM; sleep 1; echo on >> ${file}) </dev/null >/dev/null 2>&1 &`;
    await line(init, 'DUMB_INIT_SETSID=0', `sh -c "${child} sleep 0.3"`);
    assert.not(existsSync(file), 'not waited for');
    await until('the child', () => existsSync(file));
    assert.is(readFileSync(file, 'utf8'), 'on\n');
  }
});

/** Says which signals it gets; TERM ends it with 7. */
const LISTENER = `
import os, signal, sys, time
def got(number, frame):
    os.write(1, (signal.Signals(number).name + '\\n').encode())
    if number == signal.SIGTERM: sys.exit(7)
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
    try: signal.signal(number, got)
    except (OSError, ValueError): pass
os.write(1, b'ready\\n')
while True: time.sleep(0.05)
`;

/** Sends signals to the init, one after the other, and gives what arrives at the command. */
async function forwarded(
  init: readonly string[],
  signals: readonly (NodeJS.Signals | number)[],
): Promise<string[]> {
  const running = begin(init, ['/usr/bin/python3', '-c', LISTENER]);
  const lines = (): string[] => running.stdout().trim().split('\n');
  await until('the command to listen', () => lines().includes('ready'));
  for (const signal of signals) {
    const before = lines().length;
    process.kill(running.child.pid ?? 0, signal);
    await until(`${signal} to arrive`, () => lines().length > before || running.child.exitCode !== null);
  }
  const { code } = await running.finished;
  return [...lines().slice(1), `exit ${code}`];
}

test('every signal that both forward is forwarded', async () => {
  const signals: NodeJS.Signals[] = [
    'SIGHUP',
    'SIGINT',
    'SIGQUIT',
    'SIGUSR1',
    'SIGUSR2',
    'SIGALRM',
    'SIGCONT',
    'SIGURG',
    'SIGXCPU',
    'SIGXFSZ',
    'SIGVTALRM',
    'SIGWINCH',
    'SIGIO',
    'SIGPWR',
    'SIGTERM',
  ];
  const wanted = [...signals, 'exit 7'];
  for (const init of [TINI, DUMB_INIT, OURS]) assert.equal(await forwarded(init, signals), wanted, init[0]);
});

test('real-time signals are forwarded as by tini; dumb-init forwards none', async () => {
  const [first, last] = [34, 64];
  for (const init of [TINI, OURS]) {
    const wanted = ['SIGRTMIN', 'SIGRTMAX', 'SIGTERM', 'exit 7'];
    assert.equal(await forwarded(init, [first, last, 'SIGTERM']), wanted, init[0]);
  }
});

test('--rewrite changes and drops signals as in dumb-init', async () => {
  for (const rewrite of [['-r', '1:12'], ['--rewrite', '1:12', '-r', '10:2'], ['--rewrite=1:12']]) {
    const signals: NodeJS.Signals[] = ['SIGHUP', 'SIGUSR1', 'SIGTERM'];
    const theirs = await forwarded([...DUMB_INIT, ...rewrite], signals);
    assert.equal(await forwarded([...OURS, ...rewrite], signals), theirs, rewrite.join(' '));
  }
});

/** A leader and its child both say that they got USR1; what is said in half a second more than the first. */
const FAMILY =
  "trap 'echo leader' USR1; trap 'exit 0' TERM; (trap 'echo child; exit 0' USR1; echo ready; while :; do sleep 0.05; done) & while :; do wait; done";

async function reached(init: readonly string[], all: boolean): Promise<string[]> {
  const running = begin(init, ['/bin/sh', '-c', FAMILY]);
  await until('the child', () => running.stdout().includes('ready'));
  running.child.kill('SIGUSR1');
  await until(
    'the signal',
    () => running.stdout().includes('leader') && (!all || running.stdout().includes('child')),
  );
  // A signal that is not to arrive cannot be waited for: TERM, which is sent behind it, can.
  running.child.kill('SIGTERM');
  await running.finished;
  return running.stdout().trim().split('\n').slice(1).toSorted();
}

test('signals go to the group or to the command alone', async () => {
  for (const [theirs, ours, all] of [
    [[...TINI, '-g'], [...OURS, '-g'], true],
    [DUMB_INIT, OURS, true],
    [[...DUMB_INIT, '-c'], [...OURS, '-c'], false],
    [[...DUMB_INIT, '--single-child'], [...OURS, '--single-child'], false],
    [TINI, [...OURS, '-c'], false],
  ] as const) {
    assert.equal(await reached(ours, all), await reached(theirs, all), theirs.join(' '));
  }
});

test('-e makes an exit code 0', async () => {
  for (const [options, text] of [
    [['-e', '3'], 'exit 3'],
    [['-e', '3'], 'exit 4'],
    [['-e', '143'], 'kill -TERM $$'],
    [['-e', '3', '-e', '4'], 'exit 4'],
    [['-e', '0'], 'exit 0'],
  ] as const) {
    assert.is(await codeOf([...OURS, ...options], text), await codeOf([...TINI, ...options], text), text);
  }
});

test('what cannot be run: 127 and 126, as tini has it', async () => {
  writeFileSync(join(directory, 'plain'), 'no program', { mode: 0o644 });
  writeFileSync(join(directory, 'orphaned'), '#!/no/interpreter\n', { mode: 0o755 });
  for (const command of [['/no/such/command'], ['no-such-command'], ['./plain'], ['/tmp'], ['./orphaned']]) {
    const theirs = await run(TINI, command);
    const ours = await run(OURS, command);
    assert.is(ours.code, theirs.code, command.join(' '));
    assert.ok(ours.stderr.includes(command[0] ?? ''), 'the command is named');
  }
});

test('stdin, arguments, directory, environment, umask and further descriptors are handed through', async () => {
  const text =
    'cat; for each in "$@"; do echo "<$each>"; done; pwd; umask; echo "$DIFFERENTIAL"; ulimit -n; [ -e /proc/$$/fd/7 ] && echo seven; echo >&2 error';
  const command = ['/bin/sh', '-c', text, 'name', 'a b', '', "it's", '-x', '--'];
  const seen = (init: readonly string[]): Promise<Finished> =>
    run(
      ['/bin/sh', '-c', 'ulimit -n 777; umask 037; exec 7</etc/passwd; exec "$@"', 'sh', ...init],
      command,
      'typed\n',
    );
  const wanted = await seen(TINI);
  assert.ok(wanted.stdout.startsWith('typed\n<a b>\n<>\n'));
  assert.equal(await seen(DUMB_INIT), wanted);
  assert.equal(await seen(OURS), wanted);
});

test('orphans are collected, and -w says so of each', async () => {
  const command = [
    '/bin/sh',
    '-c',
    '(sleep 0.3 &) ; (sleep 0.4 &) ; sleep 1; grep -c "State:.Z" /proc/[0-9]*/status | grep -c ":1$"; exit 5',
  ];
  const said = ({ stderr }: Finished): number =>
    stderr.split('\n').filter((line) => /[Rr]eaped zombie/.test(line)).length;
  const theirs = await run([...TINI, '-w'], command);
  const ours = await run([...OURS, '-s', '-w'], command);
  assert.is(said(ours), 2);
  assert.is(said(ours), said(theirs));
  assert.is(ours.code, 5);
  assert.is(said(await run(OURS, command)), 0);
});

test('-p: the command is told when the one above us dies', async () => {
  const told = async (name: string, init: readonly string[]): Promise<string> => {
    const file = join(directory, name);
    const program = `trap 'echo told > ${file}; exit' TERM; echo ready; while :; do sleep 0.05; done`;
    const above = start(
      '/bin/sh',
      ['-c', '"$@" & wait', 'sh', ...init, '--', '/bin/sh', '-c', program],
      directory,
      directory,
    );
    await until('the command', () => above.stdout().includes('ready'));
    above.child.kill('SIGKILL');
    await until('the word', () => existsSync(file));
    return readFileSync(file, 'utf8');
  };
  const theirs = await told('theirs', [...TINI, '-p', 'SIGTERM']);
  assert.is(await told('ours', [...OURS, '-p', 'SIGTERM']), theirs);
});

/** Runs a command line on a terminal of its own, types, and gives what is shown and the exit code. */
const TERMINAL = `
import os, pty, sys, time, select
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[3], sys.argv[3:])
text = b''; typed = False; end = time.time() + 25
while time.time() < end:
    if select.select([fd], [], [], 0.1)[0]:
        try: data = os.read(fd, 4096)
        except OSError: break
        if not data: break
        text += data
    if not typed and b'ready' in text:
        os.write(fd, sys.argv[1].encode().decode('unicode_escape').encode()); typed = True
_, status = os.waitpid(pid, 0)
sys.stdout.write(text.decode().replace('\\r', ''))
print('exit', os.waitstatus_to_exitcode(status))
`;

async function onTerminal(init: readonly string[], typed: string, text: string): Promise<string> {
  const [file = '', ...rest] = init;
  const command = [file, ...rest, '--', '/bin/sh', '-c', text];
  const { stdout } = await start(
    '/usr/bin/python3',
    ['-c', TERMINAL, typed, '', ...command],
    directory,
    directory,
  ).finished;
  // What the shell says of a child that the same signal has ended is chance.
  return stdout.replaceAll(/\/dev\/pts\/\d+/g, '/dev/pts/N').replaceAll(/Quit\n|\n(?=\^)/g, '');
}

test('a terminal: the command reads from it, and Ctrl-C and Ctrl-\\ reach it', async () => {
  for (const [typed, text] of [
    ['hello\\n', 'tty; echo ready; read -r line; echo "got $line"; exit 3'],
    ['\\x03', "trap 'echo interrupted; exit 4' INT; echo ready; while :; do sleep 0.05; done"],
    ['\\x1c', "trap 'echo quit; exit 5' QUIT; echo ready; while :; do sleep 0.05; done"],
    ['\\x04', 'echo ready; cat; echo end; exit 6'],
  ] as const) {
    const wanted = await onTerminal(TINI, typed, text);
    assert.match(wanted, /exit [3456]/, text);
    assert.is(await onTerminal(OURS, typed, text), wanted, text);
  }
});

test('the command leads the foreground group of its terminal, so that job control works', async () => {
  const text = 'echo ready; read -r line; set -m && /bin/true && echo controlled; exit 0';
  assert.is(await onTerminal(OURS, 'x\\n', text), await onTerminal(TINI, 'x\\n', text));
  const foreground =
    'echo ready; read -r line; read -r stat < /proc/$$/stat; set -- $stat; [ "$5" = "$8" ] && echo foreground; exit 0';
  assert.match(await onTerminal(OURS, 'x\\n', foreground), /foreground/);
});

test('a session of its own has the terminal, and job control with it', async () => {
  const text =
    'echo ready; read -r line; set -m && /bin/true && echo controlled; ps -o sid= -p $$ | tr -d " " | grep -qx $$ && echo leads; exit 0';
  for (const init of [DUMB_INIT, [...OURS, '--session'], named('dumb-init')]) {
    assert.match(await onTerminal(init, 'x\\n', text), /controlled\nleads\nexit 0/, init.join(' '));
  }
});

test('children that still drain when the command has gone are waited for, bounded: neither of the two does', async () => {
  const file = join(directory, 'drained');
  const text = `(trap 'sleep 0.5; echo drained > ${file}; exit' TERM; echo ready; while :; do sleep 0.05; done) & sleep 0.5; exit 3`;
  assert.is(await codeOf([...OURS, '--drain', '20'], text), 3);
  assert.ok(existsSync(file), 'the child had time to finish');
  const stubborn = "(trap '' TERM; exec sleep 1000) & sleep 0.3; exit 4";
  assert.is(await codeOf([...OURS, '--drain', '0.2'], stubborn), 4);
});

test.run();
