// images/etcd-amb/src/decide/choose.ts, member.ts, pace.ts: who the members are, whatever fails.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ListAnswer, Listing } from '../../../images/etcd-amb/src/decide/answers.ts';
import { decide, electList, NOTHING_KNOWN, type Known } from '../../../images/etcd-amb/src/decide/choose.ts';
import {
  changeOf,
  describeMembers,
  joinMembers,
  keyOf,
  sameMembers,
  type Member,
} from '../../../images/etcd-amb/src/decide/member.ts';
import { pauseMs } from '../../../images/etcd-amb/src/decide/pace.ts';
import { seeded } from '../../support/random.ts';

const test = suite('etcd-amb choose');

const member = (name: string, guess?: 'client'): Member => ({
  name,
  client: { scheme: 'http', host: `host-${name}`, port: 2379 },
  peer: { scheme: 'http', host: `host-${name}`, port: 2380 },
  ...(guess && { guess }),
});
const members = (names: string): Member[] => names.split('').map((name) => member(name));
const says = (names: string, complete = true): Listing => ({
  kind: 'members',
  members: members(names),
  complete,
  notes: [],
});
const list = (names: string, raftTerm = 1): ListAnswer => ({ listing: says(names), raftTerm });
const nothing: Listing = { kind: 'unusable', reason: 'silence' };
const names = ({ members: found }: Pick<Known, 'members'>): string => found.map(({ name }) => name).join('');
const known = (text: string, basis: Known['basis'], seeds: Known['seeds'] = {}): Known => ({
  members: members(text),
  basis,
  seeds,
});

const DECISIONS: [
  title: string,
  before: Known,
  poll: { sources?: Record<string, Listing>; lists?: ListAnswer[]; anyUp?: boolean },
  after: string,
  basis: Known['basis'],
][] = [
  ['a first answer of a source is taken', NOTHING_KNOWN, { sources: { srv: says('abc') } }, 'abc', 'sources'],
  ['nothing leads to nothing', NOTHING_KNOWN, { sources: { srv: nothing } }, '', 'sources'],
  [
    'two sources are one list',
    NOTHING_KNOWN,
    { sources: { srv: says('ab'), members: says('bc') } },
    'abc',
    'sources',
  ],
  [
    'a source that fails takes nobody away',
    known('abc', 'sources', { srv: members('abc') }),
    { sources: { srv: nothing } },
    'abc',
    'sources',
  ],
  [
    'one of two sources fails: what it said before still holds',
    known('abc', 'sources', { srv: members('a'), members: members('bc') }),
    { sources: { srv: nothing, members: says('b') } },
    'ab',
    'sources',
  ],
  [
    'a source may take somebody away',
    known('abc', 'sources', { srv: members('abc') }),
    { sources: { srv: says('ab') } },
    'ab',
    'sources',
  ],
  [
    'an answer in part takes nobody away',
    known('abc', 'sources', { srv: members('abc') }),
    { sources: { srv: says('d', false) } },
    'dabc',
    'sources',
  ],
  [
    "the cluster's own list beats the source",
    NOTHING_KNOWN,
    { sources: { srv: says('abc') }, lists: [list('ade')] },
    'ade',
    'list',
  ],
  [
    'the cluster cannot be asked: its members stay, whatever the source says',
    known('ade', 'list'),
    { sources: { srv: says('abc') }, anyUp: true },
    'ade',
    'list',
  ],
  [
    'and none of them is up: those of the source are tried beside them',
    known('ade', 'list'),
    { sources: { srv: says('abc') } },
    'adebc',
    'list',
  ],
  [
    'nobody answers at all',
    known('ade', 'list', { srv: members('abc') }),
    { sources: { srv: nothing }, anyUp: true },
    'ade',
    'list',
  ],
  [
    'a list without members is none',
    known('ade', 'list'),
    { lists: [{ listing: nothing, raftTerm: 9 }], anyUp: true },
    'ade',
    'list',
  ],
];

for (const [title, before, { sources = {}, lists = [], anyUp = false }, after, basis] of DECISIONS) {
  test(title, () => {
    const decided = decide(before, { sources, lists, anyUp });
    assert.is(names(decided), after);
    assert.is(decided.basis, basis);
  });
}

