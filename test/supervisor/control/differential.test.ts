// The same calls to the real supervisord and to our server before a fake in the same state: what differs is listed here.

import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from 'uvu';
import type { StreamConfig } from '../../../supervisor/model.ts';
import { callMethod, FaultError, StatusError } from '../../../supervisor/control/client.ts';
import type { Value } from '../../../supervisor/control/xmlrpc.ts';
import { isStruct } from '../../../supervisor/control/xmlrpc.ts';
import { FakeLog, groupOf, STREAM } from '../../fakes/commands.ts';
import { until, withServer } from '../../fakes/control.ts';
import type { Stand } from '../../fakes/control.ts';
import { withSupervisord } from '../../fakes/supervisord.ts';
import type { Oracle } from '../../fakes/supervisord.ts';

const test = suite('control differential');

const SECTIONS = `
[program:cat]
command=/bin/cat
autostart=false
startsecs=0
stdout_logfile=%D/cat.stdout.log
stderr_logfile=%D/cat.stderr.log
environment=A="b"
directory=/tmp
exitcodes=0,3
[program:gone]
command=/no/such/command
autostart=false
stdout_logfile=NONE
stderr_logfile=NONE
[program:folder]
command=/tmp
autostart=false
stdout_logfile=NONE
stderr_logfile=NONE
[program:b]
command=/bin/sleep 100
autostart=false
startsecs=0
priority=2
user=root
redirect_stderr=true
stdout_logfile=%D/b.stdout.log
stdout_logfile_maxbytes=1KB
stdout_logfile_backups=3
stopsignal=INT
stopwaitsecs=5
killasgroup=true
[program:a]
command=/bin/sleep 100
autostart=false
startsecs=0
priority=1
stdout_logfile=syslog
stderr_logfile=%D/a.stderr.log
stderr_logfile_maxbytes=0
stdout_capture_maxbytes=1MB
stdout_events_enabled=true
serverurl=http://example.com
startretries=7
[group:workers]
programs=b,a
priority=5
`;

