// What a build context is made of: entries with canonical modes, and the hash that stands for all of them.

import { createHash } from 'node:crypto';

export type Content =
  | { readonly from: 'disk'; readonly path: string }
  | { readonly from: 'memory'; readonly bytes: Buffer };

export type Entry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      /** 0644 or 0755, unless image.ini declares another. */
      readonly mode: number;
      readonly size: number;
      readonly sha256: string;
      readonly content: Content;
    };

/** Git keeps one bit of a mode; so does the context, whatever the umask of the checkout was. */
export function canonicalMode(mode: number): 0o644 | 0o755 {
  return (mode & 0o100) === 0 ? 0o644 : 0o755;
}

export function memoryFile(path: string, content: Buffer | string, mode = 0o644): Entry {
  const bytes = Buffer.from(content);
  return {
    kind: 'file',
    path,
    mode,
    size: bytes.length,
    sha256: sha256Of(bytes),
    content: { from: 'memory', bytes },
  };
}

/** One line per entry: all that reaches an image, and nothing (owner, time) that does not. */
export function describeEntry(entry: Entry): string {
  switch (entry.kind) {
    case 'directory':
      return `directory ${JSON.stringify(entry.path)}${entry.mode === undefined ? '' : ` ${entry.mode.toString(8)}`}`;
    case 'symlink':
      return `symlink ${JSON.stringify(entry.path)} ${JSON.stringify(entry.target)}`;
    case 'file':
      return `file ${JSON.stringify(entry.path)} ${entry.mode.toString(8)} ${entry.sha256}`;
  }
}

export function hashEntries(entries: Iterable<Entry>): string {
  const hash = createHash('sha256');
  for (const entry of entries) hash.update(`${describeEntry(entry)}\n`);
  return hash.digest('hex');
}

export function sha256Of(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}
