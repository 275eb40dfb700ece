// Debian's supervisorctl and Python's xmlrpc.client against our server.

import * as assert from 'uvu/assert';
import { suite } from 'uvu';
import { startControlServer } from '../../../supervisor/control/server.ts';
import { FakeLog, groupOf } from '../../fakes/commands.ts';
import {
  PYTHON,
  python,
  run,
  start,
  SUPERVISORCTL,
  supervisorctl,
  until,
  withServer,
} from '../../fakes/control.ts';
import type { Stand } from '../../fakes/control.ts';

const test = suite('real supervisorctl');

const GROUPS = [
  groupOf('web', [{ name: 'web' }]),
  groupOf(
    'workers',
    [
      { name: 'a', priority: 2 },
      { name: 'b', priority: 1, autostart: false },
    ],
    5,
  ),
];

/** A command line, what it must print, and its exit code; commands of one list run in turn. */
type Dialogue = readonly (readonly [line: string, output: string | RegExp, code: number])[];

async function converse(stand: Stand, dialogue: Dialogue): Promise<void> {
  for (const [line, output, code] of dialogue) {
    const result = await supervisorctl(stand.url, line.split(' '));
    if (typeof output === 'string') assert.is(result.stdout, output, line);
    else assert.match(result.stdout, output, line);
    assert.is(result.code, code, `exit code of ${line}: ${result.stdout}${result.stderr}`);
  }
}

test('status, start, stop, restart', () =>
  withServer({ groups: GROUPS }, (stand) => {
    stand.commands.startOutcomes.set('b', { kind: 'spawn-error', message: 'x' });
    return converse(stand, [
      [
        'status',
        /^web +STOPPED +Not started\nworkers:a +STOPPED +Not started\nworkers:b +STOPPED +Not started\n$/,
        3,
      ],
      ['start web', 'web: started\n', 0],
      ['start web', 'web: ERROR (already started)\n', 0],
      ['status web', /^web +RUNNING +pid \d+, uptime 0:00:0\d\n$/, 0],
      ['start all', 'workers:b: ERROR (spawn error)\nworkers:a: started\n', 7],
      ['stop workers:*', 'workers:a: stopped\n', 0],
      [
        'restart web workers:a',
        'web: stopped\nworkers:a: ERROR (not running)\nweb: started\nworkers:a: started\n',
        0,
      ],
      ['stop all', 'workers:a: stopped\nweb: stopped\n', 0],
      ['status web', /^web +STOPPED +\w{3} \d\d \d\d:\d\d [AP]M\n$/, 3],
      ['stop nope', 'nope: ERROR (no such process)\n', 1],
      ['start nope:*', 'nope: ERROR (no such group)\n', 2],
      ['status nope', 'nope: ERROR (no such process)\n', 4],
      ['start ../../etc/passwd', '../../etc/passwd: ERROR (no such process)\n', 1],
    ]);
  }));

test('every way for a start to fail', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const outcomes = [
      [{ kind: 'no-file', message: 'x' }, 'no such file', 1],
      [{ kind: 'not-executable', message: 'x' }, 'file is not executable', 1],
      [{ kind: 'spawn-error', message: 'x' }, 'spawn error', 7],
      [{ kind: 'abnormal-termination' }, 'abnormal termination', 7],
      [{ kind: 'already-started' }, 'already started', 0],
    ] as const;
    for (const [outcome, reason, code] of outcomes) {
      stand.commands.startOutcomes.set('web', outcome);
      await converse(stand, [['start web', `web: ERROR (${reason})\n`, code]]);
    }
  }));

test('signal, pid, version', () =>
  withServer({ groups: GROUPS }, (stand) =>
    converse(stand, [
      ['signal HUP web', 'web: ERROR (not running)\n', 7],
      ['pid web', '0\n', 7],
      ['start web', 'web: started\n', 0],
      ['signal HUP web', 'web: signalled\n', 0],
      ['signal FOO web', 'web: ERROR (bad signal name)\n', 1],
      ['signal 10 all', 'web: signalled\n', 0],
      ['pid', `${process.pid}\n`, 0],
      ['pid web', '1001\n', 0],
      ['pid all', '1001\n0\n0\n', 0],
      ['pid nope', 'No such process nope\n', 1],
      ['version', '4.2.5\n', 0],
    ]),
  ));

