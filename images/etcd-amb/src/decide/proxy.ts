// The configuration that HAProxy gets: one way to clients' ports and one to peers' ports, for members with known addresses.

import { hostPort, type Endpoint } from './endpoint.ts';
import type { Member } from './member.ts';
import type { Settings } from './settings.ts';

/** A member whose names have been resolved: HAProxy sees addresses only, and never waits for DNS. */
export interface ResolvedMember extends Member {
  readonly clientAddress: string;
  readonly peerAddress: string;
}

/** What the machine is like. */
export interface Surroundings {
  /** HAProxy's workers run as a user of their own where the container's root starts them. */
  readonly isRoot: boolean;
  readonly hasIpv6: boolean;
  /** How many files a process may at most have open. */
  readonly openFiles: number;
}

const HEALTHY = 'members';

/** What the worker before knew of its servers, so that a new one does not take those that are down for up. */
export const STATES_PATH = '/run/etcd-amb/servers.state';

/** A certificate and its key in one file, as HAProxy wants them. */
export const CERTIFICATE_PATH = '/run/etcd-amb/client.pem';

/** The same members give the same text, in whatever order they come. */
export function proxyConfig(
  members: readonly ResolvedMember[],
  settings: Pick<Settings, 'proxy' | 'tls'>,
  around: Surroundings,
): string {
  const { proxy } = settings;
  const servers = serverNames(members);
  const isHealth = asksHealth(members, settings);
  const binds = (ports: readonly number[]): string[] =>
    ports.map((port) => `  bind ${bindAddress(proxy.bind, port, around.hasIpv6)}`);
  return [
    '# Written by etcd-amb; a change of the members writes it anew.',
    'global',
    `  maxconn ${connectionLimit(proxy.maxConnections, around.openFiles)}`,
    `  server-state-file ${STATES_PATH}`,
    // A worker that was replaced lives until its last connection ends; this many of them may.
    '  mworker-max-reloads 20',
    ...(around.isRoot ? ['  user haproxy', '  group haproxy'] : []),
    '',
    'defaults',
    '  mode tcp',
    '  balance leastconn',
    '  load-server-state-from-file global',
    `  timeout connect ${proxy.connectMs}ms`,
    `  timeout check ${Math.max(proxy.connectMs, 2000)}ms`,
    // A watch may be silent for days. Whoever is gone is found by the kernel's questions, not by a silence.
    '  timeout client 24d',
    '  timeout server 24d',
    '  timeout client-fin 30s',
    '  timeout server-fin 30s',
    '  option clitcpka',
    '  clitcpka-idle 30s',
    '  clitcpka-intvl 10s',
    '  clitcpka-cnt 3',
    '  option srvtcpka',
    '  srvtcpka-idle 5s',
    '  srvtcpka-intvl 2s',
    '  srvtcpka-cnt 3',
    // A member that refuses or does not answer is passed over at once, not asked again.
    '  retries 3',
    '  option redispatch 1',
    `  default-server inter ${proxy.checkMs}ms fastinter ${Math.min(proxy.checkMs, 1000)}ms downinter ${Math.min(proxy.checkMs, 2000)}ms fall 3 rise 1 tcp-ut 8s`,
    '',
    ...service('clients', binds(proxy.clientPorts), members.length),
    ...backends(
      'clients',
      healthCheck(members, settings),
      [...servers].map(([name, member]) => ({
        name,
        address: addressOf(member.clientAddress, member.client),
        check: checkOf(member, settings, isHealth),
      })),
    ),
    ...service('peers', binds(proxy.peerPorts), members.length),
    ...backends(
      'peers',
      [],
      [...servers].map(([name, member]) => ({
        name,
        address: addressOf(member.peerAddress, member.peer),
        check: `track clients-${HEALTHY}/${name}`,
      })),
    ),
  ].join('\n');
}

