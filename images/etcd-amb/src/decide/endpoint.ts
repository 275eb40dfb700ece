// Where something of etcd listens: reading URLs and plain addresses, writing them, and what can be told from their ports.

export interface Endpoint {
  readonly scheme: 'http' | 'https';
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** etcd's registered ports, and those of its first versions. */
const CLIENT_PORT = 2379;
const PEER_PORT = 2380;
const FIRST_CLIENT_PORT = 4001;
const FIRST_PEER_PORT = 7001;

export const DEFAULT_PORTS = { client: CLIENT_PORT, peer: PEER_PORT } as const;

/** `http://host:port`, `host:port`, `host`, `[v6]:port`, `v6`; undefined for everything else, unix sockets included. */
export function parseEndpoint(text: string, defaultPort: number): Endpoint | undefined {
  const [, scheme = 'http', rest = ''] = /^(?:(https?):\/\/)?(.*?)\/?$/i.exec(text.trim()) ?? [];
  const [, bracketed, plain, portText] =
    /^(?:\[([0-9a-f:.]+(?:%[\w.-]+)?)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(rest) ?? [];
  const bareV6 = isIpv6(rest) ? rest : undefined;
  const host = bracketed ?? plain ?? bareV6;
  const port = portText === undefined ? defaultPort : Number(portText);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  if (bracketed !== undefined && !isIpv6(bracketed)) return undefined;
  return { scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http', host: host.toLowerCase(), port };
}

export function urlOf({ scheme, host, port }: Endpoint): string {
  return `${scheme}://${hostPort({ host, port })}`;
}

export function hostPort({ host, port }: Pick<Endpoint, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The port that a member with this peer port most likely serves clients on, when nobody can be asked. */
export function clientOf(peer: Endpoint): Endpoint {
  return { ...peer, port: peer.port === FIRST_PEER_PORT ? FIRST_CLIENT_PORT : CLIENT_PORT };
}

export function peerOf(client: Endpoint): Endpoint {
  return { ...client, port: client.port === FIRST_CLIENT_PORT ? FIRST_PEER_PORT : PEER_PORT };
}

export function isIpv6(text: string): boolean {
  const [address = ''] = text.split('%');
  if (!/^[0-9a-f:.]+$/i.test(address) || (address.match(/:/g) ?? []).length < 2) return false;
  // The standard's own reader decides, so that 1:2 or 1::2::3 are none.
  return URL.canParse(`http://[${address}]/`);
}

/** Names and addresses that mean "this very machine": of no use to anybody else who reads them. */
export function isLocal(host: string): boolean {
  return (
    /^(localhost|localhost\..*|.*\.localhost|0\.0\.0\.0|::|::1|127(\.\d{1,3}){3}|::ffff:127(\.\d{1,3}){3})$/i.test(
      host,
    ) || host === ''
  );
}
