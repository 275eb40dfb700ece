// Restarts of the whole, by HUP and by clients; the sequence of states that a listener hears; fg.

import { readFileSync } from 'node:fs';
import { compare, type Case } from './cases.ts';
import { BASE, type Side } from './pair.ts';
import { program } from './programs.ts';

const STEADY = program('steady', '/bin/sleep 1000', 'startsecs=0');
const IDLE = program('idle', '/bin/sleep 1000', 'startsecs=0', 'autostart=false');

const settled = (side: Side): Promise<void> =>
  side.until(
    'all to settle',
    async () =>
      !/STARTING|BACKOFF|STOPPING/.test(await side.states()) && (await side.states()).includes('RUNNING'),
  );

/** A listener that writes each change of state into a file, in the protocol of event listeners. */
const LISTENER = `#!/usr/bin/python3
import sys
out = open('%D/states', 'a')
while True:
    sys.stdout.write('READY\\n'); sys.stdout.flush()
    header = dict(pair.split(':') for pair in sys.stdin.readline().split())
    payload = sys.stdin.read(int(header['len']))
    fields = dict(pair.split(':', 1) for pair in payload.split())
    for moment in ('pid',):
        if moment in fields: fields[moment] = 'N' if fields[moment] != '0' else '0'
    out.write(fields['processname'] + ' ' + header['eventname'] + ' ' + ' '.join(k + ':' + fields[k] for k in sorted(fields) if k != 'processname') + '\\n'); out.flush()
    sys.stdout.write('RESULT 2\\nOK'); sys.stdout.flush()
`;

const LISTENS =
  '[eventlistener:watch]\ncommand=/usr/bin/python3 %D/listener\nevents=PROCESS_STATE\nautostart=false\nbuffer_size=1000\nstartsecs=0\n';

/** The sequence of states of each program. */
const statesOf = (side: Side, ...names: readonly string[]): Record<string, string[]> => {
  const lines = (side.read('states') ?? '').split('\n');
  return Object.fromEntries(names.map((name) => [name, lines.filter((line) => line.startsWith(`${name} `))]));
};

const CASES: Case[] = [
  {
    title: 'HUP restarts with the same pid and the new configuration: programs, log level, servers',
    sections: STEADY + IDLE,
    run: async (side) => {
      await settled(side);
      const pid = side.read('pid');
      side.write(
        'supervisord.conf',
        BASE.replaceAll('%D/sock', '%D/sock2').replace('logfile=%D/main.log', 'logfile=%D/second.log') +
          program('fresh', '/bin/sleep 1000', 'startsecs=0'),
      );
      side.signal('SIGHUP');
      await side.until('the new start', () => (side.read('second.log') ?? '').includes('entered RUNNING'));
      const { stdout } = await side.ctl('status');
      return {
        samePid: side.read('pid') === pid,
        stdout,
        sockets: side.files().filter((file) => file.startsWith('sock')),
        steady: side.logOf('steady'),
        fresh: /spawned: 'fresh'/.test(side.read('second.log') ?? ''),
      };
    },
  },
  {
    title: 'reload and shutdown by supervisorctl',
    sections: STEADY,
    run: async (side) => {
      await settled(side);
      const reload = await side.ctl('reload');
      await side.until(
        'the second start',
        () => side.logOf('steady').filter((line) => line.includes('success')).length === 2,
      );
      const shutdown = await side.ctl('shutdown');
      const { code } = await side.ended();
      return {
        reload,
        shutdown,
        code,
        log: side.logOf('steady'),
        files: side.files().filter((file) => ['sock', 'pid'].includes(file)),
      };
    },
  },
  {
    title: 'TERM during a reload ends it',
    sections: program(
      'slow',
      `/bin/sh -c "trap 'echo got > %D/slow.got' TERM; : > %D/slow.up; while :; do sleep 0.05; done"`,
      'startsecs=0',
      'stopwaitsecs=3',
    ),
    run: async (side) => {
      await side.until('it to be up', () => side.read('slow.up') !== null);
      side.signal('SIGHUP');
      await side.until('the stop', () => side.read('slow.got') !== null);
      const state = await side.rpc('getState');
      side.signal('SIGTERM');
      const { code } = await side.ended();
      return {
        code,
        state,
        starts: side.log().filter((line) => line.includes('supervisord started')).length,
      };
    },
  },
  {
    title: 'the sequence of states as an event listener hears it',
    sections:
      LISTENS +
      program('steady', '/bin/sleep 1000', 'startsecs=1', 'autostart=false') +
      program('failing', '/bin/false', 'startsecs=2', 'startretries=1', 'autostart=false') +
      program('missing', '/no/such/missing', 'startretries=1', 'autostart=false') +
      program(
        'ends',
        '/bin/sh -c "sleep 1.5; exit 4"',
        'startsecs=1',
        'autorestart=false',
        'autostart=false',
      ) +
      program('expected', '/bin/sh -c "sleep 1.5; exit 4"', 'startsecs=1', 'exitcodes=4', 'autostart=false') +
      program('kicked', '/bin/sleep 1000', 'startsecs=60', 'autostart=false'),
    run: async (side) => {
      side.write('listener', LISTENER);
      await side.rpc('startProcess', 'watch');
      for (const name of ['steady', 'failing', 'missing', 'ends', 'expected', 'kicked']) {
        await side.rpc('startProcess', name, false);
      }
      const heard = (text: string): boolean => (side.read('states') ?? '').includes(text);
      await side.until('the exits', () =>
        ['failing PROCESS_STATE_FATAL', 'ends PROCESS_STATE_EXITED', 'expected PROCESS_STATE_EXITED'].every(
          heard,
        ),
      );
      await side.until('steady to run', () => heard('steady PROCESS_STATE_RUNNING'));
      await side.rpc('stopProcess', 'steady');
      await side.rpc('stopProcess', 'kicked');
      await side.until(
        'the stops',
        () => heard('steady PROCESS_STATE_STOPPED') && heard('kicked PROCESS_STATE_STOPPED'),
      );
      return statesOf(side, 'steady', 'failing', 'missing', 'ends', 'expected', 'kicked');
    },
  },
  {
    title: 'supervisorctl fg shows what comes and writes what is typed',
    sections:
      '[program:cat]\ncommand=/bin/cat\nstartsecs=0\nstdout_logfile=%D/cat.log\nstderr_logfile=NONE\n',
    run: async (side) => {
      await settled(side);
      const fg = side.foreground('cat');
      fg.child.stdin?.write('typed\n');
      await side.until('the echo', () => (side.read('cat.log') ?? '').includes('typed'));
      await side.until('the tail', () => fg.stdout().includes('typed'));
      fg.child.kill('SIGINT');
      await fg.finished;
      return { log: readFileSync(`${side.directory}/cat.log`, 'utf8'), shown: fg.stdout().includes('typed') };
    },
  },
];

compare('differential reload', CASES);
