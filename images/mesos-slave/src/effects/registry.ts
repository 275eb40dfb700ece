// The file that remembers how far each log has been acknowledged, replaced as a whole so that it is never half written.

import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Fingerprint } from './identity.ts';

export interface Position {
  /** Under which the file was found. */
  readonly path: string;
  readonly dev: string;
  readonly ino: string;
  /** Bytes that the server has acknowledged. */
  readonly offset: number;
  /** Of the first of the bytes before the offset. */
  readonly head: Fingerprint;
  /** Of the last of them; registries of earlier versions have none. */
  readonly tail?: Fingerprint;
}

export interface Registry {
  readonly positions: readonly Position[];
  /** The file was there and could not be understood. */
  readonly damaged: boolean;
}

const FORMAT = 1;

/** A missing file is an empty registry. */
export function loadRegistry(path: string): Registry {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { positions: [], damaged: false };
    throw error;
  }
  return readRegistry(text);
}

/** What the registry's text says. */
export function readRegistry(text: string): Registry {
  try {
    const value = JSON.parse(text) as { format?: unknown; files?: unknown };
    if (value.format !== FORMAT || !Array.isArray(value.files) || !value.files.every(isPosition)) {
      return { positions: [], damaged: true };
    }
    return { positions: value.files, damaged: false };
  } catch {
    return { positions: [], damaged: true };
  }
}

/** `sync` also waits until it is on the disk, for a crash of the machine; without, it outlives a crash of ours. */
export function saveRegistry(path: string, positions: readonly Position[], sync: boolean): void {
  const temporary = `${path}.new`;
  try {
    const descriptor = openSync(temporary, 'w', 0o600);
    try {
      // A full disk takes a part, and says so only to who goes on, as this does.
      writeFileSync(descriptor, writeRegistry(positions));
      if (sync) fdatasyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    // What is left of it would only keep the disk full.
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Positions do not change, and most of them stay from one saving to the next. */
const written = new WeakMap<Position, string>();

export function writeRegistry(positions: readonly Position[]): string {
  const files = positions.map((position) => {
    const text = written.get(position) ?? JSON.stringify(position);
    written.set(position, text);
    return text;
  });
  return `{"format":${FORMAT},"files":[\n${files.join(',\n')}\n]}\n`;
}

export function makeRegistryFolder(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
}

function isPosition(value: unknown): value is Position {
  if (typeof value !== 'object' || value === null) return false;
  const { path, dev, ino, offset, head, tail } = value as Record<string, unknown>;
  return (
    [path, dev, ino].every((text) => typeof text === 'string') &&
    isCount(offset) &&
    isFingerprint(head) &&
    (tail === undefined || isFingerprint(tail))
  );
}

function isFingerprint(value: unknown): value is Fingerprint {
  if (typeof value !== 'object' || value === null) return false;
  const { length, hash } = value as Record<string, unknown>;
  return isCount(length) && typeof hash === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
