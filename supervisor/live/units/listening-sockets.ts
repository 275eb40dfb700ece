// Opens what a socket unit listens on, with its links, and takes it away (systemd.socket(5)).

import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { SystemError } from '../../errors.ts';
import type { SocketRequest } from '../../os/system.ts';
import type { SocketListen, SocketSettings } from '../../units/model.ts';
import type { UnitsContext } from './context.ts';

/** Opens all that it listens on, or nothing; throws SystemError. */
export function openAll(settings: SocketSettings, { system }: UnitsContext): number[] {
  const opened: number[] = [];
  const uid = settings.socketUser === null ? null : system.credentialsOf(settings.socketUser).uid;
  const ownGid = settings.socketUser === null ? null : system.credentialsOf(settings.socketUser).gid;
  const gid = settings.socketGroup === null ? ownGid : system.groupOf(settings.socketGroup);
  try {
    for (const each of settings.listen) {
      makeParents(each.address, settings.directoryMode);
      opened.push(openFirst(requestsFor(each, settings, { uid, gid }), system));
    }
    const target = settings.listen.find(({ address }) => address.startsWith('/'))?.address;
    for (const link of target === undefined ? [] : settings.symlinks) {
      makeParents(link, settings.directoryMode);
      rmSync(link, { force: true });
      symlinkSync(target ?? '', link);
    }
    return opened;
  } catch (error) {
    for (const descriptor of opened) system.close(descriptor);
    throw error;
  }
}

/** The first that works: where there is no IPv6, a port without an address is one of IPv4. */
function openFirst(requests: readonly SocketRequest[], system: UnitsContext['system']): number {
  let failure: unknown = new SystemError('cannot listen: unknown address', 'EAFNOSUPPORT');
  for (const request of requests) {
    try {
      return system.openSocket(request);
    } catch (error) {
      failure = error;
      const unavailable = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'];
      if (!(error instanceof SystemError) || !unavailable.includes(error.code)) throw error;
    }
  }
  throw failure;
}

function makeParents(path: string, mode: number): void {
  if (path.startsWith('/')) mkdirSync(dirname(path), { recursive: true, mode });
}

/** The system's requests for an address as it is written in a unit. */
export function requestsFor(
  { kind, address }: SocketListen,
  settings: Pick<
    SocketSettings,
    | 'socketMode'
    | 'backlog'
    | 'bindIpv6Only'
    | 'reusePort'
    | 'freeBind'
    | 'keepAlive'
    | 'noDelay'
    | 'passCredentials'
  >,
  owner: { readonly uid: number | null; readonly gid: number | null },
): SocketRequest[] {
  const { socketMode: mode, backlog, reusePort, freeBind, keepAlive, noDelay, passCredentials } = settings;
  if (kind === 'fifo') return [{ family: 'fifo', path: address, mode, ...owner }];
  if (address.startsWith('/') || address.startsWith('@')) {
    return [{ family: 'unix', kind, path: address, mode, ...owner, backlog, passCredentials }];
  }
  if (kind === 'sequential') return [];
  const ipv6Only = settings.bindIpv6Only === 'default' ? null : settings.bindIpv6Only === 'ipv6-only';
  const common = { kind, backlog, reusePort, freeBind, keepAlive, noDelay };
  const six = /^\[([^\]]+)\]:(\d+)$/.exec(address);
  if (six !== null) {
    return [{ family: 'inet6', host: six[1] ?? null, port: Number(six[2]), ipv6Only, ...common }];
  }
  const four = /^([\d.]+):(\d+)$/.exec(address);
  if (four !== null) {
    return [{ family: 'inet', host: four[1] ?? null, port: Number(four[2]), ipv6Only: null, ...common }];
  }
  const port = Number(address);
  return [
    { family: 'inet6', host: null, port, ipv6Only, ...common },
    { family: 'inet', host: null, port, ipv6Only: null, ...common },
  ];
}

export function removePaths({ listen, symlinks }: SocketSettings): void {
  for (const path of [...listen.map(({ address }) => address), ...symlinks]) {
    if (path.startsWith('/')) rmSync(path, { force: true });
  }
}
