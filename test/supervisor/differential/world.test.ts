// The child's world: what a program finds around it, as a probe writes it down under both supervisors.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { compare, type Case } from './cases.ts';
import type { Side } from './pair.ts';

/** Writes what it finds to `NAME.world`, in sections, and stays. */
const PROBE = `#!/bin/sh
# usage: probe NAME [ARG...]
out="%D/$1.world.tmp"
exec 8>"$out"
{
  echo "[arguments]"; for each in "$@"; do echo "<$each>"; done
  echo "[environment]"; tr '\\0' '\\n' < /proc/$$/environ | sort
  echo "[cwd]"; pwd
  echo "[umask]"; umask
  echo "[identity]"; id -u; id -g; id -G; id -ru
  echo "[group]"; read -r stat < /proc/$$/stat; set -- "$1" $stat
  [ "$6" = "$$" ] && echo "leads its group" || echo "in another group"
  [ "$7" = "$$" ] && echo "leads its session" || echo "in its parent's session"
  echo "[limits]"; grep -E 'open files|processes|core|stack|locked' /proc/$$/limits
  echo "[nice]"; ps -o ni= -p $$ 2>/dev/null || cut -d' ' -f19 /proc/$$/stat
  echo "[oom]"; cat /proc/$$/oom_score_adj
} >&8
exec 8>&-
mv "$out" "%D/$1.world"
exec sleep 1000
`;

type World = Record<string, string[]>;

/** The sections of a probe's file, each a list of lines. */
async function worldOf(side: Side, name: string, process = name): Promise<World> {
  await side.until(`${name} to have looked`, () => side.read(`${name}.world`) !== null);
  const world: World = {};
  let lines: string[] = [];
  for (const line of (side.read(`${name}.world`) ?? '')
    .replaceAll(side.directory, '%D')
    .trimEnd()
    .split('\n')) {
    const section = /^\[(\w+)\]$/.exec(line)?.[1];
    if (section !== undefined) lines = world[section] = [];
    else lines.push(line);
  }
  const info = (await side.rpc('getProcessInfo', process)) as { pid: number };
  const proc = `/proc/${info.pid}`;
  await side.until('the probe to sleep', () => readFileSync(`${proc}/comm`, 'utf8') === 'sleep\n');
  world['descriptors'] = readdirSync(`${proc}/fd`).map(
    (number) => `${number} ${readlinkSync(`${proc}/fd/${number}`).replace(/:.*/, '')}`,
  );
  const status = readFileSync(`${proc}/status`, 'utf8').split('\n');
  world['signals'] = status.filter((line) => /^Sig(Blk|Ign):/.test(line));
  world['environment'] = world['environment']?.filter((line) => !ACCIDENTAL.test(line)) ?? [];
  return world;
}

/** Python adds the first where the locale is C; the second is the shell's. */
const ACCIDENTAL = /^(LC_CTYPE|PWD|OLDPWD|SHLVL|_)=/;

function probing(name: string, ...keys: readonly string[]): string {
  return `[program:${name}]\ncommand=/bin/sh %D/probe ${name}\nstartsecs=0\n${keys.join('\n')}\n`;
}

function command(text: string): string {
  return `[program:quoted]\ncommand=${text}\nstartsecs=0\n${OFF}\n`;
}

/** Writes the probe, starts the programs, and observes the worlds of all. */
function looks(...names: readonly string[]): Case['run'] {
  return async (side) => {
    side.write('probe', PROBE);
    const all: Record<string, unknown> = {};
    for (const name of names) {
      await side.rpc('startProcess', name);
      const world = await worldOf(side, name);
      for (const [section, lines] of Object.entries(world)) all[`${name} ${section}`] = lines;
    }
    return all;
  };
}

const OFF = 'autostart=false';
const SIGNALS = {
  why: 'Python ignores SIGPIPE and SIGXFSZ, and so do the programs of the real one: ours have every signal at its default',
  real: ['SigBlk:\t0000000000000000', 'SigIgn:\t0000000001001000'],
  ours: ['SigBlk:\t0000000000000000', 'SigIgn:\t0000000000000000'],
};

const signalsOf = (...names: readonly string[]): NonNullable<Case['better']> =>
  Object.fromEntries(names.map((name) => [`${name} signals`, SIGNALS]));

const CASES: Case[] = [
  {
    title: 'a program without any key',
    sections: probing('bare', OFF),
    run: looks('bare'),
    better: signalsOf('bare'),
  },
  {
    title: 'umask, directory, environment, serverurl',
    sections: probing(
      'dressed',
      OFF,
      'umask=027',
      'directory=/usr/lib',
      'serverurl=http://elsewhere:1',
      `environment=A="1",B='two words',C="a,b",D=plain,PATH="/bin:/usr/bin",E="100%%"`,
    ),
    run: looks('dressed'),
    better: signalsOf('dressed'),
  },
  {
    title: 'user= with supplementary groups leaves HOME and USER as they are',
    sections: probing('other', OFF, 'user=DIFFERENTIAL_USER').replace('DIFFERENTIAL_USER', 'daemon'),
    run: async (side) => {
      side.write('other.world.tmp', '');
      const { chmodSync } = await import('node:fs');
      chmodSync(side.directory, 0o777);
      chmodSync(`${side.directory}/other.world.tmp`, 0o666);
      return looks('other')(side);
    },
    better: signalsOf('other'),
  },
  {
    title: 'redirect_stderr, log files and /dev/null are pipes to the program',
    sections:
      `[program:joined]\ncommand=/bin/sh %D/probe joined\nredirect_stderr=true\nstdout_logfile=%D/joined.log\nstartsecs=0\n${OFF}\n` +
      `[program:files]\ncommand=/bin/sh %D/probe files\nstdout_logfile=%D/files.log\nstartsecs=0\n${OFF}\n`,
    run: looks('joined', 'files'),
    better: signalsOf('joined', 'files'),
  },
  {
    title: 'without a log file nothing is read that nobody wants',
    sections: probing('unheard', OFF, 'stdout_logfile=NONE', 'stderr_logfile=NONE'),
    run: looks('unheard'),
    better: {
      ...signalsOf('unheard'),
      'unheard descriptors': {
        why: 'the real one reads a pipe and throws away what it has read; /dev/null costs nothing',
        real: ['0 pipe', '1 pipe', '2 pipe'],
        ours: ['0 pipe', '1 /dev/null', '2 /dev/null'],
      },
    },
  },
  {
    title: 'quotes and escapes of the command',
    sections: command(`/bin/sh %D/probe quoted 'a b' "c \\"d\\"" e\\ f '' "\\$HOME" '"' %%`),
    run: looks('quoted'),
    better: signalsOf('quoted'),
  },
  {
    title: 'members of a group know its name and their own',
    sections:
      probing('member', OFF, 'numprocs=1', 'process_name=%(program_name)s_%(group_name)s').replace(
        '[program:member]',
        '[program:member]',
      ) + '[group:club]\nprograms=member\n',
    run: async (side) => {
      side.write('probe', PROBE);
      await side.rpc('startProcess', 'club:member_club');
      return worldOf(side, 'member', 'club:member_club');
    },
    better: { signals: SIGNALS },
  },
];

compare('differential world', CASES);
