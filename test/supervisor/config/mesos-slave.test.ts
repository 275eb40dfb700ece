// README 002's tables, read from the image that ships: every variable under every profile, and what may override it.

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadConfiguration, type Loaded } from '../../../supervisor/config/load.ts';
import { fakeSource, type World } from './host.ts';

const IMAGE = 'images/mesos-slave/image.ini';
const SKEL = 'etc/supervisor';

const FILES = {
  '/etc/supervisor/supervisord.conf': read(`images/base/skel/${SKEL}/supervisord.conf`),
  '/etc/supervisor/conf.d/300-mesos.conf': read(`images/mesos-slave/skel/${SKEL}/conf.d/300-mesos.conf`),
  '/etc/supervisor/conf.d/900-logstash-forwarder.conf': read(
    `images/mesos-slave/skel/${SKEL}/conf.d/900-logstash-forwarder.conf`,
  ),
};

const WORLD: World = {
  directories: ['/run'],
  addresses: { eth0: '172.17.0.2' },
  executables: ['/usr/sbin/mesos-slave', '/opt/logstash-forwarder/bin/logstash-forwarder'],
  users: [
    { name: 'root', uid: 0, gid: 0, home: '/root' },
    { name: 'logstash-forwarder', uid: 999, gid: 999, home: '/opt/logstash-forwarder' },
  ],
};

const FORWARDER = '/opt/logstash-forwarder/bin/logstash-forwarder';

function read(path: string): string {
  return readFileSync(path, 'utf8');
}

function load(
  given: Record<string, string>,
  more: { world?: World; init?: Record<string, string> } = {},
): Loaded {
  const world = more.world ?? {};
  return loadConfiguration({
    source: fakeSource({ ...WORLD, ...world, files: { ...FILES, ...world.files } }),
    image: { path: IMAGE, text: read(IMAGE) },
    given,
    init: more.init === undefined ? null : { path: '/init.env', environment: more.init },
    configFile: '/etc/supervisor/supervisord.conf',
  });
}

function valueOf(loaded: Loaded, name: string): string | undefined {
  return loaded.environment.values.get(name);
}

function messages(loaded: Loaded, severity?: string): string[] {
  return loaded.problems
    .filter((problem) => severity === undefined || problem.severity === severity)
    .map(({ message, remedy }) => (remedy === undefined ? message : `${message}; ${remedy}`));
}

const test = suite('config of mesos-slave');

// "Defaults", "Mesos-Slave Environment Variables", "Logstash-Forwarder …" and "Redpill Environment Variables".
const DEFAULTS = [
  ['APP_NAME', 'mesos-slave'],
  ['PARENT_HOST', 'unknown'],
  ['MESOS_CONTAINERIZERS', 'docker,mesos'],
  ['MESOS_LOG_DIR', '/var/log/mesos'],
  ['SERVICE_MESOS_CMD', 'mesos-slave'],
  ['SERVICE_LOGSTASH_FORWARDER_CONF', '/opt/logstash-forwarder/mesos-slave.conf'],
  ['SERVICE_LOGSTASH_FORWARDER_ADDRESS', undefined],
  ['SERVICE_LOGSTASH_FORWARDER_CERT', undefined],
  ['SERVICE_LOGSTASH_FORWARDER_CMD', `${FORWARDER} -config="/opt/logstash-forwarder/mesos-slave.conf"`],
  ['SERVICE_REDPILL_MONITOR', 'mesos'],
  ['SERVICE_REDPILL_INTERVAL', undefined],
  ['SERVICE_REDPILL_CLEANUP', undefined],
  ['SERVICE_REDPILL_CMD', undefined],
  ['ENVIRONMENT_INIT', undefined],
] as const;