test('avail, reread, update, add, remove', () =>
  withServer({ groups: GROUPS }, (stand) => {
    stand.commands.configure([
      groupOf('web', [{ name: 'web', startSecs: 5 }]),
      groupOf('new', [{ name: 'new' }], 7),
    ]);
    return converse(stand, [
      ['avail', /^new {30}avail {5}auto {6}7:999\nweb {30}in use {4}auto {6}999:999\n$/, 0],
      ['reread', 'new: available\nweb: changed\nworkers: disappeared\n', 0],
      ['add new', 'new: added process group\n', 0],
      ['add new', 'ERROR: process group already active\n', 0],
      ['add nope', 'ERROR: no such process/group: nope\n', 1],
      ['start new', 'new: started\n', 0],
      ['remove new', 'ERROR: process/group still running: new\n', 1],
      ['stop new', 'new: stopped\n', 0],
      ['remove new', 'new: removed process group\n', 0],
      [
        'update',
        'workers: stopped\nworkers: removed process group\nweb: stopped\nweb: updated process group\nnew: added process group\n',
        0,
      ],
      ['reread', 'No config updates to processes\n', 0],
    ]);
  }));

test('reread of a configuration that is wrong', () =>
  withServer({ groups: GROUPS }, (stand) => {
    stand.commands.rereadFails = 'line 3 is wrong';
    return converse(stand, [['reread', 'ERROR: CANT_REREAD: line 3 is wrong\n', 1]]);
  }));

test('tail, maintail, clear', () =>
  withServer({ groups: GROUPS }, (stand) => {
    stand.log('web', 'stdout', 'hello\nwörld\n');
    stand.commands.mainLogFile = new FakeLog(null, 'main\n');
    return converse(stand, [
      ['tail web', 'hello\nwörld\n\n', 0],
      ['tail -4 web', 'rld\n\n', 0],
      ['tail web stderr', 'web: ERROR (no log file)\n', 1],
      ['tail nope', 'nope: ERROR (no such process name)\n', 1],
      ['maintail', 'main\n\n', 0],
      ['clear web', 'web: cleared\n', 0],
      ['tail web', '\n', 0],
      ['clear all', 'workers:b: cleared\nworkers:a: cleared\nweb: cleared\n', 0],
      ['clear nope', 'nope: ERROR (no such process)\n', 1],
    ]);
  }));

test('tail of output that is neither text nor XML', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const log = stand.log('web', 'stdout');
    log.append(Buffer.from([0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x00, 0xff, 0xfe, 0xc3, 0x28, 0x0d, 0x0a]));
    await converse(stand, [['tail web', '␛[31m␀\ufffd\ufffd\ufffd(\r\n\n', 0]]);
  }));

test('tail -f shows the end of a log and what follows, through clearing', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const log = stand.log('web', 'stdout', `${'z'.repeat(2000)}\nlast line\n`);
    const client = start(SUPERVISORCTL, ['-s', stand.url, 'tail', '-f', 'web']);
    await until('the end of the log', () => client.output().includes('last line\n'));
    assert.is(client.output().match(/z/g)?.length, 1024 - '\nlast line\n'.length);
    // In two pieces within a character: the client decodes every chunk by itself.
    log.append(Buffer.from([0xc3]));
    log.append(Buffer.from([0xbc, 0x0a]));
    await until('the new line', () => client.output().includes('ü\n'));
    await log.clear();
    log.append('after\n');
    await until('what follows', () => client.output().includes('==> File truncated <==\nafter\n'));
    client.child.kill('SIGINT');
    assert.is((await client.finished).code, 0);
    await until('the server to notice', () => log.listeners === 0);
  }));

test('maintail -f, also of an empty log', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const log = new FakeLog(null);
    stand.commands.mainLogFile = log;
    const client = start(SUPERVISORCTL, ['-s', stand.url, 'maintail', '-f']);
    await until('the client to follow', () => log.listeners === 1);
    log.append('main line\n');
    await until('the line', () => client.output().includes('main line\n'));
    client.child.kill('SIGINT');
    assert.is((await client.finished).code, 0);
  }));

test('tail -f of a log that is not there', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const { stderr } = await supervisorctl(stand.url, ['tail', '-f', 'web']);
    assert.match(stderr, /Cannot read, status code 404/);
  }));

test('fg shows the output and sends the input', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    await converse(stand, [['fg web', 'ERROR: process not running\n', 1]]);
    const stdout = stand.log('web', 'stdout', 'ready\n');
    const stderr = stand.log('web', 'stderr');
    await converse(stand, [['start web', 'web: started\n', 0]]);
    const client = start(SUPERVISORCTL, ['-s', stand.url, 'fg', 'web']);
    await until('the output', () => client.output().includes('ready\n'));
    await until('both streams', () => stdout.listeners === 1 && stderr.listeners === 1);
    client.child.stdin?.write('typed\n');
    await until('the echo', () => client.output().includes('typed\n'));
    client.child.stdin?.end();
    await until('the farewell', () => client.output().includes('Exiting foreground\n'));
    // Its thread sleeps in poll() for up to 30 s after that, with any server.
    client.child.kill('SIGKILL');
    await client.finished;
    assert.ok(stand.commands.journal.includes(`stdin web:web ${Buffer.from('typed\n').toString('hex')}`));
  }));

