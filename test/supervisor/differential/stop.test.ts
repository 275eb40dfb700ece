// Stopping: signals, groups, the patience with programs, the order of a shutdown, and stops at awkward moments.

import { compare, type Case } from './cases.ts';
import type { Side } from './pair.ts';
import { program } from './programs.ts';

/** Says in `name.got` which signal it got, and ends after it. */
function listening(name: string, ...keys: readonly string[]): string {
  const traps = ['TERM', 'INT', 'QUIT', 'HUP', 'USR1', 'USR2']
    .map((signal) => `trap 'echo ${signal} >> %D/${name}.got; exit 0' ${signal};`)
    .join(' ');
  return script(name, `${traps} : > %D/${name}.up; while :; do sleep 0.05; done`, ...keys);
}

/** Hears the signals and goes on. */
function deaf(name: string, ...keys: readonly string[]): string {
  return script(
    name,
    `trap 'echo TERM >> %D/${name}.got' TERM; : > %D/${name}.up; while :; do sleep 0.05; done`,
    ...keys,
  );
}

function script(name: string, text: string, ...keys: readonly string[]): string {
  return program(name, `/bin/sh -c "${text}"`, 'startsecs=0', ...keys);
}

const up = (side: Side, ...names: readonly string[]): Promise<void> =>
  side.until(`${names.join(', ')} to be up`, () => names.every((name) => side.read(`${name}.up`) !== null));

/** Whether the process of this pid, written by a program into a file, is there and no zombie. */
function lives(side: Side, file: string): boolean {
  try {
    process.kill(Number(side.read(file)), 0);
    return true;
  } catch {
    return false;
  }
}

const stopped = (side: Side): string[] =>
  side.log().flatMap((line) => /stopped: (\w+)/.exec(line)?.[1] ?? []);

const GRANDCHILD =
  "(trap '' HUP; echo $$ > /dev/null; exec sleep 1000) & echo $! > %D/NAME.child; : > %D/NAME.up; wait; wait";

