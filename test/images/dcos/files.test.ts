// What a master's programs write: zoo.cfg, nginx.conf, Exhibitor's command line; and what activating packages means.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readMasterList } from '../../../images/dcos-base/src/decide/ensemble.ts';
import {
  activate,
  optionalPreparations,
  stateUnit,
  type Package,
} from '../../../images/dcos-base/src/decide/packages.ts';
import { exhibitorCommand } from '../../../images/dcos-master/src/decide/exhibitor.ts';
import { routerConf } from '../../../images/dcos-master/src/decide/router-conf.ts';
import { readPorts, zooCfg } from '../../../images/dcos-master/src/decide/zoo-cfg.ts';

const test = suite('dcos files');
const PORTS = readPorts({});

function serversOf(list: string): string[] {
  const ensemble = readMasterList(list);
  const text = zooCfg('members' in ensemble ? ensemble.members : [], PORTS);
  return text.split('\n').filter((line) => line.startsWith('server.'));
}

test('an ensemble has a line for each member, one of one none', () => {
  assert.equal(serversOf('10.0.0.1,fd00::2,m3'), [
    'server.1=10.0.0.1:2888:3888',
    'server.2=[fd00::2]:2888:3888',
    'server.3=m3:2888:3888',
  ]);
  assert.equal(serversOf('10.0.0.1'), []);
  const observer = [
    { id: 1, host: 'a', isObserver: false },
    { id: 2, host: 'b', isObserver: true },
  ];
  assert.match(zooCfg(observer, PORTS), /^server\.2=b:2888:3888:observer$/m);
});

test('ports are numbers from 1 to 65535', () => {
  assert.equal(readPorts({ ZOOKEEPER_CLIENT_PORT: '12181' }), { ...PORTS, client: 12_181 });
  for (const text of ['0', '65536', '2181x', '-1']) {
    assert.throws(
      () => readPorts({ ZOOKEEPER_PEER_PORT: text }),
      `cannot read ZOOKEEPER_PEER_PORT=${text}: it is no port`,
    );
  }
});

const PLACE = { folder: '/run/x', canListenOnIpv6: true, hosts: '127.0.0.1 localhost\nfe80::1 six # x\n' };

