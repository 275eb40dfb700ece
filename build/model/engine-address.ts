// Where the engine listens, from DOCKER_HOST or the standard socket, as options for the client and as text for people.

export const STANDARD_SOCKET = '/var/run/docker.sock';

export type EngineAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'remote'; readonly url: string };

/** `unix:///path` and an empty DOCKER_HOST are sockets; everything else is left to the client to reach. */
export function readEngineAddress(dockerHost: string | undefined): EngineAddress {
  if (dockerHost === undefined || dockerHost === '') return { kind: 'socket', path: STANDARD_SOCKET };
  if (dockerHost.startsWith('unix://'))
    return { kind: 'socket', path: dockerHost.slice('unix://'.length) || STANDARD_SOCKET };
  return { kind: 'remote', url: dockerHost };
}

/** Without a password that may stand in the URL. */
export function describeAddress(address: EngineAddress): string {
  return address.kind === 'socket' ? address.path : address.url.replace(/\/\/[^/@]*@/, '//');
}
