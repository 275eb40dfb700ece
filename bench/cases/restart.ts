// From kill -9 of a program to the first line of the next.

import { interleave, type Case } from '../case.ts';
import { endAll, INITS, pause, signal, startInit } from '../inits.ts';

/** s6 and runit wait where a program has lived for less than a second. */
const LIVES_MS = 1300;

export const restart: Case = {
  name: 'restart',
  title: 'kill -9 to the first line of the next process',
  place: 'container',
  rounds: 10,
  metrics: [
    {
      name: 'restart',
      title: 'kill -9 to the first line of the next process',
      unit: 'ms',
      better: 'lower',
      contenders: ['initkit', 'supervisord', 's6', 'runit'],
      aims: [{ of: 'initkit', atMost: 20 }],
    },
  ],
  async run(bench) {
    const command = 'echo up $$; exec sleep 1000';
    const contenders = INITS.map((name) => ({
      name,
      running: startInit(name, { programs: { count: 1, command } }),
    }));
    for (const { running } of contenders) await running.lines(1);
    await interleave(bench, contenders, async ({ name, running }, round) => {
      await pause(LIVES_MS);
      const pid = Number(running.last());
      const killedAt = performance.now();
      signal(pid, 'SIGKILL');
      const at = await running.lines(round + 2);
      bench.sample({ metric: 'restart', contender: name, round, value: at - killedAt });
    });
    await endAll();
  },
};
