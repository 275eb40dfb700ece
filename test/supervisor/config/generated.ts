// Random supervisord configurations: mostly right, often odd, sometimes wrong.

import { fc } from '../../support/random.ts';

export interface Case {
  /** Paths below the case's directory; `supervisord.conf` is the main one. */
  readonly files: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

export const ENVIRONMENT = {
  HOME: '/root',
  HOST: 'myhost',
  PORT: '8080',
  PERCENT: '100%s %% %(x)s',
  EMPTY: '',
  SPACES: 'two  words',
  QUOTE: `it's "it"`,
  UMLAUT: 'größe → 😀',
};

/** `odd` comes once for `often` values that are plain. */
function mostly<T>(often: number, plain: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: often, arbitrary: plain }, { weight: 1, arbitrary: odd });
}

const among = fc.constantFrom<string[]>;

const soup = fc
  .array(
    among(
      ...'abcXYZ019 \t.,;#:=%()[]{}\'"\\$/-_+@!?*~&|<>^`äß\u00a0\u2028\x1c\x85\f😀'.match(/./gsu)!,
      ' ;',
      ' #',
      '%(ENV_HOST)s',
      '%(here)s',
      '%%',
      '%(process_num)02d',
      '%(program_name)s',
      '\\n',
      '\\"',
      '$(x)',
      '%',
      '%(ENV_NOPE)s',
      '%(process_num)5d',
      '%(numprocs)x',
      '%(process_num)-5d|',
      '%(ENV_PORT)5s|',
      '%(ENV_PORT)d',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const boolean = mostly(
  40,
  among('true', 'false', 'yes', 'no', 'on', 'off', '1', '0', 'TRUE', 'Off', 'True'),
  among('maybe', '', '2', 't', 'true false', '%(ENV_HOST)s'),
);
const number = mostly(
  40,
  among(
    '0',
    '1',
    '2',
    '10',
    '999',
    '-1',
    ' 7',
    '+3',
    '1_000',
    '007',
    '%(ENV_PORT)s',
    '100 ; a comment',
    '5\t# five',
  ),
  among('', 'x', '1.5', '1__0', '_1', '0x10', '1e3', '--1', '１'),
);
const small = mostly(40, among('1', '2', '3', '0', '1', '1', '1', '1'), among('', 'x', '-1', '1.0'));
const size = mostly(
  40,
  among('0', '1', '50MB', '1kb', '2 Kb', '1GB', '10mb', '7'),
  among('50M', 'MB', '', '1.5MB', '10 MB KB', '1TB'),
);
const octal = mostly(
  40,
  among('022', '0700', '700', '0o17', '7_7', '0'),
  among('8', '', '0x7', 'rwx', '099'),
);
const path = mostly(
  30,
  among(
    '/dev/null',
    '/tmp/%(program_name)s.log',
    'relative.log',
    '/dev/fd/1',
    '/dev/stdout',
    '/dev/fd/2',
    'NONE',
    'none',
    'AUTO',
    'auto',
    'off',
    'syslog',
    '~/x.log',
    '%(here)s/x.log',
    '/tmp//a/../b.log',
    '/tmp/100%%%%.log',
    '/tmp/%(process_num)d.log',
    './x.log',
    '~root/y.log',
    '/proc/self/fd/1',
    '/tmp/%(ENV_HOST)s.log',
    'Off',
  ),
  among('/nonexistent/x.log', '%(bad)s', '/tmp/%', '/tmp/100%%.log', '~nobodyhere/x.log', ''),
);
const user = mostly(
  15,
  among('root', '0', 'daemon', '1', 'nobody'),
  among('nosuchuser', '4711', '', '-1', 'root '),
);
const word = fc
  .array(among(...'abcdefgh0129_-.+/'.split('')), { minLength: 1, maxLength: 8 })
  .map((letters) => letters.join(''));
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: among(
      '/bin/cat',
      'sleep 1',
      '/bin/sh -c "echo hi; exit 1"',
      "sh -c 'a ; b'",
      'cat %(ENV_HOST)s',
      'cat -n #x',
      'a#b c;d',
    ),
  },
  {
    weight: 3,
    arbitrary: among(
      'cat %(program_name)s_%(process_num)02d of %(numprocs)d',
      '%(here)s/run --group=%(group_name)s',
      "awk '{print \\$1}'",
      'date +%%s',
      'a\\ b "c\\"d" \'e\\f\'',
      '%(host_node_name)s',
    ),
  },
  { weight: 1, arbitrary: soup },
);
const pair = fc
  .tuple(
    mostly(10, among('A', 'B', 'PATH', 'LONG_NAME', 'a.b', 'K-1', '__proto__', 'HOST'), word),
    mostly(
      14,
      among(
        'x',
        '"a, b"',
        "'it # is'",
        '"%(ENV_HOST)s"',
        '/usr/bin:/bin',
        '"100%%"',
        '1.5',
        '"a=b;c"',
        '"%(program_name)s"',
        '%(ENV_A)s',
        '"\'x\'"',
        '"%(ENV_SPACES)s"',
      ),
      among(
        'a b',
        'x#y',
        '@',
        '"open',
        '',
        'größe',
        'a;b',
        '%(ENV_PERCENT)s',
        'a"b c"d',
        '%(ENV_QUOTE)s',
        "'",
      ),
    ),
  )
  .map(([key, value]) => `${key}=${value}`);
