// What the supervisord command says: its help, its errors, the first lines of its log.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Problem } from '../../supervisor/model.ts';
import {
  configurationErrors,
  errorText,
  helpText,
  limitMessage,
  readingNotes,
  serverMessage,
} from '../../supervisor/fronts/supervisord-options.ts';
import { emptyPlan } from '../../supervisor/config/plan.ts';
import { isAutoLog } from '../../supervisor/logs/auto-logs.ts';
import { fakeSource } from './config/host.ts';

const test = suite('supervisord options');

const OPTIONS = 'c n s u m d l y z e j i q k a t h v ?'.split(' ').map((letter) => `-${letter}`);
const LONG =
  'configuration nodaemon silent user umask directory logfile logfile_maxbytes logfile_backups loglevel pidfile identifier childlogdir nocleanup minfds minprocs strip_ansi profile_options help version';

test('the help lists every option', () => {
  const help = helpText('supervisord');
  for (const option of [...OPTIONS, ...LONG.split(' ').map((name) => `--${name}`)]) {
    assert.ok(new RegExp(`(^|/)${option.replace('?', '\\?')}(\\W|$)`, 'm').test(help), option);
  }
});

test('the first error is printed as supervisord prints it, the others with their places', () => {
  const error = (message: string, line: number): Problem => ({
    severity: 'error',
    message,
    origin: { file: 's.conf', line },
  });
  const warning: Problem = { severity: 'warning', message: 'no matter' };
  assert.is(configurationErrors('x', [warning]), null);
  assert.is(
    configurationErrors('x', [warning, error('first', 3), error('second', 2)]),
    'Error: first\nFor help, use x -h\nalso: s.conf:2: error: second\n',
  );
  assert.is(errorText('x', 'y'), 'Error: y\nFor help, use x -h\n');
});

test('unreadable lines are listed as Python lists them', () => {
  const problem: Problem = {
    severity: 'error',
    message: "Source contains parsing errors: 's.conf' [line  3]: 'a\\n' [line 10]: 'b\\n'",
  };
  assert.is(
    configurationErrors('x', [problem]),
    "Error: Source contains parsing errors: 's.conf'\n\t[line  3]: 'a\\n'\n\t[line 10]: 'b\\n'\nFor help, use x -h\n",
  );
});

test('warnings come before the files that were included', () => {
  const plan = { ...emptyPlan(fakeSource({})), files: ['main.conf', 'a.conf'] };
  const problems: Problem[] = [
    {
      severity: 'warning',
      message: 'No file matches via include "x"',
      origin: { file: 'main.conf', line: 1 },
    },
    { severity: 'warning', message: 'unknown key', origin: { file: 'main.conf', line: 2 } },
  ];
  assert.equal(readingNotes({ plan, problems }), [
    { level: 'warn', text: 'No file matches via include "x"' },
    { level: 'warn', text: 'main.conf:2: unknown key' },
    { level: 'info', text: 'Included extra file "a.conf" during parsing' },
  ]);
});

test('limits and servers that cannot be had', () => {
  const config = { minfds: 1024, minprocs: 200 };
  assert.match(
    limitMessage('nofile', config, 512n),
    /^The minimum number of file descriptors .* is 1024 .* open 512 /,
  );
  assert.match(
    limitMessage('nproc', config, 99n),
    /^The minimum number of available processes .* is 200 .* open 99 /,
  );
  assert.match(serverMessage('EADDRINUSE', 98), /^Another program is already listening on a port/);
  assert.is(
    serverMessage('EACCES', 13),
    'Cannot open an HTTP server: socket.error reported errno.EACCES (13)',
  );
});

test('automatic logs are known by their names', () => {
  for (const name of ['web-stdout---me-k3j9x2a1.log', 'web-stderr---me-k3j9x2a1.log.12']) {
    assert.ok(isAutoLog(name, 'me'), name);
  }
  for (const name of ['web-stdout---you-k3j9x2a1.log', '---me-x.log', 'web.log', 'web---me-x']) {
    assert.not.ok(isAutoLog(name, 'me'), name);
  }
});

test.run();
