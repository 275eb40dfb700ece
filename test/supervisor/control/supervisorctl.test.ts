// Our supervisorctl beside Debian's, both against the real supervisord: same output, same exit codes.

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from 'uvu';
import { ACTIONS } from '../../../supervisor/control/ctl-actions.ts';
import { completions } from '../../../supervisor/control/shell.ts';
import { Session } from '../../../supervisor/control/ctl-session.ts';
import { supervisorctl } from '../../../supervisor/control/supervisorctl.ts';
import { FakeLog, groupOf } from '../../fakes/commands.ts';
import {
  openSupervisorctl,
  run,
  SUPERVISORCTL,
  until,
  withDirectory,
  withServer,
} from '../../fakes/control.ts';
import { typed } from '../../fakes/ctl-io.ts';
import { withSupervisord } from '../../fakes/supervisord.ts';

const test = suite('supervisorctl');

const SECTIONS = `
[program:cat]
command=/bin/cat
startsecs=0
stdout_logfile=%D/cat.stdout.log
stderr_logfile=NONE
[program:fails]
command=/bin/false
autostart=false
startretries=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:gone]
command=/no/such/command
autostart=false
[program:folder]
command=/tmp
autostart=false
[program:a]
command=/bin/sleep 100
startsecs=0
autostart=false
[program:b]
command=/bin/sleep 100
startsecs=0
autostart=false
[group:workers]
programs=a,b
priority=5
`;

/** Those that begin with = change the state: the real client alone gives them. */
const LINES: readonly string[] = [
  'status',
  'status cat workers:*',
  'status nope workers:nope nope:*',
  'start',
  'start cat',
  'start nope workers:nope',
  'start nope:*',
  'start gone',
  'start folder',
  'start fails',
  '=start workers:*',
  'start workers:*',
  'status',
  'stop',
  '=stop workers:a workers:b',
  'stop workers:a',
  'stop nope:*',
  'restart',
  'restart cat',
  'restart nope',
  'signal',
  'signal HUP',
  'signal CONT cat',
  'signal FOO cat',
  'signal CONT nope',
  'signal CONT nope:*',
  'signal CONT workers:a',
  'signal CONT all',
  'pid nope',
  'pid workers:a',
  'tail',
  'tail a b c d',
  'tail cat stdin',
  'tail -x cat',
  'tail -f',
  'tail cat',
  'tail -3 cat',
  'tail cat stderr',
  'tail nope',
  'maintail a b',
  'maintail x',
  'maintail -x',
  'clear',
  'clear cat',
  'clear nope workers:*',
  'avail',
  'avail x',
  'reread',
  'reread x',
  'add',
  'add cat nope',
  'remove cat nope',
  'update',
  'update nope',
  'version',
  'version x',
  'fg',
  'fg nope',
  'fg workers:a',
  'fg a b',
  'open ftp://x',
  'shutdown x',
  'reload x',
  'help',
  'help help',
  'help status',
  'help nope',
  '?',
  '? tail',
  'nope',
  'nope x',
  '!ls',
  'start-all',
  'quit',
  'exit',
  'add new',
];

test('says and returns what the real one does, for every command', async () => {
  await withSupervisord(SECTIONS, async (oracle) => {
    writeFileSync(join(oracle.directory, 'cat.stdout.log'), 'some output\n');
    const debian = openSupervisorctl(oracle.url);
    const topics = [...ACTIONS.keys()];
    for (const given of [...LINES, ...topics.map((topic) => `help ${topic}`)]) {
      const line = given.replace(/^=/, '');
      const real = await debian.run(line);
      if (given !== line) continue;
      const ours = typed();
      const code = await supervisorctl(['-s', oracle.url, ...line.split(' ')], ours.io);
      assert.is(timeless(ours.stdout()), timeless(real.stdout), line);
      assert.is(code, real.code, `exit code of ${line}`);
    }
    await debian.close();
  });
});

