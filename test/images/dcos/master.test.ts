// README 004's variables of a master: size, quorum, how masters find each other, and what gives way to DC/OS's own units.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decideMaster, needsRegion, type MasterFacts } from '../../../images/dcos-base/src/decide/master.ts';
import type { Outcome } from '../../../images/dcos-base/src/decide/outcome.ts';

const test = suite('dcos master');

const DCOS = ['dcos-exhibitor.service', 'dcos-adminrouter.service'];

/** As the tables of image.ini leave it, with what the user gave. */
function decide(given: Record<string, string>, more: Partial<MasterFacts> = {}): Outcome {
  return decideMaster({
    environment: {
      MESOS_CLUSTER: 'random',
      MESOS_CLUSTER_SIZE: '1',
      AWS_S3_PREFIX: 'cluster_random',
      ...given,
    },
    given: new Set(Object.keys(given)),
    units: new Set(DCOS),
    hasExhibitor: false,
    packagedSize: null,
    region: null,
    ...more,
  });
}

function answer({ answers }: Outcome, name: string): string | undefined {
  return answers.find((one) => one.name === name)?.value;
}

const LIST = { MASTER_LIST: '10.0.0.1,10.0.0.2,10.0.0.3' };
const S3 = { AWS_S3_BUCKET: 'b', AWS_REGION: 'r', MESOS_CLUSTER: 'c' };

const SIZES = [
  // size, quorum, whether it is refused
  ['1', '1', false],
  ['2', '2', true],
  ['3', '2', false],
  ['4', '3', true],
  ['5', '3', false],
  ['6', '4', true],
  ['7', '4', false],
  ['9', '5', true],
] as const;

for (const [size, quorum, isRefused] of SIZES) {
  test(`a cluster of ${size} has the quorum ${quorum} and is ${isRefused ? 'refused, unless forced' : 'taken'}`, () => {
    const outcome = decide({ ...S3, MESOS_CLUSTER_SIZE: size });
    assert.is(outcome.refusals.length, isRefused ? 1 : 0, outcome.refusals.join());
    const forced = decide({ ...S3, MESOS_CLUSTER_SIZE: size, DCOS_FORCE_CLUSTER_SIZE: 'true' });
    assert.equal(forced.refusals, []);
    assert.is(forced.warnings.length, isRefused ? 1 : 0);
    assert.is(answer(forced, 'MESOS_QUORUM'), quorum);
  });
}

const WRONG_VALUES = [
  [{ ADMINROUTER_PORT: 'http' }, 'cannot use ADMINROUTER_PORT=http: it is no port (write 1 to 65535)'],
  [
    { ZOOKEEPER_PEER_PORT: '65536' },
    'cannot use ZOOKEEPER_PEER_PORT=65536: it is no port (write 1 to 65535)',
  ],
  [
    { ADMINROUTER_MESOS: 'leader.mesos' },
    'cannot use ADMINROUTER_MESOS=leader.mesos: it is no host:port (write 10.0.0.1:5050)',
  ],
  [{ ZOOKEEPER_HEAP: 'lots' }, 'cannot use ZOOKEEPER_HEAP=lots: it is no size of memory (write 512m or 2g)'],
  [
    { EXHIBITOR_BACKEND: 'PAPER' },
    'cannot use EXHIBITOR_BACKEND=PAPER: no such backend is known (write one of file, STATIC, AWS_S3, ZK, SHARED_FS, ' +
      'AZURE, GCE)',
  ],
  [
    { EXHIBITOR_BACKEND: 'STATIC' },
    'cannot use EXHIBITOR_BACKEND=STATIC: no masters are listed (set MASTER_LIST=10.0.0.1,10.0.0.2,10.0.0.3, the same on ' +
      'all of them)',
  ],
  [
    { ADMINROUTER_TLS_CERTIFICATE: '/c.pem' },
    'cannot serve HTTPS: ADMINROUTER_TLS_PRIVATE is not set (set both ADMINROUTER_TLS_CERTIFICATE and ' +
      'ADMINROUTER_TLS_PRIVATE)',
  ],
] as const;

for (const [given, refusal] of WRONG_VALUES) {
  test(`${JSON.stringify(given)} is refused before anything starts`, () => {
    assert.equal(decide(given as Record<string, string>).refusals, [refusal]);
  });
}

