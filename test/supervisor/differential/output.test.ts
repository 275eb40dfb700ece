// What programs write: log files, their rotation, their names and modes, reopening, and stdin.

import { lstatSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compare, type Case } from './cases.ts';
import type { Side } from './pair.ts';

function program(name: string, command: string, ...keys: readonly string[]): string {
  return `[program:${name}]\ncommand=${command}\nstartsecs=0\n${keys.join('\n')}\n`;
}

const OFF = 'autostart=false';
const ONCE = 'autorestart=false';

/** Lines of ten bytes. */
function writes(lines: number, to = '1'): string {
  return `/bin/sh -c "i=0; while [ $i -lt ${lines} ]; do printf '%%08d.\\n' $i >&${to}; i=$((i+1)); done"`;
}

const exited = (side: Side, name: string): Promise<void> =>
  side.until(`${name} to have exited`, () => side.log().some((line) => line.includes(`exited: ${name} `)));

/** The files whose name begins so: name, mode, and text. */
function filesLike(side: Side, beginning: string): unknown[] {
  return side
    .files()
    .filter((name) => name.startsWith(beginning))
    .map((name) => [
      name.replace(/(---supervisor-).{8}(\.log)/, '$1RANDOM$2'),
      (lstatSync(join(side.directory, name)).mode & 0o777).toString(8),
      side.read(name),
    ]);
}

