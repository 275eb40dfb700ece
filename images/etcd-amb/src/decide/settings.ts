// The environment of the container as settings, with every mistake in it at once.

import { readStatic } from './answers.ts';
import { DEFAULT_PORTS, isIpv6, parseEndpoint } from './endpoint.ts';
import type { Member } from './member.ts';

export interface Settings {
  readonly discoveryUrl: string | null;
  /** A domain, and the suffix of its service names, as etcd's --discovery-srv and --discovery-srv-name. */
  readonly srv: { readonly domain: string; readonly suffix: string } | null;
  readonly members: readonly Member[];
  /** Members of whom at least one can tell who the others are. */
  readonly endpoints: readonly Member[];
  /** Whether the members are asked for the list of their cluster. */
  readonly follow: boolean;
  readonly pollMs: number;
  /** For one answer of a source or of a member. */
  readonly timeoutMs: number;
  /** Paths of PEM files, for https members: their CA, and our certificate with its key. */
  readonly tls: { readonly ca: string | null; readonly cert: string | null; readonly key: string | null };
  readonly proxy: ProxySettings;
}

export interface ProxySettings {
  /** An address, or null for all. */
  readonly bind: string | null;
  readonly clientPorts: readonly number[];
  readonly peerPorts: readonly number[];
  readonly check: 'health' | 'tcp';
  readonly checkMs: number;
  readonly connectMs: number;
  readonly maxConnections: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Mistakes are sentences that begin with the variable's name. */
export function readSettings(environment: Environment): { settings: Settings } | { mistakes: string[] } {
  const mistakes: string[] = [];
  const get = (name: string): string | null => environment[name]?.trim() || null;
  const read = <T>(name: string, fallback: T, convert: (text: string) => T | undefined, what: string): T => {
    const text = get(name);
    if (text === null) return fallback;
    const value = convert(text);
    if (value === undefined) mistakes.push(`${name}="${text}" is not ${what}`);
    return value ?? fallback;
  };
  const fixed = readStatic(get('ETCD_MEMBERS') ?? '');
  mistakes.push(...fixed.mistakes.map((mistake) => `ETCD_MEMBERS: ${mistake}`));
  const endpoints = readStatic(get('ETCD_ENDPOINTS') ?? '');
  mistakes.push(...endpoints.mistakes.map((mistake) => `ETCD_ENDPOINTS: ${mistake}`));
  const discoveryUrl = read('ETCD_DISCOVERY_URL', null, webUrl, 'an http or https URL');
  const domain = read('ETCD_DISCOVERY_SRV', null, domainName, 'the name of a domain');
  const tls = { ca: get('ETCD_CACERT'), cert: get('ETCD_CERT'), key: get('ETCD_KEY') };
  if ((tls.cert === null) !== (tls.key === null))
    mistakes.push('ETCD_CERT and ETCD_KEY: one without the other is of no use');
  const others = discoveryUrl !== null || domain !== null || endpoints.members.length > 0;
  if (!others && fixed.members.length === 0 && mistakes.length === 0) {
    mistakes.push(
      'no members: set ETCD_DISCOVERY_URL, ETCD_DISCOVERY_SRV, ETCD_ENDPOINTS or ETCD_MEMBERS, for example ETCD_ENDPOINTS=http://10.0.0.1:2379',
    );
  }
  const settings: Settings = {
    discoveryUrl,
    srv: domain === null ? null : { domain, suffix: get('ETCD_DISCOVERY_SRV_NAME') ?? '' },
    members: fixed.members,
    endpoints: endpoints.members,
    // What was written down member by member is meant as it is.
    follow: read('ETCD_FOLLOW', others, boolean, 'true or false'),
    pollMs: read('ETCD_POLL_INTERVAL', 30_000, duration, 'a time such as 30s, 5m or 500ms'),
    timeoutMs: read('ETCD_TIMEOUT', 5000, duration, 'a time such as 5s'),
    tls,
    proxy: {
      bind: read('ETCD_BIND', null, address, 'an IP address'),
      clientPorts: read('ETCD_CLIENT_PORTS', [DEFAULT_PORTS.client, 4001], ports, 'a list of ports'),
      peerPorts: read('ETCD_PEER_PORTS', [DEFAULT_PORTS.peer], ports, 'a list of ports'),
      check: read('ETCD_CHECK', 'health', checkKind, 'health or tcp'),
      checkMs: read('ETCD_CHECK_INTERVAL', 5000, duration, 'a time such as 5s'),
      connectMs: read('ETCD_CONNECT_TIMEOUT', 2000, duration, 'a time such as 2s'),
      maxConnections: read('ETCD_MAX_CONNECTIONS', 4096, count, 'a number above 0'),
    },
  };
  const twice = settings.proxy.clientPorts.find((port) => settings.proxy.peerPorts.includes(port));
  if (twice !== undefined) mistakes.push(`ETCD_PEER_PORTS: ${twice} is one of ETCD_CLIENT_PORTS, too`);
  return mistakes.length === 0 ? { settings } : { mistakes };
}

const UNIT_MS: Readonly<Record<string, number>> = { '': 1000, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds; seconds where no unit is given. HAProxy's longest time is 2 ** 31 - 1 ms. */
function duration(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Math.round(Number(number) * (UNIT_MS[unit] ?? NaN));
  return ms >= 1 && ms < 2 ** 31 ? ms : undefined;
}

function boolean(text: string): boolean | undefined {
  if (/^(true|yes|on|1|enabled)$/i.test(text)) return true;
  return /^(false|no|off|0|disabled)$/i.test(text) ? false : undefined;
}

function checkKind(text: string): 'health' | 'tcp' | undefined {
  return text === 'health' || text === 'tcp' ? text : undefined;
}

function count(text: string): number | undefined {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

function ports(text: string): number[] | undefined {
  const numbers = text.split(/[\s,]+/).map((word) => (/^\d+$/.test(word) ? Number(word) : 0));
  const areGood =
    numbers.every((port) => port >= 1 && port <= 65_535) && new Set(numbers).size === numbers.length;
  return areGood ? numbers : undefined;
}

function address(text: string): string | undefined {
  const isIpv4 = /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) < 256);
  return isIpv4 || isIpv6(text) ? text : undefined;
}

function webUrl(text: string): string | undefined {
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? text : undefined;
}

function domainName(text: string): string | undefined {
  const name = parseEndpoint(text, 1);
  return name !== undefined && name.port === 1 && /^[\w.-]+$/.test(text) ? text : undefined;
}
