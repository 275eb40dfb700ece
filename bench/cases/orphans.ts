// 5,000 orphans that end at once: from their end until PID 1 has collected the last.

import { interleave, type Case } from '../case.ts';
import { BENCH_IMAGE, docker, runOptions } from '../engine.ts';

const COUNT = '5000';
const PROGRAM = ['make-orphans', COUNT];

const conf = (more: readonly string[]): string =>
  [
    '[supervisord]',
    ...more,
    '[program:orphans]',
    `command=${PROGRAM.join(' ')}`,
    'startsecs=0',
    'autorestart=false',
    'stdout_logfile=/dev/fd/1',
    'stdout_logfile_maxbytes=0',
  ].join('\n');

const CONTENDERS: Readonly<
  Record<string, { command: readonly string[]; files?: Readonly<Record<string, string>> }>
> = {
  initkit: {
    command: ['/usr/local/bin/initkit', 'init', '--image', '/dev/null', '-c', '/bench-files/conf'],
    files: { conf: conf([]) },
  },
  tini: { command: ['tini', '--', ...PROGRAM] },
  'dumb-init': { command: ['dumb-init', '--', ...PROGRAM] },
  s6: {
    command: ['s6-svscan', '/bench-files'],
    files: { 'p/run': `#!/bin/sh\ntouch down\n${PROGRAM.join(' ')}\nexec sleep 1000\n` },
  },
  supervisord: {
    command: ['/usr/bin/supervisord', '-n', '-c', '/bench-files/conf'],
    files: {
      conf: conf(['user=root', 'logfile=/dev/null', 'logfile_maxbytes=0', 'silent=true']),
    },
  },
};

export const orphans: Case = {
  name: 'orphans',
  title: '5,000 orphans that end at once, until none is left',
  place: 'host',
  rounds: 3,
  metrics: [
    {
      name: 'orphans',
      title: '5,000 orphans end at once, until none is left',
      unit: 'ms',
      better: 'lower',
      contenders: ['initkit', 'tini', 'dumb-init', 's6', 'supervisord'],
      aims: [{ of: 'initkit', to: 'tini', atMost: 1.2 }],
    },
  ],
  async run(bench) {
    await interleave(
      bench,
      Object.entries(CONTENDERS),
      async ([contender, { command, files = {} }], round) => {
        // 100 in a second: once is enough.
        if (contender === 'supervisord' && round > 0) return;
        const [file = '', ...parameters] = command;
        const said = await untilSaid(/left after/, [
          ...runOptions(files),
          '--entrypoint',
          file,
          BENCH_IMAGE,
          ...parameters,
        ]);
        const [, left, took] = /(\d+) left after ([\d.]+) ms/.exec(said) ?? [];
        if (left !== '0') throw new Error(`${contender} left ${left} orphans: ${said}`);
        bench.sample({ metric: 'orphans', contender, round, value: Number(took) });
      },
    );
  },
};

/** Starts a container, and removes it when it has said what we wait for. */
async function untilSaid(pattern: RegExp, options: readonly string[]): Promise<string> {
  const id = (await docker('run', '--detach', ...options)).trim();
  try {
    for (;;) {
      const isRunning = (await docker('inspect', '--format', '{{.State.Running}}', id)).trim() === 'true';
      const said = await docker('logs', id);
      if (pattern.test(said)) return said;
      if (!isRunning) throw new Error(`the container ended: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    await docker('rm', '--force', id);
  }
}