/** Method, parameters. Where the two differ on purpose, what the real one answers comes third. */
const CALLS: readonly (readonly [method: string, params: readonly Value[], real?: string])[] = [
  ['supervisor.getAPIVersion', []],
  ['supervisor.getVersion', []],
  ['supervisor.getSupervisorVersion', []],
  ['supervisor.getIdentification', []],
  ['supervisor.getState', []],
  ['supervisor.getAllProcessInfo', []],
  ['supervisor.getProcessInfo', ['cat']],
  ['supervisor.getProcessInfo', ['workers:a']],
  ['supervisor.getProcessInfo', ['workers:*']],
  ['supervisor.getProcessInfo', ['nope']],
  ['supervisor.getProcessInfo', []],
  ['supervisor.getProcessInfo', ['cat', 1]],
  ['supervisor.getAllConfigInfo', []],
  // Ours answers with a fault where the real one breaks.
  ['supervisor.getProcessInfo', [5], 'HTTP 500'],
  ['supervisor.startProcess', [['cat']], 'HTTP 500'],
  ['supervisor.readLog', ['x', 0], 'HTTP 500'],
  ['supervisor.startProcess', ['nope']],
  ['supervisor.startProcess', ['gone']],
  ['supervisor.startProcess', ['folder']],
  ['supervisor.startProcess', ['cat']],
  ['supervisor.startProcess', ['cat']],
  ['supervisor.startProcess', ['cat', false]],
  ['supervisor.startProcess', ['cat', true, true]],
  ['supervisor.startProcessGroup', ['nope']],
  ['supervisor.startProcessGroup', ['workers']],
  ['supervisor.startProcessGroup', ['workers']],
  ['supervisor.startProcess', ['workers:*']],
  ['supervisor.startAllProcesses', []],
  ['supervisor.signalProcess', ['cat', 'CONT']],
  ['supervisor.signalProcess', ['cat', '18']],
  ['supervisor.signalProcess', ['cat', 18]],
  ['supervisor.signalProcess', ['cat', 'sigcont']],
  ['supervisor.signalProcess', ['cat', '0']],
  ['supervisor.signalProcess', ['cat', 'CLD']],
  ['supervisor.signalProcess', ['cat', 33]],
  ['supervisor.signalProcess', ['cat', 'FOO']],
  ['supervisor.signalProcess', ['cat', 999]],
  ['supervisor.signalProcess', ['nope', 'CONT']],
  ['supervisor.signalProcess', ['gone', 'CONT']],
  ['supervisor.signalProcess', ['workers:*', 'CONT']],
  ['supervisor.signalProcessGroup', ['workers', 'FOO']],
  ['supervisor.signalProcessGroup', ['nope', 'CONT']],
  ['supervisor.sendProcessStdin', ['nope', 'x']],
  ['supervisor.sendProcessStdin', ['gone', 'x']],
  ['supervisor.sendProcessStdin', ['cat', 5]],
  ['supervisor.sendRemoteCommEvent', ['type', 'data']],
  ['supervisor.sendRemoteCommEvent', [5, true]],
  ['supervisor.readProcessStdoutLog', ['cat', 0, 0]],
  ['supervisor.readProcessStdoutLog', ['cat', 'x', 0], 'HTTP 500'],
  ['supervisor.readProcessStdoutLog', ['cat', -5, 0]],
  ['supervisor.readProcessStdoutLog', ['cat', 2, 3]],
  ['supervisor.readProcessStdoutLog', ['cat', '2', '3']],
  ['supervisor.readProcessStdoutLog', ['cat', 1000, 3]],
  ['supervisor.readProcessStdoutLog', ['cat', -1, 3]],
  ['supervisor.readProcessStdoutLog', ['cat', 0, -3]],
  ['supervisor.readProcessLog', ['cat', 0, 0]],
  ['supervisor.readProcessStderrLog', ['cat', 0, 0]],
  ['supervisor.readProcessStdoutLog', ['gone', 0, 0]],
  ['supervisor.readProcessStdoutLog', ['workers:*', 0, 0]],
  ['supervisor.readProcessStdoutLog', ['nope', 0, 0]],
  ['supervisor.readProcessStdoutLog', ['cat', 0]],
  ['supervisor.tailProcessStdoutLog', ['cat', 0, 100]],
  ['supervisor.tailProcessStdoutLog', ['cat', 0, 3]],
  ['supervisor.tailProcessLog', ['cat', 100, 100]],
  ['supervisor.tailProcessStderrLog', ['cat', 0, 100]],
  ['supervisor.tailProcessStdoutLog', ['gone', 0, 100]],
  ['supervisor.tailProcessStdoutLog', ['nope', 0, 100]],
  ['supervisor.clearProcessLogs', ['nope']],
  ['supervisor.clearProcessLogs', ['workers:*']],
  ['supervisor.clearProcessLog', ['cat']],
  ['supervisor.readProcessStdoutLog', ['cat', 0, 0]],
  // The real one stumbles over the log that goes to syslog.
  ['supervisor.clearAllProcessLogs', [], 'HTTP 500'],
  ['supervisor.reloadConfig', []],
  ['supervisor.reloadConfig', [1]],
  ['supervisor.addProcessGroup', ['cat']],
  ['supervisor.addProcessGroup', ['nope']],
  ['supervisor.addProcessGroup', [5], '10 BAD_NAME: 5'],
  ['supervisor.removeProcessGroup', [5], '10 BAD_NAME: 5'],
  ['supervisor.removeProcessGroup', ['cat']],
  ['supervisor.removeProcessGroup', ['nope']],
  ['supervisor.stopProcess', ['nope']],
  ['supervisor.stopProcess', ['cat']],
  ['supervisor.stopProcess', ['cat']],
  ['supervisor.stopProcessGroup', ['workers']],
  ['supervisor.stopProcessGroup', ['workers']],
  ['supervisor.stopProcessGroup', ['nope']],
  ['supervisor.stopAllProcesses', []],
  ['supervisor.removeProcessGroup', ['cat']],
  ['supervisor.getProcessInfo', ['cat']],
  ['supervisor.reloadConfig', []],
  ['supervisor.getAllConfigInfo', []],
  ['supervisor.addProcessGroup', ['cat']],
  ['supervisor.nope', []],
  ['nope', []],
  ['a.b.c', []],
  ['supervisor._update', ['x']],
  ['supervisor.__class__', []],
  ['system.listMethods', []],
  ['system.methodHelp', ['nope']],
  ['system.methodSignature', ['nope']],
  ['system.multicall', [[]]],
  ['system.multicall', [[{ methodName: 'supervisor.getState' }, { methodName: 'nope' }, {}]]],
  [
    'system.multicall',
    [
      [
        { methodName: 'system.multicall', params: [] },
        { methodName: 'supervisor.getState', params: [1] },
      ],
    ],
  ],
  [
    'system.multicall',
    [
      [
        { methodName: 'supervisor.startProcess', params: ['cat'] },
        { methodName: 'supervisor.stopProcess', params: ['cat'] },
      ],
    ],
  ],
  ['system.multicall', [5]],
  ['supervisor.shutdown', []],
];

