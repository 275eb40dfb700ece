// Who the members are, given what is known, what the sources say and what the members say of themselves.

import type { ListAnswer, Listing } from './answers.ts';
import { joinMembers, keyOf, sameMembers, type Member } from './member.ts';

export interface Known {
  readonly members: readonly Member[];
  /** Whether these come from a cluster's own list, or only from the sources, who tell how it began. */
  readonly basis: 'sources' | 'list';
  /** What each source said when it last said something. */
  readonly seeds: Readonly<Record<string, readonly Member[]>>;
}

export const NOTHING_KNOWN: Known = { members: [], basis: 'sources', seeds: {} };

export interface Poll {
  /** Source → what it said this time. */
  readonly sources: Readonly<Record<string, Listing>>;
  /** What members said of their cluster; those that could not be asked are not here. */
  readonly lists: readonly ListAnswer[];
  /** Whether at least one of the known members answers to its health check. */
  readonly anyUp: boolean;
}

/**
 * A cluster's own list beats the sources: a discovery service still tells how the cluster began after every one of its
 * members has been replaced. What failed or said nothing takes nobody away. Only when the cluster cannot be asked and
 * none of its members is up are those of the sources tried beside them.
 */
export function decide(known: Known, poll: Poll): Known {
  const seeds = { ...known.seeds };
  for (const [source, listing] of Object.entries(poll.sources)) {
    if (listing.kind === 'unusable') continue;
    seeds[source] = listing.complete
      ? listing.members
      : joinMembers(listing.members, known.seeds[source] ?? []);
  }
  const seeded = joinMembers(...Object.values(seeds));
  const listed = electList(poll.lists, known.members);
  if (listed !== undefined) return { members: listed, basis: 'list', seeds };
  if (known.basis === 'list' && known.members.length > 0) {
    const members = poll.anyUp ? known.members : joinMembers(known.members, seeded);
    return { members, basis: 'list', seeds };
  }
  return seeded.length > 0 ? { members: seeded, basis: 'sources', seeds } : { ...known, seeds };
}

/**
 * The list that most members give. A member that was cut off or taken out may tell an old one; among equals, what is
 * known already stays, then the newer raft term wins.
 */
export function electList(answers: readonly ListAnswer[], known: readonly Member[]): Member[] | undefined {
  const candidates = new Map<string, { members: Member[]; votes: number; term: number }>();
  for (const { listing, raftTerm } of answers) {
    if (listing.kind === 'unusable') continue;
    const members = listing.complete ? [...listing.members] : joinMembers(listing.members, known);
    const key = members.map(keyOf).toSorted().join('\n');
    const found = candidates.get(key);
    if (found === undefined) candidates.set(key, { members, votes: 1, term: raftTerm });
    else {
      found.votes += 1;
      found.term = Math.max(found.term, raftTerm);
    }
  }
  const ranked = [...candidates.entries()].toSorted(
    ([leftKey, left], [rightKey, right]) =>
      right.votes - left.votes ||
      Number(sameMembers(right.members, known)) - Number(sameMembers(left.members, known)) ||
      right.term - left.term ||
      (leftKey < rightKey ? -1 : 1),
  );
  return ranked[0]?.[1].members;
}