test('the admin router leads to the upstreams that it is given', () => {
  const environment = { ADMINROUTER_MESOS: 'http://10.0.0.5:15050/', ADMINROUTER_PORT: '8000' };
  const text = routerConf(environment, PLACE);
  assert.match(text, /upstream mesos \{ server 10\.0\.0\.5:15050; /);
  assert.match(text, /^ {4}listen 8000;\n {4}listen \[::\]:8000;$/m);
  assert.not.match(text, /ssl|resolver/);
  assert.not.match(routerConf({}, { ...PLACE, canListenOnIpv6: false }), /\[::\]/);
});

test('the name of an upstream is looked up again and again, unless /etc/hosts has it', () => {
  const environment = {
    RESOLVERS: '10.0.0.53,fd00::53',
    ADMINROUTER_MESOS: 'leader.mesos:5050',
    ADMINROUTER_MARATHON: 'localhost:8080',
    ADMINROUTER_EXHIBITOR: 'Six:8181',
  };
  const text = routerConf(environment, PLACE);
  assert.match(text, /^ {2}resolver 10\.0\.0\.53 \[fd00::53\] valid=5s;$/m);
  assert.match(
    text,
    /location \/mesos\/ \{ set \$to_mesos leader\.mesos:5050; .* proxy_pass http:\/\/\$to_mesos;/,
  );
  assert.match(text, /upstream marathon \{ server 127\.0\.0\.1:8080; /);
  assert.match(text, /upstream exhibitor \{ server \[fe80::1\]:8181; /);
  // Without a name server nginx looks it up when it starts.
  assert.match(
    routerConf({ ...environment, RESOLVERS: '' }, PLACE),
    /upstream mesos \{ server leader\.mesos:5050; /,
  );
});

test("ZooKeeper's health is asked from Exhibitor, where DC/OS's runs it", () => {
  const environment = { SERVICE_ZOOKEEPER: 'disabled', SERVICE_EXHIBITOR: 'disabled' };
  assert.match(routerConf(environment, PLACE), /http:\/\/zookeeper\/exhibitor\/v1\/cluster\/state;/);
  assert.match(routerConf({}, PLACE), /http:\/\/zookeeper\/commands\/srvr;/);
});

const ROUTER_FAULTS = [
  [{ ADMINROUTER_PORT: 'http' }, /ADMINROUTER_PORT=http: it is no port/],
  [{ ADMINROUTER_MARATHON: 'a:80; } evil' }, /it is no host:port/],
  [{ ADMINROUTER_EXHIBITOR: 'a' }, /ADMINROUTER_EXHIBITOR=a: it is no host:port/],
  [{ ADMINROUTER_TLS_CERTIFICATE: '/c.pem' }, /set both/],
  [{ ADMINROUTER_TLS_CERTIFICATE: '/c;d', ADMINROUTER_TLS_PRIVATE: '/k' }, /no plain absolute path/],
  [
    { ADMINROUTER_TLS_CERTIFICATE: '/c', ADMINROUTER_TLS_PRIVATE: '/k', ADMINROUTER_TLS_PORT: 'x' },
    /TLS_PORT=x/,
  ],
] as const;

for (const [environment, reason] of ROUTER_FAULTS) {
  test(`${JSON.stringify(environment)} is refused`, () =>
    assert.throws(() => routerConf(environment, PLACE), reason));
}

const BACKENDS = [
  [{}, '--configtype static --staticensemble 1:10.0.0.1'],
  [
    { EXHIBITOR_BACKEND: 'STATIC', EXHIBITOR_STATICENSEMBLE: '1:a,2:b' },
    '--configtype static --staticensemble 1:a,2:b',
  ],
  [
    {
      EXHIBITOR_BACKEND: 'AWS_S3',
      AWS_S3_BUCKET: 'b',
      AWS_S3_PREFIX: 'p',
      AWS_REGION: 'r',
      MESOS_CLUSTER_SIZE: '3',
    },
    '--configtype s3 --s3config b:p --s3region r --s3backup false',
  ],
  [
    { EXHIBITOR_BACKEND: 'ZK', ZK_CONFIG_CONNECT: 'z:2181', ZK_CONFIG_ZPATH: '/e' },
    '--configtype zookeeper --zkconfigconnect z:2181 --zkconfigzpath /e',
  ],
  [{ EXHIBITOR_BACKEND: 'SHARED_FS', EXHIBITOR_FSCONFIGDIR: '/fs' }, '--configtype file --fsconfigdir /fs'],
] as const;

for (const [environment, expected] of BACKENDS) {
  test(`Exhibitor with ${JSON.stringify(environment)}`, () => {
    const { parameters, defaults } = exhibitorCommand(environment, PORTS, '10.0.0.1', '/d', '/zk');
    assert.is(parameters.join(' '), `--port 8181 --hostname 10.0.0.1 --defaultconfig /d ${expected}`);
    assert.match(defaults, /^client-port=2181$/m);
    assert.match(defaults, /&4lw\.commands\.whitelist\\=srvr,ruok,.*&admin\.serverPort\\=2182$/m);
  });
}

test('an Exhibitor that cannot find its configuration is refused', () => {
  const run = (environment: Record<string, string>) => () =>
    exhibitorCommand(environment, PORTS, 'a', '/d', '/zk');
  assert.throws(run({ EXHIBITOR_BACKEND: 'AWS_S3', AWS_S3_BUCKET: 'b' }), 'AWS_S3_PREFIX is not set');
  assert.throws(run({ MESOS_CLUSTER_SIZE: '3' }), 'EXHIBITOR_BACKEND=file is for one master');
  assert.throws(run({ EXHIBITOR_BACKEND: 'PAPER' }), 'EXHIBITOR_BACKEND=PAPER is unknown');
});

const MESOS: Package = {
  folder: 'mesos--abc',
  files: [
    'bin/mesos-master',
    'bin_slave/only-slave',
    'etc_master/mesos-master',
    'lib/deep/er/libmesos.so',
    'dcos.target.wants_master/dcos-mesos-master.service',
    'dcos.target.wants_slave/dcos-mesos-slave.service',
    'dcos.target.wants/dcos-both.timer',
    'usr/not-linked',
    'pkginfo.json',
  ],
  info: {
    environment: { JAVA_HOME: '/opt/mesosphere/active/java' },
    username: 'dcos_mesos',
    group: 'docker',
    state_directory: true,
    sysctl: { 'dcos-mesos-master': { 'vm.swappiness': '1' }, 'dcos-mesos-slave': { 'vm.swappiness': '2' } },
  },
  buildInfo: { build: 1 },
};
const HOME = '/opt/mesosphere/packages/mesos--abc';

test('a package is linked for its roles, with its units, users and environment', () => {
  const plan = activate([MESOS], null, ['master', 'aws']);
  const { links, users, groups, units, environment, problems, states, files } = plan;
  assert.equal(problems, []);
  assert.equal(Object.fromEntries(links), {
    '/opt/mesosphere/active/mesos': HOME,
    '/opt/mesosphere/bin/mesos-master': `${HOME}/bin/mesos-master`,
    '/opt/mesosphere/etc/mesos-master': `${HOME}/etc_master/mesos-master`,
    '/opt/mesosphere/lib/deep/er/libmesos.so': `${HOME}/lib/deep/er/libmesos.so`,
    '/etc/systemd/system/dcos-mesos-master.service': `${HOME}/dcos.target.wants_master/dcos-mesos-master.service`,
    '/etc/systemd/system/dcos.target.wants/dcos-mesos-master.service':
      '/etc/systemd/system/dcos-mesos-master.service',
    '/etc/systemd/system/dcos-both.timer': `${HOME}/dcos.target.wants/dcos-both.timer`,
    '/etc/systemd/system/dcos.target.wants/dcos-both.timer': '/etc/systemd/system/dcos-both.timer',
  });
  assert.equal(units, ['dcos-both.timer', 'dcos-mesos-master.service']);
  assert.equal(users, [{ name: 'dcos_mesos', group: 'docker' }]);
  assert.equal(groups, ['docker']);
  assert.equal(states, [{ folder: '/var/lib/dcos/mesos', owner: 'dcos_mesos' }]);
  assert.match(
    stateUnit(states) ?? '',
    /^ExecStart=\/usr\/bin\/chown --recursive dcos_mesos \/var\/lib\/dcos\/mesos$/m,
  );
  const read = (path: string): unknown => JSON.parse(files.get(path) ?? '');
  assert.equal(read('active.buildinfo.full.json'), { mesos: { build: 1 } });
  assert.equal(read('etc/dcos-service-configuration.json'), {
    sysctl: { 'dcos-mesos-master': { 'vm.swappiness': '1' } },
  });
  assert.ok(environment.includes('JAVA_HOME=/opt/mesosphere/active/java'));
});

test('of two packages with one name the active one is taken; without a choice they are in conflict', () => {
  const other = { ...MESOS, folder: 'mesos--def' };
  const both = activate([MESOS, other], null, ['slave']);
  assert.match(
    both.problems[0] ?? '',
    /mesos--def and .*mesos--abc both want to be \/opt\/mesosphere\/active\/mesos/,
  );
  const one = activate([MESOS, other], new Map([['mesos', 'mesos--def']]), ['slave']);
  assert.equal(one.problems, []);
  assert.is(
    one.links.get('/opt/mesosphere/bin/only-slave'),
    '/opt/mesosphere/packages/mesos--def/bin_slave/only-slave',
  );
});

test('a tarball that is active is joined by the configuration of the cluster, and by nothing else', () => {
  const config = { ...MESOS, folder: 'dcos-config--setup_0123', files: ['etc/mesos-master-extras'] };
  const old = { ...MESOS, folder: 'spartan--1' };
  const plan = activate([config, MESOS, old], new Map([['mesos', 'mesos--abc']]), ['master']);
  assert.ok(plan.links.has('/opt/mesosphere/etc/mesos-master-extras'));
  assert.equal(plan.inactive, ['spartan--1']);
});

test('what a unit asks of the kernel becomes optional, and nothing else', () => {
  const commands = [
    '/a b',
    '/usr/bin/env ip \\\n  link',
    '+-/sbin/modprobe x',
    '!/sbin/sysctl -w a=1',
    '/bin/ipd',
  ];
  const unit = `[Service]\n${commands.map((line) => ` ExecStartPre = ${line}\n`).join('')}ExecStart=/d\n`;
  const expected = [
    '',
    '/a b',
    '-/usr/bin/env ip    link',
    '+-/sbin/modprobe x',
    '-!/sbin/sysctl -w a=1',
    '/bin/ipd',
  ];
  assert.is(
    optionalPreparations(unit)?.replace(/^#.*\n/, ''),
    `[Service]\n${expected.map((command) => `ExecStartPre=${command}\n`).join('')}`,
  );
  assert.is(optionalPreparations('[Service]\nExecStartPre=/a\nExecStartPre=-/sbin/ip a\n'), null);
});

test('a name that would be no account is not made one', () => {
  const odd = { ...MESOS, info: { username: '--root', group: 7, environment: 'x' } };
  const { users, groups, environment } = activate([odd], null, []);
  assert.equal([users, groups, environment.length], [[], [], 2]);
});

test.run();
