// The states of a process: starts, failed starts, exits and restarts, under the real supervisord and under ours.

import { compare, type Case } from './cases.ts';
import type { Side } from './pair.ts';
import { counting, program, starts } from './programs.ts';

type Final = 'RUNNING' | 'FATAL' | 'EXITED';

const LAST_LINE: Readonly<Record<Final, RegExp>> = {
  RUNNING: /^INFO success:/,
  FATAL: /^INFO gave up:/,
  EXITED: /^(INFO|WARN) exited:/,
};

/** Waits until each program is in its final state, and observes of each its lines, its state and its starts. */
function settle(final: Readonly<Record<string, Final>>): (side: Side) => Promise<Record<string, unknown>> {
  return async (side) => {
    const names = Object.keys(final);
    for (const name of names) {
      const pattern = LAST_LINE[final[name] ?? 'RUNNING'];
      await side.until(`${name} to be ${final[name]}`, () => pattern.test(side.logOf(name).at(-1) ?? ''));
    }
    const states = (await side.states()).split(' ');
    return Object.fromEntries(
      names.flatMap((name) => [
        [name, side.logOf(name)],
        [`${name} ends as`, states.find((state) => state.startsWith(`${name}:`))],
        [`${name} starts`, starts(side, name)],
      ]),
    );
  };
}

/** Waits until a program has been started this many times, then stops it; the log of the first ones is compared. */
function restarts(name: string, times: number): Case['run'] {
  return async (side) => {
    await side.until(`${name} to be started ${times} times`, () => starts(side, name) >= times);
    return { log: side.logOf(name).slice(0, 2 * times) };
  };
}

