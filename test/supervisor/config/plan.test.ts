// What supervisord does not say, and what it does not have: warnings, all errors at once, and the keys of our own.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Plan, Program } from '../../../supervisor/model.ts';
import { readPlan } from '../../../supervisor/config/plan.ts';
import { fakeSource, type World } from './host.ts';

const test = suite('config plan');
const MAIN = '/etc/s.conf';

function plan(text: string, files: Record<string, string> = {}, world: World = {}): Plan {
  const source = fakeSource({ ...world, files: { [MAIN]: text, ...files } });
  const environment = new Map([['NAME', 'value']]);
  return readPlan({ source, configFile: MAIN, environment }).plan;
}

/** The problems of one [program:x]; its first line is line 3. */
function programProblems(body: string): string[] {
  return problems(plan(`[supervisord]\n[program:x]\n${body}\n`));
}

function problems(of: Plan): string[] {
  return of.problems.map(({ severity, message, remedy, origin }) => {
    const place =
      origin === undefined ? '-' : `${origin.file === MAIN ? '' : `${origin.file}:`}${origin.line}`;
    return `${place} ${severity}: ${message}${remedy === undefined ? '' : ` (${remedy})`}`;
  });
}

function program(body: string): Program {
  const read = plan(`[supervisord]\n[program:x]\ncommand=/bin/cat\n${body}\n`);
  assert.equal(problems(read), []);
  const found = read.groups[0]?.programs[0];
  if (found === undefined) throw new Error('there is no program');
  return found;
}

