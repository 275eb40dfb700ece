// images/etcd-amb/src/decide/proxy.ts, addresses.ts, proxy-answers.ts: what HAProxy is given, and what it says.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseAddress, resolveMembers } from '../../../images/etcd-amb/src/decide/addresses.ts';
import { readStatic } from '../../../images/etcd-amb/src/decide/answers.ts';
import {
  addSessions,
  readServers,
  statesFor,
  readWorkers,
  serversToLeave,
  statusLine,
  type ServerState,
} from '../../../images/etcd-amb/src/decide/proxy-answers.ts';
import {
  connectionLimit,
  proxyConfig,
  serverNames,
  type ResolvedMember,
  type Surroundings,
} from '../../../images/etcd-amb/src/decide/proxy.ts';
import { readSettings, type Settings } from '../../../images/etcd-amb/src/decide/settings.ts';
import { parseMemory, writeMemory } from '../../../images/etcd-amb/src/memory.ts';

const test = suite('etcd-amb proxy');

const AROUND: Surroundings = { isRoot: true, hasIpv6: true, openFiles: 1024 * 1024 };

function settings(environment: Record<string, string> = {}): Settings {
  const read = readSettings({ ETCD_ENDPOINTS: 'x', ...environment });
  if ('mistakes' in read) throw new Error(read.mistakes.join('; '));
  return read.settings;
}

/** Members of which every host is an address, or 10.0.0.9. */
function members(text: string): ResolvedMember[] {
  return readStatic(text).members.map((member) => {
    const address = /^[\d.:a-f]+$/.test(member.client.host) ? member.client.host : '10.0.0.9';
    return { ...member, clientAddress: address, peerAddress: address };
  });
}

const lines = (text: string, pattern: RegExp): string[] =>
  text
    .split('\n')
    .filter((line) => pattern.test(line))
    .map((line) => line.trim());

test('every port of the ambassador leads to the same port of its kind', () => {
  const text = proxyConfig(members('a=10.0.0.1:2379,b=[2001:db8::2]:4001'), settings(), AROUND);
  assert.equal(lines(text, /^ {2}bind/), [
    'bind [::]:2379 v4v6',
    'bind [::]:4001 v4v6',
    'bind [::]:2380 v4v6',
  ]);
  assert.equal(lines(text, /^ {2}server /), [
    'server a 10.0.0.1:2379 check',
    'server b [2001:db8::2]:4001 check',
    'server a 10.0.0.1:2379',
    'server b [2001:db8::2]:4001',
    'server a 10.0.0.1:2380 track clients-members/a',
    'server b [2001:db8::2]:7001 track clients-members/b',
    'server a 10.0.0.1:2380',
    'server b [2001:db8::2]:7001',
  ]);
});

test('the order of the members changes nothing', () => {
  const all = members('a=10.0.0.1,b=10.0.0.2,a=10.0.0.3,10.0.0.4');
  const text = proxyConfig(all, settings(), AROUND);
  assert.is(proxyConfig(all.toReversed(), settings(), AROUND), text);
  assert.equal([...serverNames(all).keys()], ['10.0.0.4:2379', 'a', 'a-2', 'b']);
});

test('names of members become names of servers, whatever they are', () => {
  const [member] = members('a=10.0.0.1');
  assert.ok(member);
  const named = (name: string): ResolvedMember => ({ ...member, name });
  assert.equal([...serverNames([named('ä b'), named('x\nserver y'), named('__b')]).keys()].toSorted(), [
    '__b',
    '__b-2',
    'x_server_y',
  ]);
});

test('without members connections are turned away, and the configuration is still one', () => {
  const text = proxyConfig([], settings(), AROUND);
  assert.is(lines(text, /tcp-request connection reject/).length, 2);
  assert.equal(lines(text, /^backend|^ {2}server |_backend/), []);
});

test('an address to bind to, machines without IPv6, others than root', () => {
  const one = members('10.0.0.1');
  const binds = (environment: Record<string, string>, around: Partial<Surroundings> = {}): string[] =>
    lines(proxyConfig(one, settings(environment), { ...AROUND, ...around }), /^ {2}bind/);
  assert.equal(binds({ ETCD_BIND: '127.0.0.1', ETCD_CLIENT_PORTS: '2379', ETCD_PEER_PORTS: '7001' }), [
    'bind 127.0.0.1:2379',
    'bind 127.0.0.1:7001',
  ]);
  assert.equal(binds({ ETCD_BIND: '::1', ETCD_CLIENT_PORTS: '2379' }), [
    'bind [::1]:2379',
    'bind [::1]:2380',
  ]);
  assert.equal(binds({ ETCD_CLIENT_PORTS: '2379' }, { hasIpv6: false }), [
    'bind 0.0.0.0:2379',
    'bind 0.0.0.0:2380',
  ]);
  const user = (isRoot: boolean): string[] =>
    lines(proxyConfig(one, settings(), { ...AROUND, isRoot }), /user/);
  assert.equal([user(true), user(false)], [['user haproxy'], []]);
});