const environment = mostly(
  20,
  fc
    .tuple(
      fc.array(pair, { minLength: 1, maxLength: 4 }),
      among(',', ', ', ' ,', ',\n  ', ',,', ' '),
      among('', '', ','),
    )
    .map(([pairs, comma, end]) => pairs.join(comma === ',,' || comma === ' ' ? ',' : comma) + end),
  soup,
);
const signal = mostly(
  20,
  among(
    'TERM',
    'HUP',
    'INT',
    'QUIT',
    'KILL',
    'USR1',
    'usr2',
    'SIGTERM',
    'sigint',
    '15',
    ' 9',
    'CHLD',
    'CLD',
    '34',
    'RTMAX',
    'IOT',
  ),
  among('FOO', '', '99', '32', 'SIGSIGTERM', 'SIG', '-1'),
);
const exitcodes = mostly(
  20,
  among('0', '0,2', '1, 2 ,3', '', '255', '0,0'),
  among('256', '-1', 'a', '0,', '1 2'),
);
const anything = mostly(3, word, soup);

const STREAM: Readonly<Record<string, fc.Arbitrary<string>>> = {
  logfile: path,
  logfile_maxbytes: size,
  logfile_backups: number,
  capture_maxbytes: size,
  events_enabled: boolean,
  syslog: boolean,
};

const PROGRAM: Readonly<Record<string, fc.Arbitrary<string>>> = {
  process_name: mostly(
    12,
    among(
      '%(program_name)s',
      '%(program_name)s_%(process_num)02d',
      'p%(process_num)d',
      '%(group_name)s-%(process_num)s',
    ),
    among('fixed', 'a b', 'a:b', '%(process_num)s%(nope)s', 'x/%(process_num)d', '%(process_num'),
  ),
  numprocs: small,
  numprocs_start: small,
  priority: number,
  autostart: boolean,
  autorestart: mostly(
    20,
    among('true', 'false', 'unexpected', 'UNEXPECTED', '1'),
    among('always', '', 'never'),
  ),
  startsecs: number,
  startretries: number,
  exitcodes,
  stopsignal: signal,
  stopwaitsecs: number,
  stopasgroup: boolean,
  killasgroup: boolean,
  user,
  redirect_stderr: boolean,
  environment,
  directory: mostly(10, among('/tmp', '/', '%(here)s', '~', '/tmp/%(process_num)d', ''), soup),
  umask: octal,
  serverurl: among('AUTO', 'auto', 'unix:///x.sock', 'http://localhost:9001', ''),
  ...Object.fromEntries(Object.entries(STREAM).map(([key, values]) => [`stdout_${key}`, values])),
  ...Object.fromEntries(Object.entries(STREAM).map(([key, values]) => [`stderr_${key}`, values])),
  unknown_key: anything,
};

