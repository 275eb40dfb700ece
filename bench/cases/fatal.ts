// From a program's FATAL to the end of the supervisor, with other programs that end at once when they are told to.

import { writeFileSync } from 'node:fs';
import { interleave, type Case } from '../case.ts';
import { endAll, startInit, type StartOptions } from '../inits.ts';

const BROKEN = [
  '[program:broken]',
  'command=/bin/sh -c "exit 3"',
  'startretries=0',
  'startsecs=1',
  'autorestart=true',
];

/** What people add to supervisord for it: an event listener that ends it, and the loop that looks every 30 s (redpill). */
const LISTENER = `
import os, signal, sys
while True:
    sys.stdout.write('READY\\n'); sys.stdout.flush()
    head = dict(word.split(':') for word in sys.stdin.readline().split())
    sys.stdin.read(int(head['len']))
    os.kill(os.getppid(), signal.SIGTERM)
    sys.stdout.write('RESULT 2\\nOK'); sys.stdout.flush()
`;
const LOOP = `#!/bin/sh
sleep 5
while :; do
  if /usr/bin/supervisorctl -c "$1" status broken | awk '{exit $2 != "FATAL"}'; then kill -TERM $PPID; exit 0; fi
  sleep 30
done
`;

const CONTENDERS: Readonly<Record<string, readonly string[]>> = {
  initkit: [...BROKEN, 'exit_on=fatal'],
  'supervisord, listener': [
    ...BROKEN,
    '[eventlistener:end]',
    'command=/usr/bin/python3 /tmp/listener.py',
    'events=PROCESS_STATE_FATAL',
  ],
  'supervisord, loop': [...BROKEN, '[program:loop]', 'command=/tmp/loop.sh %(here)s/supervisord.conf'],
};

export const fatal: Case = {
  name: 'fatal',
  title: 'FATAL to the end of PID 1',
  place: 'container',
  rounds: 4,
  metrics: [
    {
      name: 'fatal',
      title: 'a program is FATAL, to the end of PID 1',
      unit: 'ms',
      better: 'lower',
      contenders: ['initkit', 'supervisord, listener', 'supervisord, loop'],
      aims: [{ of: 'initkit', atMost: 250 }],
    },
  ],
  async run(bench) {
    writeFileSync('/tmp/listener.py', LISTENER);
    writeFileSync('/tmp/loop.sh', LOOP, { mode: 0o755 });
    await interleave(bench, Object.entries(CONTENDERS), async ([contender, sections], round) => {
      // Half a minute each: two of them tell enough.
      if (contender === 'supervisord, loop' && round > 1) return;
      const options: StartOptions = {
        programs: { count: 3, command: 'exec sleep 1000' },
        sections,
        talks: true,
      };
      const running = startInit(contender === 'initkit' ? 'initkit' : 'supervisord', options);
      const fatalAt = await running.line(/broken entered FATAL state/);
      bench.sample({ metric: 'fatal', contender, round, value: (await running.ended) - fatalAt });
      await endAll();
    });
  },
};
