// `docker run --rm` of a program that ends at once, under each init.

import { interleave, type Case } from '../case.ts';
import { BENCH_IMAGE, docker, runOptions } from '../engine.ts';

/** The program ends itself and with it, where they do not by themselves, the supervisor. */
const INITKIT_CONF = [
  '[supervisord]',
  '[program:p]',
  'command=/bin/true',
  'startsecs=0',
  'autorestart=false',
  'exit_on=exit',
  'stdout_logfile=/dev/fd/1',
  'stdout_logfile_maxbytes=0',
];
const SUPERVISORD_CONF = [
  '[supervisord]',
  'nodaemon=true',
  'user=root',
  'logfile=/dev/null',
  'logfile_maxbytes=0',
  '[program:p]',
  'command=/bin/sh -c "kill -TERM 1"',
  'startsecs=0',
  'autorestart=false',
];

const CONTENDERS: Readonly<Record<string, readonly string[]>> = {
  initkit: ['/usr/local/bin/initkit', 'init', '--image', '/dev/null', '-c', '/bench-files/initkit'],
  'initkit run': ['/usr/local/bin/initkit', 'run', '--', '/bin/true'],
  plain: ['/bin/true'],
  tini: ['tini', '--', '/bin/true'],
  'dumb-init': ['dumb-init', '--', '/bin/true'],
  'bare node': ['/opt/initkit/bin/node', '-e', '0'],
  supervisord: ['/usr/bin/supervisord', '-n', '-c', '/bench-files/supervisord'],
};

export const run: Case = {
  name: 'run',
  title: 'docker run --rm of a program that ends at once',
  place: 'host',
  rounds: 8,
  metrics: [
    {
      name: 'run',
      title: 'docker run --rm of a program that ends at once',
      unit: 'ms',
      better: 'lower',
      contenders: ['initkit', 'initkit run', 'plain', 'tini', 'dumb-init', 'bare node', 'supervisord'],
      aims: [
        { of: 'initkit', to: 'plain', atMost: 1.25 },
        { of: 'initkit run', to: 'plain', atMost: 1.25 },
      ],
    },
  ],
  async run(bench) {
    const options = runOptions({
      initkit: INITKIT_CONF.join('\n'),
      supervisord: SUPERVISORD_CONF.join('\n'),
    });
    await interleave(bench, Object.entries(CONTENDERS), async ([contender, command], round) => {
      const [file = '', ...parameters] = command;
      const startedAt = performance.now();
      await docker('run', '--rm', ...options, '--entrypoint', file, BENCH_IMAGE, ...parameters);
      bench.sample({ metric: 'run', contender, round, value: performance.now() - startedAt });
    });
  },
};
