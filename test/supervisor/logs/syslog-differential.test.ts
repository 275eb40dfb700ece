// syslog under the real supervisord and under ours, in a /dev of our own with a collector at /dev/log.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, type Case } from '../differential/cases.ts';
import type { Side } from '../differential/pair.ts';

const WRAPPER = new URL('../../fixtures/with-dev-log.sh', import.meta.url).pathname;

/** The datagrams that name the side's directory, without time and pids. */
function sent(side: Side): string[] {
  const file = join(process.env['DEV_LOG_DIRECTORY'] ?? '', 'datagrams');
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes(side.directory))
    .map((line) => line.replaceAll(side.directory, '%D'))
    .map((line) =>
      line.replace(/>\w{3} [ \d]\d \d\d:\d\d:\d\d /, '>TIME ').replace(/\d{4}-\d\d-\d\d \S+ /, 'TIME '),
    );
}

const SPEAKER = `
command=/bin/sh -c "echo %D one; sleep 0.3; printf '%%s\\\\n\\\\n' %D/two %D/thr€€; sleep 0.3; echo %D err >&2; exec sleep 1000"
startsecs=0
`;

const CASES: Case[] = [
  {
    title: 'stdout_syslog and stderr_syslog beside log files',
    sections: `[program:x]${SPEAKER}stdout_syslog=true\nstderr_syslog=true\nstdout_logfile=%D/out\n`,
    run: async (side) => {
      await side.until('the lines', () => sent(side).length >= 4);
      return { sent: sent(side), file: (side.read('out') ?? '').replaceAll(side.directory, '%D') };
    },
  },
  {
    title: 'stdout_logfile=syslog, without the other stream',
    sections: `[program:x]${SPEAKER}stdout_logfile=syslog\nstderr_logfile=%D/err\n`,
    run: async (side) => {
      await side.until('the other stream', () => (side.read('err') ?? '') !== '');
      await side.until('the lines', () => sent(side).length >= 3);
      return sent(side);
    },
  },
  {
    title: 'the main log',
    configuration: `[supervisord]
logfile=syslog
pidfile=%D/pid
childlogdir=%D
user=root
[program:x]
command=%D/nothing
startretries=0
`,
    run: async (side) => {
      side.supervisord(['-n', '-c', side.configuration]);
      const about = (): string[] => sent(side).filter((line) => line.includes('spawnerr'));
      await side.until('the line', () => about().length > 0);
      return about();
    },
  },
];

if (process.env['DEV_LOG_DIRECTORY'] === undefined) {
  const directory = mkdtempSync(join(tmpdir(), 'dev-log-'));
  try {
    const { status, error } = spawnSync(
      WRAPPER,
      [directory, process.execPath, ...process.execArgv, import.meta.filename],
      { stdio: 'inherit', env: { ...process.env, DEV_LOG_DIRECTORY: directory }, timeout: 100_000 },
    );
    if (error !== undefined) throw error;
    process.exitCode = status ?? 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
} else {
  compare('syslog, beside supervisord', CASES);
}