test('all errors are reported at once, each with its line', () => {
  const text = [
    '[supervisord]',
    'loglevel=loud',
    '[program:a]',
    'autostart=perhaps',
    'startsecs=soon',
    'stopsignal=FOO',
    'a line without a delimiter',
    '[program:b]',
    'command=%(ENV_MISSING)s',
    'user=nobodyhere',
    '[group:g]',
    'programs=c',
    '[unix_http_server]',
    'chmod=rwx',
  ].join('\n');
  const errors = problems(plan(text)).filter((line) => line.includes(' error: '));
  assert.equal(
    errors.map((line) => line.replace(/ \(file: .*$/, '')),
    [
      "7 error: Source contains parsing errors: '/etc/s.conf' [line  7]: 'a line without a delimiter\\n' " +
        '(write key=value, or indent the line to continue the value above)',
      "2 error: bad logging level name 'loud' (write one of critical, error, warn, info, debug, trace, blather)",
      '12 error: [group:g] names unknown program or fcgi-program c',
      "4 error: not a valid boolean value: 'perhaps' in section 'program:a'",
      "5 error: invalid literal for int() with base 10: 'soon' in section 'program:a'",
      "6 error: value 'FOO' is not a valid signal name in section 'program:a'",
      "3 error: program section program:a does not specify a command in section 'program:a'",
      "10 error: Invalid user name nobodyhere in section 'program:b'",
      "9 error: Format string '%(ENV_MISSING)s' for 'program:b.command' contains names ('ENV_MISSING') which cannot be " +
        'expanded. Available names: ENV_NAME, group_name, here, host_node_name, numprocs, process_num, program_name in ' +
        "section 'program:b'",
      '13 error: section [unix_http_server] has no file value (add file=/run/supervisor.sock)',
      '14 error: Invalid chmod value rwx (write octal digits, such as 022)',
    ],
  );
});

const WARNINGS = [
  [
    "command=sh -c 'a ; b'",
    [
      "3 warning: the value is cut at ' ;', which begins a comment even inside quotes (leave out the blank before ;, or put the text into a script)",
      `3 warning: can't parse command "sh -c 'a": No closing quotation (close the quotes)`,
    ],
  ],
  ['command=cat ; a plain comment', []],
  ["command=cat ; it's a comment", []],
  [
    'command=cat\nenvironment=A=1#2,B=3',
    ['4 warning: environment= ends at an unquoted #: #2,B=3 is dropped (put the value into quotes)'],
  ],
  [
    'command=cat\nautostrat=true',
    ['4 warning: autostrat is no key of [program:x] and is ignored (did you mean autostart?)'],
  ],
  [
    'command=cat\nenvironment=NAME="f\uFFFDnf"\n; f\uFFFDnf',
    ['4 warning: the line is not UTF-8: what cannot be decoded is read as U+FFFD (save the file as UTF-8)'],
  ],
  ['command=cat\nxyzzy=1', ['4 warning: xyzzy is no key of [program:x] and is ignored']],
  [
    'command=cat\ncommand=ls',
    ['4 warning: [program:x] sets command twice; line 3 is ignored (keep one of the two)'],
  ],
  [
    'command=cat\n[progam:y]',
    ['4 warning: [progam:y] is no section of supervisord and is ignored (did you mean program?)'],
  ],
  [
    'command=cat\n[Program:y]',
    ['4 warning: [Program:y] is no section of supervisord and is ignored (did you mean program?)'],
  ],
  ['command=cat\n[include]\nfiles=x/*.conf', ['5 warning: No file matches via include "/etc/x/*.conf"']],
  [
    'command=cat\n[inet_http_server]\nport=9001',
    [
      '4 warning: [inet_http_server] has no password, and nothing listens on TCP without one: it is not opened (add username= and password=, or use [unix_http_server])',
    ],
  ],
  [
    'command=cat\n[group:x]\nprograms=y\n[program:y]\ncommand=cat',
    ['2 warning: there are two groups x: only one of them runs (rename one of the two)'],
  ],
  [
    'command=cat\n[rpcinterface:twiddler]\nsupervisor.rpcinterface_factory=a.b:c',
    [
      '5 warning: a.b:c cannot be resolved within [rpcinterface:twiddler]: there is no Python here; it is ignored',
    ],
  ],
  [
    'command=cat\nredirect_stderr=true\nstderr_logfile=/tmp/x',
    [
      '5 warning: For [program:x], redirect_stderr=true but stderr_logfile has also been set to a filename, the filename has been ignored',
    ],
  ],
] as const;

for (const [body, expected] of WARNINGS) {
  test(`says of ${JSON.stringify(body)} what supervisord does not`, () => {
    assert.equal(programProblems(body), [...expected]);
  });
}

const TARGETS = [
  ['/dev/stdout', { kind: 'inherit', fd: 1, path: '/dev/stdout' }],
  ['/dev/fd/1', { kind: 'inherit', fd: 1, path: '/dev/fd/1' }],
  ['/dev/stderr', { kind: 'inherit', fd: 2, path: '/dev/stderr' }],
  ['/dev/fd/2', { kind: 'inherit', fd: 2, path: '/dev/fd/2' }],
  ['/tmp/x.log', { kind: 'file', path: '/tmp/x.log' }],
  ['x.log', { kind: 'file', path: 'x.log' }],
  ['NONE', { kind: 'none' }],
  ['off', { kind: 'none' }],
  ['Auto', { kind: 'auto' }],
] as const;

for (const [text, target] of TARGETS) {
  test(`stdout_logfile=${text} goes where it should`, () => {
    assert.equal(program(`stdout_logfile=${text}`).stdout.target, target);
  });
}

test('a program without any of our keys is what supervisord would run', () => {
  const {
    enabled,
    type,
    dependsOn,
    ready,
    exitOn,
    logFormat,
    maxRestarts,
    backoffMaxSecs,
    limits,
    environmentFiles,
    setHome,
    statusFile,
    schedule,
    check,
    watch,
  } = program('');
  assert.equal(
    {
      enabled,
      type,
      dependsOn,
      ready,
      exitOn,
      logFormat,
      maxRestarts,
      backoffMaxSecs,
      limits,
      environmentFiles,
      setHome,
      statusFile,
      schedule,
      check,
      watch,
    },
    {
      enabled: true,
      type: 'service',
      dependsOn: [],
      ready: null,
      exitOn: 'never',
      logFormat: null,
      maxRestarts: 0,
      backoffMaxSecs: null,
      limits: {},
      environmentFiles: [],
      setHome: false,
      statusFile: null,
      schedule: null,
      check: null,
      watch: null,
    },
  );
});

const EXTRAS = [
  ['enabled=Enabled', { enabled: true }],
  ['enabled=FALSE', { enabled: false }],
  ['type=oneshot', { type: 'oneshot' }],
  ['exit_on=fatal', { exitOn: 'fatal' }],
  ['max_restarts=5\nrestart_window=10', { maxRestarts: 5, restartWindowSecs: 10 }],
  ['max_restarts=5', { maxRestarts: 5, restartWindowSecs: 60 }],
  ['backoff_max=30', { backoffMaxSecs: 30 }],
  ['log_format=JSON', { logFormat: 'json' }],
  ['limits=nofile=1024:2048, core=unlimited', { limits: { nofile: '1024:2048', core: 'unlimited' } }],
  [
    'environment_file=-/etc/a.env /etc/%(ENV_NAME)s.env',
    { environmentFiles: ['-/etc/a.env', '/etc/value.env'] },
  ],
  ['set_home=true', { setHome: true }],
  ['schedule=30 4 * * sun', { schedule: '30 4 * * sun', type: 'oneshot' }],
  ['schedule=@daily\ntype=oneshot', { schedule: '@daily', type: 'oneshot' }],
  ['schedule=', { schedule: null, type: 'service' }],
  ['status_file=/run/%(ENV_NAME)s/status', { statusFile: '/run/value/status' }],
  [
    'check=tcp:80',
    {
      check: {
        ask: { kind: 'tcp', host: '127.0.0.1', port: 80 },
        intervalMs: 10_000,
        timeoutMs: 3000,
        failures: 3,
        action: 'restart',
      },
    },
  ],
  [
    'check=exec:test -e /x\ncheck_interval=1\ncheck_timeout=2\ncheck_failures=4\ncheck_action=None',
    {
      check: {
        ask: { kind: 'exec', command: 'test -e /x' },
        intervalMs: 1000,
        timeoutMs: 2000,
        failures: 4,
        action: 'none',
      },
    },
  ],
  [
    'watch=/etc/a, /etc/%(ENV_NAME)s',
    { watch: { paths: ['/etc/a', '/etc/value'], action: { kind: 'restart' } } },
  ],
  [
    'watch=/etc/a\nwatch_action=hup',
    { watch: { paths: ['/etc/a'], action: { kind: 'signal', signal: 'SIGHUP' } } },
  ],
  ['ready=notify', { ready: { kind: 'notify' } }],
  ['ready=tcp:80', { ready: { kind: 'tcp', host: '127.0.0.1', port: 80 } }],
  ['ready=tcp:[::1]:80', { ready: { kind: 'tcp', host: '::1', port: 80 } }],
  ['ready=http:8080/health', { ready: { kind: 'http', url: 'http://127.0.0.1:8080/health' } }],
  ['ready=http://h/x', { ready: { kind: 'http', url: 'http://h/x' } }],
  ['ready=https://h/x', { ready: { kind: 'http', url: 'https://h/x' } }],
  ['ready=exec:test -e /x', { ready: { kind: 'exec', command: 'test -e /x' } }],
  ['ready=log:^up \\d+$', { ready: { kind: 'log', pattern: '^up \\d+$' } }],
] as const;

for (const [body, expected] of EXTRAS) {
  test(`reads ${JSON.stringify(body)}`, () => {
    const found = program(body) as unknown as Record<string, unknown>;
    for (const [key, value] of Object.entries(expected)) assert.equal(found[key], value);
  });
}

const REFUSED = [
  ['type=daemon', "'daemon' is not one of service, oneshot"],
  ['exit_on=always', "'always' is not one of never, fatal, exit"],
  ['max_restarts=-1', '-1 is below zero'],
  ['limits=files=3', "'files' is no limit"],
  ['limits=core=lots', "'lots' is no value of the limit core"],
  ['check=notify', "'notify' cannot be asked again and again"],
  ['check=tcp:80\ncheck_interval=0', '0 is below 1'],
  ['check=tcp:80\ncheck_action=stop', "'stop' is not one of restart, none"],
  ['watch=etc/a', "'etc/a' is not an absolute path"],
  ['watch=/a\nwatch_action=SIGNONE', "value 'SIGNONE' is not a valid signal name"],
  ['ready=soon', "'soon' is no way to be ready"],
  ['ready=tcp:0', '0 is below lower bound (1)'],
  ['ready=log:(', "'(' is no regular expression"],
  ['ready=log:', 'log: needs a regular expression'],
] as const;

for (const [body, message] of REFUSED) {
  test(`refuses ${body}`, () => {
    const [found = ''] = programProblems(`command=cat\n${body}`);
    const line = 3 + body.split('\n').length;
    assert.ok(found.startsWith(`${line} error: ${message}`), found);
    assert.match(found, "in section 'program:x' (file: '/etc/s.conf')");
  });
}

test('the keys of a check or a watch that is not there are said to mean nothing', () => {
  assert.equal(programProblems('command=cat\ncheck_interval=5'), [
    '4 warning: check_interval means nothing without check (add check=)',
  ]);
  assert.equal(programProblems('command=cat\nwatch_action=HUP'), [
    '4 warning: watch_action means nothing without watch (add watch=/PATH)',
  ]);
});

test('an unknown name in a value is answered with the one that was meant', () => {
  const [found = ''] = programProblems('command=echo %(ENV_NAEM)s');
  assert.match(found, /\(did you mean ENV_NAME\?\)$/);
});

test('depends_on must name programs, and must not go in a circle', () => {
  const text = (a: string, b: string): string =>
    `[supervisord]\n[program:web]\ncommand=cat\ndepends_on=${a}\n[program:db]\ncommand=cat\n${b}\n`;
  assert.equal(problems(plan(text('db', ''))), []);
  assert.equal(problems(plan(text('dbb', ''))), [
    '2 error: depends_on of web names dbb, which is no program (did you mean db?)',
  ]);
  assert.equal(problems(plan(text('db', 'startsecs=x'))).length, 1, 'a faulty program is a program');
  assert.equal(problems(plan(text('db', 'depends_on=web'))), [
    '5 error: programs wait for each other: db -> web -> db (take one depends_on= out)',
  ]);
  assert.equal(problems(plan(text('db', 'enabled=disabled'))), [
    '2 warning: web depends on db, which is disabled',
  ]);
});

test('an error in an included file names that file', () => {
  const files = {
    '/etc/conf.d/a.conf': '\n[program:a]\ncommand=cat\nstartsecs=x\n',
    '/etc/conf.d/.hidden.conf': '[',
  };
  const found = problems(plan('[supervisord]\n[include]\nfiles=conf.d/*.conf\n', files));
  assert.equal(found, [
    "/etc/conf.d/a.conf:4 error: invalid literal for int() with base 10: 'x' in section 'program:a' " +
      "(file: '/etc/conf.d/a.conf') (write a whole number)",
  ]);
});

test('a main file that is missing or empty is one error', () => {
  const { plan: missing } = readPlan({
    source: fakeSource(),
    configFile: '/none.conf',
    environment: new Map(),
  });
  assert.equal(problems(missing), [
    '- error: could not find config file /none.conf (name another file with -c)',
  ]);
  assert.equal(problems(plan('')), [
    '1 error: .ini file does not include supervisord section (add a line [supervisord])',
  ]);
  assert.equal(problems(plan('x=1\ny=2\n[supervisord]\n')), [
    "1 error: File contains no section headers. file: '/etc/s.conf', line: 1 'x=1\\n' (put a [section] above the first setting)",
  ]);
});

test('environment= of [supervisord] feeds the programs, and is theirs too', () => {
  const { groups } = plan(
    '[supervisord]\nenvironment=A="x y"\n[program:x]\ncommand=echo %(ENV_A)s\nenvironment=B=%(ENV_NAME)s',
  );
  assert.is(groups[0]?.programs[0]?.commandLine, 'echo x y');
  assert.equal(groups[0]?.programs[0]?.environment, { A: 'x y', B: 'value' });
});

test('the client finds its section in the main file', () => {
  const text =
    '[supervisord]\n[supervisorctl]\nserverurl=unix:///run//x.sock\nprompt=p\nhistory_file=%(here)s/h\n';
  assert.equal(plan(text).supervisorctl, {
    serverUrl: 'unix:///run/x.sock',
    username: null,
    password: null,
    prompt: 'p',
    historyFile: '/etc/h',
  });
  assert.is(plan('[supervisord]').supervisorctl, undefined);
});

test.run();