const CASES: Case[] = [
  {
    title: 'a program that stays up is RUNNING after startsecs, at once where that is 0',
    sections:
      program('steady', '/bin/sleep 1000') +
      program('instant', '/bin/sleep 1000', 'startsecs=0') +
      program('patient', '/bin/sleep 1000', 'startsecs=2'),
    run: settle({ steady: 'RUNNING', instant: 'RUNNING', patient: 'RUNNING' }),
  },
  {
    title: 'a quick exit with startsecs=0 is EXITED, never BACKOFF; what is expected is for exitcodes to say',
    sections:
      program('briefly', counting('briefly', 'exit 3'), 'startsecs=0', 'autorestart=false') +
      program('allowed', counting('allowed', 'exit 3'), 'startsecs=0', 'exitcodes=0,3') +
      program('always0', counting('always0', 'exit 0'), 'startsecs=0', 'autorestart=false', 'exitcodes=2'),
    run: async (side) => {
      const seen = await settle({ briefly: 'EXITED', allowed: 'EXITED', always0: 'EXITED' })(side);
      // Whether the real one notices that the program was RUNNING depends on its poll.
      return Object.fromEntries(
        Object.entries(seen).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.filter((line) => !String(line).includes('success')) : value,
        ]),
      );
    },
  },
  {
    title: 'the end after startsecs is expected or not, and by a signal never',
    sections:
      program('good', counting('good', 'sleep 1.5'), 'startsecs=1', 'autorestart=unexpected') +
      program('bad', counting('bad', 'sleep 1.5; exit 7'), 'startsecs=1', 'autorestart=false') +
      program('killed', counting('killed', 'sleep 1.5; kill -9 $$'), 'startsecs=1', 'autorestart=false') +
      program('listed', counting('listed', 'sleep 1.5; exit 7'), 'startsecs=1', 'exitcodes=7') +
      program(
        'unlisted',
        counting('unlisted', 'sleep 1.5'),
        'startsecs=1',
        'exitcodes=7',
        'autorestart=false',
      ),
    run: settle({ good: 'EXITED', bad: 'EXITED', killed: 'EXITED', listed: 'EXITED', unlisted: 'EXITED' }),
  },
  {
    title: 'startretries=0 and 1: one more start than retries, then FATAL',
    sections:
      program('never', counting('never', 'exit 1'), 'startsecs=5', 'startretries=0') +
      program('once', counting('once', 'exit 1'), 'startsecs=5', 'startretries=1') +
      program('calm', counting('calm', 'exit 0'), 'startsecs=5', 'startretries=1', 'autorestart=false'),
    run: settle({ never: 'FATAL', once: 'FATAL', calm: 'FATAL' }),
  },
  {
    title: 'startretries=2 waits 1, 2 seconds between three starts, and a signal counts as an exit',
    sections:
      program('thrice', counting('thrice', 'exit 0'), 'startsecs=5', 'startretries=2') +
      program('shot', counting('shot', 'kill -9 $$'), 'startsecs=5', 'startretries=2'),
    run: settle({ thrice: 'FATAL', shot: 'FATAL' }),
  },
  {
    title: 'spawn errors: what cannot be started is tried again, and then FATAL',
    sections:
      program('missing', '/nonexistent/missing', 'startretries=1') +
      program('unfound', 'unfound', 'startretries=1') +
      program('folder', '%D/folder/', 'startretries=1').replace('%D/folder/', '/var/lib') +
      program('plain', '%D/plain', 'startretries=1') +
      program('quoting', '/bin/echo "quoting', 'startretries=1'),
    run: async (side) => {
      const said = (text: string): boolean =>
        side.log().filter((line) => line.includes(`${text} entered FATAL`)).length === 1;
      const names = ['missing', 'unfound', 'folder', 'plain', 'quoting'];
      for (const name of names) await side.until(`${name} to be FATAL`, () => said(name));
      const all = (await side.rpc('getAllProcessInfo')) as {
        name: string;
        spawnerr: string;
        description: string;
      }[];
      const errors = side.log().filter((line) => line.includes('spawnerr'));
      return {
        states: await side.states(),
        lines: errors.toSorted(),
        spawnerr: all.map((each) => `${each.name}: ${each.spawnerr}`.replaceAll(side.directory, '%D')),
      };
    },
  },
  {
    title: 'a command that was missing is found at a later start',
    sections: program('later', '%D/later', 'startretries=20'),
    run: async (side) => {
      await side.until('an error', () => side.log().some((line) => line.includes('spawnerr')));
      side.write('later', '#!/bin/sh\nexec sleep 1000\n');
      return settle({ later: 'RUNNING' })(side);
    },
  },
  {
    title: 'a file without an interpreter, and one of no format, end with 127',
    sections:
      program('orphaned', '%D/orphaned', 'startretries=0', 'autostart=false') +
      program('formless', '%D/formless', 'startretries=0', 'autostart=false'),
    run: async (side) => {
      side.write('orphaned', '#!/nonexistent/interpreter\n');
      side.write('formless', 'no format');
      return [await side.rpc('startProcess', 'orphaned'), await side.rpc('startProcess', 'formless')];
    },
  },
  {
    title: 'a directory that is missing: the start fails with the reason',
    sections: program('lost', '/bin/sleep 1000', 'directory=/nonexistent', 'startretries=1'),
    run: settle({ lost: 'FATAL' }),
    better: {
      lost: {
        why: 'nothing is forked that cannot become the program, and the spawn error says why',
        real: [
          "INFO spawned: 'lost' with pid N",
          'WARN exited: lost (exit status 127; not expected)',
          "INFO spawned: 'lost' with pid N",
          'WARN exited: lost (exit status 127; not expected)',
          'INFO gave up: lost entered FATAL state, too many start retries too quickly',
        ],
        ours: ['INFO gave up: lost entered FATAL state, too many start retries too quickly'],
      },
    },
  },
  {
    title: 'autorestart=unexpected starts again after a bad exit, autorestart=true after a good one too',
    sections: program('again', counting('again', 'sleep 1.2; exit 1'), 'autorestart=unexpected'),
    run: restarts('again', 3),
  },
  {
    title: 'autorestart=true starts again whatever the exit',
    sections: program('ever', counting('ever', 'sleep 1.2'), 'autorestart=true'),
    run: restarts('ever', 3),
  },
  {
    title:
      'autostart=false stays STOPPED until it is asked for; a FATAL one starts when asked, with new retries',
    sections:
      program('idle', '/bin/sleep 1000', 'autostart=false') +
      program('broken', counting('broken', 'exit 1'), 'autostart=false', 'startretries=0', 'startsecs=2'),
    run: async (side) => {
      const before = await side.states();
      const first = await side.rpc('startProcess', 'broken');
      await side.until('FATAL', async () => (await side.states()).includes('broken:FATAL'));
      const second = await side.rpc('startProcess', 'broken');
      await side.until('FATAL', async () => (await side.states()).includes('broken:FATAL'));
      const idle = await side.rpc('startProcess', 'idle');
      return { before, first, second, idle, after: await side.states(), log: side.logOf('broken') };
    },
  },
  {
    title: 'numprocs, process_name, numprocs_start, and groups',
    sections:
      program(
        'many',
        '/bin/sleep 1000',
        'numprocs=3',
        'process_name=%(program_name)s_%(process_num)02d',
        'numprocs_start=5',
        'startsecs=0',
      ) +
      program('left', '/bin/sleep 1000', 'startsecs=0') +
      program('right', '/bin/sleep 1000', 'startsecs=0') +
      '[group:pair]\nprograms=left,right\n',
    run: async (side) => {
      await side.until('all to run', async () => !/STOPPED|STARTING/.test(await side.states()));
      const all = (await side.rpc('getAllProcessInfo')) as {
        name: string;
        group: string;
        statename: string;
      }[];
      return {
        all: all.map((each) => `${each.group}:${each.name} ${each.statename}`),
        log: ['many_05', 'many_06', 'many_07', 'left', 'right'].map((name) => side.logOf(name)),
      };
    },
  },
  {
    title: 'priorities decide the order of starts, those of groups before those of programs',
    sections:
      program('p30', '/bin/sleep 1000', 'priority=30') +
      program('p10', '/bin/sleep 1000', 'priority=10') +
      program('p20', '/bin/sleep 1000', 'priority=20') +
      program('in9', '/bin/sleep 1000', 'priority=9') +
      program('in1', '/bin/sleep 1000', 'priority=1') +
      '[group:g15]\nprograms=in9,in1\npriority=15\n',
    run: async (side) => {
      const spawned = (): string[] => side.log().filter((line) => line.includes('spawned'));
      await side.until('all to be started', () => spawned().length === 5);
      return { order: spawned().map((line) => /'(\w+)'/.exec(line)?.[1]) };
    },
    better: {
      order: {
        why: 'the priority of a program counts within its group at the start too, as the manual has it',
        real: ['p10', 'in9', 'in1', 'p20', 'p30'],
        ours: ['p10', 'in1', 'in9', 'p20', 'p30'],
      },
    },
  },
];

compare('differential states', CASES);