const SUPERVISORD: Readonly<Record<string, fc.Arbitrary<string>>> = {
  logfile: path,
  logfile_maxbytes: size,
  logfile_backups: number,
  loglevel: mostly(20, among('info', 'debug', 'WARN', 'critical', 'blather'), among('loud', '', 'warning')),
  pidfile: mostly(10, among('/tmp/s.pid', 'x.pid', '%(here)s/x.pid'), path),
  umask: octal,
  nodaemon: boolean,
  silent: boolean,
  minfds: number,
  minprocs: number,
  nocleanup: boolean,
  childlogdir: mostly(20, among('/tmp', '%(here)s', '~'), among('/nonexistent', '', '%(host_node_name)s')),
  user,
  directory: mostly(20, among('/tmp', '%(here)s', '/'), among('/nonexistent', '')),
  strip_ansi: boolean,
  environment: mostly(
    4,
    among('A=1', 'A="x y",B=2', 'HOST="other",C="%(here)s"', 'PERCENT="100%%%%"', 'D="%(ENV_HOST)s"'),
    environment,
  ),
  identifier: anything,
};

const LOGIN = {
  username: among('u', 'user %(ENV_HOST)s', 'u'),
  password: among('p', '{SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d', 'x%%y'),
};

const comment = among(
  '',
  '',
  '',
  '',
  ' ; comment',
  ' # comment',
  '\t;x',
  ' ;a #b',
  ';not',
  '#not',
  ' ; "quoted"',
);
const delimiter = among('=', ' = ', ':', ' : ', '= ', '\t=');
const spelling = among('lower', 'lower', 'lower', 'lower', 'upper', 'title');

function spelt(key: string, how: string): string {
  if (how === 'upper') return key.toUpperCase();
  return how === 'title' ? key.replace(/^./, (letter) => letter.toUpperCase()) : key;
}

/** The lines of some of the keys, in any order, with comments, blank lines and continuations here and there. */
function keyLines(
  keys: Readonly<Record<string, fc.Arbitrary<string>>>,
  maxLength: number,
): fc.Arbitrary<string[]> {
  const line = fc
    .constantFrom(...Object.keys(keys))
    .chain((key) =>
      fc.record({
        key: fc.constant(key),
        value: keys[key] ?? word,
        delimiter,
        comment,
        spelling,
        indent: among('', '', '', '', '', '', ' '),
      }),
    )
    .map((entry) => {
      const value = entry.value.replaceAll('\n', '\n  ');
      return `${entry.indent}${spelt(entry.key, entry.spelling)}${entry.delimiter}${value}${entry.comment}`;
    });
  const between = mostly(
    30,
    among('', '; comment', '# comment', '  ; indented comment', '   '),
    among('  continued', '\tmore # cut', 'no delimiter', '=no key', '[', '[] x'),
  );
  return fc.array(mostly(5, line, between), { maxLength });
}

const NAMES = ['a', 'b', 'web', 'w-1', 'long_name'];
const name = mostly(25, among(...NAMES), among('bad name', 'a:b', 'x/y', '', 'ü', ' a '));

function sectionOf(header: fc.Arbitrary<string>, body: fc.Arbitrary<string[]>): fc.Arbitrary<string> {
  return fc.tuple(header, body).map(([head, lines]) => [`[${head}]`, ...lines].join('\n'));
}

const withCommand = fc
  .tuple(
    mostly(
      30,
      command.map((text) => [`command=${text.replaceAll('\n', '\n  ')}`]),
      fc.constant<string[]>([]),
    ),
    keyLines(PROGRAM, 6),
  )
  .map(([first, rest]) => [...first, ...rest]);