const CASES: Case[] = [
  {
    title: 'rotation: as many backups as asked for, in order, none of them split within a write',
    sections:
      program(
        'rolls',
        writes(60),
        ONCE,
        'stdout_logfile=%D/rolls.log',
        'stdout_logfile_maxbytes=100',
        'stdout_logfile_backups=3',
        'stderr_logfile=NONE',
      ) +
      program(
        'none',
        writes(60),
        ONCE,
        'stdout_logfile=%D/none.log',
        'stdout_logfile_maxbytes=0',
        'stderr_logfile=NONE',
      ) +
      program(
        'whole',
        writes(30),
        ONCE,
        'stdout_logfile=%D/whole.log',
        'stdout_logfile_maxbytes=1KB',
        'stderr_logfile=NONE',
      ),
    run: async (side) => {
      for (const name of ['rolls', 'none', 'whole']) await exited(side, name);
      const all = ['rolls', 'none', 'whole'].map(
        (name) => filesLike(side, `${name}.log`) as [string, string, string][],
      );
      // Where one read ends and the next begins is chance, and with it where a file is full.
      return {
        text: all.slice(1).map((files) => files.map(([, , text]) => text).join('')),
        modes: all.map((files) => [...new Set(files.map(([, mode]) => mode))]),
        last: all[0]?.some(([, , text]) => text.endsWith('00000059.\n')) ?? false,
        tooMany: (all[0]?.length ?? 0) > 4,
      };
    },
  },
  {
    title: 'rotation of paced lines: the very same files',
    sections: program(
      'paced',
      '/bin/sh -c "for i in 1 2 3 4 5 6 7 8 9; do echo line$i; sleep 0.3; done"',
      ONCE,
      'stdout_logfile=%D/paced.log',
      'stdout_logfile_maxbytes=12',
      'stdout_logfile_backups=2',
      'stderr_logfile=NONE',
    ),
    run: async (side) => {
      await exited(side, 'paced');
      return filesLike(side, 'paced.log');
    },
  },
  {
    title: 'backups=0 empties the file where it is',
    sections: program(
      'empties',
      '/bin/sh -c "for i in 1 2 3 4 5; do echo line$i; sleep 0.3; done"',
      ONCE,
      'stdout_logfile=%D/empties.log',
      'stdout_logfile_maxbytes=12',
      'stdout_logfile_backups=0',
      'stderr_logfile=NONE',
    ),
    run: async (side) => {
      await exited(side, 'empties');
      return filesLike(side, 'empties.log');
    },
  },
  {
    title: 'an existing log file is appended to; both streams have their own; redirect_stderr joins them',
    sections:
      program(
        'adds',
        '/bin/sh -c "echo out; echo err >&2"',
        ONCE,
        OFF,
        'stdout_logfile=%D/adds.log',
        'stderr_logfile=%D/adds.err',
      ) +
      program(
        'joins',
        '/bin/sh -c "echo out; echo err >&2; echo more"',
        ONCE,
        OFF,
        'redirect_stderr=true',
        'stdout_logfile=%D/joins.log',
      ),
    run: async (side) => {
      side.write('adds.log', 'before\n');
      for (const name of ['adds', 'joins', 'adds']) await side.rpc('startProcess', name);
      await side.until('both runs', () => (side.read('adds.log') ?? '').split('\n').length === 4);
      await exited(side, 'joins');
      return { adds: side.read('adds.log'), err: side.read('adds.err'), joins: side.read('joins.log') };
    },
  },
  {
    title: 'AUTO logs: name, mode, removed at the next start unless nocleanup',
    sections: program('auto', '/bin/sh -c "echo automatic; exec sleep 1000"'),
    run: async (side) => {
      await side.until('the line', () =>
        filesLike(side, 'auto-stdout').some((file) => String(file).includes('automatic')),
      );
      side.write('old-stdout---supervisor-abcdefgh.log', 'old');
      side.write('old-stdout---supervisor-abcdefgh.log.7', 'old');
      side.write('old-stdout---another-abcdefgh.log', 'kept');
      const before = filesLike(side, 'auto');
      const info = (await side.rpc('getProcessInfo', 'auto')) as {
        stdout_logfile: string;
        stderr_logfile: string;
      };
      const { restart } = { restart: await side.rpc('restart') };
      await side.until(
        'the restart',
        () => side.log().filter((line) => line.includes('supervisord started')).length === 2,
      );
      await side.until('the line', () =>
        filesLike(side, 'auto-stdout').some((file) => String(file).includes('automatic')),
      );
      return {
        before,
        restart,
        names: [info.stdout_logfile, info.stderr_logfile].map((path) =>
          path.replace(side.directory, '%D').replace(/.{8}\.log$/, 'RANDOM.log'),
        ),
        after: filesLike(side, 'auto').map((file) => (file as string[])[0]),
        old: side.files().filter((file) => file.startsWith('old-')),
      };
    },
  },
  {
    title: 'NONE keeps nothing, and a program that writes a lot is not held up',
    sections: program('silent', writes(20_000), ONCE, 'stdout_logfile=NONE', 'stderr_logfile=NONE'),
    run: async (side) => {
      await exited(side, 'silent');
      return {
        log: side.logOf('silent').filter((line) => !line.includes('success')),
        answer: await side.rpc('readProcessStdoutLog', 'silent', 0, 0),
        files: filesLike(side, 'silent'),
      };
    },
  },
  {
    title: "/dev/fd/1 and /dev/stdout are the supervisor's own streams",
    sections:
      program(
        'direct',
        '/bin/sh -c "echo to fd 1; echo to stderr >&2; exec sleep 1000"',
        'stdout_logfile=/dev/fd/1',
        'stdout_logfile_maxbytes=0',
        'stderr_logfile=/dev/fd/2',
        'stderr_logfile_maxbytes=0',
      ) +
      program(
        'named',
        '/bin/sh -c "echo to stdout; exec sleep 1000"',
        'stdout_logfile=/dev/stdout',
        'stdout_logfile_maxbytes=0',
        'stderr_logfile=NONE',
      ),
    run: async (side) => {
      const out = (): string => side.daemon?.stdout() ?? '';
      await side.until('the lines', () => out().includes('to fd 1') && out().includes('to stdout'));
      side.signal('SIGTERM');
      const { stderr } = await side.ended();
      return { err: stderr.includes('to stderr') };
    },
  },
  {
    title: 'USR2 opens the logs anew: a file that was moved away is written no more',
    sections: program(
      'moved',
      '/bin/sh -c "trap \'echo second\' USR1; echo first; while :; do sleep 0.05; done"',
      'stdout_logfile=%D/moved.log',
      'stderr_logfile=NONE',
    ),
    run: async (side) => {
      await side.until('the first line', () => side.read('moved.log') === 'first\n');
      renameSync(join(side.directory, 'moved.log'), join(side.directory, 'moved.old'));
      renameSync(join(side.directory, 'main.log'), join(side.directory, 'main.old'));
      side.signal('SIGUSR2');
      await side.until(
        'the new main log',
        () => side.read('main.log') !== null && side.read('moved.log') !== null,
      );
      await side.rpc('signalProcess', 'moved', 'USR1');
      await side.until('the second line', () => side.read('moved.log') !== '');
      return {
        old: side.read('moved.old'),
        now: side.read('moved.log'),
        main: (side.read('main.old') ?? '').includes('received SIGUSR2 indicating log reopen request'),
        said: (side.read('main.old') ?? '').includes('supervisord logreopen'),
      };
    },
  },
  {
    title: 'a log file that was removed stays removed until USR2, or until the program starts again',
    sections: program(
      'gone',
      '/bin/sh -c "trap \'echo second\' USR1; echo first; while :; do sleep 0.05; done"',
      'stdout_logfile=%D/gone.log',
      'stderr_logfile=NONE',
    ),
    run: async (side) => {
      await side.until('the first line', () => side.read('gone.log') === 'first\n');
      rmSync(join(side.directory, 'gone.log'));
      await side.rpc('signalProcess', 'gone', 'USR1');
      const before = side.read('gone.log');
      await side.rpc('stopProcess', 'gone');
      await side.rpc('startProcess', 'gone');
      await side.until('the first line again', () => side.read('gone.log') === 'first\n');
      return { before, after: side.read('gone.log') };
    },
  },
  {
    title: 'stdin is a pipe that sendProcessStdin writes to, in UTF-8',
    sections:
      program('cat', '/bin/cat', 'stdout_logfile=%D/cat.log', 'stderr_logfile=NONE') +
      program(
        'shut',
        '/bin/sh -c "exec 0<&-; exec sleep 1000"',
        'stdout_logfile=NONE',
        'stderr_logfile=NONE',
      ),
    run: async (side) => {
      const text = 'hello\nwörld €\n';
      await side.until('both to run', async () => !/STOPPED|STARTING/.test(await side.states()));
      const answer = await side.rpc('sendProcessStdin', 'cat', text);
      await side.until('the text', () => side.read('cat.log') === text);
      await side.until(
        'a closed stdin',
        async () => (await side.rpc('sendProcessStdin', 'shut', 'x')) !== true,
      );
      return {
        answer,
        shut: await side.rpc('sendProcessStdin', 'shut', 'x'),
        stopped: await side.rpc('sendProcessStdin', 'none', 'x'),
      };
    },
  },
];

compare('differential output', CASES);
