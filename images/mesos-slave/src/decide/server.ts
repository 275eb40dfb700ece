// Which server is tried next, after which pause, and in which version of the protocol. Pure.

import type { Version } from './frames.ts';

export interface Server {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, `1.2.3.4:port` or `[::1]:port`; null for anything else. */
export function parseServer(text: string): Server | null {
  const [, host, digits] =
    /^\s*(?:\[([^\]]+)\]|(.+?)):(\d{1,5})\s*$/.exec(text)?.filter((part) => part !== undefined) ?? [];
  const port = Number(digits);
  return host === undefined || !(port >= 1 && port <= 65_535) ? null : { host, port };
}

export function writeServer({ host, port }: Server): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** The servers in the order in which they are tried, and how it went so far. */
export interface Rotation {
  readonly servers: readonly Server[];
  readonly next: number;
  /** Attempts that failed since something was last acknowledged. */
  readonly failures: number;
  /** What is known of each server's version: settled once it has acknowledged something. */
  readonly versions: ReadonlyMap<string, { readonly version: Version; readonly settled: boolean }>;
}

/** Starts at a random one; `random` is in [0, 1). */
export function rotationOf(servers: readonly Server[], random: number): Rotation {
  return { servers, next: Math.floor(random * servers.length), failures: 0, versions: new Map() };
}

export function nextServer(rotation: Rotation): { readonly server: Server; readonly version: Version } {
  const server = rotation.servers[rotation.next % rotation.servers.length] as Server;
  return { server, version: rotation.versions.get(writeServer(server))?.version ?? 2 };
}

/** The server has acknowledged something: it stays, and its version is known. */
export function succeeded(rotation: Rotation): Rotation {
  const { server, version } = nextServer(rotation);
  const versions = new Map(rotation.versions).set(writeServer(server), { version, settled: true });
  return { ...rotation, failures: 0, versions };
}

/**
 * The attempt has failed: the next server's turn. One that has `refused` what it was sent, and has never acknowledged
 * anything, is spoken to in the other version next time: a server that knows only version 1 hangs up on version 2.
 */
export function failed(rotation: Rotation, refused: boolean): Rotation {
  const { server, version } = nextServer(rotation);
  const versions = new Map(rotation.versions);
  const known = versions.get(writeServer(server));
  if (refused && known?.settled !== true) {
    versions.set(writeServer(server), { version: version === 2 ? 1 : 2, settled: false });
  }
  return {
    ...rotation,
    next: (rotation.next + 1) % rotation.servers.length,
    failures: rotation.failures + 1,
    versions,
  };
}

/**
 * How long to wait before the next attempt: not at all while there is a server that was not tried in this round, then one
 * second, two, four … up to a minute, each by up to half shorter so that many forwarders do not come at once.
 */
export function pauseMs(rotation: Rotation, random: number): number {
  const { failures, servers } = rotation;
  if (failures === 0 || failures % servers.length !== 0) return 0;
  const rounds = failures / servers.length;
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(rounds - 1, 16));
  return longest * (1 - random / 2);
}