const program = sectionOf(
  name.map((text) => `program:${text}`),
  withCommand,
);
const group = sectionOf(
  mostly(20, among('group:g', 'group:h', 'group:a'), among('group:bad name', 'group:')),
  keyLines(
    {
      programs: mostly(10, among('a', 'a,b', 'web, a', 'f', 'b'), among('', 'nope', 'a,', 'a b')),
      priority: number,
    },
    3,
  ),
);
const listener = sectionOf(
  among('eventlistener:l', 'eventlistener:m'),
  fc
    .tuple(
      withCommand,
      mostly(
        20,
        among('events=TICK_60', 'events=EVENT,PROCESS_STATE', 'events=tick_5, process_log'),
        among('events=', 'events=TICK_61', 'x=y'),
      ),
      keyLines(
        {
          buffer_size: mostly(10, among('1', '10', '100'), number),
          redirect_stderr: among('false', 'false', 'false', 'true'),
        },
        2,
      ),
    )
    .map(([first, events, rest]) => [...first, events, ...rest]),
);
const fcgi = sectionOf(
  among('fcgi-program:f', 'fcgi-program:a', 'fcgi-program:f2'),
  fc
    .tuple(
      withCommand,
      mostly(
        10,
        among(
          'socket=unix:///tmp/%(program_name)s.sock',
          'socket=tcp://localhost:9000',
          'socket=tcp://HOST.example:1',
        ),
        among(
          'socket=unix://rel',
          'socket=tcp://x:0',
          'socket=tcp://x',
          'socket=',
          'socket=tcp://a:b:1',
          'x=y',
          'socket=tcp://x:99999',
        ),
      ),
      keyLines(
        {
          socket_owner: mostly(5, among('root', 'root:root', '0:0'), among('x', 'root:x', '')),
          socket_mode: octal,
          socket_backlog: number,
        },
        2,
      ),
    )
    .map(([first, socket, rest]) => [...first, socket, ...rest]),
);
const unixServer = sectionOf(
  among('unix_http_server', 'unix_http_server', 'unix_http_server:x'),
  mostly(
    20,
    keyLines(
      { chmod: octal, chown: mostly(6, among('root', 'root:root', '0:0'), among('x', 'root:x')), ...LOGIN },
      3,
    ).map((rest) => ['file=/tmp/x.sock', ...rest]),
    keyLines({ file: among('%(here)s/s.sock', '~/s.sock', 's.sock ; c', '%(nope)s') }, 2),
  ),
);
const inetServer = sectionOf(
  among('inet_http_server', 'inet_http_server:x', 'inet_http_server:y'),
  fc
    .tuple(
      mostly(
        8,
        among('port=9001', 'port=*:9001', 'port=127.0.0.1:9001', 'port = LOCALHOST:80', 'port=:9002'),
        among('port=x', 'port=0', 'port=1:', 'port=a:b', 'port=70000', 'y=z', 'port=::1:9', 'port=h:0'),
      ),
      keyLines(LOGIN, 2),
    )
    .map(([port, rest]) => [port, ...rest]),
);
const rpc = sectionOf(
  among('rpcinterface:supervisor'),
  mostly(
    8,
    fc.constant(['supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface']),
    among('retries=1', 'x=%(y)s').map((line) => [line]),
  ),
);
const client = sectionOf(
  fc.constant('supervisorctl'),
  keyLines(
    {
      serverurl: among('unix:///tmp/x.sock', 'http://h:1', 'unix://%(here)s/../s', 'unix://~/x'),
      prompt: anything,
      history_file: among('~/.h', '%(here)s/h', 'x'),
      ...LOGIN,
    },
    4,
  ),
);
const defaults = sectionOf(
  fc.constant('DEFAULT'),
  keyLines(
    {
      startsecs: number,
      user,
      stdout_logfile: among('%(here)s/d.log', 'NONE'),
      priority: number,
      environment: among('Z=1'),
      port: among('1'),
    },
    2,
  ),
);
const odd = fc.oneof(
  sectionOf(
    among('unknown', 'Program:a', 'program', 'group', 'ctlplugin:x', 'program:a] trailing', 'fcgi:x'),
    keyLines({ x: anything, programs: word }, 2),
  ),
  sectionOf(
    among(...NAMES).map((text) => `program:${text}`),
    keyLines(PROGRAM, 3),
  ),
  soup,
);