// "Environment": local, prod|production|dev|development, debug.
const LOCAL = {
  MESOS_HOSTNAME: '172.17.0.2',
  MESOS_WORK_DIR: '/var/lib/mesos',
  SERVICE_LOGSTASH_FORWARDER: 'disabled',
  SERVICE_REDPILL: 'enabled',
};
const PRODUCTION = {
  MESOS_HOSTNAME: undefined,
  MESOS_WORK_DIR: undefined,
  SERVICE_LOGSTASH_FORWARDER: 'enabled',
  SERVICE_REDPILL: 'enabled',
};
const DEBUG = { ...PRODUCTION, SERVICE_LOGSTASH_FORWARDER: 'disabled', SERVICE_REDPILL: 'disabled' };

const PROFILES = [
  [undefined, LOCAL],
  ['', LOCAL],
  ['local', LOCAL],
  ['LOCAL', LOCAL],
  ['prod', PRODUCTION],
  ['production', PRODUCTION],
  ['dev', PRODUCTION],
  ['development', PRODUCTION],
  ['Production', PRODUCTION],
  ['DEV', PRODUCTION],
  ['debug', DEBUG],
  ['DeBuG', DEBUG],
  ['staging', LOCAL],
] as const;

for (const [environment, table] of PROFILES) {
  const given: Record<string, string> = environment === undefined ? {} : { ENVIRONMENT: environment };
  const title = environment === undefined ? 'unset' : `'${environment}'`;

  test(`ENVIRONMENT ${title} has the table's values`, () => {
    const loaded = load(given);
    for (const [name, value] of [...Object.entries(table), ...DEFAULTS]) {
      assert.is(valueOf(loaded, name), value, name);
    }
    assert.is(valueOf(loaded, 'ENVIRONMENT'), environment || 'local', 'the spelling is kept');
    assert.equal(messages(loaded, 'error'), []);
  });

  test(`ENVIRONMENT ${title} yields to every variable that is given`, () => {
    for (const name of [...Object.keys(table), ...DEFAULTS.map(([variable]) => variable)]) {
      const loaded = load({ ...given, [name]: 'mine ${x} %(y)s $$' });
      assert.is(valueOf(loaded, name), 'mine ${x} %(y)s $$', name);
      assert.is(loaded.environment.variables.get(name)?.source.kind, 'given');
    }
  });

  test(`ENVIRONMENT ${title} takes an empty value for an unset one`, () => {
    const empty = Object.fromEntries(
      [...Object.keys(table), ...DEFAULTS.map(([name]) => name)].map((name) => [name, '']),
    );
    const loaded = load({ ...empty, ...given });
    for (const [name, value] of [...Object.entries(table), ...DEFAULTS]) {
      assert.is(valueOf(loaded, name), value ?? '', name);
    }
  });
}

test('an unknown ENVIRONMENT takes the local defaults and names the known ones', () => {
  const warnings = messages(load({ ENVIRONMENT: 'Staging' }), 'warning');
  assert.equal(warnings, [
    'ENVIRONMENT=Staging is unknown: the defaults of local are taken; ' +
      'known are local, prod, production, dev, development, debug',
  ]);
});

test('only debug keeps the container up', () => {
  assert.is(load({ ENVIRONMENT: 'DEBUG' }).environment.debug, true);
  assert.is(load({ ENVIRONMENT: 'prod' }).environment.debug, false);
});

test('PARENT_HOST follows HOST, and what is given wins over that', () => {
  assert.is(valueOf(load({ HOST: 'rack-7' }), 'PARENT_HOST'), 'rack-7');
  assert.is(valueOf(load({ HOST: 'rack-7', PARENT_HOST: 'mine' }), 'PARENT_HOST'), 'mine');
});

test('the forwarder command follows its configuration', () => {
  const loaded = load({ SERVICE_LOGSTASH_FORWARDER_CONF: '/my own.conf' });
  assert.is(valueOf(loaded, 'SERVICE_LOGSTASH_FORWARDER_CMD'), `${FORWARDER} -config="/my own.conf"`);
  const [program] = loaded.plan.groups[1]?.programs ?? [];
  assert.equal(program?.argv, [FORWARDER, '-config=/my own.conf']);
});

