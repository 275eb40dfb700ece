// images/etcd-amb/src/decide/answers.ts: what sources answer, good, bad and hostile.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  readDiscovery,
  readDiscoverySize,
  readMemberList,
  readSrv,
  readStatic,
  type Listing,
} from '../../../images/etcd-amb/src/decide/answers.ts';
import { urlOf } from '../../../images/etcd-amb/src/decide/endpoint.ts';
import { seeded } from '../../support/random.ts';

const test = suite('etcd-amb answers');

/** `name client peer`, a ~ before what was only guessed; the reason where there are no members. */
function plain(listing: Listing): string[] | string {
  if (listing.kind === 'unusable') return listing.reason;
  return listing.members.map(({ name, client, peer, guess }) =>
    [
      name,
      `${guess === 'client' ? '~' : ''}${urlOf(client)}`,
      `${guess === 'peer' ? '~' : ''}${urlOf(peer)}`,
    ].join(' '),
  );
}

const nodes = (...values: readonly unknown[]): string =>
  JSON.stringify({
    action: 'get',
    node: {
      key: '/_etcd/registry/token',
      dir: true,
      nodes: values.map((value, index) => ({ key: `/${index}`, value, createdIndex: 10 + index })),
    },
  });

const DISCOVERY: [title: string, text: string, size: number | null, read: string[] | string][] = [
  [
    'the registrations of etcd 2 and later',
    nodes('a=http://10.0.0.1:2380', 'b=http://10.0.0.2:2380'),
    3,
    ['a ~http://10.0.0.1:2379 http://10.0.0.1:2380', 'b ~http://10.0.0.2:2379 http://10.0.0.2:2380'],
  ],
  [
    'the bare URLs of the first versions',
    nodes('http://10.0.0.1:7001'),
    null,
    ['10.0.0.1:4001 ~http://10.0.0.1:4001 http://10.0.0.1:7001'],
  ],
  [
    'odd ports, https and IPv6',
    nodes('a=https://[2001:db8::1]:12380'),
    null,
    ['a ~https://[2001:db8::1]:2379 https://[2001:db8::1]:12380'],
  ],
  [
    'a member with several peer URLs, the first of them of use to itself alone',
    nodes('a=http://127.0.0.1:2380,a=http://10.0.0.1:2380'),
    null,
    ['a ~http://10.0.0.1:2379 http://10.0.0.1:2380'],
  ],
  ['nobody yet', nodes(), 3, 'nobody has registered'],
  ['no nodes at all', '{"node":{"key":"/x","dir":true}}', 3, 'nobody has registered'],
  [
    'a token that is not there',
    '{"errorCode":100,"message":"Key not found","cause":"/_etcd/registry/x","index":5}',
    null,
    'etcd says "Key not found"',
  ],
  [
    'a page',
    '<html><body>\n502 Bad Gateway</body></html>',
    null,
    'not JSON: "<html><body> 502 Bad Gateway</body></html>"',
  ],
  ['nothing', '', null, 'not JSON: nothing'],
  ['JSON of something else', '[1,2]', null, 'no etcd answer: "[1,2]"'],
  ['null', 'null', null, 'no etcd answer: "null"'],
  [
    'nodes that are no list',
    '{"node":{"nodes":{"0":{"value":"a=http://h:1"}}}}',
    null,
    'nobody has registered',
  ],
  [
    'values that are no text',
    nodes(7, null),
    null,
    'no registration can be read; cannot read the registration nothing; cannot read the registration nothing',
  ],
];

for (const [title, text, size, read] of DISCOVERY) {
  test(`discovery: ${title}`, () => assert.equal(plain(readDiscovery(text, size)), read));
}

test('discovery: only the first that registered are members; the others became proxies', () => {
  const text = nodes('a=http://h1:2380', 'b=http://h2:2380', 'c=http://h3:2380', 'd=http://h4:2380');
  const swapped = text.replace('"createdIndex":10', '"createdIndex":99');
  const names = (listing: Listing): string[] =>
    listing.kind === 'members' ? listing.members.map(({ name }) => name) : [];
  assert.equal(names(readDiscovery(text, 3)), ['a', 'b', 'c']);
  assert.equal(names(readDiscovery(swapped, 3)), ['b', 'c', 'd']);
  assert.equal(names(readDiscovery(text, null)), ['a', 'b', 'c', 'd']);
});

test('discovery: what cannot be read makes the answer incomplete, not empty', () => {
  const listing = readDiscovery(nodes('a=http://h1:2380', 'b=ftp://h2', 'c'), null);
  assert.ok(listing.kind === 'members' && !listing.complete && listing.notes.length === 2);
});

test('the size of a cluster is a number above zero', () => {
  const size = (value: unknown): number | null => readDiscoverySize(JSON.stringify({ node: { value } }));
  assert.equal(['3', '1', '0', '-1', 'x', '', 3, null].map(size), [3, 1, null, null, null, null, null, null]);
  assert.is(readDiscoverySize('no'), null);
});

