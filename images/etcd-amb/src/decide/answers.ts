// What discovery services, DNS and members answer, read into members; nothing in an answer is taken on trust.

import {
  clientOf,
  DEFAULT_PORTS,
  hostPort,
  isLocal,
  parseEndpoint,
  peerOf,
  type Endpoint,
} from './endpoint.ts';
import { joinMembers, type Member } from './member.ts';

/** `complete` is false where a part of the answer could not be read: then nobody is removed because of it. */
export type Listing =
  | {
      readonly kind: 'members';
      readonly members: readonly Member[];
      readonly complete: boolean;
      readonly notes: readonly string[];
    }
  | { readonly kind: 'unusable'; readonly reason: string };

/** A member's own view of its cluster. */
export interface ListAnswer {
  readonly listing: Listing;
  /** 0 where the answer does not tell. */
  readonly raftTerm: number;
}

/**
 * The answer of etcd's discovery protocol (v2 keys API): one node per member, whose value is `name=peerURL`, more of
 * these with commas where a member has several peer URLs, or the bare URL of the first versions. Only the first `size`
 * that registered are members (etcd makes proxies of the others); null where the size is not known.
 */
export function readDiscovery(text: string, size: number | null): Listing {
  const answer = parseJson(text);
  if (answer === undefined) return unusable(`not JSON: ${excerpt(text)}`);
  const node = field(answer, 'node');
  if (node === undefined) {
    const message = stringField(answer, 'message');
    return unusable(message === undefined ? `no etcd answer: ${excerpt(text)}` : `etcd says "${message}"`);
  }
  const nodes = arrayField(node, 'nodes');
  const registered = nodes
    .map((entry) => ({
      value: stringField(entry, 'value'),
      index: Number(field(entry, 'createdIndex') ?? 0),
    }))
    .toSorted((left, right) => left.index - right.index)
    .slice(0, size ?? undefined);
  if (registered.length === 0) return unusable('nobody has registered');
  const notes: string[] = [];
  const members = registered.flatMap(({ value }) => {
    const member = value === undefined ? undefined : registration(value);
    if (member === undefined) notes.push(`cannot read the registration ${excerpt(value ?? '')}`);
    return member ?? [];
  });
  return listing(members, notes, 'no registration can be read');
}

/** How many members the cluster of a discovery token has: the answer for `_config/size`. */
export function readDiscoverySize(text: string): number | null {
  const node = field(parseJson(text), 'node');
  const size = Number(stringField(node, 'value') ?? NaN);
  return Number.isSafeInteger(size) && size > 0 ? size : null;
}

/** `POST /v3/cluster/member/list` of the JSON gateway, `GET /v2/members`, and `GET /members` of a peer port. */
export function readMemberList(text: string): ListAnswer {
  const answer = parseJson(text);
  const raftTerm = Number(field(field(answer, 'header'), 'raft_term') ?? 0) || 0;
  if (answer === undefined) return { listing: unusable(`not JSON: ${excerpt(text)}`), raftTerm };
  const entries = Array.isArray(answer) ? (answer as unknown[]) : arrayField(answer, 'members');
  if (entries.length === 0) {
    const error = stringField(answer, 'error') ?? stringField(answer, 'message');
    return {
      listing: unusable(error === undefined ? 'no members in the answer' : `etcd says "${error}"`),
      raftTerm,
    };
  }
  const notes: string[] = [];
  const members = entries.flatMap((entry) => {
    const read = listedMember(entry);
    if (typeof read === 'string') notes.push(read);
    return typeof read === 'string' || read === null ? [] : read;
  });
  return { listing: listing(members, notes, 'none of its members can be reached from elsewhere'), raftTerm };
}

export interface SrvRecord {
  readonly name: string;
  readonly port: number;
}

