// Every type of event under the real supervisord and under ours: when it comes and what it says.

import { compare, type Case } from '../differential/cases.ts';
import type { Side } from '../differential/pair.ts';
import { listener, told, toldOf, untilRunning, untilTold } from '../../support/listeners.ts';

const QUIET = 'stdout_logfile=NONE\nstderr_logfile=NONE';

/** supervisord looks once in a second, and may find a process that has ended RUNNING; not within this. */
const LONG = 'startsecs=5';

function program(name: string, command: string, ...keys: readonly string[]): string {
  return `[program:${name}]\n${[`command=${command}`, QUIET, ...keys].join('\n')}\n`;
}

/** Waits until the events about a process have come to one that matches, and gives all of them. */
async function untilAbout(side: Side, name: string, last: RegExp, times = 1): Promise<string[]> {
  const about = (): string[] => toldOf(side, 'l', name);
  await side.until(
    `${name}: ${last.source}`,
    () => about().filter((line) => last.test(line)).length >= times,
  );
  return about();
}

const ALL_BUT_TICKS =
  'PROCESS_STATE,PROCESS_GROUP,PROCESS_LOG,PROCESS_COMMUNICATION,REMOTE_COMMUNICATION,SUPERVISOR_STATE_CHANGE';

/** The beginning of a pause of three seconds, in which there is time to do something. */
const PAUSES = /^BACKOFF .* tries:3$/;

/** Takes a second to stop, so that listeners are told before they are stopped as well. */
const SLOW = `/bin/sh -c "trap 'sleep 1; exit' TERM; while :; do sleep 0.1; done"`;

const STATES = listener('l', 'PROCESS_STATE', 'ok', 'buffer_size=1000');

/** A program that says one line for each file that appears, and can so be told when to go on. */
function speaker(...lines: readonly string[]): string {
  const steps = lines.map((line, index) => `while [ ! -e %D/go${index} ]; do sleep 0.05; done; ${line}`);
  return ['#!/bin/sh', ...steps, 'while :; do sleep 1; done', ''].join('\n');
}

/** Lets a speaker say its lines, the next when the events about the one before have come. */
async function letSpeak(side: Side, script: string, eventsAfterEach: readonly number[]): Promise<void> {
  side.write('speaker', script);
  await untilRunning(side, 'l');
  await side.rpc('startProcess', 'speaker');
  let total = 0;
  for (const [index, count] of eventsAfterEach.entries()) {
    side.write(`go${index}`, '');
    total += count;
    await untilTold(side, 'l', total);
  }
}

const SPEAKER =
  '[program:speaker]\ncommand=/bin/sh %D/speaker\nautostart=false\nstartsecs=0\nstopsignal=KILL\n';