const LISTS: [title: string, text: string, read: string[] | string][] = [
  [
    'of the JSON gateway',
    '{"header":{"cluster_id":"1","member_id":"2","raft_term":"7"},"members":[{"ID":"2","name":"a","peerURLs":["http://h1:2380"],"clientURLs":["http://h1:2379"]}]}',
    ['a http://h1:2379 http://h1:2380'],
  ],
  [
    'of API v2',
    '{"members":[{"id":"8e9e","name":"a","peerURLs":["http://h1:7001"],"clientURLs":["http://h1:4001"]}]}',
    ['a http://h1:4001 http://h1:7001'],
  ],
  [
    'of a peer port',
    '[{"id":2575695785307509568,"peerURLs":["http://h1:2380"],"name":"a","clientURLs":["https://h1:12379"]}]',
    ['a https://h1:12379 http://h1:2380'],
  ],
  [
    'with the client URL that etcd announces where nobody told it another',
    '{"members":[{"name":"a","peerURLs":["http://10.0.0.1:2380"],"clientURLs":["http://localhost:2379"]}]}',
    ['a http://10.0.0.1:2379 http://10.0.0.1:2380'],
  ],
  [
    'with several client URLs, one of them of use',
    '{"members":[{"name":"a","peerURLs":["http://10.0.0.1:2380"],"clientURLs":["http://127.0.0.1:2379","unix:///x","https://10.0.0.1:2379"]}]}',
    ['a https://10.0.0.1:2379 http://10.0.0.1:2380'],
  ],
  [
    'with a member that has not started, and a learner',
    '{"members":[{"name":"a","peerURLs":["http://h1:2380"],"clientURLs":["http://h1:2379"]},{"peerURLs":["http://h2:2380"]},{"name":"c","isLearner":true,"peerURLs":["http://h3:2380"],"clientURLs":["http://h3:2379"]}]}',
    ['a http://h1:2379 http://h1:2380'],
  ],
  [
    'with members that only know themselves',
    '{"members":[{"name":"a","peerURLs":["http://localhost:2380"],"clientURLs":["http://localhost:2379"]}]}',
    'none of its members can be reached from elsewhere; member a announces no client URL that can be reached (set its --advertise-client-urls)',
  ],
  [
    'that is an error',
    '{"error":"etcdserver: no leader","message":"etcdserver: no leader","code":14}',
    'etcd says "etcdserver: no leader"',
  ],
  ['that is empty', '{"header":{},"members":[]}', 'no members in the answer'],
  ['that is no JSON', '404 page not found\n', 'not JSON: "404 page not found"'],
  [
    'with entries of other kinds',
    '{"members":[1,null,"a",{"name":5}]}',
    'none of its members can be reached from elsewhere',
  ],
];

for (const [title, text, read] of LISTS) {
  test(`a member list ${title}`, () => assert.equal(plain(readMemberList(text).listing), read));
}

test('the raft term is read where the answer has it', () => {
  assert.is(readMemberList(LISTS[0]?.[1] ?? '').raftTerm, 7);
  assert.is(readMemberList('[]').raftTerm, 0);
});

test('client and server records of the same host are one member', () => {
  const record = (name: string, port: number, tls = false): { name: string; port: number; tls: boolean } => ({
    name,
    port,
    tls,
  });
  assert.equal(
    plain(
      readSrv([record('h1.', 2379), record('h2', 12_379)], [record('h1', 2380), record('h3', 12_380, true)]),
    ),
    [
      'h1:2379 http://h1:2379 http://h1:2380',
      'h2:12379 http://h2:12379 ~http://h2:2380',
      'h3:2379 ~https://h3:2379 https://h3:12380',
    ],
  );
  // The same port under both names: the one with TLS is meant.
  assert.equal(plain(readSrv([record('h1', 2379, true), record('h1', 2379)], [])), [
    'h1:2379 https://h1:2379 ~https://h1:2380',
  ]);
  assert.is(plain(readSrv([], [])), 'no SRV record names a member');
});

test('a static list: names and plain addresses, commas and blanks', () => {
  const { members, mistakes } = readStatic(
    'a=http://10.0.0.1:2379, b=10.0.0.2 10.0.0.3:4001,[2001:db8::1]:2379',
  );
  assert.equal(mistakes, []);
  assert.equal(plain({ kind: 'members', members, complete: true, notes: [] }), [
    'a http://10.0.0.1:2379 ~http://10.0.0.1:2380',
    'b http://10.0.0.2:2379 ~http://10.0.0.2:2380',
    '10.0.0.3:4001 http://10.0.0.3:4001 ~http://10.0.0.3:7001',
    '[2001:db8::1]:2379 http://[2001:db8::1]:2379 ~http://[2001:db8::1]:2380',
  ]);
  assert.equal(readStatic('a=,http://,ok').mistakes, [
    '"a=" is neither an address nor a URL',
    '"http://" is neither an address nor a URL',
  ]);
});

test('whatever the bytes, reading neither throws nor makes up a member', () => {
  const random = seeded();
  const good = [nodes('a=http://h1:2380', 'b=https://[::2]:2380'), ...LISTS.map(([, text]) => text)];
  for (let round = 0; round < 20_000; round++) {
    let text = good[Math.floor(random() * good.length)] ?? '';
    for (let change = 0; change < 1 + random() * 4; change++) {
      const at = Math.floor(random() * text.length);
      const piece = String.fromCharCode(32 + Math.floor(random() * 95));
      text =
        random() < 0.5
          ? text.slice(0, at) + piece + text.slice(at + 1)
          : text.slice(0, at) + text.slice(at + random() * 9);
    }
    for (const listing of [readDiscovery(text, null), readMemberList(text).listing]) {
      if (listing.kind === 'unusable') continue;
      assert.ok(listing.members.length > 0);
      for (const { client, peer } of listing.members)
        for (const { host, port } of [client, peer])
          assert.ok(/^[\w.:%-]+$/.test(host) && port > 0 && port < 65_536, text);
    }
  }
});

test.run();
