// Where units are: the search path, masks, aliases, templates, drop-ins, and the links of .wants and its kin.

import { parseUnitName, templateOf, withInstance, type UnitName } from './unit-names.ts';
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
const LOOP = '';

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
  /** Links in a circle. */
  | { readonly kind: 'loop' };

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
      } else {
        const meant = resolveLink(source, searchPath, path, target);
        if (meant === null) continue;
        ids.set(name, meant);
      }
      entries.set(name, path);
    }
  }
  const names = new Map<string, string[]>();
  for (const name of [...ids.keys()].toSorted()) {
    const path = follow(ids, name);
    if (path !== null && path !== LOOP) names.set(path, [...(names.get(path) ?? []), name]);
  }
  return { source, searchPath, ids, entries, subdirectories, names };
}

/**
 * What a link in the search path stands for: itself where it is a mask, another unit's name, or a file outside of the
 * search path. null: nothing, as it is no alias that a unit of this name can have.
 */
function resolveLink(
  source: UnitSource,
  searchPath: readonly string[],
  link: string,
  target: string,
): string | null {
  const path = target.startsWith('/') ? joinPath(target) : joinPath(directoryOf(link), target);
  const [name, other] = [baseName(link), baseName(path)];
  if (path === '/dev/null') return link;
  if (!searchPath.includes(directoryOf(path))) return path;
  // A link to the same name further down the search path is no alias of itself.
  if (other === name || parseUnitName(other) === null) {
    const end = finalPath(source, path);
    return source.readLink(end) === null ? end : null;
  }
  return canBeAlias(name, other) ? other : null;
}

/** The same type; an instance for the same instance or for a template, otherwise like for like. */
function canBeAlias(name: string, target: string): boolean {
  const [own, other] = [parseUnitName(name), parseUnitName(target)];
  if (own === null || other === null || own.type !== other.type) return false;
  if (own.instance === null || own.instance === '') return own.instance === other.instance;
  return other.instance === '' || other.instance === own.instance;
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
  const instance = parseUnitName(name)?.instance ?? '';
  const template = templateOf(name);
  const path = follow(files.ids, name) ?? (template === null ? null : follow(files.ids, template));
  if (path === null) return { kind: 'none' };
  if (path === LOOP) return { kind: 'loop' };
  const masked = files.source.kind(path) === 'other' || files.source.size(path) === 0;
  const base = parseUnitName(baseName(path));
  const id = idOf(name, base, instance, masked);
  return { kind: 'found', fragment: { id, names: namesOf(files, id, name, path), path, masked } };
}

/** The primary name: that of the file with the instance put in; an alias of a masked template stays itself. */
function idOf(name: string, base: UnitName | null, instance: string, masked: boolean): string {
  if (base === null) return name;
  if (base.instance !== '') return base.name;
  return masked ? name : withInstance(base.name, instance);
}

/** The path of a unit's file, LOOP, or null where the name leads nowhere. */
function follow(ids: ReadonlyMap<string, string>, name: string): string | null {
  let at = name;
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    const template = templateOf(at);
    const next = ids.get(at) ?? (step > 0 && template !== null ? ids.get(template) : undefined);
    if (next === undefined) return null;
    if (next.startsWith('/')) return next;
    at = next;
  }
  return LOOP;
}

/** All aliases by which a unit is known, in the order of the alphabet, the primary name first. */
function namesOf(files: UnitFiles, id: string, asked: string, path: string): string[] {
  const names = new Set([id, asked]);
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

/** What the files of a unit are now: another text where one of them was written, added or taken away. */
export function versionOf(files: UnitFiles, name: string, names: readonly string[]): string {
  const finding = findFragment(files, name);
  const found = finding.kind === 'found' ? finding.fragment : null;
  // A mask is what it is, whenever /dev/null was written to.
  const fragment = found === null ? [] : [found.masked ? `${found.path} masked` : found.path];
  return [...fragment, ...findDropIns(files, names)]
    .map((path) => `${path} ${files.source.changedAt(path)}`)
    .join('\n');
}

/** Whether the search path would be listed otherwise than when this text was made. */
export function listingOf(source: UnitSource, searchPath: readonly string[] = SEARCH_PATH): string {
  return searchPath.map((directory) => source.changedAt(directory)).join(' ');
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