test('says and returns what the real one does where one of the two changes the state', async () => {
  const states = async (client: (url: string, line: string) => Promise<string>): Promise<string[]> => {
    const seen: string[] = [];
    await withSupervisord(SECTIONS, async (oracle) => {
      const lines = ['restart all', 'stop all', 'start all', 'stop cat', 'remove cat', 'add cat', 'reread'];
      for (const line of lines) {
        const answer = timeless(await client(oracle.url, line));
        // In which order supervisord notices the ends of several programs depends on when it looks: one look a second.
        seen.push(`${line}: ${line.endsWith(' all') ? answer.split('\n').toSorted().join('\n') : answer}`);
      }
      const changed = readFileSync(oracle.configuration, 'utf8').replace('[program:gone]', '[program:other]');
      writeFileSync(oracle.configuration, changed.replace('programs=a,b', 'programs=a'));
      for (const line of ['reread', 'update workers nope', 'update', 'avail']) {
        seen.push(`${line}: ${timeless(await client(oracle.url, line))}`);
      }
      appendFileSync(oracle.configuration, '[program:x]\nnumprocs=wrong\n');
      seen.push(await client(oracle.url, 'reread'), await client(oracle.url, 'shutdown'));
    });
    return seen;
  };
  const debians = (): Promise<string[]> =>
    states(async (url, line) => {
      const { stdout, code } = await run(SUPERVISORCTL, ['-s', url, ...line.split(' ')]);
      return `${stdout} (${code})`;
    });
  const own = (): Promise<string[]> =>
    states(async (url, line) => {
      const client = typed();
      const code = await supervisorctl(['-s', url, ...line.split(' ')], client.io);
      return `${client.stdout()} (${code})`;
    });
  const [real, ours] = [await debians(), await own()];
  assert.equal(ours.map(withoutDirectory), real.map(withoutDirectory));
});

const COMMAND_LINES: readonly (readonly string[])[] = [
  ['-x'],
  ['--nope'],
  ['-s'],
  ['--serverurl'],
  ['-s', 'nonsense', 'status'],
  ['--interactive=1', 'status'],
  ['-u', 'a', '-u', 'b', 'status'],
  ['-c', '/no/such/file', 'status'],
  ['-s', 'unix:///no/such/socket', 'status'],
  ['-s', 'unix:///no/such/socket', 'start', 'x'],
  ['--server=unix:///no/such/socket', 'version'],
  ['-sunix:///no/such/socket', 'shutdown'],
  ['-s', 'http://127.0.0.1:1', 'status'],
  ['-s', 'http://127.0.0.1:1', 'stop', 'x'],
  ['-is', 'http://127.0.0.1:1', 'pid'],
];

test('reads the command line as the real one', async () => {
  for (const argv of COMMAND_LINES) {
    const real = await run(SUPERVISORCTL, argv);
    const ours = typed();
    const code = await supervisorctl(argv, ours.io);
    const title = argv.join(' ');
    assert.is(ours.stderr(), real.stderr.replace('/usr/bin/supervisorctl', 'supervisorctl'), title);
    const known = real.stdout.startsWith('error: ') ? 'error: ' : real.stdout;
    assert.ok(ours.stdout().startsWith(known), `${title}: ${ours.stdout()}`);
    assert.is(code, real.code, title);
  }
});

test('has a shell like the real one', async () => {
  await withSupervisord(SECTIONS, async (oracle) => {
    const input = 'version\n\nnope\nhelp pid\nstatus cat\nshutdown\nn\nquit\n';
    const real = await run(SUPERVISORCTL, ['-s', oracle.url], input);
    const ours = typed({ input });
    assert.is(await supervisorctl(['-s', oracle.url], ours.io), real.code);
    assert.is(timeless(ours.stdout()), timeless(real.stdout));
    const ended = await run(SUPERVISORCTL, ['-s', oracle.url], 'version');
    const alsoEnded = typed({ input: 'version' });
    await supervisorctl(['-s', oracle.url], alsoEnded.io);
    assert.is(timeless(alsoEnded.stdout()), timeless(ended.stdout));
  });
});

test('takes server, user, password and prompt from the configuration', async () => {
  const credentials = { username: 'u', password: 'p' };
  await withServer({ groups: [groupOf('web', [{ name: 'web' }])], credentials }, async ({ url }) => {
    const config = { serverUrl: url, ...credentials, prompt: 'box' };
    const client = typed({ config, input: 'version\n' });
    await supervisorctl([], client.io);
    assert.match(client.stdout(), /^web +STOPPED +Not started\nbox> 4\.2\.5\nbox> \n$/);
  });
});

test('asks for user and password in the shell, when the server does', async () => {
  await withServer({ credentials: { username: 'u', password: 'p' } }, async ({ url }) => {
    const client = typed({ input: 'u\np\nversion\n' });
    await supervisorctl(['-s', url], client.io);
    assert.match(client.stdout(), /^Server requires authentication\nUsername:Password:[^]*4\.2\.5\n/);
  });
});

