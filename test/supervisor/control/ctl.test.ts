import * as assert from 'uvu/assert';
import { suite } from 'uvu';
import { ctl } from '../../../supervisor/control/ctl.ts';
import type { Status } from '../../../supervisor/control/status.ts';
import { table } from '../../../supervisor/control/table.ts';
import { groupOf } from '../../fakes/commands.ts';
import { until, withServer } from '../../fakes/control.ts';
import { typed } from '../../fakes/ctl-io.ts';
import { withSupervisord } from '../../fakes/supervisord.ts';

const test = suite('initkit ctl');

const GROUPS = [groupOf('web', [{ name: 'web' }]), groupOf('workers', [{ name: 'a' }, { name: 'b' }])];

async function run(
  url: string,
  line: string,
  isTerminal = false,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const client = typed({ config: { serverUrl: url }, isTerminal });
  const code = await ctl(line.split(' '), client.io);
  return { code, stdout: client.stdout(), stderr: client.stderr() };
}

test('shows the state of everything as a table', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    stand.commands.change('web', 'web', { state: 'FATAL', spawnError: 'Exited too quickly', restarts: 12 });
    assert.equal(await run(stand.url, 'status web workers:a', true), {
      code: 3,
      stdout:
        'NAME       STATE    RESTARTS  READY  DESCRIPTION\n' +
        'web        FATAL    12        no     Exited too quickly\n' +
        'workers:a  STOPPED  0         no     Not started\n',
      stderr: '',
    });
    const plain = await run(stand.url, 'status web');
    assert.is(plain.stdout, 'web  FATAL  12  no  Exited too quickly\n');
    assert.equal(await run(stand.url, 'status nope'), {
      code: 4,
      stdout: '',
      stderr: 'initkit: there is no nope\n',
    });
    const { processes } = JSON.parse((await run(stand.url, 'status --json')).stdout) as Status;
    assert.equal(
      processes.map((process) => process.name),
      ['web', 'a', 'b'],
    );
  }));

test('status is 3 when something is down: what was never wanted, and a oneshot that is done, are not', async () => {
  const groups = [groupOf('web', [{ name: 'web' }]), groupOf('setup', [{ name: 'setup', type: 'oneshot' }])];
  await withServer({ groups }, async ({ url, commands }) => {
    const status = async (line: string): Promise<number> => (await run(url, line)).code;
    assert.is(await status('status'), 0, 'nothing was asked for');
    assert.is(await status('status web'), 3, 'it was asked after by its name');
    commands.change('web', 'web', { state: 'RUNNING', pid: 7, startedAtMs: 1 });
    commands.change('setup', 'setup', { state: 'EXITED', startedAtMs: 1 });
    assert.is(await status('status'), 0);
    commands.change('web', 'web', { state: 'EXITED', pid: null });
    assert.is(await status('status'), 3);
    commands.change('web', 'web', { state: 'STOPPED' });
    assert.is(await status('status'), 3, 'somebody has stopped it');
  });
});

test('falls back to the words of supervisorctl where the server is supervisord', () =>
  withSupervisord('[program:cat]\ncommand=/bin/cat\nautostart=false\n', async ({ url }) => {
    assert.equal(await run(url, 'status'), {
      code: 3,
      stdout: `${'cat'.padEnd(33)}STOPPED   Not started\n`,
      stderr: '',
    });
  }));

test('starts, stops and signals in the words of supervisorctl', () =>
  withServer({ groups: GROUPS }, async ({ url }) => {
    assert.equal(await run(url, 'start web'), { code: 0, stdout: 'web: started\n', stderr: '' });
    assert.is((await run(url, 'signal HUP web')).stdout, 'web: signalled\n');
    assert.is((await run(url, 'restart web')).stdout, 'web: stopped\nweb: started\n');
    assert.is((await run(url, 'stop nope')).code, 1);
  }));

test('gives results as JSON', () =>
  withServer({ groups: GROUPS }, async ({ url, commands }) => {
    commands.startOutcomes.set('b', { kind: 'spawn-error', message: 'x' });
    const result = async (line: string): Promise<[number, unknown]> => {
      const { code, stdout } = await run(url, `--json ${line}`);
      return [code, JSON.parse(stdout)];
    };
    const ok = (group: string, name: string): object => ({ group, name, status: 80, description: 'OK' });
    const bad = (group: string, name: string, status: number, description: string): object => ({
      group,
      name,
      status,
      description,
    });
    assert.equal(await result('start web nope'), [
      1,
      [ok('web', 'web'), bad('nope', 'nope', 10, 'BAD_NAME: nope')],
    ]);
    assert.equal(await result('start workers:* no:*'), [
      1,
      [
        bad('workers', 'b', 50, 'SPAWN_ERROR: workers:b'),
        ok('workers', 'a'),
        bad('no', '*', 10, 'BAD_NAME: no'),
      ],
    ]);
    assert.equal(await result('signal HUP web'), [0, [ok('web', 'web')]]);
    assert.equal(await result('stop all'), [0, [ok('web', 'web'), ok('workers', 'a')]]);
    assert.equal(await result('clear all'), [0, [ok('web', 'web'), ok('workers', 'a'), ok('workers', 'b')]]);
    assert.equal(await result('pid'), [0, { pid: process.pid }]);
    assert.equal(await result('pid web'), [0, [{ group: 'web', name: 'web', pid: 0 }]]);
    assert.equal(await result('version'), [0, { version: '4.2.5' }]);
    assert.equal(await result('reread'), [0, { added: [], changed: [], removed: [] }]);
    assert.equal(await result('restart web'), [
      0,
      { stopped: [bad('web', 'web', 70, 'NOT_RUNNING: web')], started: [ok('web', 'web')] },
    ]);
  }));

