// Output under fire: a stdout that is stalled, closed, full, a socket or a terminal, and programs that write more than
// anybody reads. The supervisor goes on, and what it has promised to deliver arrives.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, mustDocker, startContainer, type Container } from '../support/containers.ts';
import { eventually } from '../support/eventually.ts';
import { isRunning, residentKib, zombies } from '../support/pid1.ts';

const test = suite('under fire: output');
test.after(cleanUp);

const CONF = '/etc/supervisor/conf.d/test.conf';

/** Bytes of resident memory that PID 1 never needs, whatever its programs write. */
const MEMORY_KIB = 256 * 1024;

/** `flood.pl NAME LINES` writes numbered lines in pieces that end anywhere. */
const FLOOD = `#!/usr/bin/perl
use strict;
my ($name, $lines) = @ARGV;
my $waiting = '';
for my $number (1 .. $lines) {
  $waiting .= "$name $number " . ('x' x ($number % 97)) . "\\n";
  next if length $waiting < 3000 && $number < $lines;
  while (length $waiting) {
    my $piece = 1 + int(rand(2 * length $waiting));
    my $written = syswrite(STDOUT, $waiting, $piece);
    substr($waiting, 0, $written) = '';
  }
}
syswrite(STDOUT, "$name is done\\n");
sleep 1000;
`;

const FLOODS = 20;
const LINES = 4000;

function floods(format: 'prefix' | 'json'): string {
  return `
[program:flood]
command=/flood.pl %(program_name)s%(process_num)02d ${LINES}
process_name=%(program_name)s%(process_num)02d
numprocs=${FLOODS}
startsecs=0
log_format=${format}
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
`;
}

/** The lines of every program, in the order of their arrival, without what says where they come from. */
function byProgram(
  lines: readonly string[],
  read: (line: string) => [string, string] | null,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of lines) {
    const [program, message] = read(line) ?? [];
    if (program === undefined || message === undefined) continue;
    const messages = found.get(program);
    if (messages === undefined) found.set(program, [message]);
    else messages.push(message);
  }
  return found;
}

function expectedOf(name: string): string[] {
  const numbers = Array.from({ length: LINES }, (_, index) => index + 1);
  return [...numbers.map((number) => `${name} ${number} ${'x'.repeat(number % 97)}`), `${name} is done`];
}

const READERS = {
  prefix: (line: string): [string, string] | null => {
    const [, program, message] = /^(flood\d+) \| (.*)$/.exec(line) ?? [];
    return program === undefined || message === undefined ? null : [program, message];
  },
  json: (line: string): [string, string] | null => {
    if (!line.startsWith('{')) return null;
    const { program, message, stream } = JSON.parse(line) as Record<string, string>;
    assert.is(stream, 'stdout');
    return program === undefined || message === undefined ? null : [program, message];
  },
};

for (const format of ['prefix', 'json'] as const) {
  test(`20 programs that write as fast as they can, as ${format}: every line arrives once, whole and in order`, async () => {
    const container = await startContainer({ files: { '/flood.pl': FLOOD, [CONF]: floods(format) } });
    const output = await eventually('the last line of every program', async () => {
      const text = await mustDocker('logs', container.id);
      return (text.match(/is done/g)?.length ?? 0) === FLOODS ? text : null;
    });
    const lines = byProgram(output.split('\n'), READERS[format]);
    assert.is(lines.size, FLOODS);
    for (const [name, arrived] of lines) assert.equal(arrived, expectedOf(name), name);
    assert.ok((await residentKib(container)) < MEMORY_KIB);
    await mustDocker('stop', container.id);
    assert.is(await container.wait(), 0);
  });
}