const CASES: Case[] = [
  {
    title: 'each stopsignal reaches the program, and the log tells how it ended',
    sections: ['TERM', 'HUP', 'INT', 'QUIT', 'USR1', 'USR2', '10', 'SIGTERM']
      .map((signal) => listening(`on${signal}`, `stopsignal=${signal}`))
      .concat(program('onKILL', '/bin/sleep 1000', 'startsecs=0', 'stopsignal=KILL'))
      .concat(program('onRTMIN', '/bin/sleep 1000', 'startsecs=0', 'stopsignal=RTMIN'))
      .concat(program('onIOT', '/bin/sleep 1000', 'startsecs=0', 'stopsignal=IOT'))
      .concat(program('default', '/bin/sleep 1000', 'startsecs=0'))
      .join(''),
    run: async (side) => {
      const names = ['TERM', 'HUP', 'INT', 'QUIT', 'USR1', 'USR2', '10', 'SIGTERM'].map(
        (each) => `on${each}`,
      );
      await up(side, ...names);
      const all = [...names, 'onKILL', 'onRTMIN', 'onIOT', 'default'];
      await side.until('all to run', async () => !/STOPPED|STARTING/.test(await side.states()));
      await side.rpc('stopAllProcesses');
      return {
        got: names.map((name) => side.read(`${name}.got`)),
        logs: all.map((name) => side.logOf(name)),
        states: await side.states(),
      };
    },
  },
  {
    title: 'a deaf program is killed after stopwaitsecs',
    sections: deaf('deaf', 'stopwaitsecs=1'),
    run: async (side) => {
      await up(side, 'deaf');
      const answer = await side.rpc('stopProcess', 'deaf');
      return { answer, log: side.logOf('deaf'), got: side.read('deaf.got'), states: await side.states() };
    },
  },
  {
    title:
      'without stopasgroup the grandchild lives on; with it, it gets the signal; with killasgroup it is killed',
    sections:
      script('alone', GRANDCHILD.replaceAll('NAME', 'alone')) +
      script('group', GRANDCHILD.replaceAll('NAME', 'group'), 'stopasgroup=true') +
      script(
        'killed',
        `trap '' TERM; ${GRANDCHILD.replaceAll('NAME', 'killed')}`,
        'killasgroup=true',
        'stopwaitsecs=1',
      ) +
      script('leader', `trap '' TERM; ${GRANDCHILD.replaceAll('NAME', 'leader')}`, 'stopwaitsecs=1'),
    run: async (side) => {
      const names = ['alone', 'group', 'killed', 'leader'];
      await up(side, ...names);
      for (const name of names) await side.rpc('stopProcess', name);
      const gone = ['group', 'killed'];
      await side.until('the groups to be gone', () => gone.every((name) => !lives(side, `${name}.child`)));
      return {
        alive: names.filter((name) => lives(side, `${name}.child`)),
        logs: names.map((name) => side.logOf(name)),
      };
    },
  },
  {
    title: 'signalProcess reaches the leader alone, and changes no state',
    sections: script(
      'hears',
      "trap 'echo leader >> %D/hears.got' USR1; (trap 'echo child >> %D/hears.got' USR1; while :; do sleep 0.05; done) & : > %D/hears.up; while :; do wait; done",
      'stopasgroup=true',
    ),
    run: async (side) => {
      await up(side, 'hears');
      const answer = await side.rpc('signalProcess', 'hears', 'USR1');
      await side.until('the signal', () => side.read('hears.got') !== null);
      return { answer, got: side.read('hears.got'), states: await side.states(), log: side.logOf('hears') };
    },
  },
  {
    title: 'a program in BACKOFF is STOPPED at once, and one that is STARTING is stopped',
    sections:
      program('backing', '/bin/false', 'startretries=30', 'startsecs=5') +
      program('starting', '/bin/sleep 1000', 'startsecs=30'),
    run: async (side) => {
      await side.until('BACKOFF', async () => (await side.states()).includes('backing:BACKOFF'));
      const answers = [await side.rpc('stopProcess', 'backing'), await side.rpc('stopProcess', 'starting')];
      return { answers, states: await side.states(), log: side.logOf('starting') };
    },
  },
  {
    title: 'TERM stops in the order of descending priority, and the exit code is 0',
    sections: [30, 10, 20].map((each) => listening(`p${each}`, `priority=${each}`)).join(''),
    run: async (side) => {
      await up(side, 'p30', 'p10', 'p20');
      side.signal('SIGTERM');
      const { code, signal } = await side.ended();
      return {
        code,
        signal,
        stopped: stopped(side),
        files: side.files().filter((file) => ['pid', 'sock'].includes(file)),
        log: side.log().filter((line) => /received|to die|to stop|stopped/.test(line)),
      };
    },
  },
  {
    title: 'the members of a group stop together, a later group when the first has gone',
    sections:
      listening('first', 'priority=1') +
      listening('second', 'priority=2') +
      listening('early', 'priority=5') +
      '[group:both]\nprograms=first,second\npriority=10\n',
    run: async (side) => {
      await up(side, 'first', 'second', 'early');
      side.signal('SIGINT');
      const { code } = await side.ended();
      const order = stopped(side);
      return { code, last: order.at(-1), together: order.slice(0, 2).toSorted() };
    },
  },
  {
    title: 'QUIT ends it as TERM does; programs that ignore TERM are killed in their own time',
    sections: deaf('stubborn', 'stopwaitsecs=2') + listening('meek'),
    run: async (side) => {
      await up(side, 'stubborn', 'meek');
      side.signal('SIGQUIT');
      const { code } = await side.ended();
      return {
        code,
        stubborn: side.logOf('stubborn').filter((line) => !line.includes('to die')),
        got: side.read('stubborn.got'),
      };
    },
  },
  {
    title: 'a second TERM changes nothing, and HUP is ignored while it stops',
    sections: deaf('slow', 'stopwaitsecs=3'),
    run: async (side) => {
      await up(side, 'slow');
      side.signal('SIGTERM');
      await side.until('the first', () => side.log().some((line) => line.includes('received SIGTERM')));
      await side.until('the stop', () => side.read('slow.got') !== null);
      side.signal('SIGTERM');
      const count = (text: string): number => side.log().filter((line) => line.includes(text)).length;
      await side.until('the second', () => count('received SIGTERM') === 2);
      side.signal('SIGHUP');
      await side.until('HUP to be ignored', () => count('ignored SIGHUP') === 1);
      const { code } = await side.ended();
      return {
        code,
        got: side.read('slow.got'),
        received: side.log().filter((line) => /received|ignored|killing/.test(line)),
      };
    },
  },
  {
    title: 'TERM while programs are STARTING and in BACKOFF',
    sections:
      program('rising', '/bin/sleep 1000', 'startsecs=60') +
      program('falling', '/bin/false', 'startretries=60', 'startsecs=5'),
    run: async (side) => {
      await side.until('BACKOFF', () => side.log().some((line) => line.includes('exited: falling')));
      side.signal('SIGTERM');
      const { code } = await side.ended();
      return {
        code,
        rising: side.logOf('rising').filter((line) => !line.includes('to die')),
        restarted: side.log().some((line) => line.includes('SIGTERM') && line.includes('spawned')),
      };
    },
  },
  {
    title: 'TERM right after the start',
    sections: program('any', '/bin/sleep 1000'),
    run: async (side) => {
      side.signal('SIGTERM');
      const { code } = await side.ended();
      return { code, files: side.files().filter((file) => ['pid', 'sock'].includes(file)) };
    },
  },
  {
    title: 'a stop of what has exited, is stopped or is FATAL is refused; a group tells of its members',
    sections:
      program('over', '/bin/true', 'startsecs=0', 'autorestart=false') +
      program('idle', '/bin/sleep 1000', 'autostart=false') +
      program('fatal', '/bin/false', 'startretries=0', 'startsecs=2') +
      listening('busy'),
    run: async (side) => {
      await up(side, 'busy');
      await side.until('all to settle', async () => /fatal:FATAL.*over:EXITED/.test(await side.states()));
      const answers = [];
      for (const name of ['over', 'idle', 'fatal', 'busy:*', 'busy']) {
        answers.push(await side.rpc('stopProcess', name));
      }
      return { answers, states: await side.states() };
    },
  },
];

compare('differential stop', CASES);
