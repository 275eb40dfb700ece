// README 004's variables of an agent: the list of masters, a master on the same host; and the container's name servers.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Outcome } from '../../../images/dcos-base/src/decide/outcome.ts';
import { resolverAnswers } from '../../../images/dcos-base/src/decide/resolv-conf.ts';
import {
  decideSlave,
  masterAddresses,
  needsClusterName,
} from '../../../images/dcos-base/src/decide/slave.ts';

const test = suite('dcos slave');
const UNITS = new Set(['dcos-mesos-slave.service']);

function decide(EXHIBITOR_ADDRESS: string): Outcome {
  return decideSlave({ environment: { EXHIBITOR_ADDRESS }, units: UNITS, cluster: null });
}

function values({ answers }: Outcome): Record<string, string> {
  return Object.fromEntries(answers.map(({ name, value }) => [name, value]));
}

const LIST = { MASTER_SOURCE: 'master_list' };
const ONE = { MASTER_SOURCE: 'exhibitor' };
const SHARED = { DCOS_SHARED_HOST: 'true' };

const ADDRESSES = [
  ['lb.example.org', ['lb.example.org'], ONE],
  ['10.0.0.1:81', ['10.0.0.1:81'], ONE],
  ['http://10.0.0.1/', ['10.0.0.1'], ONE],
  ['10.0.0.1,10.0.0.2', ['10.0.0.1', '10.0.0.2'], { ...LIST, DCOS_MASTER_LIST: '["10.0.0.1","10.0.0.2"]' }],
  ['a:80 b:80', ['a:80', 'b:80'], { ...LIST, DCOS_MASTER_LIST: '["a","b"]' }],
  ['["a","b"]', ['a', 'b'], { ...LIST, DCOS_MASTER_LIST: '["a","b"]' }],
  ['a,a,', ['a'], ONE],
  ['127.0.0.1', ['127.0.0.1'], { ...ONE, ...SHARED }],
  ['localhost', ['localhost'], { ...ONE, ...SHARED }],
  ['LocalHost:81', ['LocalHost:81'], { ...ONE, ...SHARED }],
  ['[::1]', ['[::1]'], { ...ONE, ...SHARED }],
  [
    '127.0.0.1,10.0.0.2',
    ['127.0.0.1', '10.0.0.2'],
    { ...LIST, ...SHARED, DCOS_MASTER_LIST: '["127.0.0.1","10.0.0.2"]' },
  ],
  ['1270.0.0.1', ['1270.0.0.1'], ONE],
  ['localhost.example.org', ['localhost.example.org'], ONE],
] as const;

for (const [text, addresses, expected] of ADDRESSES) {
  test(`EXHIBITOR_ADDRESS=${text}`, () => {
    assert.equal(masterAddresses({ EXHIBITOR_ADDRESS: text }), addresses);
    const outcome = decide(text);
    assert.equal(outcome.refusals, []);
    assert.equal(values(outcome), expected);
  });
}

for (const [text, reason] of [
  ['', /EXHIBITOR_ADDRESS is not set \(name them, or their load balancer/],
  [' , ', /EXHIBITOR_ADDRESS is not set/],
  ['a;rm', /a;rm is no host or host:port/],
  ['a:b', /a:b is no host or host:port/],
  ['a:123456', /is no host or host:port/],
] as const) {
  test(`EXHIBITOR_ADDRESS=${JSON.stringify(text)} is refused`, () =>
    assert.match(decide(text).refusals[0] ?? '', reason));
}

test('without DC/OS there is nothing to run', () => {
  const { refusals } = decideSlave({ environment: {}, units: new Set(['dcos.target']), cluster: null });
  assert.is(refusals.length, 2);
  assert.match(refusals[1] ?? '', /DC\/OS is not in this image/);
});

test('the name of the cluster is asked for where nobody has said it, and can be done without', () => {
  assert.is(needsClusterName({}), true);
  assert.is(needsClusterName({ MESOS_CLUSTER: 'c' }), false);
  const environment = { EXHIBITOR_ADDRESS: 'a' };
  const named = decideSlave({ environment, units: UNITS, cluster: { name: 'c', from: 'from a' } });
  assert.is(values(named)['MESOS_CLUSTER'], 'c');
  const nameless = decideSlave({ environment, units: UNITS, cluster: { problem: 'x' } });
  assert.equal(nameless.warnings, ["the cluster's name is unknown: x (set MESOS_CLUSTER)"]);
});

const RESOLV_CONF = [
  [
    'nameserver 10.0.0.2\nnameserver fd00::1\nsearch a.example b.example\n',
    { RESOLVERS: '10.0.0.2,fd00::1', SEARCH: 'a.example' },
  ],
  ['# nameserver 1.1.1.1\n; search x\n  nameserver\t8.8.8.8 # one\n', { RESOLVERS: '8.8.8.8' }],
  ['search .\noptions ndots:0\n', {}],
  ['search a\ndomain b\n', { SEARCH: 'b' }],
  ['', {}],
] as const;

for (const [text, expected] of RESOLV_CONF) {
  test(`/etc/resolv.conf ${JSON.stringify(text)}`, () => {
    const answers = resolverAnswers(text);
    assert.equal(Object.fromEntries(answers.map(({ name, value }) => [name, value])), expected);
  });
}

test.run();
