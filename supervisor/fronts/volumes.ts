// Makes the directories of the image's volumes, and says at the start of a container when one cannot be written to.

import {
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { VolumeConfig } from '../config/image-files.ts';
import type { ConfigSource } from '../config/source.ts';
import { UserError } from '../errors.ts';

/** One block of every file system: the least that must be writable. */
const PROBE_BYTES = 4096;

/** Throws UserError where a volume is read-only, full, or not ours to write to; directories get their owners. */
export function prepareVolumes(
  volumes: readonly VolumeConfig[],
  accounts: Pick<ConfigSource, 'user' | 'group'>,
): void {
  for (const volume of volumes) {
    try {
      probe(volume.path);
      for (const directory of volume.directories) {
        mkdirSync(directory.path, { recursive: true });
        own(directory, accounts);
      }
    } catch (error) {
      throw error instanceof UserError ? error : refusal(volume.path, error);
    }
    mustHaveFree(volume);
  }
}

/** Writes and removes a file of one block: what is mounted read-only or is full shows only then. */
function probe(path: string): void {
  mkdirSync(path, { recursive: true });
  const file = join(path, `.initkit.${process.pid}.probe`);
  try {
    const descriptor = openSync(file, 'w', 0o600);
    try {
      writeSync(descriptor, Buffer.alloc(PROBE_BYTES));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } finally {
    rmSync(file, { force: true });
  }
}

function own(
  { path, owner, group }: VolumeConfig['directories'][number],
  accounts: Pick<ConfigSource, 'user' | 'group'>,
): void {
  if (owner === null || process.getuid?.() !== 0) return;
  const user = accounts.user(owner);
  const gid = group === null ? user?.gid : accounts.group(group);
  if (user === undefined || gid === undefined) {
    throw new UserError(
      `cannot give ${path} to ${owner}${group === null ? '' : `:${group}`}: no such account`,
    );
  }
  const { uid, gid: before } = statSync(path);
  if (uid !== user.uid || before !== gid) chownSync(path, user.uid, gid);
}

function mustHaveFree({ path, freeBytes }: VolumeConfig): void {
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize >= freeBytes) return;
  const [have, need] = [bavail * bsize, freeBytes].map((bytes) => `${Math.floor(bytes / 1024)} KiB`);
  throw new UserError(
    `cannot use ${path}: ${have} are free, and ${need} are the least (make room, or mount a larger volume)`,
  );
}

const REMEDIES: Readonly<Record<string, string>> = {
  EROFS: 'it is read-only (mount it without :ro)',
  ENOSPC: 'no space is left (make room, or mount a larger volume)',
  EDQUOT: 'the quota is used up (make room, or mount a larger volume)',
  ENOTDIR: 'it is no directory (mount a directory there)',
};

function refusal(path: string, error: unknown): UserError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const forbidden = `this container runs as user ${process.getuid?.()}, who may not write there (change its owner)`;
  const reason =
    code === 'EACCES' || code === 'EPERM' ? forbidden : (REMEDIES[code] ?? (error as Error).message);
  return new UserError(`cannot write to ${path}: ${reason}`, undefined, { cause: error });
}
