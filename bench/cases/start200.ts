// 200 programs, and 1,000: from exec to the first line of the last of them.

import { interleave, type Case, type Metric } from '../case.ts';
import { endAll, INITS, startInit } from '../inits.ts';

function metric(count: number, atMost: number): Metric {
  return {
    name: `${count}`,
    title: `exec to the first line of the last of ${count.toLocaleString('en')} programs`,
    unit: 'ms',
    better: 'lower',
    contenders: ['initkit', 'supervisord', 's6', 'runit'],
    aims: [{ of: 'initkit', atMost }],
  };
}

export const start200: Case = {
  name: 'start200',
  title: '200 programs, and 1,000, to RUNNING',
  place: 'container',
  rounds: 4,
  metrics: [metric(200, 700), metric(1000, 3500)],
  async run(bench) {
    for (const count of [200, 1000]) {
      const rounds = count === 200 ? bench.rounds : Math.min(2, bench.rounds);
      await interleave(
        bench,
        INITS,
        async (contender, round) => {
          // s6-svscan supervises no more than 1,000 unless it is built for more, and runsvdir no more either.
          if (count === 1000 && (contender === 's6' || contender === 'runit')) return;
          const running = startInit(contender, { programs: { count, command: 'echo up; exec sleep 1000' } });
          const at = await running.lines(count);
          bench.sample({ metric: `${count}`, contender, round, value: at - running.startedAt });
          await endAll();
        },
        rounds,
      );
    }
  },
};