test('health is asked over HTTP where all members can be asked, else a connection must do', () => {
  const check = (list: string, environment: Record<string, string> = {}): string[] =>
    lines(proxyConfig(members(list), settings(environment), AROUND), /(?<!timeout) check|httpchk/);
  assert.equal(check('10.0.0.1'), [
    'option httpchk GET /health?exclude=NOSPACE',
    'server 10.0.0.1:2379 10.0.0.1:2379 check',
  ]);
  assert.equal(check('a=10.0.0.1', { ETCD_CHECK: 'tcp' }), ['server a 10.0.0.1:2379 check']);
  assert.equal(check('a=https://10.0.0.1,b=10.0.0.2'), [
    'server a 10.0.0.1:2379 check',
    'server b 10.0.0.2:2379 check',
  ]);
  assert.equal(check('a=https://etcd.example.org,b=10.0.0.2', { ETCD_CACERT: "/it's/ca.pem" }), [
    'option httpchk GET /health?exclude=NOSPACE',
    "server a 10.0.0.9:2379 check check-ssl verify required ca-file /it\\'s/ca.pem check-sni etcd.example.org",
    'server b 10.0.0.2:2379 check',
  ]);
  assert.equal(check('a=https://10.0.0.1', { ETCD_CERT: '/c.pem', ETCD_KEY: '/k.pem' }), [
    'option httpchk GET /health?exclude=NOSPACE',
    'server a 10.0.0.1:2379 check check-ssl verify none crt /run/etcd-amb/client.pem',
  ]);
});

test('there are never more connections than files for both of their ends', () => {
  assert.equal(
    [1024, 65_536, Infinity, 10].map((files) => connectionLimit(4096, files)),
    [412, 4096, 4096, 1],
  );
});

test('a name with several addresses keeps the one in use, and begins with IPv4', () => {
  assert.is(chooseAddress(['10.0.0.2', '10.0.0.1', '::1'], undefined), '10.0.0.1');
  assert.is(chooseAddress(['::2', '10.0.0.2'], '::2'), '::2');
  assert.is(chooseAddress(['10.0.0.1'], '10.0.0.2'), '10.0.0.1');
  assert.is(chooseAddress([], '10.0.0.2'), undefined);
});

test('what has no address, or leads back to the ambassador, is left out and said', () => {
  const list = readStatic('a=10.0.0.1,b=gone,c=localhost,d=10.0.0.9,e=localhost:12379').members;
  const address = (host: string): string | undefined =>
    host === 'gone' ? undefined : host === 'localhost' ? '127.0.0.1' : host;
  const resolve = (bind: string | null): { names: string; notes: readonly string[] } => {
    const proxy = { bind, clientPorts: [2379], peerPorts: [2380] };
    const { members: found, notes } = resolveMembers(list, address, proxy, ['10.0.0.9']);
    return { names: found.map(({ name }) => name).join(''), notes };
  };
  assert.equal(resolve(null), {
    names: 'ae',
    notes: [
      'member b is left out: gone has no address',
      'member c is left out: 127.0.0.1:2379 is where this ambassador itself listens',
      'member d is left out: 10.0.0.9:2379 is where this ambassador itself listens',
    ],
  });
  assert.is(resolve('127.0.0.1').names, 'ade');
});

const SHOW_PROC = `#<PID>          <type>          <reloads>       <uptime>        <version>
34              master          3 [failed: 2]   0d00h00m06s     2.6.12-1+deb12u4
# workers
26              worker          0               0d00h00m04s     2.6.12-1+deb12u4
# old workers
8               worker          1               0d00h00m09s     2.6.12-1+deb12u4
# programs

`;

test('the answer for show proc', () => {
  assert.equal(readWorkers(SHOW_PROC), { current: [26], old: [8], failedReloads: 2 });
  assert.is(readWorkers(''), null);
  assert.is(readWorkers('Unknown command'), null);
});