test('without eth0 MESOS_HOSTNAME stays unset, with a warning', () => {
  const loaded = load({}, { world: { addresses: {} } });
  assert.is(valueOf(loaded, 'MESOS_HOSTNAME'), undefined);
  assert.ok(
    messages(loaded).includes(
      'MESOS_HOSTNAME stays unset: eth0 has no IPv4 address here; set MESOS_HOSTNAME yourself',
    ),
  );
  assert.equal(messages(load({ MESOS_HOSTNAME: 'me' }, { world: { addresses: {} } })), []);
});

test('ENVIRONMENT_INIT wins over what is given, and may choose the profile', () => {
  const given = {
    ENVIRONMENT: 'local',
    MESOS_WORK_DIR: '/given',
    KEPT: 'yes',
    ENVIRONMENT_INIT: '/init.env',
  };
  const init = {
    ...given,
    ENVIRONMENT: 'prod',
    MESOS_WORK_DIR: '/from-init',
    NEW: 'x',
    PWD: '/',
    SHLVL: '1',
    _: '/bin/sh',
  };
  const loaded = load(given, { init });
  assert.is(valueOf(loaded, 'MESOS_WORK_DIR'), '/from-init');
  assert.is(valueOf(loaded, 'SERVICE_LOGSTASH_FORWARDER'), 'enabled');
  assert.is(valueOf(loaded, 'NEW'), 'x');
  assert.is(valueOf(loaded, 'KEPT'), 'yes');
  assert.is(valueOf(loaded, 'SHLVL'), undefined);
  const variable = loaded.environment.variables.get('MESOS_WORK_DIR');
  assert.equal(variable?.source, { kind: 'init', path: '/init.env' });
  assert.equal(variable?.overrode, [{ source: { kind: 'given' }, value: '/given' }]);
});

test('what ENVIRONMENT_INIT empties or unsets falls back to the default', () => {
  const given = { MESOS_LOG_DIR: '/given', APP_NAME: 'given', ENVIRONMENT_INIT: '/init.env' };
  const loaded = load(given, { init: { ENVIRONMENT_INIT: '/init.env', MESOS_LOG_DIR: '' } });
  assert.is(valueOf(loaded, 'MESOS_LOG_DIR'), '/var/log/mesos');
  assert.is(valueOf(loaded, 'APP_NAME'), 'mesos-slave');
});

test('MESOS_X_FILE gives MESOS_X the content of the file, without one line feed, and is taken away', () => {
  const world = { files: { '/run/secrets/principal': 'me\n\n' } };
  const loaded = load({ MESOS_CREDENTIAL_FILE: '/run/secrets/principal' }, { world });
  assert.is(valueOf(loaded, 'MESOS_CREDENTIAL'), 'me\n');
  assert.is(valueOf(loaded, 'MESOS_CREDENTIAL_FILE'), undefined);
  assert.is(loaded.environment.variables.get('MESOS_CREDENTIAL')?.secret, true);
});

test('a name that merely ends in _FILE is left alone', () => {
  const given = {
    SSL_CERT_FILE: '/etc/ssl/x.pem',
    MESOS_EXTERNAL_LOG_FILE: '/var/log/x',
    NODE_EXTRA_CA_FILE: '/y',
    ENVIRONMENT_FILE: '/etc/environment',
    MESOS_MY_OWN_FILE: '/x',
    LIBPROCESS_SSL_KEY_FILE: '/key.pem',
    GITHUB_TOKEN_FILE: '/run/secrets/none',
  };
  const loaded = load(given);
  for (const [name, value] of Object.entries(given)) assert.is(valueOf(loaded, name), value);
  assert.equal(messages(loaded), []);
});

test('a name with a prefix of the image that is named like a secret need not be listed', () => {
  const loaded = load({ MESOS_ADMIN_PASSWORD_FILE: '/s' }, { world: { files: { '/s': 'x' } } });
  assert.is(valueOf(loaded, 'MESOS_ADMIN_PASSWORD'), 'x');
});