test('an interactive session', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const { stdout, code } = await supervisorctl(stand.url, [], 'start web\nstatus web\nquit\n');
    assert.match(stdout, /STOPPED[^]*supervisor> web: started\nsupervisor> web +RUNNING/);
    assert.is(code, 0);
  }));

test('shutdown and reload, and what they refuse afterwards', async () => {
  await withServer({ groups: GROUPS }, (stand) =>
    converse(stand, [
      ['shutdown', 'Shut down\n', 0],
      ['shutdown', 'ERROR: already shutting down\n', 0],
      ['reread', 'ERROR: supervisor shutting down\n', 1],
    ]),
  );
  await withServer({ groups: GROUPS }, (stand) =>
    converse(stand, [
      ['reload', 'Restarted supervisord\n', 0],
      ['reload', 'ERROR: already shutting down\n', 1],
    ]),
  );
});

test('a server without the interface of supervisor', () =>
  withServer({ groups: GROUPS, rpcInterface: false }, (stand) =>
    converse(stand, [
      ['version', /^Sorry, supervisord responded but did not recognize the supervisor namespace/, 3],
    ]),
  ));

test('a password, plain and hashed, on a socket and on TCP', async () => {
  const credentials = { username: 'user', password: 'pass' };
  const hashed = { username: 'user', password: '{SHA}9d4e1e23bd5b727046a9e3b4b7db57bd8d6ee684' };
  await withServer({ groups: GROUPS, credentials }, async (stand) => {
    await converse(stand, [
      ['version', /^Server requires authentication\n/, 1],
      ['-u user -p wrong version', /^Server requires authentication\n/, 1],
      ['-u user -p pass version', '4.2.5\n', 0],
    ]);
    const tcp = await startControlServer(
      { kind: 'inet', host: '127.0.0.1', port: 0, credentials: hashed },
      { commands: stand.commands, rpcInterface: true },
    );
    const log = stand.log('web', 'stdout', 'over TCP\n');
    const withPassword = ['-s', tcp.url, '-u', 'user', '-p', 'pass'];
    assert.is((await run(SUPERVISORCTL, ['-s', tcp.url, 'version'])).code, 1);
    assert.is((await run(SUPERVISORCTL, [...withPassword, 'version'])).stdout, '4.2.5\n');
    const client = start(SUPERVISORCTL, [...withPassword, 'tail', '-f', 'web']);
    await until('the log', () => client.output().includes('over TCP\n'));
    client.child.kill('SIGINT');
    await client.finished;
    await until('the server to notice', () => log.listeners === 0);
    await tcp.close();
  });
});

test("Python's xmlrpc.client on TCP keeps its connection", () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const credentials = { username: 'user', password: 'pass' };
    const options = { commands: stand.commands, rpcInterface: true };
    const tcp = await startControlServer({ kind: 'inet', host: '127.0.0.1', port: 0, credentials }, options);
    const script = `
import sys, xmlrpc.client
server = xmlrpc.client.ServerProxy(sys.argv[1])
many = xmlrpc.client.MultiCall(server)
print([server.supervisor.getVersion() for _ in range(50)] == ['3.0'] * 50)
print(server.supervisor.startProcess('web'), server.supervisor.sendProcessStdin('web', xmlrpc.client.Binary(b'\\xff')))
print(server.supervisor.getProcessInfo('web')['statename'])
`;
    const result = await run(PYTHON, ['-c', script, tcp.url.replace('http://', 'http://user:pass@')]);
    assert.is(result.stdout, 'True\nTrue True\nRUNNING\n', result.stderr);
    assert.ok(stand.commands.journal.includes('stdin web:web ff'));
    await tcp.close();
  }));

test('multicall in turn, over the socket', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const result = await python(
      stand.url,
      `print(json.dumps(server.system.multicall([
        {'methodName': 'supervisor.startProcess', 'params': ['web']},
        {'methodName': 'supervisor.stopProcess', 'params': ['nope']},
        {'methodName': 'supervisor.getState'}])))`,
    );
    assert.equal(JSON.parse(result.stdout), [
      true,
      { faultCode: 10, faultString: 'BAD_NAME: nope' },
      { statecode: 1, statename: 'RUNNING' },
    ]);
  }));

test.run();