const ELECTIONS: [title: string, answers: ListAnswer[], before: string, elected: string][] = [
  ['most of them say so', [list('abc'), list('abd'), list('abd')], 'abc', 'abd'],
  [
    'one that was taken out tells of older times',
    [list('abc', 9), list('abd', 2), list('abd', 2)],
    '',
    'abd',
  ],
  ['among equals, what is known already stays', [list('abd', 9), list('abc', 1)], 'abc', 'abc'],
  ['among equals, the newer term', [list('abc', 3), list('abd', 4)], '', 'abd'],
];

for (const [title, answers, before, elected] of ELECTIONS) {
  test(`of several lists: ${title}`, () => {
    assert.is((electList(answers, members(before)) ?? []).map(({ name }) => name).join(''), elected);
    assert.is(
      (electList(answers.toReversed(), members(before)) ?? []).map(({ name }) => name).join(''),
      elected,
    );
  });
}

test('members are never emptied, and only come from answers, in whatever order things fail', () => {
  const random = seeded();
  const pick = (from: string): string =>
    from
      .split('')
      .filter(() => random() < 0.5)
      .join('');
  for (let round = 0; round < 2000; round++) {
    let state: Known = NOTHING_KNOWN;
    const ever = new Set<string>();
    for (let step = 0; step < 30; step++) {
      const before = state;
      const listings = [0, 1].map((): Listing => {
        const said = pick('abcdef');
        return said === '' || random() < 0.3 ? nothing : says(said, random() < 0.7);
      });
      const lists = [pick('abc'), pick('abc')]
        .filter((said) => said !== '' && random() < 0.4)
        .map((said) => list(said));
      const poll = {
        sources: { srv: listings[0] ?? nothing, discovery: listings[1] ?? nothing },
        lists,
        anyUp: random() < 0.5,
      };
      for (const { listing } of [...listings.map((listing) => ({ listing })), ...lists])
        if (listing.kind === 'members') for (const { name } of listing.members) ever.add(name);
      state = decide(before, poll);
      assert.ok(state.members.length > 0 || before.members.length === 0, 'emptied');
      assert.ok(
        state.members.every(({ name }) => ever.has(name)),
        'made up',
      );
      assert.is(new Set(state.members.map(keyOf)).size, state.members.length, 'twice');
      const silent = listings.every(({ kind }) => kind === 'unusable') && lists.length === 0;
      if (silent && poll.anyUp) assert.ok(sameMembers(state.members, before.members), 'changed by silence');
      // The same answers again change nothing.
      if (lists.length > 0 && listings.every((listing) => listing.kind === 'unusable' || listing.complete))
        assert.ok(sameMembers(decide(state, poll).members, state.members), 'restless');
    }
  }
});

test('a change is what came and what went, and is said so', () => {
  const { added, removed } = changeOf(members('abc'), members('bcd'));
  assert.is(names({ members: added }), 'd');
  assert.is(names({ members: removed }), 'a');
  assert.is(describeMembers(members('abc'), members('bcd')), '3 members: +d (host-d:2379) -a (host-a:2379)');
  assert.is(describeMembers(members('a'), members('a')), '1 member');
});

test('joined lists keep the first of each address, with a name if one has it', () => {
  const nameless = { ...member('a'), name: 'host-a:2379' };
  assert.equal(
    joinMembers([nameless], [member('a'), member('b')]).map(({ name }) => name),
    ['a', 'b'],
  );
});

test('pauses: the interval with a spread after a success, from half a second up to it after failures', () => {
  const between = (failures: number, interval: number): number[] =>
    [0, 0.999_999].map((random) => pauseMs(failures, interval, random));
  assert.equal(between(0, 30_000), [24_000, 36_000]);
  assert.equal(between(1, 30_000), [500, 1000]);
  assert.equal(between(2, 30_000), [1000, 2000]);
  assert.equal(between(5, 30_000), [8000, 16_000]);
  assert.equal(between(6, 30_000), [15_000, 30_000]);
  assert.equal(between(10_000, 30_000), [15_000, 30_000]);
  assert.equal(between(3, 100), [50, 100]);
});

test.run();
