// What outlives the container, in /data: the last known members, and the addresses of their names.

import { NOTHING_KNOWN, type Known } from './decide/choose.ts';
import { parseEndpoint, urlOf, type Endpoint } from './decide/endpoint.ts';
import type { Member } from './decide/member.ts';
import { messageOf } from './effects/errors.ts';
import type { World } from './effects/world.ts';

const MEMORY_PATH = '/data/members.json';

/** Raised when an older file must not be read any more. */
const FORMAT = 1;

export interface Memory {
  readonly known: Known;
  /** Host → the address that it had last. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** A file that is missing, damaged or of another time is no memory; that is said, and nothing else happens. */
export async function recall(world: World): Promise<Memory> {
  const empty = { known: NOTHING_KNOWN, addresses: {} };
  try {
    const text = await world.readFile(MEMORY_PATH);
    return text === undefined
      ? empty
      : (parseMemory(text) ?? forget(world, 'it is not what this version writes'));
  } catch (error) {
    return forget(world, messageOf(error));
  }
}

/** Throws where it cannot be written. */
export async function remember(world: World, memory: Memory): Promise<void> {
  await world.writeFile(MEMORY_PATH, writeMemory(memory));
}

/** URLs instead of parts: for the person who looks into the file. */
export function writeMemory({ known, addresses }: Memory): string {
  const plain = (members: readonly Member[]): object[] =>
    members.map(({ client, peer, ...rest }) => ({ ...rest, client: urlOf(client), peer: urlOf(peer) }));
  const seeds = Object.fromEntries(
    Object.entries(known.seeds).map(([source, members]) => [source, plain(members)]),
  );
  const { basis } = known;
  return `${JSON.stringify({ format: FORMAT, basis, members: plain(known.members), seeds, addresses }, null, 2)}\n`;
}

/** Undefined for anything that writeMemory did not write. */
export function parseMemory(text: string): Memory | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(read) || read['format'] !== FORMAT || !isRecord(read['seeds'])) return undefined;
  const members = membersFrom(read['members']);
  const seeds = Object.entries(read['seeds']).map(([source, list]) => [source, membersFrom(list)] as const);
  const basis = read['basis'];
  if (members === undefined || seeds.some(([, list]) => list === undefined)) return undefined;
  if (basis !== 'sources' && basis !== 'list') return undefined;
  const addresses = isRecord(read['addresses']) ? Object.entries(read['addresses']) : [];
  return {
    known: {
      members,
      basis,
      seeds: Object.fromEntries(seeds.map(([source, list]) => [source, list ?? []])),
    },
    addresses: Object.fromEntries(
      addresses.filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
    ),
  };
}

function membersFrom(list: unknown): Member[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const members = (list as unknown[]).map((entry): Member | undefined => {
    if (!isRecord(entry)) return undefined;
    const { name, guess } = entry;
    const client = endpointFrom(entry['client']);
    const peer = endpointFrom(entry['peer']);
    if (typeof name !== 'string' || client === undefined || peer === undefined) return undefined;
    return { name, client, peer, ...(guess === 'client' || guess === 'peer' ? { guess } : {}) };
  });
  return members.every((member) => member !== undefined) ? members : undefined;
}

function endpointFrom(url: unknown): Endpoint | undefined {
  return typeof url === 'string' ? parseEndpoint(url, 1) : undefined;
}

function forget(world: World, reason: string): Memory {
  world.say(`etcd-amb: ${MEMORY_PATH} is not used: ${reason}`);
  return { known: NOTHING_KNOWN, addresses: {} };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
