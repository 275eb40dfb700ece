// Private dirty and resident memory of everything that supervises, with 1, 10 and 100 programs.

import { readFileSync, readdirSync } from 'node:fs';
import type { Case, Metric } from '../case.ts';
import { endAll, INITS, pause, startInit, startPlain, type Init, type Running } from '../inits.ts';

const COUNTS = [1, 10, 100];
/** Until what a start leaves behind has settled. */
const SETTLES_MS = 6000;
const BARE = 'bare node';

function metrics(count: number): Metric[] {
  const contenders = ['initkit', 'supervisord', 's6', 'runit', ...(count === 1 ? [BARE] : [])];
  return [
    {
      name: `private ${count}`,
      title: `private dirty, ${count} programs`,
      unit: 'MiB',
      better: 'lower',
      contenders: contenders as [string, ...string[]],
      // 12 MiB, and one more for 100 programs.
      aims: [{ of: 'initkit', atMost: 12 + count / 100 }],
    },
    {
      name: `resident ${count}`,
      title: `resident, ${count} programs`,
      unit: 'MiB',
      better: 'lower',
      contenders: contenders as [string, ...string[]],
      aims: [{ of: 'initkit', to: 'supervisord', atMost: 1.3 }],
    },
  ];
}

export const memory: Case = {
  name: 'memory',
  title: 'memory of what supervises 1, 10 and 100 programs',
  place: 'container',
  rounds: 1,
  metrics: COUNTS.flatMap(metrics),
  async run(bench) {
    for (const count of COUNTS) {
      for (let round = 0; round < bench.rounds; round++) {
        bench.note(`${count} programs, round ${round + 1} of ${bench.rounds}`);
        // All of them at once: what one of them has is not the others'.
        const contenders = [...INITS, ...(count === 1 ? ([BARE] as const) : [])].map((name) => ({
          name,
          running: start(name, count),
        }));
        for (const { name, running } of contenders) await running.lines(name === BARE ? 1 : count);
        await pause(SETTLES_MS);
        for (const { name, running } of contenders) {
          const { privateKib, residentKib } = usage(supervisingProcesses(running.pid));
          bench.sample({ metric: `private ${count}`, contender: name, round, value: privateKib / 1024 });
          bench.sample({ metric: `resident ${count}`, contender: name, round, value: residentKib / 1024 });
        }
        await endAll();
      }
    }
  },
};

function start(name: Init | typeof BARE, count: number): Running {
  return name === BARE
    ? startPlain(['/opt/initkit/bin/node', '-e', 'console.log("up");setInterval(()=>{},1e9)'])
    : startInit(name, { programs: { count, command: 'echo up; exec sleep 1000' } });
}

/** The process and those below it that are no programs: s6 and runit have one for each. */
function supervisingProcesses(root: number): number[] {
  const parents = new Map<number, number>();
  const names = new Map<number, string>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const stat = /^(\d+) \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${name}/stat`, 'utf8'));
    if (stat === null) continue;
    names.set(Number(name), stat[2] ?? '');
    parents.set(Number(name), Number(stat[3]));
  }
  const below = (pid: number): number[] => [
    pid,
    ...[...parents].flatMap(([child, parent]) => (parent === pid ? below(child) : [])),
  ];
  return below(root).filter((pid) => !['sleep', 'sh'].includes(names.get(pid) ?? ''));
}

function usage(pids: readonly number[]): { privateKib: number; residentKib: number } {
  const texts = pids.map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  const sum = (pattern: RegExp): number =>
    texts.reduce((total, text) => total + Number(pattern.exec(text)?.[1] ?? 0), 0);
  return { privateKib: sum(/^Private_Dirty:\s+(\d+)/m), residentKib: sum(/^Rss:\s+(\d+)/m) };
}
