// 1 GiB of lines of 100 bytes through PID 1, many with each write and one by one.

import { existsSync, readFileSync } from 'node:fs';
import { interleave, type Case, type Metric } from '../case.ts';
import { endAll, pause, startInit, startPlain, TO_STDOUT, type Init } from '../inits.ts';

const GIB_IN_MIB = 1024;
const MODES = [
  { name: 'bulk', title: '1 GiB in writes of 64 KiB', linesPerWrite: 655, rounds: 3 },
  { name: 'lines', title: '1 GiB, one write per line', linesPerWrite: 1, rounds: 2 },
];

const TO_FILE = ['stdout_logfile=%(here)s/log', 'stdout_logfile_maxbytes=50MB', 'stdout_logfile_backups=3'];

type Entry = readonly [contender: string, how: { init: Init | null; keys: readonly string[] }];

const CONTENDERS: Readonly<Record<string, Entry[1]>> = {
  'initkit raw': { init: 'initkit', keys: TO_STDOUT },
  'initkit prefix': { init: 'initkit', keys: [...TO_STDOUT, 'log_format=prefix'] },
  'initkit json': { init: 'initkit', keys: [...TO_STDOUT, 'log_format=json'] },
  'initkit file': { init: 'initkit', keys: TO_FILE },
  direct: { init: null, keys: [] },
  supervisord: { init: 'supervisord', keys: TO_STDOUT },
  'supervisord file': { init: 'supervisord', keys: TO_FILE },
};

function metric({ name, title }: (typeof MODES)[number]): Metric {
  return {
    name,
    title,
    unit: 'MiB/s',
    better: 'higher',
    contenders: Object.keys(CONTENDERS) as [string, ...string[]],
    aims: [
      { of: 'initkit raw', to: 'direct', atLeast: 0.97 },
      { of: 'initkit prefix', to: 'supervisord', atLeast: 1 },
      { of: 'initkit json', to: 'supervisord', atLeast: 0.5 },
      { of: 'initkit file', to: 'supervisord file', atLeast: 1 },
    ],
  };
}

export const logs: Case = {
  name: 'logs',
  title: '1 GiB of lines of 100 bytes through PID 1',
  place: 'container',
  rounds: 3,
  metrics: MODES.map(metric),
  async run(bench) {
    for (const mode of MODES) {
      bench.note(mode.title);
      const measure = async ([contender, { init, keys }]: Entry, round: number): Promise<void> => {
        const result = `/tmp/bench-took-${mode.name}-${round}-${contender.replace(' ', '-')}`;
        const command = `exec write-lines ${GIB_IN_MIB << 20} ${mode.linesPerWrite} ${result}`;
        const reader = 'cat >/dev/null';
        if (init === null) startPlain(['/bin/sh', '-c', `${command} | ${reader}`]);
        else startInit(init, { programs: { count: 1, command, keys }, pipeTo: reader });
        while (!existsSync(result)) await pause(5);
        const seconds = Number(readFileSync(result, 'utf8')) / 1e9;
        bench.sample({ metric: mode.name, contender, round, value: GIB_IN_MIB / seconds });
        await endAll();
      };
      await interleave(bench, Object.entries(CONTENDERS), measure, Math.min(mode.rounds, bench.rounds));
    }
  },
};