test('follows a log until Ctrl-C', () =>
  withServer({ groups: [groupOf('web', [{ name: 'web' }])] }, async (stand) => {
    const log = stand.log('web', 'stdout', 'begin\n');
    const client = typed();
    const code = supervisorctl(['-s', stand.url, 'tail', '-f', 'web'], client.io);
    await until('the log', () => client.stdout().includes('begin\n'));
    log.append('more\n');
    await until('the rest', () => client.stdout().includes('more\n'));
    client.interrupt();
    assert.is(await code, 0);
    assert.is(client.stdout(), '==> Press Ctrl-C to exit <==\nbegin\nmore\n\n');
    await until('the server to notice', () => log.listeners === 0);
  }));

test('connects to a process in the foreground', () =>
  withServer({ groups: [groupOf('web', [{ name: 'web' }])] }, async (stand) => {
    stand.log('web', 'stdout', 'ready\n');
    await stand.commands.start({ group: 'web', name: 'web' }, { wait: true });
    const client = typed();
    const code = supervisorctl(['-s', stand.url, 'fg', 'web'], client.io);
    await until('the output', () => client.stdout().includes('ready\n'));
    client.stdin.write('typed\n');
    await until('the echo', () => client.stdout().includes('typed\n'));
    stand.commands.change('web', 'web', { state: 'EXITED', pid: null });
    client.stdin.write('more\n');
    assert.is(await code, 0);
    assert.match(client.stdout(), /Process got killed\nExiting foreground\n$/);
  }));

test('fg in the shell hands the input back', () =>
  withServer({ groups: [groupOf('web', [{ name: 'web' }])] }, async (stand) => {
    stand.log('web', 'stdout');
    await stand.commands.start({ group: 'web', name: 'web' }, { wait: true });
    const client = typed();
    const code = supervisorctl(['-s', stand.url], client.io);
    client.stdin.write('fg web\ntyped\n');
    await until('the echo', () => client.stdout().includes('typed\n'));
    client.interrupt();
    await until('the end of fg', () => client.stdout().includes('Exiting foreground\n'));
    client.stdin.end('version\nquit\n');
    assert.is(await code, 0);
    assert.match(client.stdout(), /supervisor> 4\.2\.5\n/);
  }));

test('completes actions, groups and processes', () =>
  withServer(
    { groups: [groupOf('web', [{ name: 'web' }]), groupOf('w', [{ name: 'a' }])] },
    async ({ url }) => {
      const session = new Session(typed().io, { url, credentials: null }, true);
      const cases = [
        ['sta', ['start ', 'status ']],
        ['help sh', ['shutdown ']],
        ['start w', ['w:a ', 'w:* ', 'web ']],
        ['start web:', ['web:web ', 'web:* ']],
        ['add w', ['w ', 'web ']],
        ['version ', []],
      ] as const;
      for (const [line, expected] of cases)
        assert.equal(await completions(session, line), [...expected], line);
    },
  ));

test('says what it does not expect, and does not crash', () =>
  withDirectory(async (directory) => {
    const { createServer } = await import('node:http');
    for (const body of ['', 'not XML', '<a/>', '<methodResponse><params/></methodResponse>']) {
      const server = createServer((_request, response) => response.end(body));
      const path = join(directory, 'sock');
      await new Promise<void>((resolve) => server.listen(path, resolve));
      const client = typed();
      assert.is(await supervisorctl(['-s', `unix://${path}`, 'version'], client.io), 1);
      assert.match(client.stdout(), /^error: /);
      await new Promise((resolve) => server.close(resolve));
    }
  }));

test('reads a log in memory as well as in a file', () =>
  withServer({ groups: [groupOf('web', [{ name: 'web' }])] }, async (stand) => {
    stand.commands.logs.set('web.stdout', new FakeLog(null, 'in memory\n'));
    const client = typed();
    await supervisorctl(['-s', stand.url, 'tail', 'web'], client.io);
    assert.is(client.stdout(), 'in memory\n\n');
  }));

test.run();

function timeless(text: string): string {
  return text
    .replace(/pid \d+, uptime .*/g, '(running)')
    .replace(/\w{3} \d\d \d\d:\d\d [AP]M/g, '(time)')
    .replace(/: file: \S+ line: \d+/g, '')
    .replace(/<class '(\w+)'>, /g, '$1, ');
}

function withoutDirectory(text: string): string {
  return text.replace(/\/tmp\/control-\w+/g, '');
}
