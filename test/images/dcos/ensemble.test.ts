// How the members of an ensemble are written, and which of them a container is.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  hostsOf,
  ownMember,
  readMasterList,
  readStaticEnsemble,
  staticEnsembleText,
  type Ensemble,
  type Member,
} from '../../../images/dcos-base/src/decide/ensemble.ts';

const test = suite('dcos ensemble');

function shown(ensemble: Ensemble): string {
  return 'problem' in ensemble ? ensemble.problem : staticEnsembleText(ensemble.members);
}

const STATIC = [
  ['1:10.0.0.1', '1:10.0.0.1'],
  ['1:10.0.0.1,2:10.0.0.2,3:10.0.0.3', '1:10.0.0.1,2:10.0.0.2,3:10.0.0.3'],
  [' 5:a , 3:b.example.org', '5:a,3:b.example.org'],
  ['S:1:a,O:2:b', '1:a,O:2:b'],
  ['1:fd00::1,2:[fd00::2]', '1:fd00::1,2:fd00::2'],
  ['10.0.0.1,10.0.0.2', '"10.0.0.1" is not ID:HOST'],
  ['', '"" is not ID:HOST'],
  ['1:a,', '"" is not ID:HOST'],
  ['1:', '"1:" is not ID:HOST'],
  ['x:a', '"x:a" is not ID:HOST'],
  ['1:a,1:b', 'the id 1 is there twice'],
  ['1:a,2:a', 'a is there twice'],
  ['0:a', 'the id 0 is not from 1 to 255'],
  ['256:a', 'the id 256 is not from 1 to 255'],
  ['1:a:2888', '"a:2888" is no address or name of a host'],
  ['1:a b', '"a b" is no address or name of a host'],
  ['1:a\nserver.2=b', '"1:a\\nserver.2=b" is not ID:HOST'],
] as const;

for (const [text, expected] of STATIC) {
  test(`EXHIBITOR_STATICENSEMBLE=${JSON.stringify(text)}: ${expected}`, () => {
    assert.is(shown(readStaticEnsemble(text)), expected);
  });
}

const LISTS = [
  ['10.0.0.1,10.0.0.2', '1:10.0.0.1,2:10.0.0.2'],
  ['b a', '1:b,2:a'],
  ['["10.0.0.2", "10.0.0.1"]', '1:10.0.0.2,2:10.0.0.1'],
  ['[fd00::1],[fd00::2]', '1:fd00::1,2:fd00::2'],
  ['a,,b', '1:a,2:b'],
  ['["a", 1]', '["a", 1] is neither a JSON array nor a list with commas'],
  ['["a"', '["a" is neither a JSON array nor a list with commas'],
  [' ', 'it names no host'],
  ['a,a', 'a is there twice'],
  ['http://a', '"http://a" is no address or name of a host'],
] as const;

for (const [text, expected] of LISTS) {
  test(`MASTER_LIST=${text}: ${expected}`, () => assert.is(shown(readMasterList(text)), expected));
}

test('what is written is read again', () => {
  for (const text of ['1:a', '3:a,O:7:b', '1:fd00::1,2:b']) {
    const ensemble = readStaticEnsemble(text);
    assert.equal(readStaticEnsemble(shown(ensemble)), ensemble);
  }
});

test('hosts stand between commas, blanks, or in an array', () => {
  assert.equal(hostsOf(' a, b\tc\n'), ['a', 'b', 'c']);
  assert.equal(hostsOf('[]'), []);
  assert.is(hostsOf('[a]'), null);
});

const MEMBERS: readonly Member[] = ['10.0.0.1', '10.0.0.2', 'm3'].map((host, index) => ({
  id: index + 1,
  host,
  isObserver: false,
}));
const NOBODY = new Map<string, string[]>();

test('a container is the member that has its address, its name, or a name that resolves to its address', () => {
  const own = (hostName: string, address: string, resolved = NOBODY): unknown =>
    ownMember(MEMBERS, { hostName, addresses: ['fe80::1', address] }, resolved);
  assert.is(own('x', '10.0.0.2'), MEMBERS[1]);
  assert.is(own('m3', '10.9.9.9'), MEMBERS[2]);
  assert.is(own('x', '10.0.0.3', new Map([['m3', ['10.0.0.3']]])), MEMBERS[2]);
});

test('a container that is no member, or two, is told how it is known', () => {
  const none = ownMember(MEMBERS, { hostName: 'x', addresses: ['10.0.0.9'] }, NOBODY);
  const remedy = '(run it with --ip, --hostname or --net=host, or set ZOOKEEPER_MYID)';
  assert.equal(none, {
    problem: `none of 10.0.0.1, 10.0.0.2, m3 is this container: this container is x with 10.0.0.9 ${remedy}`,
  });
  const two = ownMember(MEMBERS, { hostName: 'm3', addresses: ['10.0.0.1'] }, NOBODY);
  assert.equal(two, {
    problem: `the members 1 and 3 are all this container: this container is m3 with 10.0.0.1 ${remedy}`,
  });
});

test.run();