test('a secret that is set twice, and one whose file is missing, are errors', () => {
  const world = { files: { '/s': 'x' } };
  assert.equal(messages(load({ MESOS_CREDENTIAL: 'a', MESOS_CREDENTIAL_FILE: '/s' }, { world }), 'error'), [
    'MESOS_CREDENTIAL and MESOS_CREDENTIAL_FILE are both set; set one of the two',
  ]);
  const [missing = ''] = messages(load({ MESOS_CREDENTIAL_FILE: '/none' }), 'error');
  assert.match(missing, /^cannot read \/none, which MESOS_CREDENTIAL_FILE names: there is no such file/);
});

const SLIPS = [
  ['MESOS_WORKDIR', 'MESOS_WORK_DIR'],
  ['SERICE_REDPILL', 'SERVICE_REDPILL'],
  ['SERICE_LOGSTASH_FORWARDER_ADDRESS', 'SERVICE_LOGSTASH_FORWARDER_ADDRESS'],
  ['SERVICE_LOGSTASH_FOWARDER_CONF', 'SERVICE_LOGSTASH_FORWARDER_CONF'],
  ['MESOS_CONTAINERIZES', 'MESOS_CONTAINERIZERS'],
  ['ENVIROMENT', 'ENVIRONMENT'],
] as const;

for (const [slip, meant] of SLIPS) {
  test(`${slip} is answered with ${meant}`, () => {
    assert.ok(
      messages(load({ [slip]: 'x' })).includes(
        `${slip} is set, but nothing reads it; did you mean ${meant}?`,
      ),
    );
  });
}

test("the README's own example is taken as it is, and its slip is answered", () => {
  const loaded = load({
    ENVIRONMENT: 'production',
    PARENT_HOST: 'host-1',
    MESOS_IP: '10.10.0.111',
    MESOS_MASTER: 'zk://10.10.0.11:2181,10.10.0.12:2181,10.10.0.13:2181/mesos',
    MESOS_REGISTRATION_TIMEOUT: '5min',
    MESOS_HOSTNAME: '10.10.0.111',
    MESOS_DOCKER_SANDBOX_DIRECTORY: '/data/mesos/sandbox',
    MESOS_WORKDIR: '/data/mesos/workdir',
    MESOS_LOGGING_LEVEL: 'INFO',
    PATH: '/usr/bin:/bin',
    HOSTNAME: '0123456789ab',
    HOME: '/root',
  });
  assert.equal(messages(loaded), [
    'MESOS_WORKDIR is set, but nothing reads it; did you mean MESOS_WORK_DIR?',
  ]);
});

test('the programs have the settings of the original', () => {
  const { plan } = load({ ENVIRONMENT: 'production' });
  const picked = plan.groups
    .flatMap((group) => group.programs)
    .map((program) => ({
      name: program.name,
      argv: program.argv,
      enabled: program.enabled,
      user: program.user,
      startSecs: program.startSecs,
      startRetries: program.startRetries,
      autorestart: program.autorestart,
      priority: program.priority,
      stop: `${program.stopSignal} ${program.stopWaitSecs}`,
      output: [program.stdout.target, program.stderr.target].map((target) =>
        target.kind === 'inherit' ? target.fd : 0,
      ),
      rotated: program.stdout.maxBytes + program.stderr.maxBytes,
    }));
  const common = {
    enabled: true,
    startSecs: 5,
    autorestart: 'unexpected',
    stop: 'SIGTERM 10',
    output: [1, 2],
    rotated: 0,
  };
  assert.equal(picked, [
    { ...common, name: 'mesos', argv: ['mesos-slave'], user: null, startRetries: 10, priority: 300 },
    {
      ...common,
      name: 'logstash-forwarder',
      argv: [FORWARDER, '-config=/opt/logstash-forwarder/mesos-slave.conf'],
      user: 'logstash-forwarder',
      startRetries: 3,
      priority: 900,
    },
  ]);
});

