// The members of a ZooKeeper ensemble: how they are written, and which of them is this container.

export interface Member {
  readonly id: number;
  readonly host: string;
  readonly isObserver: boolean;
}

/** Members, or why they cannot be read. */
export type Ensemble = { readonly members: readonly Member[] } | { readonly problem: string };

/** ZooKeeper's own limit of myid. */
const HIGHEST_ID = 255;

/** Exhibitor's form, `1:10.0.0.1,2:10.0.0.2`; `S:` in front says server, `O:` observer. */
export function readStaticEnsemble(text: string): Ensemble {
  const members: Member[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [, kind, id = '', host = ''] = /^(?:([SO]):)?(\d+):(.+)$/i.exec(entry) ?? [];
    if (host === '') return { problem: `${JSON.stringify(entry)} is not ID:HOST` };
    const problem = hostProblem(host);
    if (problem !== null) return { problem };
    members.push({ id: Number(id), host: unbracketed(host), isObserver: kind?.toUpperCase() === 'O' });
  }
  return checked(members);
}

/** DC/OS's master_list: a JSON array of hosts, or hosts between commas or blanks. The first one has the id 1. */
export function readMasterList(text: string): Ensemble {
  const hosts = hostsOf(text);
  if (hosts === null) return { problem: `${text} is neither a JSON array nor a list with commas` };
  const problem = hosts.map(hostProblem).find((found) => found !== null);
  if (problem !== undefined) return { problem };
  return checked(hosts.map((host, index) => ({ id: index + 1, host: unbracketed(host), isObserver: false })));
}

export function staticEnsembleText(members: readonly Member[]): string {
  return members.map(({ id, host, isObserver }) => `${isObserver ? 'O:' : ''}${id}:${host}`).join(',');
}

/** As DC/OS's units read /opt/mesosphere/etc/master_list. */
export function masterListText(hosts: readonly string[]): string {
  return JSON.stringify(hosts);
}

export interface Self {
  readonly hostName: string;
  readonly addresses: readonly string[];
}

/**
 * The member that is this container: by its address, its host's name, or a name that resolves to its address
 * (`resolved`: host → addresses). Names of members that are not up yet need not resolve.
 */
export function ownMember(
  members: readonly Member[],
  self: Self,
  resolved: ReadonlyMap<string, readonly string[]>,
): Member | { readonly problem: string } {
  const isOwn = ({ host }: Member): boolean =>
    host === self.hostName ||
    self.addresses.includes(host) ||
    (resolved.get(host) ?? []).some((address) => self.addresses.includes(address));
  const own = members.filter(isOwn);
  const [first, ...others] = own;
  const where = `this container is ${self.hostName} with ${self.addresses.join(', ') || 'no address'}`;
  const remedy = 'run it with --ip, --hostname or --net=host, or set ZOOKEEPER_MYID';
  if (first === undefined) {
    const hosts = members.map(({ host }) => host).join(', ');
    return { problem: `none of ${hosts} is this container: ${where} (${remedy})` };
  }
  if (others.length > 0) {
    const ids = own.map(({ id }) => id).join(' and ');
    return { problem: `the members ${ids} are all this container: ${where} (${remedy})` };
  }
  return first;
}

/** Hosts between commas or blanks, or in a JSON array; null where it is no array. */
export function hostsOf(text: string): string[] | null {
  const trimmed = text.trim();
  if (!trimmed.startsWith('[') || /^\[[0-9a-f]*:[0-9a-f:.]*\](?:[,\s]|$)/i.test(trimmed)) {
    return trimmed.split(/[\s,]+/).filter((host) => host !== '');
  }
  try {
    const hosts: unknown = JSON.parse(trimmed);
    return Array.isArray(hosts) && hosts.every((host) => typeof host === 'string') ? hosts : null;
  } catch {
    return null;
  }
}

function checked(members: readonly Member[]): Ensemble {
  if (members.length === 0) return { problem: 'it names no host' };
  const twice = (values: readonly (string | number)[]): string | number | undefined =>
    values.find((value, index) => values.indexOf(value) !== index);
  const id = twice(members.map((member) => member.id));
  if (id !== undefined) return { problem: `the id ${id} is there twice` };
  const host = twice(members.map((member) => member.host));
  if (host !== undefined) return { problem: `${host} is there twice` };
  const wrong = members.find((member) => member.id < 1 || member.id > HIGHEST_ID);
  if (wrong !== undefined) return { problem: `the id ${wrong.id} is not from 1 to ${HIGHEST_ID}` };
  return { members };
}

function hostProblem(host: string): string | null {
  const isIpv6 = /^\[?[0-9a-f]*:[0-9a-f:.]*\]?$/i.test(host) && host.split(':').length > 2;
  const isName = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i.test(host);
  return isIpv6 || isName ? null : `${JSON.stringify(host)} is no address or name of a host`;
}

function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