test('a new worker is told the states of the servers that are where they were, and of no others', () => {
  const config = [
    'frontend clients',
    '  default_backend clients-any',
    'backend clients-members',
    '  option httpchk GET /health',
    '  server a 10.0.0.1:2379 check',
    '  server b [fd00::1]:2379 check',
    'backend peers-members',
    '  server a 10.0.0.1:12380 track clients-members/a',
  ].join('\n');
  const line = (backend: string, name: string, address: string, port: number): string =>
    `2 ${backend} 1 ${name} ${address} 0 0 1 1 4 17 2 0 6 0 0 0 - ${port} - 0 0 - - 0`;
  const head = ['1', '# be_id be_name srv_id srv_name srv_addr'];
  const kept = [
    line('clients-members', 'a', '10.0.0.1', 2379),
    line('clients-members', 'b', 'fd00::1', 2379),
    line('peers-members', 'a', '10.0.0.1', 12_380),
  ];
  const dropped = [
    line('peers-members', 'a', '10.0.0.1', 2380),
    line('clients-members', 'a', '10.0.0.2', 2379),
    line('clients-members', 'c', '10.0.0.1', 2379),
    line('clients-any', 'a', '10.0.0.1', 2379),
  ];
  assert.is(
    statesFor(config, [...head, ...dropped, ...kept, ''].join('\n')),
    [...head, ...kept, ''].join('\n'),
  );
  assert.is(statesFor(config, ''), '');
});

test('the answer for show stat, whatever its columns', () => {
  const csv =
    '# pxname,svname,scur,status,check_status\n' +
    'clients,FRONTEND,3,OPEN,\nclients-members,a,2,UP,L7OK\nclients-members,b,0,DOWN,* L4CON\n' +
    'clients-members,c,1,UP 1/3,L7STS\nclients-members,BACKEND,3,UP,\nclients-any,a,0,no check,\n\n';
  const states = readServers(csv, 'clients-members');
  assert.equal(states, [
    { name: 'a', isUp: true, check: 'L7OK', sessions: 2 },
    { name: 'b', isUp: false, check: 'L4CON', sessions: 0 },
    { name: 'c', isUp: true, check: 'L7STS', sessions: 1 },
  ]);
  assert.is(statusLine(states), '2 of 3 members up: a up, b down (refuses connections), c up');
  assert.is(statusLine([]), 'no members known');
  assert.equal(readServers('', 'clients-members'), []);
});

const state = (name: string, isUp: boolean, sessions = 1): ServerState => ({
  name,
  isUp,
  check: '',
  sessions,
});

test('connections of workers that are coming to their end count, too', () => {
  const now = [state('a', true, 1), state('b', false, 0)];
  const older = [[state('a', false, 2), state('gone', true, 5)], [state('b', true, 3)]];
  assert.equal(addSessions(now, older), [state('a', true, 3), state('b', false, 3)]);
  assert.equal(addSessions(now, []), now);
});

const LEFT: [title: string, before: ServerState[], now: ServerState[], left: string[]][] = [
  [
    'down at both looks, another up at both',
    [state('a', true), state('b', false)],
    [state('a', true), state('b', false)],
    ['b'],
  ],
  ['down only now', [state('a', true), state('b', true)], [state('a', true), state('b', false)], []],
  [
    'without connections',
    [state('a', true), state('b', false)],
    [state('a', true), state('b', false, 0)],
    [],
  ],
  ['all down', [state('a', false), state('b', false)], [state('a', false), state('b', false)], []],
  [
    'the other only just up',
    [state('a', false), state('b', false)],
    [state('a', true), state('b', false)],
    [],
  ],
  ['not known before', [state('a', true)], [state('a', true), state('b', false)], []],
];

for (const [title, before, now, left] of LEFT) {
  test(`connections are closed or kept: ${title}`, () => assert.equal(serversToLeave(before, now), left));
}

test('what is kept in /data is read as it was written, and nothing else is', () => {
  const all = readStatic('a=https://10.0.0.1,[2001:db8::1]:4001').members;
  const memory = {
    known: { members: all, basis: 'list' as const, seeds: { srv: all.slice(1) } },
    addresses: { h: '10.0.0.1' },
  };
  assert.equal(parseMemory(writeMemory(memory)), memory);
  const text = writeMemory(memory);
  for (let end = 0; end < text.length - 2; end += 7) assert.is(parseMemory(text.slice(0, end)), undefined);
  for (const other of [
    'null',
    '[]',
    '{}',
    text.replace('"format": 1', '"format": 2'),
    text.replace('https://', 'ftp://'),
  ])
    assert.is(parseMemory(other), undefined);
});

test.run();
