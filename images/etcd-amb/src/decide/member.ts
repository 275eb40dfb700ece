// The members of a cluster: one name for each, lists compared, lists joined.

import { hostPort, urlOf, type Endpoint } from './endpoint.ts';

export interface Member {
  readonly name: string;
  readonly client: Endpoint;
  readonly peer: Endpoint;
  /** Which of the two was only inferred from the other, as long as nobody who knows has told. */
  readonly guess?: 'client' | 'peer';
}

/** Two members with the same key are the same as far as a proxy can tell. */
export function keyOf({ client, peer }: Pick<Member, 'client' | 'peer'>): string {
  return `${urlOf(client)} ${urlOf(peer)}`;
}

export function sameMembers(left: readonly Member[], right: readonly Member[]): boolean {
  const keys = (members: readonly Member[]): string => members.map(keyOf).toSorted().join('\n');
  return keys(left) === keys(right);
}

/** By client address: what comes first stays, with the name that is not a mere address if either has one. */
export function joinMembers(...lists: readonly (readonly Member[])[]): Member[] {
  const byClient = new Map<string, Member>();
  for (const member of lists.flat()) {
    const key = hostPort(member.client);
    const first = byClient.get(key);
    if (first === undefined) byClient.set(key, member);
    else if (first.name === key && member.name !== key) byClient.set(key, { ...first, name: member.name });
  }
  return [...byClient.values()];
}

export interface MemberChange {
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
}

export function changeOf(before: readonly Member[], after: readonly Member[]): MemberChange {
  const had = new Set(before.map(keyOf));
  const has = new Set(after.map(keyOf));
  return {
    added: after.filter((member) => !had.has(keyOf(member))),
    removed: before.filter((member) => !has.has(keyOf(member))),
  };
}

/** `3 members: +d (10.0.0.4:2379) -c (10.0.0.3:2379)` */
export function describeMembers(before: readonly Member[], after: readonly Member[]): string {
  const { added, removed } = changeOf(before, after);
  const words = [
    ...added.map((member) => `+${nameWithAddress(member)}`).toSorted(),
    ...removed.map((member) => `-${nameWithAddress(member)}`).toSorted(),
  ];
  const count = `${after.length} ${after.length === 1 ? 'member' : 'members'}`;
  return words.length === 0 ? count : `${count}: ${words.join(' ')}`;
}

function nameWithAddress({ name, client }: Member): string {
  const address = hostPort(client);
  return name === address ? address : `${name} (${address})`;
}