/** Starts PID 1 below a shell's redirection, whose own children become orphans of PID 1. */
function startBelow(
  script: string,
  conf: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Container> {
  return startContainer({
    options: ['--entrypoint', '/bin/sh', '--tmpfs', '/tmp:size=64m', '--tmpfs', '/small:size=1m'],
    command: ['-c', script],
    files: { ...files, [CONF]: conf },
  });
}

const NOISY = `
[program:noisy]
command=/usr/bin/yes
log_format=prefix
startsecs=0
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0

[program:quiet]
command=/bin/sleep 1000
startsecs=0
`;

const PIPE = 'mkfifo /tmp/out; (exec 3</tmp/out; echo $$ > /tmp/reader; exec sleep 1000) &';

/** Control, restarts, reaping and the stop, all while nobody reads. */
async function goesOn(container: Container): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await eventually('quiet RUNNING', () => isRunning(container, 'quiet'));
    assert.is((await container.exec('sh', '-c', 'kill -KILL $(initkit pid quiet)')).code, 0);
    assert.is((await container.exec('initkit', 'restart', 'noisy')).code, 0);
  }
  await container.exec('sh', '-c', 'i=0; while [ $i -lt 200 ]; do (sleep 0.1 &); i=$((i+1)); done');
  await eventually('no zombie', async () => (await zombies(container)) === 0);
  assert.ok((await residentKib(container)) < MEMORY_KIB);
  await mustDocker('stop', '-t', '60', container.id);
  assert.is(await container.wait(), 0);
}

test('a stdout and stderr that nobody reads stall their writer alone', async () => {
  const container = await startBelow(`${PIPE} exec /usr/local/bin/initkit init >/tmp/out 2>&1`, NOISY);
  await goesOn(container);
});

test('so do log files that are FIFOs, or our own stdout by another name', async () => {
  const conf = `${NOISY.replace('/dev/fd/1', '/proc/1/fd/1').replace('log_format=prefix', '')}
[program:fifo]
command=/usr/bin/yes
startsecs=0
stdout_logfile=/tmp/fifo
stdout_logfile_maxbytes=0
`;
  const script = `mkfifo /tmp/fifo; ${PIPE} exec /usr/local/bin/initkit init >/tmp/out 2>&1`;
  await goesOn(await startBelow(script, conf));
});

test('a reader that comes back gets every line of the program that has waited for it', async () => {
  const conf = `
[program:flood]
command=/flood.pl flood 60000
log_format=prefix
startsecs=0
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
`;
  const reader = '(exec 3</tmp/out; while [ ! -e /tmp/go ]; do sleep 0.1; done; exec cat <&3 >/tmp/read) &';
  const script = `mkfifo /tmp/out; ${reader} exec /usr/local/bin/initkit init >/tmp/out`;
  const container = await startBelow(script, conf, { '/flood.pl': FLOOD });
  await eventually('flood RUNNING', () => isRunning(container, 'flood'));
  await container.exec('touch', '/tmp/go');
  await eventually('the last line', async () => {
    const { stdout } = await container.exec('tail', '-n', '1', '/tmp/read');
    return stdout === 'flood | flood is done\n';
  });
  const { stdout } = await container.exec(
    'sh',
    '-c',
    `cut -d' ' -f4 /tmp/read | head -n 60000 | sort -nc && wc -l < /tmp/read`,
  );
  assert.is(stdout.trim(), '60001');
  await mustDocker('stop', container.id);
  assert.is(await container.wait(), 0);
});

for (const [what, redirection] of [
  ['closed', '>&- 2>&-'],
  ['a pipe whose reader has gone', '>/tmp/out 2>&1'],
  ['a full file', '>/small/out 2>&1'],
] as const) {
  test(`a stdout that is ${what} is no reason to stop`, async () => {
    const gone = 'mkfifo /tmp/out; (exec 3</tmp/out) &';
    const script = `${what.includes('pipe') ? gone : ''} exec /usr/local/bin/initkit init ${redirection}`;
    await goesOn(await startBelow(script, NOISY));
  });
}

