// Lists the files of an image's folder as context entries, with their hashes; unchanged files are not read again.

import { createHash, hash } from 'node:crypto';
import { createReadStream, lstatSync, readFileSync, readdirSync, type BigIntStats } from 'node:fs';
import { lstat, readFile, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { HashMemory } from '../machine/hash-table.ts';
import { canonicalMode, type Entry } from '../model/context.ts';
import { entryListBuilder, type EntryList } from '../model/entry-list.ts';
import { codeOf, type Problem } from '../model/errors.ts';
import { comparePaths } from '../model/paths.ts';
import { parseDockerignore } from '../read/dockerignore.ts';

/** Read at once; a larger one goes through a stream. */
const SMALL_BYTES = 1 << 20;

export interface Walk {
  readonly entries: EntryList;
  readonly problems: Problem[];
}

/** `root` is only for the problems' text. */
export async function walkContext(folder: string, root: string, memory: HashMemory): Promise<Walk> {
  // BuildKit's own comes first, and stands alone.
  const names = ['Dockerfile.dockerignore', '.dockerignore'];
  const texts = await Promise.all(names.map((name) => readOptional(join(folder, name))));
  const which = texts.findIndex((text) => text !== undefined);
  const ignore = parseDockerignore(texts[which] ?? '');
  const entries = entryListBuilder(folder);
  const problems: Problem[] = ignore.problems.map((problem) => ({
    file: relative(root, join(folder, names[which] ?? '')),
    ...problem,
  }));
  // Synchronous calls on purpose: for 100,000 small files the trips to the thread pool and back are most of the time.
  const visit = async (prefix: string): Promise<void> => {
    for (const item of readdirSync(join(folder, prefix), { withFileTypes: true }).toSorted(byName)) {
      const path = prefix === '' ? item.name : `${prefix}/${item.name}`;
      const absolute = `${folder}/${path}`;
      const ignored = ignore.isIgnored(path);
      if (!ignored && isNoUtf8(item.name, absolute)) {
        problems.push({
          file: relative(root, absolute),
          message: 'has a name that is not UTF-8',
          remedy: 'rename it, or name it in .dockerignore with "?" for what cannot be written',
        });
        continue;
      }
      if (item.isDirectory()) {
        if (!ignored) entries.add({ kind: 'directory', path });
        if (!ignored || ignore.mayHoldExceptions(path)) await visit(path);
      } else if (ignored) {
        continue;
      } else if (item.isSymbolicLink()) {
        entries.add({ kind: 'symlink', path, target: await readlink(absolute) });
      } else if (item.isFile()) {
        const stats = lstatSync(absolute, { bigint: true });
        const sha256 = smallHash(absolute, stats, memory) ?? (await hashFile(absolute, memory));
        entries.add(entryOf(path, absolute, stats, sha256));
      } else if (!item.isSocket()) {
        const remedy = 'remove it, or name it in .dockerignore';
        problems.push({
          file: relative(root, absolute),
          message: 'is neither file, folder nor symbolic link',
          remedy,
        });
      }
    }
  };
  await visit('');
  return { entries: entries.finish(), problems };
}

/** A file of the disk as an entry at `path` of the context. */
export async function fileEntry(
  path: string,
  absolute: string,
  memory: HashMemory,
): Promise<Extract<Entry, { kind: 'file' }>> {
  const stats = await lstat(absolute, { bigint: true });
  return entryOf(path, absolute, stats, await hashFile(absolute, memory));
}

export async function hashFile(path: string, memory: HashMemory): Promise<string> {
  const key = memoryKey(path, await lstat(path, { bigint: true }));
  const known = memory.get(key);
  if (known !== undefined) return known;
  const digest = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: SMALL_BYTES }), digest);
  const sha256 = digest.digest('hex');
  memory.set(key, sha256);
  return sha256;
}

/** Undefined for a file that is neither known nor small. */
function smallHash(path: string, stats: BigIntStats, memory: HashMemory): string | undefined {
  const key = memoryKey(path, stats);
  const known = memory.get(key);
  if (known !== undefined || stats.size > SMALL_BYTES) return known;
  const sha256 = hash('sha256', readFileSync(path));
  memory.set(key, sha256);
  return sha256;
}

/** Node puts U+FFFD where it cannot read a name, and does not find the file under what comes out. */
function isNoUtf8(name: string, absolute: string): boolean {
  return name.includes('\ufffd') && lstatSync(absolute, { throwIfNoEntry: false }) === undefined;
}

function memoryKey(path: string, { size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return `${path}\0${size}\0${mtimeNs}\0${ctimeNs}\0${ino}`;
}

function entryOf(
  path: string,
  absolute: string,
  stats: BigIntStats,
  sha256: string,
): Extract<Entry, { kind: 'file' }> {
  return {
    kind: 'file',
    path,
    mode: canonicalMode(Number(stats.mode)),
    size: Number(stats.size),
    sha256,
    content: { from: 'disk', path: absolute },
  };
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return comparePaths(left.name, right.name);
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
