// Asks every source who the members are, and members for the list of their cluster.

import {
  readDiscovery,
  readDiscoverySize,
  readMemberList,
  readSrv,
  type ListAnswer,
  type Listing,
  type SrvRecord,
} from './decide/answers.ts';
import { hostPort, urlOf } from './decide/endpoint.ts';
import { keyOf, type Member } from './decide/member.ts';
import type { Settings } from './decide/settings.ts';
import { messageOf } from './effects/errors.ts';
import type { World } from './effects/world.ts';

/** A cluster has at most seven members in practice; a list that is longer is asked in part, another part each time. */
const MOST_ASKED = 9;

/** The paths of the JSON gateway: etcd 3.4 and later, 3.3, 3.2. */
const GATEWAYS = ['/v3', '/v3beta', '/v3alpha'];

/** Source → what it says. What is written down in the settings says it every time. */
export async function askSources(settings: Settings, world: World): Promise<Record<string, Listing>> {
  const { discoveryUrl, srv } = settings;
  const [discovered, records] = await Promise.all([
    discoveryUrl === null ? undefined : askDiscovery(discoveryUrl, settings, world),
    srv === null ? undefined : askDns(srv, settings, world),
  ]);
  return {
    ...fixedSources(settings),
    ...(discovered && { discovery: discovered }),
    ...(records && { srv: records }),
  };
}

/** The sources that need nobody to answer. */
export function fixedSources({ members, endpoints }: Settings): Record<string, Listing> {
  return {
    ...(members.length > 0 && { members: written(members) }),
    ...(endpoints.length > 0 && { endpoints: written(endpoints) }),
  };
}

export interface MemberAnswers {
  readonly lists: readonly ListAnswer[];
  /** Why the others could not be asked. */
  readonly notes: readonly string[];
}

export async function askMembers(
  candidates: readonly Member[],
  settings: Settings,
  world: World,
): Promise<MemberAnswers> {
  const unique = [...new Map(candidates.map((member) => [keyOf(member), member])).values()];
  const asked = shuffled(unique, world).slice(0, MOST_ASKED);
  const answers = await Promise.all(asked.map((member) => askMember(member, settings, world)));
  return {
    lists: answers.filter((answer) => typeof answer !== 'string'),
    notes: answers.filter((answer) => typeof answer === 'string').toSorted(),
  };
}

async function askDiscovery(url: string, { timeoutMs }: Settings, world: World): Promise<Listing> {
  const sizeUrl = new URL(url);
  sizeUrl.pathname = `${sizeUrl.pathname.replace(/\/+$/, '')}/_config/size`;
  const size = world.request(sizeUrl.href, { timeoutMs }).then(
    ({ text }) => readDiscoverySize(text),
    () => null,
  );
  try {
    const { status, text } = await world.request(url, { timeoutMs });
    const listing = readDiscovery(text, await size);
    if (status === 200 || listing.kind === 'members') return listing;
    return { kind: 'unusable', reason: `${new URL(url).origin}: HTTP status ${status}, ${listing.reason}` };
  } catch (error) {
    await size;
    return { kind: 'unusable', reason: messageOf(error) };
  }
}

/** The names that etcd and its clients look for (clientv3, --discovery-srv-name). */
async function askDns(
  { domain, suffix }: NonNullable<Settings['srv']>,
  { timeoutMs }: Settings,
  world: World,
): Promise<Listing> {
  const problems: string[] = [];
  const find = async (service: string, tls: boolean): Promise<(SrvRecord & { tls: boolean })[]> => {
    const name = `_${[service, ...(tls ? ['ssl'] : []), ...(suffix === '' ? [] : [suffix])].join('-')}._tcp.${domain}`;
    try {
      const records = await world.srv(name, timeoutMs);
      return records.map((record) => ({ name: record.name, port: record.port, tls }));
    } catch (error) {
      problems.push(messageOf(error));
      return [];
    }
  };
  const [clientsTls, clients, serversTls, servers] = await Promise.all([
    find('etcd-client', true),
    find('etcd-client', false),
    find('etcd-server', true),
    find('etcd-server', false),
  ]);
  const listing = readSrv([...clientsTls, ...clients], [...serversTls, ...servers]);
  if (listing.kind === 'members') return problems.length > 0 ? { ...listing, complete: false } : listing;
  return problems.length > 0 ? { kind: 'unusable', reason: problems.join('; ') } : listing;
}

/** Both of a member's ports can tell; the one that is known for certain is asked first. */
async function askMember(member: Member, settings: Settings, world: World): Promise<ListAnswer | string> {
  const client = (): Promise<ListAnswer> => askClientPort(urlOf(member.client), settings, world);
  const peer = (): Promise<ListAnswer> => list(world.request(`${urlOf(member.peer)}/members`, settings));
  const problems: string[] = [];
  for (const ask of member.guess === 'client' ? [peer, client] : [client, peer]) {
    try {
      const answer = await ask();
      if (answer.listing.kind === 'unusable') problems.push(answer.listing.reason);
      // On a port that was guessed, another cluster may answer.
      else if (member.guess === 'client' && !names(answer.listing.members, member))
        problems.push(`what answers at ${hostPort(member.client)} does not know ${urlOf(member.peer)}`);
      else return answer;
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  return `cannot ask ${member.name} for the members: ${problems.join('; ')}`;
}

async function askClientPort(base: string, { timeoutMs }: Settings, world: World): Promise<ListAnswer> {
  for (const gateway of GATEWAYS) {
    const answer = await world.request(`${base}${gateway}/cluster/member/list`, { body: '{}', timeoutMs });
    if (answer.status !== 404) return readMemberList(answer.text);
  }
  return list(world.request(`${base}/v2/members`, { timeoutMs }));
}

async function list(asked: ReturnType<World['request']>): Promise<ListAnswer> {
  return readMemberList((await asked).text);
}

function names(members: readonly Member[], { peer }: Member): boolean {
  return members.some((member) => urlOf(member.peer) === urlOf(peer));
}

function written(members: readonly Member[]): Listing {
  return { kind: 'members', members, complete: true, notes: [] };
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], world: World): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(world.random() * (last + 1));
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}