test('a refused size has its reason', () => {
  const reason = (size: string): string => decide({ ...S3, MESOS_CLUSTER_SIZE: size }).refusals[0] ?? '';
  assert.match(reason('2'), /2 masters survive the loss of not even one \(DCOS_FORCE/);
  assert.match(reason('4'), /4 masters survive the loss of one, as 3 do with one fewer/);
  assert.match(reason('6'), /6 masters survive the loss of 2, as 5 do with one fewer/);
  assert.match(reason('9'), /each write waits for a majority/);
  for (const size of ['0', '-3', 'three', '3.0', '1000']) {
    assert.match(
      reason(size),
      new RegExp(`^cannot read MESOS_CLUSTER_SIZE=${size}: it is no number of masters`),
    );
  }
});

const QUORUMS = [
  ['1', 'less than the majority of 3', 0, 1],
  ['2', '', 0, 0],
  ['3', '', 0, 0],
  ['4', 'must be from 1 to MESOS_CLUSTER_SIZE=3', 1, 0],
  ['0', 'must be from 1 to', 1, 0],
  ['two', 'must be from 1 to', 1, 0],
] as const;

for (const [quorum, words, refusals, warnings] of QUORUMS) {
  test(`MESOS_QUORUM=${quorum} of 3: ${words || 'as it is'}`, () => {
    const outcome = decide({ ...LIST, MESOS_QUORUM: quorum });
    assert.is(answer(outcome, 'MESOS_QUORUM'), undefined);
    assert.is(outcome.refusals.length, refusals);
    assert.is(outcome.warnings.length, warnings);
    assert.ok([...outcome.refusals, ...outcome.warnings].join().includes(words));
  });
}

test('listed masters give the size, the quorum, and what DC/OS calls them', () => {
  const outcome = decide(LIST);
  assert.equal(outcome.refusals, []);
  assert.is(answer(outcome, 'EXHIBITOR_STATICENSEMBLE'), '1:10.0.0.1,2:10.0.0.2,3:10.0.0.3');
  assert.is(answer(outcome, 'EXHIBITOR_BACKEND'), 'STATIC');
  assert.is(answer(outcome, 'MESOS_CLUSTER_SIZE'), '3');
  assert.is(answer(outcome, 'MESOS_QUORUM'), '2');
  assert.is(answer(outcome, 'DCOS_MASTER_LIST'), '["10.0.0.1","10.0.0.2","10.0.0.3"]');
});

test('observers do not vote', () => {
  const outcome = decide({ EXHIBITOR_STATICENSEMBLE: '1:a,2:b,3:c,O:4:d' });
  assert.equal(outcome.refusals, []);
  assert.is(answer(outcome, 'MESOS_CLUSTER_SIZE'), '3');
  assert.is(answer(outcome, 'EXHIBITOR_STATICENSEMBLE'), undefined);
});

const REFUSALS = [
  [
    'three masters without a way to each other',
    { MESOS_CLUSTER_SIZE: '3' },
    /no way to find each other \(set AWS_S3_BUCKET/,
  ],
  [
    'an unreadable list',
    { MASTER_LIST: 'a,a' },
    /^cannot read MASTER_LIST: a is there twice \(write 10\.0\.0\.1/,
  ],
  [
    'an unreadable ensemble',
    { EXHIBITOR_STATICENSEMBLE: 'a' },
    /^cannot read EXHIBITOR_STATICENSEMBLE: "a" is not ID:HOST/,
  ],
  ['a size that the list contradicts', { ...LIST, MESOS_CLUSTER_SIZE: '5' }, /the ensemble names 3/],
  [
    'a bucket shared under random names',
    { AWS_S3_BUCKET: 'b', AWS_REGION: 'r', MESOS_CLUSTER_SIZE: '3' },
    /the prefix is made from the random name of each/,
  ],
] as const;

for (const [title, given, reason] of REFUSALS) {
  test(`${title} is refused`, () => {
    const { refusals } = decide(given);
    assert.is(refusals.length, 1, refusals.join('\n'));
    assert.match(refusals[0] ?? '', reason);
  });
}

test('S3 needs a cluster name or a prefix that all masters share, and someone who reads it', () => {
  const three = { ...S3, MESOS_CLUSTER_SIZE: '3' };
  const outcome = decide(three);
  assert.equal(outcome.refusals, []);
  assert.is(answer(outcome, 'EXHIBITOR_BACKEND'), 'AWS_S3');
  const { MESOS_CLUSTER: _, ...nameless } = three;
  assert.equal(decide({ ...nameless, AWS_S3_PREFIX: 'p' }).refusals, []);
  assert.match(decide(three, { units: new Set() }).refusals[0] ?? '', /Exhibitor is not in this image/);
  assert.equal(decide(three, { units: new Set(), hasExhibitor: true }).refusals, []);
});

test('a backend of Exhibitor that we do not know is its own affair', () => {
  assert.equal(decide({ MESOS_CLUSTER_SIZE: '3', EXHIBITOR_BACKEND: 'ZK' }).refusals, []);
});

test('the region is asked for where S3 is used and nobody has said it', () => {
  assert.is(needsRegion({ AWS_S3_BUCKET: 'b' }), true);
  assert.is(needsRegion({ AWS_S3_BUCKET: 'b', AWS_REGION: '' }), true);
  assert.is(needsRegion({ AWS_S3_BUCKET: 'b', AWS_REGION: 'r' }), false);
  assert.is(needsRegion({ AWS_REGION: '' }), false);
  const region = { region: 'us-west-2', zone: 'us-west-2a', from: 'from there' };
  const outcome = decide({ AWS_S3_BUCKET: 'b' }, { region });
  assert.equal(
    outcome.answers.filter(({ name }) => name.startsWith('AWS')),
    [
      { name: 'AWS_REGION', value: 'us-west-2', note: 'from there' },
      { name: 'AWS_ZONE', value: 'us-west-2a', note: 'from there' },
    ],
  );
  assert.match(
    decide({ AWS_S3_BUCKET: 'b' }, { region: { problem: 'x' } }).refusals[0] ?? '',
    /AWS_REGION: x \(set/,
  );
});

test('what a package was configured for stays as it is, unless the user says otherwise', () => {
  const packaged = decide({}, { packagedSize: '3' });
  assert.equal(packaged.refusals, []);
  assert.is(answer(packaged, 'MESOS_CLUSTER_SIZE'), '3');
  assert.is(answer(packaged, 'MESOS_QUORUM'), undefined);
  assert.is(answer(packaged, 'EXHIBITOR_BACKEND'), undefined);
  assert.is(answer(decide(LIST, { packagedSize: '5' }), 'MESOS_CLUSTER_SIZE'), '3');
  const bucket = decide({ AWS_S3_BUCKET: 'b', AWS_REGION: 'r', MESOS_CLUSTER: 'c' }, { packagedSize: '3' });
  assert.equal(bucket.refusals, []);
  assert.is(answer(bucket, 'MESOS_CLUSTER_SIZE'), '3');
  assert.is(answer(bucket, 'EXHIBITOR_BACKEND'), 'AWS_S3');
  const same = decide({ MESOS_CLUSTER_SIZE: '3' }, { packagedSize: '3' });
  assert.equal(same.refusals, []);
  assert.is(answer(same, 'MESOS_QUORUM'), '2');
  assert.is(decide({ MESOS_CLUSTER_SIZE: '5' }, { packagedSize: '3' }).refusals.length, 1);
  assert.is(answer(decide({ MESOS_CLUSTER_SIZE: '1' }, { packagedSize: '5' }), 'MESOS_QUORUM'), '1');
});

test('one master leaves it to the packages where Exhibitor keeps its configuration', () => {
  assert.is(answer(decide({}), 'EXHIBITOR_BACKEND'), undefined);
});

const SERVICES = [
  // units, Exhibitor's jar → ZooKeeper, Exhibitor, admin router of this image
  [[], false, 'enabled', 'disabled', 'enabled'],
  [[], true, 'disabled', 'enabled', 'enabled'],
  [['dcos-exhibitor.service'], false, 'disabled', 'disabled', 'enabled'],
  [['dcos-exhibitor.service'], true, 'disabled', 'disabled', 'enabled'],
  [['dcos-adminrouter.service'], false, 'enabled', 'disabled', 'disabled'],
  [DCOS, false, 'disabled', 'disabled', 'disabled'],
] as const;

for (const [units, hasExhibitor, ...expected] of SERVICES) {
  test(`beside ${units.join(', ') || 'no unit'}${hasExhibitor ? ' and Exhibitor' : ''}: ${expected.join(', ')}`, () => {
    const outcome = decide({}, { units: new Set(units), hasExhibitor });
    const names = ['SERVICE_ZOOKEEPER', 'SERVICE_EXHIBITOR', 'SERVICE_ADMINROUTER'];
    assert.equal(
      names.map((name) => answer(outcome, name)),
      expected,
    );
    assert.is(outcome.warnings.length, units.length === 0 ? 1 : 0);
  });
}

test.run();