test('health is an exit code, with the reasons', () =>
  withServer({ groups: GROUPS }, async ({ url, commands, server }) => {
    assert.equal(await run(url, 'health'), { code: 0, stdout: 'healthy\n', stderr: '' });
    commands.wellness = { healthy: false, reasons: ['web is FATAL'] };
    assert.equal(await run(url, 'health'), { code: 1, stdout: 'unhealthy\nweb is FATAL\n', stderr: '' });
    const json = { healthy: false, reasons: ['web is FATAL'] };
    assert.equal(JSON.parse((await run(url, 'health --json')).stdout), json);
    await server.close();
    const { code, stdout } = await run(url, 'health');
    assert.is(code, 1);
    assert.match(stdout, /^unhealthy\ncannot reach unix:.*: there is no such socket/);
  }));

test('health says so when the server asks for a password', () =>
  withServer({ credentials: { username: 'u', password: 'p' } }, async ({ url }) => {
    const stdout = `unhealthy\n${url} answers 401 Unauthorized\n`;
    assert.equal(await run(url, 'health'), { code: 1, stdout, stderr: '' });
    assert.is((await run(url, '-u u -p p health')).code, 0);
  }));

test('shows logs of several processes, each line with its name', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    stand.log('web', 'stdout', 'one\ntwo');
    stand.log('a', 'stderr', 'three\n');
    const { stdout, code } = await run(stand.url, 'logs');
    assert.is(stdout, 'web       | one\nweb       | two\nworkers:a | three\n');
    assert.is(code, 0);
    assert.is((await run(stand.url, 'logs workers:*')).stdout, 'workers:a | three\n');
    assert.equal(await run(stand.url, 'logs nope'), {
      code: 1,
      stdout: '',
      stderr: 'initkit: there is no nope\n',
    });
  }));

test('follows logs without mixing their lines', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const [web, worker] = [stand.log('web', 'stdout'), stand.log('a', 'stdout')];
    const client = typed({ config: { serverUrl: stand.url } });
    const code = ctl(['logs', '-f'], client.io);
    await until('the client', () => web.listeners === 1 && worker.listeners === 1);
    web.append('half ');
    worker.append('other\n');
    await until('the other', () => client.stdout().includes('other'));
    web.append('line\n');
    await until('the line', () => client.stdout().includes('line'));
    client.interrupt();
    assert.is(await code, 0);
    assert.is(client.stdout(), 'workers:a | other\nweb       | half line\n');
  }));

test('shows events until Ctrl-C', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const client = typed({ config: { serverUrl: stand.url } });
    const code = ctl(['events'], client.io);
    await until('the client', () => stand.commands.listeners === 1);
    stand.commands.emit({ type: 'supervisor', atMs: 0, state: 'SHUTDOWN' });
    await until('the event', () => client.stdout().includes('SHUTDOWN'));
    client.interrupt();
    assert.is(await code, 0);
    assert.is(client.stdout(), '1970-01-01T00:00:00.000Z supervisor state=SHUTDOWN\n');
  }));

test('tails with its own way to say -f and -100', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    stand.log('web', 'stdout', 'hello\n');
    assert.is((await run(stand.url, 'tail -3 web')).stdout, 'lo\n\n');
    const client = typed({ config: { serverUrl: stand.url } });
    const code = ctl(['tail', '-f', 'web'], client.io);
    await until('the log', () => client.stdout().includes('hello\n'));
    client.interrupt();
    assert.is(await code, 0);
  }));

test('says what is wrong with a command line', async () => {
  const { io } = typed();
  await fails(ctl(['status'], io), /cannot find the server/);
  await fails(ctl(['-s', 'unix:///x', 'nope'], io), /cannot do 'nope'/);
  await fails(ctl(['-s', 'unix:///x', '--json', 'fg', 'x'], io), /cannot write fg as JSON/);
  await fails(ctl(['--nope'], io), /cannot read the command line: Unknown option '--nope'/);
  assert.is(await ctl([], io), 2);
  assert.is(await ctl(['--help'], io), 0);
});

test('says why a server cannot be reached', async () => {
  const { code, stderr } = await run('unix:///no/such/socket', 'logs');
  assert.is(
    stderr,
    'initkit: cannot reach unix:///no/such/socket: there is no such socket: the supervisor does not run, or listens elsewhere\n',
  );
  assert.is(code, 7);
  assert.is((await run('http://127.0.0.1:1', 'logs')).code, 4);
});

test('says what a server refuses', () =>
  withServer({ groups: GROUPS }, async ({ url, commands }) => {
    commands.state = 'SHUTDOWN';
    assert.equal(await run(url, '--json pid'), {
      code: 1,
      stdout: '',
      stderr: `initkit: ${url} refuses: SHUTDOWN_STATE\n`,
    });
    assert.is((await run(url, 'start web')).code, 1);
  }));

test('aligns columns', () => {
  assert.equal(table([['a', 'bbb', 'c'], ['aaa', 'b', ''], []]), ['a    bbb  c', 'aaa  b', '']);
  assert.equal(table([]), []);
});

test.run();

async function fails(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.match(error instanceof Error ? error.message : 'no error', message);
}
