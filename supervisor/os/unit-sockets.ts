// The sockets and FIFOs that socket units listen on, opened before the service that they belong to is started.

import { chmodSync, chownSync, closeSync, constants, lstatSync, openSync, unlinkSync } from 'node:fs';
import { SystemError } from '../errors.ts';
import { passCredentials } from './libc-datagrams.ts';
import * as libc from './libc-sockets.ts';
import type { FifoRequest, InetSocketRequest, SocketRequest, UnixSocketRequest } from './system.ts';

/** Opens the socket, bound and listening, with its owner and mode; closed on exec. Throws SystemError. */
export function openSocket(request: SocketRequest): number {
  try {
    if (request.family === 'fifo') return openFifo(request);
    return request.family === 'unix' ? openUnix(request) : openInet(request);
  } catch (error) {
    if (error instanceof SystemError) throw error;
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    throw new SystemError(message, code, { cause: error });
  }
}

function openFifo(request: FifoRequest): number {
  const { path } = request;
  if (!exists(path)) libc.makeFifo(path, request.mode);
  own(path, request);
  // Reading and writing: it never ends, whoever writes to it and goes.
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
}

function openUnix(request: UnixSocketRequest): number {
  const { path } = request;
  const descriptor = libc.socketOf('unix', request.kind);
  try {
    if (request.passCredentials) passCredentials(descriptor);
    if (path.startsWith('/') && exists(path)) unlinkSync(path);
    libc.bindUnix(descriptor, path);
    if (path.startsWith('/')) own(path, request);
    if (request.kind !== 'datagram') libc.listen(descriptor, request.backlog);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function openInet(request: InetSocketRequest): number {
  const descriptor = libc.socketOf(request.family, request.kind);
  try {
    libc.bindAddress(descriptor, request);
    if (request.kind === 'stream') libc.listen(descriptor, request.backlog);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** A connection that waits, or null. */
export function acceptNow(descriptor: number): libc.Connection | null {
  return libc.accept(descriptor);
}

function own(path: string, { mode, uid, gid }: FifoRequest | UnixSocketRequest): void {
  chmodSync(path, mode);
  if (uid !== null || gid !== null) chownSync(path, uid ?? -1, gid ?? -1);
}

function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
