// depends_on= and ready= with real processes, below a real supervisor that is not PID 1.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runUntil } from '../support/run-until.ts';

const test = suite('gate');

const folder = mkdtempSync(join(tmpdir(), 'initkit-gate-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const WEB = `
[program:web]
command=/bin/sh -c 'echo web is up; exec sleep 1000'
depends_on=db
startsecs=0
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
`;

/** A program that is ready some time after it is RUNNING; SAY is what it does to be so. */
const db = (ready: string, command: string): string => `
[program:db]
command=${command}
ready=${ready}
startsecs=0
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
`;

const NOTIFY = `python3 -c "import os,socket; socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM).sendto(b'READY=1', os.environ['NOTIFY_SOCKET'])"`;

for (const [ready, command] of [
  ['log:^open for', `/bin/sh -c 'sleep 0.3; echo not yet; echo open for business; exec sleep 1000'`],
  [`exec:test -e ${folder}/here`, `/bin/sh -c 'sleep 0.3; echo here > ${folder}/here; exec sleep 1000'`],
  ['tcp:127.0.0.1:34571', `python3 -m http.server -b 127.0.0.1 34571`],
  ['http:http://127.0.0.1:34572/', `python3 -m http.server -b 127.0.0.1 34572 -d ${folder}`],
  ['notify', `/bin/sh -c 'sleep 0.3; ${NOTIFY.replaceAll("'", "'\\''")}; exec sleep 1000'`],
] as const) {
  test(`web starts when db is ready by ${ready.replace(/:.*/s, '')}`, async () => {
    // A blank before ; would begin a comment.
    const { output, code } = await runUntil(db(ready, command.replaceAll(' ;', ';')) + WEB, /web is up/);
    assert.is(code, 0);
    assert.ok(output.indexOf('ready: db') < output.indexOf("spawned: 'web'"), output);
  });
}

test('a oneshot is waited for until it has ended, and tried again when it fails', async () => {
  const flag = join(folder, 'flag');
  const migrate = `/bin/sh -c 'if [ -e ${flag} ]; then echo migrated; else touch ${flag}; exit 1; fi'`;
  const config = `
[program:db]
type=oneshot
command=${migrate}
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
`;
  const { output } = await runUntil(config + WEB, /web is up/);
  assert.ok(output.indexOf('migrated') < output.indexOf('web is up'), output);
  assert.match(output, /exited: db \(exit status 1; not expected\)/);
  assert.not.match(output, /success: db/, 'what is done has not stayed up');
});

test('a dependency that is FATAL keeps what depends on it from starting, and ends the container where that one decides', async () => {
  const config = `
[program:db]
command=/bin/sh -c 'exit 7'
startretries=0
${WEB}exit_on=fatal
`;
  const { output, code } = await runUntil(config, /cannot start web: db is FATAL/);
  assert.is(code, 7);
  assert.not.match(output, /spawned: 'web'/);
});

test('what depends on a program stops before it', async () => {
  const both = `
[program:db]
command=/bin/sh -c 'trap "echo db ends;exit 0" TERM; while :; do sleep 0.05; done'
startsecs=0
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
[program:web]
command=/bin/sh -c 'trap "sleep 0.2;echo web ends;exit 0" TERM; echo web is up; while :; do sleep 0.05; done'
depends_on=db
priority=1
startsecs=0
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
`;
  const { output } = await runUntil(both, /web is up/);
  assert.ok(output.indexOf('web ends') < output.indexOf('db ends'), output);
});

test.run();