test('answers every call as supervisord does', async () => {
  await withSupervisord(SECTIONS, async (oracle) => {
    await withServer({ groups: groupsIn(oracle.directory) }, async (stand) => {
      mirror(stand);
      for (const [method, params, expected] of CALLS) {
        const real = await answerOf(oracle.url, method, params);
        const ours = await answerOf(stand.url, method, params);
        const title = `${method}(${JSON.stringify(params)})`;
        const isChanging = method.endsWith('startProcess') && params[0] === 'cat';
        if (isChanging) await feed(oracle, stand);
        // The members of a group come in the order in which supervisord, which looks once a second, saw them end.
        const settled = /(Group|AllProcesses)$/.test(method) ? inOneOrder : (value: Value): Value => value;
        if (expected === undefined) assert.equal(settled(timeless(ours)), settled(timeless(real)), title);
        else assert.is(real, expected, title);
        // Also where the real one breaks, ours has an answer.
        assert.not.match(JSON.stringify(ours), /^"HTTP/, title);
      }
    });
  });
});

test('gives every method the signature that supervisord gives it', async () => {
  await withSupervisord('', async (oracle) => {
    await withServer({}, async (stand) => {
      const names = (await answerOf(oracle.url, 'system.listMethods', [])) as string[];
      for (const name of names) {
        const real = await answerOf(oracle.url, 'system.methodSignature', [name]);
        assert.equal(await answerOf(stand.url, 'system.methodSignature', [name]), real, name);
      }
    });
  });
});

test.run();

/** The model of SECTIONS, as reading the file would give it. */
function groupsIn(directory: string): ReturnType<typeof groupOf>[] {
  const file = (name: string, fields: Partial<StreamConfig> = {}): StreamConfig => ({
    ...STREAM,
    target: { kind: 'file', path: join(directory, name) },
    ...fields,
  });
  const common = { autostart: false } as const;
  return [
    groupOf('cat', [
      {
        ...common,
        name: 'cat',
        startSecs: 0,
        stdout: file('cat.stdout.log'),
        stderr: file('cat.stderr.log'),
        directory: '/tmp',
        exitCodes: [0, 3],
      },
    ]),
    groupOf('gone', [{ ...common, name: 'gone', commandLine: '/no/such/command' }]),
    groupOf('folder', [{ ...common, name: 'folder', commandLine: '/tmp' }]),
    groupOf(
      'workers',
      [
        {
          ...common,
          name: 'b',
          commandLine: '/bin/sleep 100',
          startSecs: 0,
          priority: 2,
          user: 'root',
          redirectStderr: true,
          stdout: file('b.stdout.log', { maxBytes: 1024, backups: 3 }),
          stopSignal: 'SIGINT',
          stopWaitSecs: 5,
          killAsGroup: true,
        },
        {
          ...common,
          name: 'a',
          commandLine: '/bin/sleep 100',
          startSecs: 0,
          priority: 1,
          stdout: {
            ...STREAM,
            target: { kind: 'syslog' },
            captureMaxBytes: 1024 * 1024,
            eventsEnabled: true,
          },
          stderr: file('a.stderr.log', { maxBytes: 0 }),
          serverUrl: 'http://example.com',
          startRetries: 7,
        },
      ],
      5,
    ),
  ];
}

function mirror(stand: Stand): void {
  stand.commands.mainLogFile = new FakeLog(null, 'main');
  stand.commands.startOutcomes.set('gone', {
    kind: 'no-file',
    message: "can't find command '/no/such/command'",
  });
  stand.commands.startOutcomes.set('folder', {
    kind: 'not-executable',
    message: "command at '/tmp' is a directory",
  });
}

/** Lets cat write the same on both sides. */
async function feed(oracle: Oracle, stand: Stand): Promise<void> {
  if (stand.commands.logs.has('cat.stdout')) return;
  stand.log('cat', 'stdout', 'hello\n');
  stand.log('cat', 'stderr');
  await answerOf(oracle.url, 'supervisor.sendProcessStdin', ['cat', 'hello\n']);
  let real: Value = '';
  const look = async (): Promise<void> => {
    real = await answerOf(oracle.url, 'supervisor.readProcessStdoutLog', ['cat', 0, 0]);
  };
  await until('the oracle to have written', () => {
    void look();
    return real === 'hello\n';
  });
}

async function answerOf(url: string, method: string, params: readonly Value[]): Promise<Value> {
  try {
    return await callMethod({ url, credentials: null }, method, params);
  } catch (error) {
    if (error instanceof FaultError) return `${error.code} ${error.message}`;
    if (error instanceof StatusError) return `HTTP ${error.status}`;
    throw error;
  }
}

function inOneOrder(value: Value): Value {
  if (!Array.isArray(value)) return value;
  return value.toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
}

/** What is a matter of the moment, not of the interface: pids and times; and the directory of each side. */
function timeless(value: Value): Value {
  if (typeof value === 'string')
    return value.replace(/pid \d+, uptime .*|^\w{3} \d\d \d\d:\d\d [AP]M$/, '(moment)');
  if (Array.isArray(value)) return value.map(timeless);
  if (!isStruct(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      const isMoment = ['start', 'stop', 'now', 'pid'].includes(name) && typeof field === 'number';
      return [name, isMoment ? Math.sign(field) : timeless(field)];
    }),
  );
}
