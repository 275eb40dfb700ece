// Entries of a context in the order of a walk, kept in a few large buffers: as objects, 100,000 files would be 300 MB.

import type { Entry } from './context.ts';
import { comparePaths } from './paths.ts';

const HASH_BYTES = 32;
/** In place of a mode: what these columns cannot hold is kept as an object. */
const AS_OBJECT = 0xffff;
const DIRECTORY = 0xfffe;

/** Immutable; `at` makes a new object every time. */
export interface EntryList extends Iterable<Entry> {
  readonly length: number;
  /** The folder that most of the files are in. */
  readonly root: string;
  at(index: number): Entry;
  pathAt(index: number): string;
  isSymlink(index: number): boolean;
}

export interface EntryListBuilder {
  /** In the order of a walk; folders on the way that were not added are. */
  add(entry: Entry): void;
  finish(): EntryList;
}

/** Files on the disk at `root` and their own path take 48 bytes and the path; everything else is kept as it is given. */
export function entryListBuilder(root: string): EntryListBuilder {
  let count = 0;
  let capacity = 64;
  let modes = new Uint16Array(capacity);
  let sizes = new Float64Array(capacity);
  let ends = new Uint32Array(capacity);
  let hashes = Buffer.alloc(capacity * HASH_BYTES);
  let paths = Buffer.alloc(capacity * 32);
  const objects = new Map<number, Entry>();
  let last = '';

  const grow = (pathBytes: number): void => {
    if (count === capacity) {
      capacity *= 2;
      modes = copied(new Uint16Array(capacity), modes);
      sizes = copied(new Float64Array(capacity), sizes);
      ends = copied(new Uint32Array(capacity), ends);
      hashes = copied(Buffer.alloc(capacity * HASH_BYTES), hashes);
    }
    const needed = endOf(count - 1) + pathBytes;
    if (needed > paths.length) paths = copied(Buffer.alloc(Math.max(needed, paths.length * 2)), paths);
  };
  const endOf = (index: number): number => (index < 0 ? 0 : (ends[index] ?? 0));
  const append = (entry: Entry): void => {
    grow(Buffer.byteLength(entry.path));
    const start = endOf(count - 1);
    ends[count] = start + paths.write(entry.path, start);
    if (entry.kind === 'directory' && entry.mode === undefined) modes[count] = DIRECTORY;
    else if (
      entry.kind === 'file' &&
      entry.content.from === 'disk' &&
      entry.content.path === `${root}/${entry.path}`
    ) {
      modes[count] = entry.mode;
      sizes[count] = entry.size;
      hashes.write(entry.sha256, count * HASH_BYTES, 'hex');
    } else {
      modes[count] = AS_OBJECT;
      objects.set(count, entry);
    }
    count++;
    last = entry.path;
  };
  /** In this order a folder that was added is the last entry, or the last entry is in it. */
  const addFolders = (path: string): void => {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash);
      if (last !== folder && !last.startsWith(`${folder}/`)) append({ kind: 'directory', path: folder });
    }
  };
  return {
    add(entry) {
      if (count > 0 && comparePaths(entry.path, last) <= 0)
        throw new Error(`${entry.path} comes behind ${last}, which is no order of a walk`);
      addFolders(entry.path);
      append(entry);
    },
    finish() {
      const pathAt = (index: number): string => paths.toString('utf8', endOf(index - 1), endOf(index));
      const at = (index: number): Entry => {
        if (index < 0 || index >= count) throw new RangeError(`there is no entry ${index} of ${count}`);
        const object = objects.get(index);
        if (object !== undefined) return object;
        const path = pathAt(index);
        const mode = modes[index] ?? 0;
        if (mode === DIRECTORY) return { kind: 'directory', path };
        const sha256 = hashes.toString('hex', index * HASH_BYTES, (index + 1) * HASH_BYTES);
        const content = { from: 'disk', path: `${root}/${path}` } as const;
        return { kind: 'file', path, mode, size: sizes[index] ?? 0, sha256, content };
      };
      return {
        length: count,
        root,
        at,
        pathAt,
        isSymlink: (index) => objects.get(index)?.kind === 'symlink',
        *[Symbol.iterator]() {
          for (let index = 0; index < count; index++) yield at(index);
        },
      };
    },
  };
}

/** Any entries as a list: later ones replace earlier ones of the same path. */
export function entryList(entries: Iterable<Entry>): EntryList {
  return overlay(entryListBuilder('').finish(), entries);
}

/**
 * A list with more entries in it, which replace those of the same path, and with what `change` makes of each. A file that
 * stands where a folder is needed goes.
 */
export function overlay(
  below: EntryList,
  above: Iterable<Entry>,
  change: (entry: Entry) => Entry = (entry) => entry,
): EntryList {
  const byPath = new Map<string, Entry>();
  /** Only there because something is in them: a folder that is there already stays as it is. */
  const implied = new Set<string>();
  for (const entry of above) {
    for (let slash = entry.path.indexOf('/'); slash >= 0; slash = entry.path.indexOf('/', slash + 1)) {
      const path = entry.path.slice(0, slash);
      if (byPath.get(path)?.kind === 'directory') continue;
      byPath.set(path, { kind: 'directory', path });
      implied.add(path);
    }
    byPath.set(entry.path, entry);
    implied.delete(entry.path);
  }
  const more = [...byPath.values()].sort((left, right) => comparePaths(left.path, right.path));
  const builder = entryListBuilder(below.root);
  let next = 0;
  const addBefore = (path: string | undefined): void => {
    for (let entry = more[next]; entry !== undefined; entry = more[next]) {
      if (path !== undefined && comparePaths(entry.path, path) >= 0) return;
      builder.add(change(entry));
      next++;
    }
  };
  for (const entry of below) {
    addBefore(entry.path);
    const other = more[next]?.path === entry.path ? more[next++] : undefined;
    const isKept = other === undefined || (implied.has(other.path) && entry.kind === 'directory');
    builder.add(change(isKept ? entry : other));
  }
  addBefore(undefined);
  return builder.finish();
}

/** Whether the path is there, or may be, beyond a symbolic link. */
export function mayHold(list: EntryList, path: string): boolean {
  if (path === '') return true;
  const parts = path.split('/');
  return parts.some((_, depth) => {
    const index = indexOfPath(list, parts.slice(0, depth + 1).join('/'));
    return index !== undefined && (depth + 1 === parts.length || list.isSymlink(index));
  });
}

function indexOfPath(list: EntryList, path: string): number | undefined {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comparePaths(list.pathAt(middle), path) < 0) low = middle + 1;
    else high = middle;
  }
  return low < list.length && list.pathAt(low) === path ? low : undefined;
}

function copied<Store extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(
  to: Store,
  from: Store,
): Store {
  to.set(from);
  return to;
}
