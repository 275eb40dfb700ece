// What the debug log and strip_ansi make of output, under the real supervisord and under ours.

import { compare, type Case } from '../differential/cases.ts';
import { BASE, type Side } from '../differential/pair.ts';
import { listener, told, untilRunning, untilTold } from '../../support/listeners.ts';

const SPEAKER =
  '[program:speaker]\ncommand=/bin/sh %D/speaker\nautostart=false\nstartsecs=0\nstopsignal=KILL\n';

/** Starts a program of these lines of sh, and waits until its log ends so. */
async function speak(side: Side, lines: string, end: string): Promise<string> {
  side.write('speaker', `${lines}\nexec sleep 1000\n`);
  await side.rpc('startProcess', 'speaker');
  await side.until('its output', () => side.read('out')?.endsWith(end) ?? false);
  return side.read('out') ?? '';
}

const COLOURS = `printf '\\033[1;31mred\\033[0m and \\033[2Kplain\\nodd \\033[5Gm \\033]x\\n'`;

/** Starts a supervisor with other settings of its own. */
async function boot(side: Side): Promise<void> {
  side.supervisord(['-n', '-c', side.configuration]);
  await side.until('the supervisor to be up', () =>
    side.log().some((line) => line.includes('started with pid')),
  );
}

const CASES: Case[] = [
  {
    title: 'strip_ansi takes escapes out of logs and events',
    configuration: `${BASE.replace('user=root', 'user=root\nstrip_ansi=true')}${listener('l', 'PROCESS_LOG')}${SPEAKER}
stdout_logfile=%D/out
stdout_events_enabled=true
`,
    run: async (side) => {
      await boot(side);
      await untilRunning(side, 'l');
      const log = await speak(side, COLOURS, ']x\n');
      await untilTold(side, 'l', 1);
      return { log, told: told(side, 'l') };
    },
  },
  {
    title: 'without strip_ansi escapes stay',
    sections: `${SPEAKER}stdout_logfile=%D/out\n`,
    run: (side) => speak(side, COLOURS, ']x\n'),
  },
  {
    title: 'at debug level the main log repeats what programs and listeners write',
    configuration: `${BASE.replace('user=root', 'user=root\nloglevel=debug')}${listener('l', 'REMOTE_COMMUNICATION')}${SPEAKER}
stdout_logfile=%D/out
`,
    run: async (side) => {
      await boot(side);
      await untilRunning(side, 'l');
      await side.rpc('sendRemoteCommEvent', 'a', 'b');
      await untilTold(side, 'l', 1);
      const wait = 'while [ ! -e %D/go ]; do sleep 0.05; done';
      const spoken = speak(side, `echo one; echo two >&2; ${wait}; printf '\\377\\nthree\\n'`, 'three\n');
      const echoed = (word: string): boolean => side.read('main.log')?.includes(`output:\n${word}`) ?? false;
      await side.until('both echoes', () => echoed('one') && echoed('two'));
      side.write('go', '');
      await spoken;
      await side.until('the last echo', () => side.read('main.log')?.includes('Undecodable') ?? false);
      const lines = (side.read('main.log') ?? '').split('\n');
      const echoes = lines.flatMap((line, index) =>
        /DEBG '.*output:/.test(line) ? [`${line.replace(/^.*DEBG /, '')} ${lines[index + 1]}`] : [],
      );
      const states = side.log().filter((line) => /^DEBG (l: |event )/.test(line));
      return {
        echoes: echoes.filter((line) => !line.startsWith("'l'")).toSorted(),
        first: echoes[0],
        states,
      };
    },
  },
];

compare('output, beside supervisord', CASES);
