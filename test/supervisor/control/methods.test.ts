import * as assert from 'uvu/assert';
import { suite } from 'uvu';
import { createMethods } from '../../../supervisor/control/methods.ts';
import type { Response, Value } from '../../../supervisor/control/xmlrpc.ts';
import { FakeCommands, FakeLog, groupOf } from '../../fakes/commands.ts';

const test = suite('methods');

interface Bench {
  readonly commands: FakeCommands;
  readonly call: (method: string, ...params: readonly Value[]) => Promise<Value>;
  /** `CODE TEXT` of the fault, or what was answered instead of one. */
  readonly fault: (method: string, ...params: readonly Value[]) => Promise<string>;
}

function bench(rpcInterface = true): Bench {
  const commands = new FakeCommands([
    groupOf('web', [{ name: 'web' }]),
    groupOf(
      'workers',
      [
        { name: 'b', priority: 2 },
        { name: 'a', priority: 1 },
      ],
      5,
    ),
  ]);
  const methods = createMethods({ commands, nowMs: () => 0 }, { rpcInterface });
  const ask = (method: string, params: readonly Value[]): Promise<Response> =>
    methods.call({ method: method.includes('.') ? method : `supervisor.${method}`, params });
  return {
    commands,
    call: async (method, ...params) => {
      const answer = await ask(method, params);
      if (answer.kind === 'fault') throw new Error(`${answer.code} ${answer.text}`);
      return answer.value;
    },
    fault: async (method, ...params) => {
      const answer = await ask(method, params);
      return answer.kind === 'fault' ? `${answer.code} ${answer.text}` : JSON.stringify(answer.value);
    },
  };
}

const FAULTS: readonly [method: string, params: readonly Value[], fault: string][] = [
  ['nope', [], '1 UNKNOWN_METHOD'],
  ['nope.getState', [], '1 UNKNOWN_METHOD'],
  ['supervisor.a.b', [], '1 UNKNOWN_METHOD'],
  ['supervisor.constructor', [], '1 UNKNOWN_METHOD'],
  ['supervisor.__proto__', [], '1 UNKNOWN_METHOD'],
  ['getState', [1], '2 INCORRECT_PARAMETERS'],
  ['startProcess', [], '2 INCORRECT_PARAMETERS'],
  ['startProcess', ['web', true, 1], '2 INCORRECT_PARAMETERS'],
  ['startProcess', [5], '2 INCORRECT_PARAMETERS'],
  ['startProcess', [null], '2 INCORRECT_PARAMETERS'],
  ['startProcess', ['nope'], '10 BAD_NAME: nope'],
  ['startProcess', ['workers:nope'], '10 BAD_NAME: workers:nope'],
  ['startProcess', ['../../etc/passwd'], '10 BAD_NAME: ../../etc/passwd'],
  ['startProcess', ['nope:*'], '10 BAD_NAME: nope:*'],
  ['startProcessGroup', ['nope'], '10 BAD_NAME: nope'],
  ['stopProcess', ['web'], '70 NOT_RUNNING: web'],
  ['stopProcess', ['nope'], '10 BAD_NAME: nope'],
  ['signalProcess', ['web', 'FOO'], '11 BAD_SIGNAL: FOO'],
  ['signalProcess', ['web', 999], '11 BAD_SIGNAL: 999'],
  ['signalProcess', ['web', 'HUP'], '70 NOT_RUNNING: web'],
  ['sendProcessStdin', ['web', 5], '2 INCORRECT_PARAMETERS: 5'],
  ['sendProcessStdin', ['web', 'x'], '70 NOT_RUNNING: web'],
  ['sendProcessStdin', ['workers:*', 'x'], '10 BAD_NAME: workers:*'],
  ['getProcessInfo', ['workers:*'], '10 BAD_NAME: workers:*'],
  ['readProcessStdoutLog', ['web', 0, 0], '20 NO_FILE'],
  ['readProcessStdoutLog', ['nope', 0, 0], '10 BAD_NAME: nope'],
  ['readLog', [0, 0], '20 NO_FILE'],
  ['readLog', ['x', 0], '2 INCORRECT_PARAMETERS'],
  ['clearLog', [], '20 NO_FILE'],
  ['clearProcessLogs', ['nope'], '10 BAD_NAME: nope'],
  ['addProcessGroup', ['web'], '90 ALREADY_ADDED: web'],
  ['addProcessGroup', ['nope'], '10 BAD_NAME: nope'],
  ['removeProcessGroup', ['nope'], '10 BAD_NAME: nope'],
  ['system.methodHelp', ['nope'], '4 SIGNATURE_UNSUPPORTED'],
  ['system.methodSignature', ['nope'], '4 SIGNATURE_UNSUPPORTED'],
];