test('an unrecognized SERVICE_LOGSTASH_FORWARDER is disabled, with a warning', () => {
  for (const [value, enabled] of [
    ['ENABLED', true],
    ['True', true],
    ['Disabled', false],
    ['false', false],
  ] as const) {
    const loaded = load({ SERVICE_LOGSTASH_FORWARDER: value });
    assert.is(loaded.plan.groups[1]?.programs[0]?.enabled, enabled, value);
    assert.equal(messages(loaded), []);
  }
  const loaded = load({ SERVICE_LOGSTASH_FORWARDER: 'yes' });
  assert.is(loaded.plan.groups[1]?.programs[0]?.enabled, false);
  assert.match(messages(loaded)[0] ?? '', /^Unrecognized option 'yes': defaulting to disabled/);
});

test('a forwarder that is enabled but absent stays disabled; an absent main program does not', () => {
  const loaded = load({ ENVIRONMENT: 'production' }, { world: { executables: [] } });
  const enabled = loaded.plan.groups.map(({ programs }) => programs[0]?.enabled);
  assert.equal(enabled, [true, false]);
  assert.equal(messages(loaded), [
    `logstash-forwarder is enabled, but ${FORWARDER} is not in this image: it stays disabled; ` +
      'build the image with --software logstash-forwarder=…',
  ]);
});

test('an unknown user is an error only where the program would run', () => {
  const users = [{ name: 'root', uid: 0, gid: 0, home: '/root' }];
  const messageOf = (given: Record<string, string>, world: World): (string | undefined)[] =>
    load(given, { world: { users, ...world } })
      .problems.filter(({ message }) => message.startsWith('Invalid user name logstash-forwarder'))
      .map(({ severity }) => severity);
  assert.equal(messageOf({ ENVIRONMENT: 'local' }, {}), ['warning']);
  assert.equal(messageOf({ ENVIRONMENT: 'prod' }, {}), ['error']);
  assert.equal(messageOf({ ENVIRONMENT: 'prod' }, { executables: [] }), ['warning']);
});

const ENDS = [
  [{}, ['exit', 'never']],
  [{ SERVICE_REDPILL_MONITOR: 'mesos,logstash-forwarder' }, ['exit', 'fatal']],
  [{ SERVICE_REDPILL: 'disabled' }, ['never', 'never']],
  [{ ENVIRONMENT: 'debug' }, ['never', 'never']],
  [{ ENVIRONMENT: 'debug', SERVICE_REDPILL: 'enabled' }, ['never', 'never']],
  [{ ENVIRONMENT: 'prod', SERVICE_REDPILL: 'Enabled' }, ['exit', 'never']],
  [{ SERVICE_REDPILL_CMD: '/opt/scripts/redpill.sh -c /x.sh -i 5 -s logstash-forwarder' }, ['exit', 'fatal']],
] as const;

for (const [given, expected] of ENDS) {
  test(`${JSON.stringify(given)}: what ends the container`, () => {
    const { plan } = load(given);
    assert.equal(
      plan.groups.map(({ programs }) => programs[0]?.exitOn),
      expected,
    );
  });
}

test('redpill takes its settings from the environment', () => {
  const { redpill } = load({
    SERVICE_REDPILL_MONITOR: 'mesos, other',
    SERVICE_REDPILL_CLEANUP: '/opt/my clean up.sh',
  });
  assert.equal(redpill, { enabled: true, monitor: ['mesos', 'other'], cleanup: '/opt/my clean up.sh' });
  const loaded = load({ SERVICE_REDPILL_CMD: '/opt/scripts/redpill.sh -c "/a b" -s x -s y' });
  assert.equal(loaded.redpill, { enabled: true, monitor: ['x', 'y'], cleanup: '/a b' });
});

test('what redpill cannot do is said', () => {
  assert.match(messages(load({ SERVICE_REDPILL_INTERVAL: '5' }))[0] ?? '', /the interval 5 is ignored/);
  assert.match(
    messages(load({ SERVICE_REDPILL_CMD: '/my/own' }))[0] ?? '',
    /redpill is built in; the command \/my\/own/,
  );
  assert.match(
    messages(load({ SERVICE_REDPILL_MONITOR: 'mesoss' }))[0] ?? '',
    /monitors mesoss.*did you mean mesos/,
  );
});

test.run();
