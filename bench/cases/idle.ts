// CPU and wake-ups in a minute in which nothing happens, with 100 programs.

import { readdirSync, readFileSync } from 'node:fs';
import type { Case } from '../case.ts';
import { endAll, pause, startInit } from '../inits.ts';

/** V8 collects once more, half a minute after the start; nothing comes after that. */
const SETTLES_MS = 45_000;
const WATCHED_MS = 60_000;

export const idle: Case = {
  name: 'idle',
  title: 'CPU and wake-ups in 60 s with 100 programs',
  place: 'container',
  rounds: 1,
  metrics: [
    {
      name: 'cpu',
      title: 'CPU in 60 s, 100 programs',
      unit: 'ms',
      better: 'lower',
      contenders: ['initkit', 'supervisord'],
      aims: [{ of: 'initkit', atMost: 10 }],
    },
    {
      name: 'wakeups',
      title: 'wake-ups in 60 s, 100 programs',
      unit: 'wake-ups',
      better: 'lower',
      contenders: ['initkit', 'supervisord'],
      aims: [{ of: 'initkit', atMost: 0 }],
    },
  ],
  async run(bench) {
    const contenders = (['initkit', 'supervisord'] as const).map((name) => ({
      name,
      running: startInit(name, { programs: { count: 100, command: 'echo up; exec sleep 1000' } }),
    }));
    for (const { running } of contenders) await running.lines(100);
    await pause(SETTLES_MS);
    for (let round = 0; round < bench.rounds; round++) {
      // Both of them in the same minute: neither disturbs the other.
      const before = contenders.map(({ running }) => activity(running.pid));
      await pause(WATCHED_MS);
      contenders.forEach(({ name, running }, index) => {
        const after = activity(running.pid);
        const { cpuMs = 0, wakeups = 0 } = before[index] ?? {};
        bench.sample({ metric: 'cpu', contender: name, round, value: after.cpuMs - cpuMs });
        bench.sample({ metric: 'wakeups', contender: name, round, value: after.wakeups - wakeups });
      });
    }
    await endAll();
  },
};

/** Of all threads since their start: time on a processor, and how often they have gone to sleep. */
function activity(pid: number): { cpuMs: number; wakeups: number } {
  let cpuMs = 0;
  let wakeups = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const nanoseconds = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0];
    cpuMs += Number(nanoseconds) / 1e6;
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    wakeups += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return { cpuMs, wakeups };
}