for (const [method, params, fault] of FAULTS) {
  test(`${method}(${JSON.stringify(params).slice(1, -1)}) is ${fault}`, async () => {
    assert.is(await bench().fault(method, ...params), fault);
  });
}

test('maps every outcome of a start to its fault', async () => {
  const { commands, fault } = bench();
  const outcomes = [
    [{ kind: 'already-started' }, '60 ALREADY_STARTED: web'],
    [{ kind: 'no-file', message: "can't find command 'x'" }, "20 NO_FILE: can't find command 'x'"],
    [{ kind: 'not-executable', message: 'why' }, '21 NOT_EXECUTABLE: why'],
    [{ kind: 'spawn-error', message: 'why' }, '50 SPAWN_ERROR: web'],
    [{ kind: 'abnormal-termination' }, '40 ABNORMAL_TERMINATION: web'],
    [{ kind: 'unknown-state' }, '30 FAILED: web is in an unknown process state'],
    [{ kind: 'no-such-process' }, '10 BAD_NAME: web'],
    [{ kind: 'started' }, 'true'],
  ] as const;
  for (const [outcome, expected] of outcomes) {
    commands.startOutcomes.set('web', outcome);
    assert.is(await fault('startProcess', 'web'), expected);
  }
});

test('starts a group by priority, only what does not run, and lists what failed', async () => {
  const { commands, call } = bench();
  commands.change('workers', 'b', { state: 'RUNNING', pid: 5 });
  commands.startOutcomes.set('a', { kind: 'spawn-error', message: 'x' });
  assert.equal(await call('startProcess', 'workers:*', false), [
    { name: 'a', group: 'workers', status: 50, description: 'SPAWN_ERROR: workers:a' },
  ]);
  assert.equal(commands.journal, ['start workers:a nowait']);
});

test('starts and stops all side by side, in the order of groups and priorities', async () => {
  const { commands, call } = bench();
  commands.held.add('a');
  const starting = call('startAllProcesses');
  await Promise.resolve();
  assert.equal(commands.journal, ['start workers:a wait', 'start workers:b wait', 'start web:web wait']);
  commands.release();
  const names = ((await starting) as { name: string }[]).map(({ name }) => name);
  assert.equal(names, ['b', 'web', 'a'], 'in the order in which they were up');
  assert.is(((await call('stopAllProcesses')) as Value[]).length, 3);
  assert.equal(await call('stopAllProcesses'), []);
});

test('signals only what has a process, and refuses a bad signal for each', async () => {
  const { commands, call } = bench();
  commands.change('workers', 'b', { state: 'STOPPING', pid: 5 });
  commands.change('workers', 'a', { state: 'BACKOFF' });
  assert.equal(await call('signalProcessGroup', 'workers', '10'), [
    { name: 'b', group: 'workers', status: 80, description: 'OK' },
  ]);
  assert.equal(commands.journal, ['signal workers:b SIGUSR1']);
  assert.equal(await call('signalAllProcesses', 'FOO'), [
    { name: 'b', group: 'workers', status: 11, description: 'BAD_SIGNAL: FOO' },
  ]);
});

test('writes text as UTF-8 and base64 as its bytes to standard input', async () => {
  const { commands, call } = bench();
  commands.change('web', 'web', { state: 'RUNNING', pid: 5 });
  await call('sendProcessStdin', 'web', 'ä');
  await call('sendProcessStdin', 'web', new Uint8Array([0, 255]));
  assert.equal(commands.journal, ['stdin web:web c3a4', 'stdin web:web 00ff']);
});

