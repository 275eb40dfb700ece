// From exec to the first line of the first program.

import { interleave, type Case } from '../case.ts';
import { endAll, startInit, startPlain, type Init, type Running } from '../inits.ts';

const UP = 'echo up; exec sleep 1000';

const CONTENDERS: Readonly<Record<string, () => Running>> = {
  initkit: () => init('initkit'),
  supervisord: () => init('supervisord'),
  s6: () => init('s6'),
  runit: () => init('runit'),
  tini: () => startPlain(['tini', '-s', '--', '/bin/sh', '-c', UP]),
  'dumb-init': () => startPlain(['dumb-init', '--', '/bin/sh', '-c', UP]),
  plain: () => startPlain(['/bin/sh', '-c', UP]),
  // The floor of whatever runs on node.
  'bare node': () =>
    startPlain(['/opt/initkit/bin/node', '-e', 'require("fs").writeSync(1,"up\\n");setInterval(()=>{},1e9)']),
};

function init(name: Init): Running {
  return startInit(name, { programs: { count: 1, command: UP } });
}

export const boot: Case = {
  name: 'boot',
  title: 'exec to the first line of the first program',
  place: 'container',
  rounds: 10,
  metrics: [
    {
      name: 'first line',
      title: 'exec to the first line of the first program',
      unit: 'ms',
      better: 'lower',
      contenders: ['initkit', 'supervisord', 's6', 'runit', 'tini', 'dumb-init', 'plain', 'bare node'],
      aims: [{ of: 'supervisord', to: 'initkit', atLeast: 15 }],
    },
  ],
  async run(bench) {
    await interleave(bench, Object.entries(CONTENDERS), async ([contender, start], round) => {
      const running = start();
      const at = await running.lines(1);
      bench.sample({ metric: 'first line', contender, round, value: at - running.startedAt });
      await endAll();
    });
  },
};