/** Client records name client ports, server records peer ports; the same host in both is one member. */
export function readSrv(
  clients: readonly (SrvRecord & { readonly tls: boolean })[],
  servers: readonly (SrvRecord & { readonly tls: boolean })[],
): Listing {
  const endpoint = ({ name, port, tls }: SrvRecord & { tls: boolean }): Endpoint | undefined =>
    parseEndpoint(`${tls ? 'https' : 'http'}://${name.replace(/\.$/, '')}:${port}`, port);
  const peers = servers.map(endpoint).filter((found) => found !== undefined);
  const members = clients
    .map(endpoint)
    .filter((found) => found !== undefined)
    .map((client): Member => {
      const peer = peers.find(({ host }) => host === client.host);
      const name = hostPort(client);
      return peer === undefined
        ? { name, client, peer: peerOf(client), guess: 'peer' }
        : { name, client, peer };
    });
  const clientHosts = new Set(members.map(({ client }) => client.host));
  const others = peers
    .filter((peer) => !clientHosts.has(peer.host))
    .map((peer): Member => ({
      name: hostPort(clientOf(peer)),
      client: clientOf(peer),
      peer,
      guess: 'client',
    }));
  const isWhole =
    members.length + others.length >= new Set([...clients, ...servers].map(({ name }) => name)).size;
  const read = listing(joinMembers(members, others), [], 'no SRV record names a member');
  return read.kind === 'members' && !isWhole ? { ...read, complete: false } : read;
}

/** `name=url` or a plain address, with commas or blanks between; the mistakes are told one by one. */
export function readStatic(text: string): { members: Member[]; mistakes: string[] } {
  const mistakes: string[] = [];
  const members = text
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .flatMap((word) => {
      const [, name, address = ''] = /^(?:([^=/]+)=)?(.*)$/.exec(word) ?? [];
      const client = parseEndpoint(address, DEFAULT_PORTS.client);
      if (client === undefined) {
        mistakes.push(`"${word}" is neither an address nor a URL`);
        return [];
      }
      return [{ name: name ?? hostPort(client), client, peer: peerOf(client), guess: 'peer' as const }];
    });
  return { members, mistakes };
}

/** The URLs of a registration are peers'; where clients go is only a guess until the member itself has been asked. */
function registration(value: string): Member | undefined {
  for (const word of value.split(/[\s,]+/)) {
    const [, name, url = ''] = /^(?:([^=/]+)=)?(.*)$/.exec(word) ?? [];
    const peer = /^https?:\/\//i.test(url) ? parseEndpoint(url, DEFAULT_PORTS.peer) : undefined;
    if (peer === undefined || isLocal(peer.host)) continue;
    const client = clientOf(peer);
    return { name: name ?? hostPort(client), client, peer, guess: 'client' };
  }
  return undefined;
}

/** A sentence where there is something to tell, null where a member is to be passed over silently. */
function listedMember(entry: unknown): Member | string | null {
  const name = stringField(entry, 'name') ?? '';
  const clients = urls(entry, 'clientURLs', DEFAULT_PORTS.client);
  const peers = urls(entry, 'peerURLs', DEFAULT_PORTS.peer);
  // Added but not started yet: it has told nobody where its clients go. A learner refuses them.
  if (name === '' && clients.length === 0) return null;
  if (field(entry, 'isLearner') === true) return null;
  const peer = peers.find(({ host }) => !isLocal(host));
  const client = clients.find(({ host }) => !isLocal(host));
  // etcd's own default is to announce http://localhost:2379. Its peers must reach it by another name.
  const [announced] = clients;
  const reachable = client ?? (peer && announced && { ...announced, host: peer.host });
  if (reachable === undefined) {
    return `member ${name} announces no client URL that can be reached (set its --advertise-client-urls)`;
  }
  const place = { name: name === '' ? hostPort(reachable) : name, client: reachable };
  return peer === undefined ? { ...place, peer: peerOf(reachable), guess: 'peer' } : { ...place, peer };
}

function urls(entry: unknown, name: string, defaultPort: number): Endpoint[] {
  return arrayField(entry, name).flatMap((url) =>
    typeof url === 'string' && /^https?:\/\//i.test(url) ? (parseEndpoint(url, defaultPort) ?? []) : [],
  );
}

function listing(members: readonly Member[], notes: readonly string[], ifNone: string): Listing {
  if (members.length === 0) return unusable([ifNone, ...notes].join('; '));
  return { kind: 'members', members, complete: notes.length === 0, notes };
}

function unusable(reason: string): Listing {
  return { kind: 'unusable', reason };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function stringField(value: unknown, name: string): string | undefined {
  const found = field(value, name);
  return typeof found === 'string' ? found : undefined;
}

function arrayField(value: unknown, name: string): unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? (found as unknown[]) : [];
}

/** Enough of a text to recognise it, on one line. */
function excerpt(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line === '' ? 'nothing' : JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);
}