test('answers with text whatever a log holds', async () => {
  const { commands, call } = bench();
  commands.logs.set('web.stdout', new FakeLog(null, Buffer.from([0x61, 0xff, 0x00, 0xc3])));
  assert.is(await call('readProcessStdoutLog', 'web', 0, 0), 'a\ufffd\0\ufffd');
  assert.equal(await call('tailProcessStdoutLog', 'web', 0, 100), ['a\ufffd\0\ufffd', 4, false]);
  assert.equal(await call('tailProcessStderrLog', 'web', 0, 100), ['', 0, false]);
});

test('while stopping, answers nothing but system methods and sendRemoteCommEvent', async () => {
  for (const state of ['SHUTDOWN', 'RESTARTING'] as const) {
    const { commands, fault, call } = bench();
    commands.state = state;
    for (const name of (await call('system.listMethods')) as string[]) {
      const params = (await call('system.methodSignature', name)) as string[];
      const answer = await fault(name, ...params.slice(1).map((type) => (type === 'array' ? [] : 'x')));
      const isAlways = name.startsWith('system.') || name === 'supervisor.sendRemoteCommEvent';
      assert.is(answer.startsWith('6 SHUTDOWN_STATE'), !isAlways, name);
    }
  }
});

test('knows only the system methods without [rpcinterface:supervisor]', async () => {
  const { call, fault } = bench(false);
  const names = ['system.listMethods', 'system.methodHelp', 'system.methodSignature', 'system.multicall'];
  assert.equal(await call('system.listMethods'), names);
  assert.is(await fault('getVersion'), '1 UNKNOWN_METHOD');
});

test('helps with every method', async () => {
  const { call } = bench();
  for (const name of (await call('system.listMethods')) as string[]) {
    assert.match((await call('system.methodHelp', name)) as string, /@return/);
  }
});

test('makes several calls in turn, each with its own fault, and never nested', async () => {
  const { commands, call } = bench();
  commands.held.add('web');
  const calls: Value[] = [
    { methodName: 'supervisor.startProcess', params: ['web'] },
    { methodName: 'supervisor.stopProcess', params: ['web'] },
    { methodName: 'supervisor.getPID' },
    { methodName: 'nope', params: [] },
    { methodName: 'system.multicall', params: [[]] },
    { params: [] },
    { methodName: 'supervisor.getPID', params: 'x' },
    'x',
  ];
  const answer = call('system.multicall', calls);
  await Promise.resolve();
  assert.equal(commands.journal, ['start web:web wait']);
  commands.release();
  assert.equal(await answer, [
    true,
    true,
    process.pid,
    { faultCode: 1, faultString: 'UNKNOWN_METHOD' },
    { faultCode: 2, faultString: 'INCORRECT_PARAMETERS: Recursive system.multicall forbidden' },
    { faultCode: 2, faultString: 'INCORRECT_PARAMETERS: No methodName' },
    { faultCode: 2, faultString: 'INCORRECT_PARAMETERS' },
    { faultCode: 2, faultString: 'INCORRECT_PARAMETERS: a call is a struct' },
  ]);
});

test('tells what a reread would change, and why it cannot', async () => {
  const { commands, call, fault } = bench();
  commands.configure([groupOf('web', [{ name: 'web', startSecs: 9 }]), groupOf('new', [{ name: 'new' }])]);
  assert.equal(await call('reloadConfig'), [[['new'], ['web'], ['workers']]]);
  commands.rereadFails = 'line 3 is wrong';
  assert.is(await fault('reloadConfig'), '92 CANT_REREAD: line 3 is wrong');
});

test('refuses to remove what runs', async () => {
  const { commands, call, fault } = bench();
  commands.change('web', 'web', { state: 'RUNNING', pid: 5 });
  assert.is(await fault('removeProcessGroup', 'web'), '91 STILL_RUNNING: web');
  commands.change('web', 'web', { state: 'STOPPED', pid: null });
  assert.is(await call('removeProcessGroup', 'web'), true);
  assert.is(await call('addProcessGroup', 'web'), true);
});

test.run();