test('a stdout that is a socket gets every line', async () => {
  const conf = `${floods('prefix').replace(`numprocs=${FLOODS}`, 'numprocs=2')}`;
  const script = `exec perl -MSocket -e '
    socketpair(my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC);
    if (!fork) { close $ours; open STDIN, "<&", $theirs; exec "sh", "-c", "cat > /tmp/read" }
    open STDOUT, ">&", $ours; close $theirs; close $ours;
    exec "/usr/local/bin/initkit", "init"'`;
  const container = await startBelow(script, conf, { '/flood.pl': FLOOD });
  await eventually('the last lines', async () => {
    const { stdout } = await container.exec('grep', '-c', 'is done', '/tmp/read');
    return stdout === '2\n';
  });
  const { stdout } = await container.exec('cat', '/tmp/read');
  const lines = byProgram(stdout.split('\n'), READERS.prefix);
  for (const [name, arrived] of lines) assert.equal(arrived, expectedOf(name), name);
  await mustDocker('stop', container.id);
  assert.is(await container.wait(), 0);
});

test('a line of 3 MB without an end, bytes that are no UTF-8 and NULs cost nothing but themselves', async () => {
  const odd = `#!/usr/bin/perl
$| = 1;
print 'y' x 3_000_000, "\\n";
print "a\\0b \\xff\\xfe \\xc3\\n";
print "last";
sleep 1000;
`;
  const conf = (format: string): string => `
[program:${format}]
command=/odd.pl
log_format=${format}
startsecs=0
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
`;
  const files = { '/odd.pl': odd };
  const container = await startBelow(
    'exec /usr/local/bin/initkit init >/tmp/out',
    conf('prefix') + conf('json'),
    files,
  );
  await eventually('both programs', async () => {
    const { stdout } = await container.exec('grep', '-c', '-a', 'b .* ', '/tmp/out');
    return Number(stdout) >= 2;
  });
  await mustDocker('kill', '-s', 'USR2', container.id);
  assert.ok((await residentKib(container)) < MEMORY_KIB);
  const { stdout } = await container.exec(
    'perl',
    '-ne',
    'print unpack("H*", $_), "\\n" if length($_) < 200',
    '/tmp/out',
  );
  const lines = stdout.split('\n').map((line) => Buffer.from(line, 'hex').toString('latin1'));
  assert.ok(lines.includes('prefix | a\0b \xff\xfe \xc3\n'));
  const json = lines.find(
    (line) => line.startsWith('{') && line.includes('json') && line.includes('a\\u0000b'),
  );
  assert.ok(json);
  const { message } = JSON.parse(Buffer.from(json, 'latin1').toString('utf8')) as { message: string };
  assert.is(message, 'a\0b \ufffd\ufffd \ufffd');
  const { stdout: count } = await container.exec('sh', '-c', `tr -cd y < /tmp/out | wc -c`);
  assert.is(Number(count), 6_000_000 + 'json","stream'.split('y').length - 1);
  await mustDocker('stop', container.id);
  assert.is(await container.wait(), 0);
});

test('a log disk that is full loses lines and nothing else, and is written to again when it has room', async () => {
  const conf = `
[program:noisy]
command=/bin/sh -c 'while :; do echo 0123456789012345678901234567890123456789; done'
startsecs=0
stdout_logfile=/small/noisy.log
stdout_logfile_maxbytes=0

[program:quiet]
command=/bin/sleep 1000
startsecs=0
`;
  const container = await startContainer({
    options: ['--tmpfs', '/small:size=1m'],
    files: { [CONF]: conf },
  });
  await container.waitForLog(/cannot write \/small\/noisy.log: ENOSPC/);
  assert.ok(await isRunning(container, 'quiet'));
  assert.ok(await isRunning(container, 'noisy'));
  assert.is((await container.exec('initkit', 'clear', 'noisy')).code, 0);
  await container.waitForLog(/can write \/small\/noisy.log again, after \d+ bytes were lost/);
  assert.is((await container.exec('initkit', 'stop', 'noisy')).code, 0);
  await mustDocker('stop', container.id);
  assert.is(await container.wait(), 0);
});

test.run();
