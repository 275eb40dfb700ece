// Puts a listening Unix socket at its path: at no time with wider permissions than asked for, never over a living one.

import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdtempSync,
  renameSync,
  rmSync,
  unlinkSync,
  type Stats,
} from 'node:fs';
import type { Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { EXIT, SystemError, UserError } from '../errors.ts';

export interface SocketPlace {
  readonly path: string;
  readonly mode: number;
  /** Null leaves the owner or group as it is. */
  readonly uid: number | null;
  readonly gid: number | null;
}

/** Removes the socket, unless another one is at its path by now. */
export type RemoveSocket = () => void;

/** Longer paths do not fit into sockaddr_un, so no client could connect. */
const MAX_PATH_BYTES = 107;

/**
 * Binds in a directory that only we may enter, sets mode and owner there, and moves the finished socket to its path.
 * A socket that is there already is replaced if nobody answers on it.
 */
export async function listenOnSocket(server: Server, place: SocketPlace): Promise<RemoveSocket> {
  const { path } = place;
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw refusal(path, `the path is longer than ${MAX_PATH_BYTES} bytes`, 'ENAMETOOLONG');
  }
  await refuseIfTaken(path);
  try {
    const directory = mkdtempSync(`${dirname(path)}/.`);
    const hidden = join(directory, basename(path).slice(0, 1));
    try {
      await listen(server, hidden);
      chmodSync(hidden, place.mode);
      if (place.uid !== null || place.gid !== null) chownSync(hidden, place.uid ?? -1, place.gid ?? -1);
      const { ino, dev } = lstatSync(hidden);
      renameSync(hidden, path);
      return () => removeIfSame(path, ino, dev);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  } catch (error) {
    server.close();
    throw new UserError(`cannot listen on ${path}: ${reason(error)}`, EXIT.configuration, { cause: error });
  }
}

async function refuseIfTaken(path: string): Promise<void> {
  const stat = statOf(path);
  if (stat === null) return;
  if (!stat.isSocket()) throw refusal(path, 'something else than a socket is there', 'EEXIST');
  if (await answers(path)) throw refusal(path, 'another server answers there', 'EADDRINUSE');
}

function refusal(path: string, why: string, code: string): UserError {
  const message = `cannot listen on ${path}: ${why}`;
  return new UserError(message, EXIT.configuration, { cause: new SystemError(message, code) });
}

async function answers(path: string): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Refused and gone mean that nobody is there; anything else (EAGAIN: its queue is full) that somebody may be.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function removeIfSame(path: string, ino: number, dev: number): void {
  const stat = statOf(path);
  if (stat?.ino !== ino || stat.dev !== dev) return;
  try {
    unlinkSync(path);
  } catch {
    // Another one was faster.
  }
}

/** Null where nothing is, or nothing can be seen. */
function statOf(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}

function reason(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'its directory is a file',
  EACCES: 'its directory cannot be written (EACCES)',
  EROFS: 'its directory is read-only (EROFS)',
  EPERM: 'not permitted to give it that owner (EPERM)',
};
