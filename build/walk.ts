// Lists the files of an image's folder as context entries, with their hashes; unchanged files are not read again.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile, readdir, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { canonicalMode, type Entry } from './context.ts';
import { parseDockerignore } from './dockerignore.ts';
import { codeOf, type Problem } from './errors.ts';

/** Remembers hashes by path, size, times and inode, so that a second run need not read 100 MB again. */
export interface HashMemory {
  get(key: string): string | undefined;
  set(key: string, sha256: string): void;
}

export interface Walk {
  readonly entries: Entry[];
  readonly problems: Problem[];
}

/** `keep` names files that .dockerignore cannot take away; `root` is only for the problems' text. */
export async function walkContext(folder: string, root: string, memory: HashMemory): Promise<Walk> {
  const ignore = parseDockerignore(await readOptional(join(folder, '.dockerignore')));
  const entries: Entry[] = [];
  const problems: Problem[] = [];
  const visit = async (prefix: string): Promise<void> => {
    const names = (await readdir(join(folder, prefix))).toSorted();
    for (const name of names) {
      const path = prefix === '' ? name : `${prefix}/${name}`;
      const absolute = join(folder, path);
      const stats = await lstat(absolute);
      const ignored = ignore.isIgnored(path);
      if (stats.isDirectory()) {
        if (!ignored) entries.push({ kind: 'directory', path });
        if (!ignored || ignore.mayHoldExceptions(path)) await visit(path);
      } else if (ignored) {
        continue;
      } else if (stats.isSymbolicLink()) {
        entries.push({ kind: 'symlink', path, target: await readlink(absolute) });
      } else if (stats.isFile()) {
        entries.push(await fileEntry(path, absolute, memory));
      } else if (!stats.isSocket()) {
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
  return { entries, problems };
}

/** A file of the disk as an entry at `path` of the context. */
export async function fileEntry(
  path: string,
  absolute: string,
  memory: HashMemory,
): Promise<Extract<Entry, { kind: 'file' }>> {
  const stats = await lstat(absolute);
  const sha256 = await hashFile(absolute, memory);
  return {
    kind: 'file',
    path,
    mode: canonicalMode(stats.mode),
    size: stats.size,
    sha256,
    content: { from: 'disk', path: absolute },
  };
}

export async function hashFile(path: string, memory: HashMemory): Promise<string> {
  const { size, mtimeNs, ctimeNs, ino } = await lstat(path, { bigint: true });
  const key = `${path}\0${size}\0${mtimeNs}\0${ctimeNs}\0${ino}`;
  const known = memory.get(key);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  const sha256 = hash.digest('hex');
  memory.set(key, sha256);
  return sha256;
}

async function readOptional(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}
