// From known members to the text that HAProxy gets: names become addresses, and what leads nowhere is left out.

import { chooseAddress, resolveMembers } from './decide/addresses.ts';
import { isLocal } from './decide/endpoint.ts';
import type { Member } from './decide/member.ts';
import { proxyConfig, type ResolvedMember, type Surroundings } from './decide/proxy.ts';
import type { Settings } from './decide/settings.ts';
import { messageOf } from './effects/errors.ts';
import type { World } from './effects/world.ts';

export interface Settled {
  readonly members: readonly ResolvedMember[];
  readonly addresses: Readonly<Record<string, string>>;
  readonly text: string;
  readonly notes: readonly string[];
}

/** A name that cannot be resolved now keeps the address that it had. */
export async function settle(
  members: readonly Member[],
  before: Readonly<Record<string, string>>,
  settings: Settings,
  around: Surroundings,
  world: World,
): Promise<Settled> {
  const hosts = [...new Set(members.flatMap(({ client, peer }) => [client.host, peer.host]))];
  const notes: string[] = [];
  const found = await Promise.all(
    hosts.map(async (host): Promise<[string, string] | undefined> => {
      try {
        const address = chooseAddress(await world.addresses(host, settings.timeoutMs), before[host]);
        return address === undefined ? undefined : [host, address];
      } catch (error) {
        const kept = before[host];
        notes.push(
          `cannot resolve ${host}: ${messageOf(error)}${kept === undefined ? '' : `; it stays ${kept}`}`,
        );
        return kept === undefined ? undefined : [host, kept];
      }
    }),
  );
  const addresses = Object.fromEntries(found.filter((pair) => pair !== undefined));
  const own = world.ownAddresses();
  const resolution = resolveMembers(members, (host) => addresses[host], settings.proxy, own);
  return {
    members: resolution.members,
    // Only what a name service said is worth keeping.
    addresses: Object.fromEntries(
      Object.entries(addresses).filter(([host, ip]) => host !== ip && !isLocal(host)),
    ),
    text: proxyConfig(resolution.members, settings, around),
    notes: [...notes, ...resolution.notes].toSorted(),
  };
}
