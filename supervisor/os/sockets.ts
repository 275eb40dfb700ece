// Listening sockets for programs to inherit, and the way to the syslog daemon.

import { chmodSync, chownSync, closeSync, existsSync, rmSync, unlinkSync } from 'node:fs';
import { SystemError } from '../errors.ts';
import { receiveNow, sendTo } from './libc-datagrams.ts';
import * as libc from './libc-sockets.ts';
import type { ListenRequest, NotifySocket } from './system.ts';

/** Opens the socket; a Unix one replaces what is at its path and has its owner and mode before anybody can connect. */
export function openListener(request: ListenRequest): number {
  const descriptor = libc.streamSocket(request.kind);
  try {
    if (request.kind === 'inet') libc.bindInet(descriptor, request.host, request.port);
    else bindAt(descriptor, request);
    libc.listen(descriptor, request.backlog);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    if (error instanceof SystemError) throw error;
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    throw new SystemError(message, code, { cause: error });
  }
}

function bindAt(descriptor: number, request: ListenRequest & { readonly kind: 'unix' }): void {
  const { path, mode, uid, gid } = request;
  if (existsSync(path)) unlinkSync(path);
  libc.bindUnix(descriptor, path);
  try {
    if (uid !== null) chownSync(path, uid, gid ?? -1);
    chmodSync(path, mode);
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}

/** A socket at `path` for one program's notifications (sd_notify(3)), which its user alone may write to. */
export function openNotifySocket(path: string, uid: number | null): NotifySocket {
  const descriptor = libc.datagramSocket();
  try {
    rmSync(path, { force: true });
    libc.bindUnix(descriptor, path);
    chmodSync(path, 0o600);
    if (uid !== null) chownSync(path, uid, -1);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return {
    receive: () => receiveNow(descriptor)?.toString('utf8') ?? null,
    close() {
      closeSync(descriptor);
      rmSync(path, { force: true });
    },
  };
}

/** One socket for all datagrams, made when the first is sent. */
export function datagramSender(): (path: string, bytes: Buffer) => string | null {
  let descriptor: number | null = null;
  return (path, bytes) => {
    try {
      descriptor ??= libc.datagramSocket();
      sendTo(descriptor, path, bytes);
      return null;
    } catch (error) {
      if (error instanceof SystemError) return error.code;
      throw error;
    }
  };
}
