// From TERM to the end of PID 1, with 20 programs that end at once.

import { interleave, type Case } from '../case.ts';
import { endAll, pause, signal, startInit } from '../inits.ts';

export const stop: Case = {
  name: 'stop',
  title: 'TERM to the end, 20 programs that end at once',
  place: 'container',
  rounds: 4,
  metrics: [
    {
      name: 'stop',
      title: 'TERM to the end of PID 1, 20 programs that end at once',
      unit: 'ms',
      better: 'lower',
      contenders: ['initkit', 'supervisord', 's6'],
      aims: [{ of: 'initkit', atMost: 200 }],
    },
  ],
  async run(bench) {
    await interleave(bench, ['initkit', 'supervisord', 's6'] as const, async (contender, round) => {
      const running = startInit(contender, { programs: { count: 20, command: 'echo up; exec sleep 1000' } });
      await running.lines(20);
      await pause(500);
      const at = performance.now();
      signal(running.pid, 'SIGTERM');
      bench.sample({ metric: 'stop', contender, round, value: (await running.ended) - at });
      await endAll();
    });
  },
};
