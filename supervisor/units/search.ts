// Where units are: the search path, masks, aliases, templates, drop-ins, and the links of .wants and its kin.

import { parseUnitName, templateOf, withInstance } from './unit-names.ts';
import { baseName, directoryOf, joinPath, type UnitSource } from './unit-source.ts';

/** As `systemd-analyze unit-paths`, highest priority first. */
export const SEARCH_PATH: readonly string[] = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/run/systemd/transient',
  '/run/systemd/generator.early',
  '/etc/systemd/system',
  '/etc/systemd/system.attached',
  '/run/systemd/system',
  '/run/systemd/system.attached',
  '/run/systemd/generator',
  '/usr/local/lib/systemd/system',
  '/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/run/systemd/generator.late',
];

/** Links that lead in circles, or on and on, end here. */
const LONGEST_CHAIN = 64;
const BROKEN = '';

/** Every unit file of the search path, read once. */
export interface UnitFiles {
  readonly source: UnitSource;
  readonly searchPath: readonly string[];
  /** Name → the path of its file, or the name that it is an alias of. */
  readonly ids: ReadonlyMap<string, string>;
  /** Name → the first entry of that name in the search path, link or file. */
  readonly entries: ReadonlyMap<string, string>;
  /** Directory of the search path → the names of its subdirectories (`x.service.d`, `x.target.wants`). */
  readonly subdirectories: ReadonlyMap<string, ReadonlySet<string>>;
  /** Path of a file → all names that lead to it, in the order of the alphabet. */
  readonly names: ReadonlyMap<string, readonly string[]>;
}

export interface Fragment {
  /** The primary name: that of the file, with the instance put in. */
  readonly id: string;
  /** All names, the primary one first. */
  readonly names: readonly string[];
  readonly path: string;
  readonly masked: boolean;
}

export type Finding =
  | { readonly kind: 'found'; readonly fragment: Fragment }
  | { readonly kind: 'none' }
  /** Links in a circle, or one that leads to no unit. */
  | { readonly kind: 'broken link' };

/** Lists the search path; units themselves are read when they are asked for. */
export function scanUnitFiles(source: UnitSource, searchPath: readonly string[] = SEARCH_PATH): UnitFiles {
  const ids = new Map<string, string>();
  const entries = new Map<string, string>();
  const subdirectories = new Map<string, Set<string>>();
  for (const directory of searchPath) {
    for (const name of source.listDirectory(directory)) {
      const path = joinPath(directory, name);
      if (/\.(d|wants|requires|upholds)$/.test(name)) {
        const known = subdirectories.get(directory) ?? new Set();
        subdirectories.set(directory, known.add(name));
        continue;
      }
      if (parseUnitName(name) === null || ids.has(name)) continue;
      const target = source.readLink(path);
      if (target === null) {
        if (source.kind(path) !== 'file') continue;
        ids.set(name, path);
      } else ids.set(name, resolveLink(source, searchPath, directory, name, target));
      entries.set(name, path);
    }
  }
  const names = new Map<string, string[]>();
  for (const name of [...ids.keys()].toSorted()) {
    const path = follow(ids, name);
    if (path !== null && path !== BROKEN) names.set(path, [...(names.get(path) ?? []), name]);
  }
  return { source, searchPath, ids, entries, subdirectories, names };
}

/** What a link in the search path stands for: a mask, another unit's name, or a file outside of the search path. */
function resolveLink(
  source: UnitSource,
  searchPath: readonly string[],
  directory: string,
  name: string,
  target: string,
): string {
  const path = target.startsWith('/') ? joinPath(target) : joinPath(directory, target);
  const other = baseName(path);
  if (path === '/dev/null') return path;
  if (!searchPath.includes(directoryOf(path))) return path;
  // A link to the same name further down the search path is no alias of itself.
  return other === name || parseUnitName(other) === null ? finalPath(source, path) : other;
}

function finalPath(source: UnitSource, path: string): string {
  let at = path;
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    const target = source.readLink(at);
    if (target === null) return at;
    at = target.startsWith('/') ? joinPath(target) : joinPath(directoryOf(at), target);
  }
  return at;
}