/** Server name in HAProxy → member. Names of members may be anything, and may be the same. */
export function serverNames(members: readonly ResolvedMember[]): Map<string, ResolvedMember> {
  const named = new Map<string, ResolvedMember>();
  const sorted = members.toSorted((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1));
  for (const member of sorted) {
    const plain = member.name.replace(/[^\w.:-]/g, '_');
    let name = plain;
    for (let number = 2; named.has(name); number++) name = `${plain}-${number}`;
    named.set(name, member);
  }
  return named;
}

/** A connection has two ends; HAProxy ends at once where its limit does not fit that of its files. */
export function connectionLimit(wanted: number, openFiles: number): number {
  return Math.max(1, Math.min(wanted, Math.floor((openFiles - FILES_FOR_OTHERS) / 2)));
}

/** Listeners, checks, sockets of its own. */
const FILES_FOR_OTHERS = 200;

/** The backend whose checks tell which members are up. */
export const CHECKED_BACKEND = `clients-${HEALTHY}`;

function service(name: string, binds: readonly string[], members: number): string[] {
  if (binds.length === 0) return [];
  const routes =
    members === 0
      ? ['  tcp-request connection reject']
      : // Without a healthy member (no quorum, say), etcd's own answer is worth more than a closed connection.
        [
          `  use_backend ${name}-${HEALTHY} if { nbsrv(${name}-${HEALTHY}) gt 0 }`,
          `  default_backend ${name}-any`,
        ];
  return [`frontend ${name}`, ...binds, ...routes, ''];
}

interface Server {
  readonly name: string;
  readonly address: string;
  readonly check: string;
}

function backends(name: string, check: readonly string[], servers: readonly Server[]): string[] {
  if (servers.length === 0) return [];
  return [
    `backend ${name}-${HEALTHY}`,
    ...check,
    ...servers.map((server) => `  server ${server.name} ${server.address} ${server.check}`),
    '',
    `backend ${name}-any`,
    ...servers.map((server) => `  server ${server.name} ${server.address}`),
    '',
  ];
}

function healthCheck(members: readonly Member[], settings: Pick<Settings, 'proxy' | 'tls'>): string[] {
  // /health says 503 where a member knows no leader: it is there, and of no use. One whose space is used up still reads, and
  // deletes what takes the space (etcd before 3.4.19 says 503 all the same).
  return asksHealth(members, settings)
    ? ['  option httpchk GET /health?exclude=NOSPACE', '  http-check expect status 200']
    : [];
}

/**
 * Members with https can be asked where we have been given their CA or a certificate; otherwise it must do that they accept
 * connections. HAProxy's checks are of one kind per backend, so that all must be such.
 */
function asksHealth(members: readonly Member[], { proxy, tls }: Pick<Settings, 'proxy' | 'tls'>): boolean {
  const canAsk = tls.ca !== null || tls.cert !== null;
  return proxy.check === 'health' && members.every(({ client }) => client.scheme === 'http' || canAsk);
}

function checkOf(member: ResolvedMember, { tls }: Pick<Settings, 'tls'>, isHealth: boolean): string {
  const { client } = member;
  if (client.scheme === 'http' || !isHealth) return 'check';
  const words = [
    'check check-ssl',
    tls.ca === null ? 'verify none' : `verify required ca-file ${quote(tls.ca)}`,
    ...(tls.cert === null ? [] : [`crt ${CERTIFICATE_PATH}`]),
    ...(client.host === member.clientAddress ? [] : [`check-sni ${client.host}`]),
  ];
  return words.join(' ');
}

function bindAddress(bind: string | null, port: number, hasIpv6: boolean): string {
  if (bind !== null) return hostPort({ host: bind, port });
  return hasIpv6 ? `[::]:${port} v4v6` : `0.0.0.0:${port}`;
}

function addressOf(address: string, endpoint: Endpoint): string {
  return hostPort({ host: address, port: endpoint.port });
}

function sortKey(member: ResolvedMember): string {
  return `${member.name} ${member.clientAddress} ${member.client.port} ${member.peerAddress} ${member.peer.port}`;
}

/** As HAProxy's own quoting: a blank, a quote, a # or a backslash in a path is no more than that. */
function quote(path: string): string {
  return path.replace(/[\s"'#\\$]/g, (character) => `\\${character}`);
}
