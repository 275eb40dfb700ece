// What a node's programs know of the container that they run in.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import { hostname, networkInterfaces } from 'node:os';
import type { Self } from '../decide/ensemble.ts';

const UNIT_FOLDERS = ['/etc/systemd/system', '/run/systemd/system', '/usr/lib/systemd/system'];
export const EXHIBITOR_JAR = '/opt/exhibitor/exhibitor.jar';

/** The names of all units, links included. */
export function unitNames(): Set<string> {
  return new Set(
    UNIT_FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder)),
  );
}

export function hasExhibitor(): boolean {
  return existsSync(EXHIBITOR_JAR);
}

/** An empty text where the file is not there. */
export function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

export function self(): Self {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return {
    hostName: hostname(),
    addresses: addresses.filter(({ internal }) => !internal).map(({ address }) => address),
  };
}

/** Host → its addresses, for those that resolve within the time; each is asked for at the same time. */
export async function resolveHosts(
  hosts: readonly string[],
  timeoutMs: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  const all = Promise.all(
    hosts.map(async (host) => {
      const results = await lookup(host, { all: true }).catch(() => []);
      found.set(
        host,
        results.map(({ address }) => address),
      );
    }),
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
  await Promise.race([all, late]);
  clearTimeout(timer);
  return found;
}