const CASES: Case[] = [
  {
    title: 'states: a crash at each start, to FATAL',
    sections: STATES + program('crashing', '/bin/false', LONG, 'startretries=2'),
    run: (side) => untilAbout(side, 'crashing', /^FATAL/),
  },
  {
    title: 'states: a command that is not there',
    sections: STATES + program('missing', '/nonexistent/missing', 'startretries=1'),
    run: (side) => untilAbout(side, 'missing', /^FATAL/),
  },
  {
    title: 'states: FATAL, and started again by hand',
    sections: STATES + program('stubborn', '/bin/false', LONG, 'startretries=0'),
    run: async (side) => {
      await untilAbout(side, 'stubborn', /^FATAL/);
      await side.rpc('startProcess', 'stubborn', false);
      return untilAbout(side, 'stubborn', /^FATAL/, 2);
    },
  },
  {
    title: 'states: an expected exit, and an end at once with startsecs=0',
    sections:
      STATES +
      program('good', '/bin/sleep 1.5', 'exitcodes=0') +
      program('listed', '/bin/sh -c "sleep 1.5; exit 7"', 'exitcodes=7') +
      program('brief', '/bin/sh -c "exit 3"', 'startsecs=0', 'autorestart=false') +
      program('killed', '/bin/sh -c "sleep 1.5; kill -9 $$"', 'autorestart=false'),
    run: async (side) => ({
      good: await untilAbout(side, 'good', /^EXITED/),
      listed: await untilAbout(side, 'listed', /^EXITED/),
      brief: await untilAbout(side, 'brief', /^EXITED/),
      killed: await untilAbout(side, 'killed', /^EXITED/),
    }),
  },
  {
    title: 'states: an unexpected exit, and the restart after it',
    sections: STATES + program('again', '/bin/sh -c "sleep 1.5; exit 2"'),
    run: async (side) => (await untilAbout(side, 'again', /^RUNNING/, 2)).slice(0, 5),
  },
  {
    title: 'states: stopped while RUNNING, STARTING and BACKOFF, and with SIGKILL',
    sections:
      STATES +
      program('steady', '/bin/sleep 1000') +
      program('patient', '/bin/sleep 1000', 'startsecs=100') +
      program('failing', '/bin/false', LONG, 'startretries=100') +
      program('deaf', `/bin/sh -c "trap '' TERM; while :; do sleep 0.2; done"`, 'stopwaitsecs=1'),
    run: async (side) => {
      await untilRunning(side, 'steady', 'deaf');
      for (const name of ['steady', 'patient', 'deaf']) await side.rpc('stopProcess', name);
      await untilAbout(side, 'failing', PAUSES);
      await side.rpc('stopProcess', 'failing');
      const failing = await untilAbout(side, 'failing', /^STOPPED/);
      return {
        steady: await untilAbout(side, 'steady', /^STOPPED/),
        patient: await untilAbout(side, 'patient', /^STOPPED/),
        deaf: await untilAbout(side, 'deaf', /^STOPPED/),
        failing: failing.at(-1),
      };
    },
  },
  {
    title: 'the whole stream of a supervisor with nothing but listeners, from its first event',
    sections: listener('l', ALL_BUT_TICKS, 'ok', 'buffer_size=100') + listener('m', 'TICK_3600', 'ok'),
    run: async (side) => {
      await untilTold(side, 'l', 7);
      return told(side, 'l');
    },
  },
  {
    title: 'groups that come and go, and a supervisor that begins and ends',
    sections:
      listener('l', 'PROCESS_GROUP,SUPERVISOR_STATE_CHANGE', 'ok', 'buffer_size=100') +
      program('first', SLOW),
    run: async (side) => {
      await untilRunning(side, 'l', 'first');
      const configuration = side.read('supervisord.conf') ?? '';
      side.write('supervisord.conf', `${configuration}\n${program('second', '/bin/sleep 1000')}`);
      const answers = [await side.rpc('reloadConfig'), await side.rpc('addProcessGroup', 'second')];
      await untilRunning(side, 'second');
      answers.push(await side.rpc('removeProcessGroup', 'second'), await side.rpc('stopProcess', 'second'));
      answers.push(await side.rpc('removeProcessGroup', 'second'));
      await untilTold(side, 'l', 5);
      await side.rpc('shutdown');
      await side.ended();
      return { answers, told: told(side, 'l') };
    },
  },
  {
    title: 'a restart: the end of the old groups and the beginning of the new, with serials that go on',
    sections: listener('l', 'PROCESS_GROUP,SUPERVISOR_STATE_CHANGE') + program('slow', SLOW),
    run: async (side) => {
      await untilRunning(side, 'l', 'slow');
      await untilTold(side, 'l', 3);
      await side.rpc('restart');
      await untilTold(side, 'l', 7);
      return told(side, 'l');
    },
  },
  {
    title: 'a program that waits for its next start when the supervisor stops',
    sections: STATES + program('able', SLOW) + program('failing', '/bin/false', LONG, 'startretries=100'),
    run: async (side) => {
      await untilRunning(side, 'l', 'able');
      await untilAbout(side, 'failing', PAUSES);
      await side.rpc('shutdown');
      await side.ended();
      return { last: toldOf(side, 'l', 'failing').at(-1) };
    },
    better: {
      last: {
        why: 'it calls FATAL what it only stops, and listeners that act on FATAL act',
        real: 'FATAL from_state:BACKOFF',
        ours: 'STOPPED from_state:BACKOFF pid:0',
      },
    },
  },
  {
    title: 'a pool that is added while the supervisor runs, and removed',
    sections: listener('l', 'PROCESS_GROUP', 'ok', 'buffer_size=100'),
    run: async (side) => {
      await untilRunning(side, 'l');
      const configuration = side.read('supervisord.conf') ?? '';
      side.write(
        'supervisord.conf',
        `${configuration}\n${listener('late', 'PROCESS_GROUP,REMOTE_COMMUNICATION')}`,
      );
      await side.rpc('reloadConfig');
      await side.rpc('addProcessGroup', 'late');
      await untilRunning(side, 'late');
      await side.rpc('sendRemoteCommEvent', 'a', 'b');
      await untilTold(side, 'late', 2);
      await side.rpc('stopProcess', 'late');
      await side.rpc('removeProcessGroup', 'late');
      await untilTold(side, 'l', 3);
      return { l: told(side, 'l'), late: told(side, 'late') };
    },
  },
  {
    title: 'ticks',
    sections: listener('l', 'TICK_5'),
    run: async (side) => {
      await untilTold(side, 'l', 2);
      return told(side, 'l').slice(0, 2);
    },
  },
  {
    title: 'what a program writes, stream by stream, as events',
    sections: `${listener('l', 'PROCESS_LOG')}${SPEAKER}stdout_events_enabled=true\nstderr_events_enabled=true\n`,
    run: async (side) => {
      await letSpeak(
        side,
        speaker(
          'echo one',
          'echo ä€😀 >&2',
          "printf 'no newline'",
          "printf '\\\\377\\\\n\\\\t'",
          "printf 'a\\\\n\\\\nb\\\\n'",
        ),
        [1, 1, 1, 1, 1],
      );
      return told(side, 'l');
    },
  },
  {
    title: 'with redirect_stderr both are stdout',
    sections: `${listener('l', 'PROCESS_LOG')}${SPEAKER}redirect_stderr=true\nstdout_events_enabled=true\n`,
    run: async (side) => {
      await letSpeak(side, speaker('echo one', 'echo two >&2'), [1, 1]);
      return told(side, 'l');
    },
  },
  {
    title: 'what a program says last comes before its end',
    sections:
      listener('l', 'PROCESS_LOG,PROCESS_STATE', 'ok', 'buffer_size=100') +
      '[program:last]\ncommand=/bin/sh -c "sleep 1.5; echo the last words of this program"\nautorestart=false\nstdout_events_enabled=true\n',
    run: async (side) =>
      (await untilAbout(side, 'last', /^EXITED/)).filter((line) => /^(LOG|EXITED)/.test(line)),
  },
  {
    title: 'capture mode: what stands between the tokens is an event and not in the log',
    sections: `${listener('l', 'PROCESS_COMMUNICATION')}${SPEAKER}stdout_capture_maxbytes=1KB\nstderr_capture_maxbytes=10\nstdout_logfile=%D/out\nstderr_logfile=%D/err\n`,
    run: async (side) => {
      const begin = "'<!--XSUPERVISOR:BEGIN-->'";
      const end = "'<!--XSUPERVISOR:END-->'";
      await letSpeak(
        side,
        speaker(
          `echo a line before that is long enough; printf '%s' ${begin}ä€😀${end}; echo a line behind that is long enough`,
          `printf '%s' ${begin}'more than ten bytes of it'${end} >&2; echo and the rest of this line >&2`,
          `printf '%s' '<!--XSUPERVISOR:'; sleep 0.3; printf '%s' 'BEGIN-->split over writes<!--XSUPER'; sleep 0.3; echo 'VISOR:END-->and a line that is long enough'`,
        ),
        [1, 1, 1],
      );
      const whole = (name: string, text: string): Promise<void> =>
        side.until(`all of ${name}`, () => side.read(name)?.endsWith(text) ?? false);
      await whole('out', 'and a line that is long enough\n');
      await whole('err', 'and the rest of this line\n');
      return { told: told(side, 'l'), out: side.read('out'), err: side.read('err') };
    },
  },
  {
    title: 'captured text is an event of the log as well, where those are enabled',
    sections: `${listener('l', 'PROCESS_COMMUNICATION,PROCESS_LOG')}${SPEAKER}stdout_capture_maxbytes=1KB\nstdout_events_enabled=true\n`,
    run: async (side) => {
      const text = `<!--XSUPERVISOR:BEGIN-->captured, and long enough<!--XSUPERVISOR:END-->`;
      await letSpeak(side, speaker(`echo '${text}a line that is long enough'`), [3]);
      return told(side, 'l');
    },
  },
];

compare('events, beside supervisord', CASES);