/** The file of a unit: its own, its template's, or what an alias leads to. */
export function findFragment(files: UnitFiles, name: string): Finding {
  const instance = parseUnitName(name)?.instance ?? null;
  const direct = follow(files.ids, name);
  const template = templateOf(name);
  const path = direct ?? (template === null ? null : follow(files.ids, template));
  if (path === null) return { kind: 'none' };
  if (path === BROKEN) return { kind: 'broken link' };
  const masked = path === '/dev/null' || files.source.kind(path) === 'other' || files.source.size(path) === 0;
  const base = path === '/dev/null' ? name : baseName(path);
  const parsed = parseUnitName(base);
  const id =
    parsed === null || masked
      ? name
      : parsed.instance === '' && instance !== null && instance !== ''
        ? withInstance(base, instance)
        : base;
  return { kind: 'found', fragment: { id, names: namesOf(files, id, name, path), path, masked } };
}

/** The path of a unit's file, BROKEN, or null where nothing has this name. */
function follow(ids: ReadonlyMap<string, string>, name: string): string | null {
  let at = name;
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    const template = templateOf(at);
    const next = ids.get(at) ?? (step > 0 && template !== null ? ids.get(template) : undefined);
    if (next === undefined) return step === 0 ? null : BROKEN;
    if (next.startsWith('/')) return next;
    at = next;
  }
  return BROKEN;
}

/** All aliases by which a unit is known, in the order of the alphabet, the primary name first. */
function namesOf(files: UnitFiles, id: string, asked: string, path: string): string[] {
  const names = new Set([id, asked]);
  if (path === '/dev/null') return [...names];
  const instance = parseUnitName(id)?.instance ?? null;
  for (const alias of files.names.get(path) ?? []) {
    const parsed = parseUnitName(alias);
    if (parsed === null) continue;
    if (parsed.instance === '' && instance !== null && instance !== '')
      names.add(withInstance(alias, instance));
    else if ((parsed.instance ?? null) === instance) names.add(alias);
  }
  return [...names];
}

/** The drop-in files of a unit in the order in which they are read; a name in a directory of higher priority wins. */
export function findDropIns(files: UnitFiles, names: readonly string[]): string[] {
  return listFiles(files, names, 'd').filter((path) => path.endsWith('.conf'));
}

export interface DependencyLink {
  /** The link's own name: the unit that is wanted. */
  readonly name: string;
  readonly path: string;
}

/** What the `.wants` (or its kin) directories of a unit name, masks left out. */
export function findLinks(
  files: UnitFiles,
  names: readonly string[],
  kind: 'wants' | 'requires' | 'upholds',
): DependencyLink[] {
  return listFiles(files, names, kind)
    .filter((path) => !isMask(files.source, path))
    .map((path) => ({ name: baseName(path), path }));
}

function isMask(source: UnitSource, path: string): boolean {
  const kind = source.kind(path);
  return kind === 'other' || (kind === 'file' && source.size(path) === 0);
}

function listFiles(files: UnitFiles, names: readonly string[], suffix: string): string[] {
  const found = new Map<string, string>();
  for (const directory of dropInDirectories(files, names, suffix)) {
    for (const name of files.source.listDirectory(directory)) {
      if (!found.has(name)) found.set(name, joinPath(directory, name));
    }
  }
  return [...found].toSorted(([one], [two]) => (one < two ? -1 : 1)).map(([, path]) => path);
}

/** Directories that add to a unit, highest priority first. */
function dropInDirectories(files: UnitFiles, names: readonly string[], suffix: string): string[] {
  const directories: string[] = [];
  const add = (directory: string, name: string): void => {
    const entry = `${name}.${suffix}`;
    if (files.subdirectories.get(directory)?.has(entry) === true)
      directories.push(joinPath(directory, entry));
  };
  for (const name of names) {
    const generic = genericNames(name);
    for (const directory of files.searchPath) for (const each of generic) add(directory, each);
  }
  const type = parseUnitName(names[0] ?? '')?.type;
  if (type !== undefined) for (const directory of files.searchPath) add(directory, type);
  return [...new Set(directories)];
}

/** `a-b@c.service` → itself, `a-b@.service`, `a-.service`, `a-@c.service`, `a-@.service`: the order in which systemd looks. */
function genericNames(name: string): string[] {
  const parsed = parseUnitName(name);
  if (parsed === null) return [name];
  const template = templateOf(name);
  const dash = parsed.prefix.replace(/-$/, '').lastIndexOf('-');
  const instance = parsed.instance === null || parsed.instance === '' ? '' : `@${parsed.instance}`;
  const shorter = `${parsed.prefix.slice(0, dash + 1)}${instance}.${parsed.type}`;
  return [
    name,
    ...(template === null ? [] : genericNames(template)),
    ...(dash <= 0 ? [] : genericNames(shorter)),
  ];
}
