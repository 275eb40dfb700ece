// The same listeners under the real supervisord and under ours: what they are told, and what becomes of their answers.

import { compare, type Case } from '../differential/cases.ts';
import type { Side } from '../differential/pair.ts';
import { listener, told, untilRunning, untilTold } from '../../support/listeners.ts';

const CHILDUTILS = new URL('../../fixtures/restarter.py', import.meta.url).pathname;

const REMOTE = 'REMOTE_COMMUNICATION';

async function send(side: Side, ...data: readonly string[]): Promise<void> {
  for (const each of data) await side.rpc('sendRemoteCommEvent', 'test', each);
}

/** The lines of the main log about listeners and pools. */
function complaints(side: Side): string[] {
  return side.log().filter((line) => /^(WARN|ERRO)/.test(line) && !/exited:|received SIG/.test(line));
}

const CASES: Case[] = [
  {
    title: 'what a client sends arrives as it is, with its length in characters',
    sections: listener('l', REMOTE),
    run: async (side) => {
      await untilRunning(side, 'l');
      await side.rpc('sendRemoteCommEvent', 'type', 'data');
      await side.rpc('sendRemoteCommEvent', 'ä€😀', 'two\nlines ä€😀\n');
      await side.rpc('sendRemoteCommEvent', '', '');
      await untilTold(side, 'l', 3);
      return told(side, 'l');
    },
  },
  {
    title: 'what happens before a listener runs waits for it',
    sections: listener('l', REMOTE, 'ok', 'startsecs=2'),
    run: async (side) => {
      await send(side, 'early', 'earlier');
      await untilTold(side, 'l', 2);
      return told(side, 'l');
    },
  },
  {
    title: 'serials count what anybody waits for, pool serials what the pool waits for',
    sections:
      listener('l', REMOTE, 'ok', 'stdout_logfile=%D/l.out') +
      listener('m', 'PROCESS_STATE_STOPPING,remote_communication'),
    run: async (side) => {
      await untilRunning(side, 'l', 'm');
      await send(side, 'a');
      // A listener that is stopped before it has answered would be told again.
      await side.until('the answer', () => side.read('l.out')?.endsWith('OKREADY\n') ?? false);
      await side.rpc('stopProcess', 'l');
      await send(side, 'b');
      await side.rpc('startProcess', 'l');
      await untilTold(side, 'l', 2);
      await untilTold(side, 'm', 3);
      return { l: told(side, 'l'), m: told(side, 'm') };
    },
  },
  {
    title: 'an event that is rejected comes again, before all others',
    sections: listener('l', REMOTE, 'fail 2'),
    run: async (side) => {
      await send(side, 'a', 'b', 'c');
      await untilTold(side, 'l', 5);
      return { told: told(side, 'l'), log: complaints(side) };
    },
  },
  {
    title: 'the event of a listener that dies comes again when it is back',
    sections: listener('l', REMOTE, 'die'),
    run: async (side) => {
      await send(side, 'a', 'b');
      await untilTold(side, 'l', 3);
      return { told: told(side, 'l'), log: side.logOf('l').filter((line) => line.includes('exited')) };
    },
  },
  {
    title: 'a buffer that overflows loses the oldest, and says so',
    sections: listener('l', REMOTE, 'hold %D/go', 'buffer_size=2'),
    run: async (side) => {
      await untilRunning(side, 'l');
      await send(side, 'a');
      await untilTold(side, 'l', 1);
      await send(side, 'b', 'c', 'd', 'e', 'f');
      side.write('go', '');
      await untilTold(side, 'l', 3);
      return { told: told(side, 'l'), log: complaints(side) };
    },
  },
  {
    title: 'a listener that says something else than READY gets nothing until it is started again',
    sections: listener('l', REMOTE, 'garbage'),
    run: async (side) => {
      await untilRunning(side, 'l');
      await side.until('the complaint', () => complaints(side).length > 0);
      await send(side, 'a');
      const before = told(side, 'l');
      await side.rpc('stopProcess', 'l');
      await side.rpc('startProcess', 'l');
      await untilTold(side, 'l', 1);
      return {
        before,
        after: told(side, 'l'),
        log: complaints(side).filter((line) => !/stopped:/.test(line)),
      };
    },
  },
  {
    title: 'a listener that speaks when it should listen gets nothing any more',
    sections: listener('l', REMOTE, 'spurious'),
    run: async (side) => {
      await side.until('the complaint', () => complaints(side).length > 0);
      await send(side, 'a');
      return { told: told(side, 'l'), log: complaints(side) };
    },
  },
  {
    title: 'an answer that is none: the event goes to another process of the pool',
    sections: listener('l', REMOTE, 'badresult', 'numprocs=2', 'process_name=l%(process_num)d'),
    run: async (side) => {
      await untilRunning(side, 'l0', 'l1');
      await send(side, 'a', 'b');
      await untilTold(side, 'l', 3);
      // Whether b goes out before a comes back is for the clock to say.
      const tellings = told(side, 'l').map(({ header, body }) => `${header}\n${body}`);
      return { told: tellings.toSorted(), log: complaints(side) };
    },
  },
  {
    title: 'the events of a pool go to its processes in turn, as far as they are ready',
    sections: listener('l', REMOTE, 'hold %D/go', 'numprocs=3', 'process_name=l%(process_num)d'),
    run: async (side) => {
      await untilRunning(side, 'l0', 'l1', 'l2');
      for (const [index, data] of ['a', 'b', 'c'].entries()) {
        await send(side, data);
        await untilTold(side, 'l', index + 1);
      }
      await send(side, 'd');
      const held = told(side, 'l');
      side.write('go', '');
      await untilTold(side, 'l', 4);
      return {
        held,
        rest: told(side, 'l')
          .slice(3)
          .map(({ header, body }) => [header, body]),
      };
    },
  },
  {
    title: 'a listener with a closed stdin: its pool goes on with another',
    sections:
      listener('l', REMOTE, 'deaf', 'priority=-2') +
      listener('m', REMOTE, 'ok', 'process_name=m%(process_num)d', 'numprocs=2'),
    run: async (side) => {
      await untilRunning(side, 'l', 'm0', 'm1');
      await send(side, 'a', 'b');
      await untilTold(side, 'm', 2);
      return told(side, 'm').map(({ header, body }) => [header, body]);
    },
  },
  {
    title: 'a listener in the manner of superlance ends the supervisor when a program is FATAL',
    sections:
      listener('doctor', 'PROCESS_STATE', 'doctor', 'buffer_size=100') +
      '[program:broken]\ncommand=/bin/false\nstartsecs=5\nstartretries=0\nautostart=false\n',
    run: async (side) => {
      await untilRunning(side, 'doctor');
      await side.rpc('startProcess', 'broken', false);
      const { code } = await side.ended();
      return { code, log: side.log().filter((line) => line.includes('received')) };
    },
  },
  {
    title: "a listener with supervisor's own childutils, which asks back and starts a program again",
    sections: `[eventlistener:l]
command=/usr/bin/python3 ${CHILDUTILS} %D/l.seen
events=PROCESS_STATE_EXITED
environment=SUPERVISOR_USERNAME=dummy,SUPERVISOR_PASSWORD=dummy
[program:once]
command=/bin/sh -c "sleep 1.2; exit 4"
autorestart=false
autostart=false
`,
    run: async (side) => {
      const lines = (): string[] => (side.read('l.seen') ?? '').split('\n').slice(0, -1);
      await untilRunning(side, 'l');
      await side.rpc('startProcess', 'once', false);
      await side.until('two ends', () => lines().length >= 2);
      return lines().slice(0, 2);
    },
  },
  {
    title: 'a listener in sh',
    sections: `[eventlistener:l]
command=/bin/sh -c "while echo READY && read -r header; do echo \\"$header\\" >> %D/l.headers; printf 'RESULT 2\\nOK'; done"
events=SUPERVISOR_STATE_CHANGE
[program:slow]
command=/bin/sh -c "trap 'sleep 1; exit' TERM; while :; do sleep 0.1; done"
`,
    run: async (side) => {
      const lines = (): string[] => (side.read('l.headers') ?? '').split('\n').slice(0, -1);
      await side.until('the first event', () => lines().length === 1);
      await untilRunning(side, 'l', 'slow');
      await side.rpc('shutdown');
      await side.ended();
      return lines();
    },
  },
  {
    title: 'the log of a listener has what it said; its stderr is a stream like any other',
    sections: listener('l', REMOTE, 'fail 1', 'stdout_logfile=%D/l.out', 'stderr_logfile=%D/l.err'),
    run: async (side) => {
      await send(side, 'a');
      await untilTold(side, 'l', 2);
      await side.until('the last READY', () => side.read('l.out')?.endsWith('OKREADY\n') ?? false);
      return { stdout: side.read('l.out'), stderr: side.read('l.err') };
    },
  },
  {
    title: 'a rejected event stays in the pool that rejected it',
    sections: listener('l', REMOTE, 'fail 1') + listener('m', 'TICK_3600'),
    run: async (side) => {
      await untilRunning(side, 'l', 'm');
      await send(side, 'a');
      await untilTold(side, 'l', 2);
      if (side.name === 'real') await untilTold(side, 'm', 1);
      return { l: told(side, 'l'), m: told(side, 'm').map(({ body }) => body) };
    },
    better: {
      m: {
        why: 'it finds the process of the event by its priority, which the processes of all pools may share',
        real: ['type:test\na'],
        ours: [],
      },
    },
  },
  {
    title: 'an event that two names of a pool cover comes once',
    sections: listener('l', `${REMOTE},EVENT`, 'ok', 'buffer_size=100'),
    run: async (side) => {
      const remote = (): string[] =>
        told(side, 'l').flatMap(({ header, body }) => (header.includes(REMOTE) ? [body] : []));
      await send(side, 'a', 'b');
      await side.until('both events', () => remote().includes('type:test\nb'));
      if (side.name === 'real') await side.until('both twice', () => remote().length === 4);
      return { remote: remote() };
    },
    better: {
      remote: {
        why: 'it puts the event into the buffer for each of the names',
        real: ['type:test\na', 'type:test\na', 'type:test\nb', 'type:test\nb'],
        ours: ['type:test\na', 'type:test\nb'],
      },
    },
  },
];

compare('event listeners, beside supervisord', CASES);