const section = fc.oneof(
  { weight: 10, arbitrary: program },
  { weight: 2, arbitrary: group },
  { weight: 2, arbitrary: listener },
  { weight: 2, arbitrary: fcgi },
  { weight: 1, arbitrary: unixServer },
  { weight: 1, arbitrary: inetServer },
  { weight: 1, arbitrary: rpc },
  { weight: 1, arbitrary: client },
  { weight: 1, arbitrary: defaults },
  { weight: 1, arbitrary: odd },
);

const joined = (sections: readonly string[]): string => `${sections.join('\n\n')}\n`;
const supervisord = mostly(40, sectionOf(fc.constant('supervisord'), keyLines(SUPERVISORD, 5)), odd);
const lineEnds = among('\n', '\n', '\n', '\n', '\n', '\r\n');

const include = sectionOf(
  fc.constant('include'),
  mostly(
    20,
    among(
      'files=conf.d/*.conf',
      'files = conf.d/*.conf extra/[ab].ini',
      'files=%(here)s/conf.d/?.conf\n  none/*',
      'files=conf.d/b.conf conf.d/*',
    ),
    among('files=', 'x=y', 'files=%(nope)s'),
  ).map((line) => [line]),
);

const plain = fc
  .tuple(supervisord, fc.array(section, { maxLength: 5 }), lineEnds)
  .map(([first, rest, end]): Case => ({
    files: { 'supervisord.conf': joined([first, ...rest]).replaceAll('\n', end) },
    environment: ENVIRONMENT,
  }));

const including = fc
  .tuple(
    fc.array(section, { maxLength: 2 }),
    include,
    fc.array(fc.array(section, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  )
  .map(([rest, where, files]): Case => {
    const paths = ['conf.d/b.conf', 'conf.d/a.conf', 'extra/a.ini'];
    return {
      files: {
        'supervisord.conf': joined(['[supervisord]\nnodaemon=true', ...rest, where]),
        ...Object.fromEntries(files.map((sections, index) => [paths[index] ?? 'x', joined(sections)])),
      },
      environment: ENVIRONMENT,
    };
  });

/** One program with a value that is hard to read; the rest is as it should be. */
const focused = fc
  .constantFrom(...Object.keys(PROGRAM), 'command', 'command', 'environment')
  .chain((key) => fc.tuple(fc.constant(key), fc.oneof(PROGRAM[key] ?? command, soup)))
  .map(([key, value]): Case => {
    const first = key === 'command' ? '' : 'command=/bin/cat\n';
    return {
      files: {
        'supervisord.conf': `[supervisord]\n[program:x]\n${first}${key}=${value.replaceAll('\n', '\n ')}\n`,
      },
      environment: ENVIRONMENT,
    };
  });

/** Servers and clients, several of each. */
const serving = fc
  .array(fc.oneof(unixServer, inetServer, rpc, client), { minLength: 1, maxLength: 5 })
  .map((sections): Case => ({
    files: { 'supervisord.conf': joined(['[supervisord]', ...sections]) },
    environment: ENVIRONMENT,
  }));

export const configuration: fc.Arbitrary<Case> = fc.oneof(
  { weight: 5, arbitrary: plain },
  { weight: 2, arbitrary: including },
  { weight: 4, arbitrary: focused },
  { weight: 1, arbitrary: serving },
);
