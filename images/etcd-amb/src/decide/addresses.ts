// Host names of members → the addresses that HAProxy gets, and the members that would lead back to ourselves.

import { hostPort, isIpv6 } from './endpoint.ts';
import type { Member } from './member.ts';
import type { ResolvedMember } from './proxy.ts';
import type { ProxySettings } from './settings.ts';

/**
 * A host with several addresses: the one in use stays while it is among them, so that the order of a DNS answer changes
 * nothing; else IPv4 first, the smallest.
 */
export function chooseAddress(found: readonly string[], inUse: string | undefined): string | undefined {
  if (inUse !== undefined && found.includes(inUse)) return inUse;
  return found.toSorted(
    (left, right) => Number(isIpv6(left)) - Number(isIpv6(right)) || (left < right ? -1 : 1),
  )[0];
}

export interface Resolution {
  readonly members: readonly ResolvedMember[];
  /** Why a member is not among them. */
  readonly notes: readonly string[];
}

/** `addressOf` gives undefined where a name has no address. */
export function resolveMembers(
  members: readonly Member[],
  addressOf: (host: string) => string | undefined,
  proxy: Pick<ProxySettings, 'bind' | 'clientPorts' | 'peerPorts'>,
  own: readonly string[],
): Resolution {
  const notes: string[] = [];
  const resolved = members.flatMap((member) => {
    const clientAddress = addressOf(member.client.host);
    const peerAddress = addressOf(member.peer.host) ?? clientAddress;
    if (clientAddress === undefined || peerAddress === undefined) {
      notes.push(`member ${member.name} is left out: ${member.client.host} has no address`);
      return [];
    }
    const ports = [...proxy.clientPorts, ...proxy.peerPorts];
    if (ports.includes(member.client.port) && isOurs(clientAddress, proxy.bind, own)) {
      const place = hostPort({ host: clientAddress, port: member.client.port });
      notes.push(`member ${member.name} is left out: ${place} is where this ambassador itself listens`);
      return [];
    }
    return [{ ...member, clientAddress, peerAddress }];
  });
  return { members: resolved, notes };
}

function isOurs(address: string, bind: string | null, own: readonly string[]): boolean {
  if (bind !== null && bind !== '0.0.0.0' && bind !== '::') return address === bind;
  return (
    /^(127\.|0\.0\.0\.0$)/.test(address) || address === '::1' || address === '::' || own.includes(address)
  );
}
