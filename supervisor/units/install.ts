// `systemctl enable`, `disable`, `mask` and their kin: names → the changes of links that they would make.

import {
  afterChanges,
  type InstallChange,
  type InstallFailure,
  type InstallResult,
} from './install-changes.ts';
import {
  CONFIG_DIRECTORY,
  discover,
  hasRules,
  installName,
  RUNTIME_DIRECTORY,
  type InstallContext,
  type InstallInfo,
} from './install-info.ts';
import { isInstance, isTemplate, parseUnitName, templateOf, withInstance } from './unit-names.ts';
import { baseName, directoryOf, joinPath, type UnitSource } from './unit-source.ts';
import { scanUnitFiles } from './search.ts';

export interface InstallOptions {
  /** Only until the next start of the container: links go to /run. */
  readonly runtime: boolean;
  /** Replace links of the same name that lead elsewhere. */
  readonly force: boolean;
}

/** Links a unit from where [Install] says; a path outside of the search path is linked into it, too. */
export function enable(
  context: InstallContext,
  names: readonly string[],
  options: InstallOptions,
): InstallResult {
  const writer = new LinkWriter(context, options);
  const queue: { readonly name: string; readonly auxiliary: boolean }[] = [];
  for (const name of names) {
    const given = name.startsWith('/') ? writer.linkPath(name) : name;
    if (given === null) return writer.result();
    const { context: now } = writer;
    const found = discover(now, given);
    if (found.kind === 'missing') return writer.fail('missing', given);
    if (found.kind === 'dangling') return writer.fail('severed', baseName(found.path));
    if (found.kind === 'loop') return writer.fail('loop', found.path);
    if (isOwnAlias(now, given, found.info)) return writer.fail('loop', given);
    if (found.info.mode === 'masked') return writer.fail('masked', found.info.path);
    if (found.info.mode !== 'regular') return writer.fail('transient or generated', found.info.path);
    queue.push({ name: given, auxiliary: false });
  }
  const done = new Set<string>();
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const found = discover(writer.context, next.name);
    if (found.kind !== 'found') {
      if (!next.auxiliary) return writer.fail('missing', next.name);
      writer.changes.push({ kind: 'auxiliary failed', unit: next.name });
      continue;
    }
    const { info } = found;
    if (done.has(info.name)) continue;
    done.add(info.name);
    if (info.mode === 'masked') {
      writer.changes.push({ kind: 'masked', path: info.path });
      writer.carriesInstall = true;
      continue;
    }
    if (info.mode !== 'regular') continue;
    if (!writer.apply(info)) return writer.result();
    for (const text of info.install.also) {
      const also = installName(context, info, text);
      if (also !== null) queue.push({ name: also, auxiliary: true });
    }
  }
  return writer.result();
}

/** A name that somebody's `enable` has made is none to enable; one that a package brings is. */
function isOwnAlias({ source }: InstallContext, given: string, info: InstallInfo): boolean {
  if (info.name === given) return false;
  return [CONFIG_DIRECTORY, RUNTIME_DIRECTORY].some(
    (directory) => source.readLink(joinPath(directory, given)) !== null,
  );
}

/** Removes every link to these units, and by their names, from the directory that enable writes to. */
export function disable(
  context: InstallContext,
  names: readonly string[],
  options: InstallOptions,
): InstallResult {
  const { changes, marked, failed, carriesInstall } = markForRemoval(context, names);
  if (failed) return { changes, carriesInstall: true };
  return {
    changes: [...changes, ...removeMarked(context, marked, directoryFor(options))],
    carriesInstall,
  };
}

/** disable, and then enable of what is still there. */
export function reenable(
  context: InstallContext,
  names: readonly string[],
  options: InstallOptions,
): InstallResult {
  const bases = names.map((name) => baseName(name));
  const removed = disable(context, bases, options);
  const added = enable(contextAfter(context, removed.changes), names, options);
  return { changes: [...removed.changes, ...added.changes], carriesInstall: added.carriesInstall };
}

/** Links names to /dev/null. */
export function mask(
  context: InstallContext,
  names: readonly string[],
  options: InstallOptions,
): InstallResult {
  const writer = new LinkWriter(context, options);
  for (const name of names) {
    if (parseUnitName(name) === null) writer.fail('invalid name', name);
    else writer.link(joinPath(writer.directory, name), '/dev/null', options.force);
  }
  return { ...writer.result(), carriesInstall: true };
}

/** Removes the links to /dev/null, and empty files. */
export function unmask(
  context: InstallContext,
  names: readonly string[],
  options: InstallOptions,
): InstallResult {
  const directory = directoryFor(options);
  const paths = names
    .map((name) => joinPath(directory, name))
    .filter((path) => {
      const kind = context.source.kind(path);
      return kind === 'other' || (kind === 'file' && context.source.size(path) === 0);
    });
  const changes: InstallChange[] = [...new Set(paths)].map((path) => ({ kind: 'unlink', path }));
  const marked = new Set(names.filter((name) => paths.includes(joinPath(directory, name))));
  const more = removeMarked(contextAfter(context, changes), marked, directory);
  return { changes: [...changes, ...more], carriesInstall: true };
}

/** Links files from elsewhere into the search path. */
export function link(
  context: InstallContext,
  paths: readonly string[],
  options: InstallOptions,
): InstallResult {
  const writer = new LinkWriter(context, options);
  for (const path of paths) if (writer.linkPath(path) === null) break;
  return { ...writer.result(), carriesInstall: true };
}

/** Makes a target the one that everything begins with. */
export function setDefault(context: InstallContext, name: string): InstallResult {
  const writer = new LinkWriter(context, { runtime: false, force: true });
  const found = discover(context, name);
  if (parseUnitName(name)?.type !== 'target' || name === 'default.target') {
    return writer.fail('invalid name', name);
  }
  if (found.kind !== 'found') return writer.fail('missing', name);
  if (found.info.mode === 'masked') return writer.fail('masked', found.info.path);
  writer.link(joinPath(CONFIG_DIRECTORY, 'default.target'), found.info.path, true);
  return { ...writer.result(), carriesInstall: true };
}

/** The links that were made already count for what comes after them. */
export function contextAfter(context: InstallContext, changes: readonly InstallChange[]): InstallContext {
  if (changes.length === 0) return context;
  const source = afterChanges(context.source, changes);
  return { ...context, source, files: scanUnitFiles(source, context.files.searchPath) };
}

export function directoryFor({ runtime }: InstallOptions): string {
  return runtime ? RUNTIME_DIRECTORY : CONFIG_DIRECTORY;
}

/** Which names and files `disable` is about: the units themselves, what they resolve to, and their Also=. */
export function markForRemoval(
  context: InstallContext,
  names: readonly string[],
): {
  readonly changes: InstallChange[];
  readonly marked: Set<string>;
  readonly failed: boolean;
  readonly carriesInstall: boolean;
} {
  const changes: InstallChange[] = [];
  const marked = new Set<string>();
  let carriesInstall = false;
  const queue = names.map((name) => ({ name, auxiliary: false }));
  const done = new Set<string>();
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { name, auxiliary } = next;
    if (done.has(name)) continue;
    done.add(name);
    const fail = (reason: InstallFailure['reason'], subject: string): void => {
      changes.push({ kind: 'failed', reason, subject, other: '' });
    };
    if (parseUnitName(name) === null) {
      fail('invalid name', name);
      return { changes, marked, failed: true, carriesInstall };
    }
    const found = discover(context, name);
    if (found.kind === 'found' && found.info.mode === 'masked') {
      changes.push({ kind: 'masked', path: found.info.path });
      carriesInstall = true;
      continue;
    }
    if (found.kind === 'dangling') changes.push({ kind: 'dangling', path: found.path });
    if (found.kind === 'missing' || found.kind === 'loop') {
      if (auxiliary) continue;
      fail('missing', name);
      return { changes, marked, failed: true, carriesInstall };
    }
    marked.add(found.kind === 'found' ? found.info.name : name);
    if (found.kind !== 'found' || found.info.mode !== 'regular') continue;
    carriesInstall ||= hasRules(found.info) || found.info.install.also.length > 0;
    for (const text of found.info.install.also) {
      const also = installName(context, found.info, text);
      if (also !== null) queue.push({ name: also, auxiliary: true });
    }
  }
  return { changes, marked, failed: false, carriesInstall };
}

/** All links below a unit directory whose name or target is marked; what pointed to a removed link goes, too. */
export function removeMarked(
  context: InstallContext,
  marked: ReadonlySet<string>,
  directory: string,
): InstallChange[] {
  if (marked.size === 0) return [];
  const names = new Set(marked);
  const removed = new Set<string>();
  for (let again = true; again;) {
    again = false;
    for (const path of linksBelow(context.source, directory)) {
      if (removed.has(path) || parseUnitName(baseName(path)) === null) continue;
      const end = finalTarget(context.source, path);
      const isMarked = [baseName(path), path, end, baseName(end)].some((each) => names.has(each));
      if (!isMarked) continue;
      removed.add(path);
      again = !names.has(path) || again;
      names.add(path);
    }
  }
  return [...removed].map((path) => ({ kind: 'unlink', path }));
}

function linksBelow(source: UnitSource, directory: string): string[] {
  return source.listDirectory(directory).flatMap((name) => {
    const path = joinPath(directory, name);
    if (source.readLink(path) !== null) return [path];
    if (source.kind(path) !== 'directory') return [];
    return source
      .listDirectory(path)
      .map((entry) => joinPath(path, entry))
      .filter((entry) => source.readLink(entry) !== null);
  });
}

/** Where a link ends, as far as links can be followed. */
function finalTarget(source: UnitSource, path: string): string {
  let at = path;
  for (let step = 0; step < 64; step += 1) {
    const target = source.readLink(at);
    if (target === null) return at;
    at = target.startsWith('/') ? joinPath(target) : joinPath(directoryOf(at), target);
  }
  return at;
}

/** Collects changes, each of which sees those before it. */
class LinkWriter {
  readonly changes: InstallChange[] = [];
  carriesInstall = false;
  readonly directory: string;
  private readonly before: InstallContext;
  private readonly options: InstallOptions;

  constructor(context: InstallContext, options: InstallOptions) {
    this.before = context;
    this.options = options;
    this.directory = directoryFor(options);
  }

  get context(): InstallContext {
    return contextAfter(this.before, this.changes);
  }

  result(): InstallResult {
    return { changes: this.changes, carriesInstall: this.carriesInstall };
  }

  fail(reason: InstallFailure['reason'], subject: string, other = ''): InstallResult {
    this.changes.push({ kind: 'failed', reason, subject, other });
    this.carriesInstall = true;
    return this.result();
  }

  /** Makes a link, unless it is there already; false where something else is in its place. */
  link(path: string, target: string, force: boolean): boolean {
    const { source } = this.context;
    const there = source.readLink(path);
    if (there === null && source.kind(path) !== null) {
      this.fail('exists', path);
      return false;
    }
    if (there !== null) {
      const leads = there.startsWith('/') ? joinPath(there) : joinPath(directoryOf(path), there);
      if (leads === target) return true;
      if (!force) {
        this.fail('exists as link', path, there);
        return false;
      }
      this.changes.push({ kind: 'unlink', path });
    }
    this.changes.push({ kind: 'symlink', path, target });
    return true;
  }

  /** The name by which a file is known then; null where it cannot be linked. */
  linkPath(path: string): string | null {
    const name = baseName(path);
    const clean = joinPath(path);
    const { context } = this;
    if (parseUnitName(name) === null) this.fail('invalid path', clean);
    else if (context.files.searchPath.includes(directoryOf(clean))) return name;
    else if (context.source.kind(clean) === null) this.fail('missing', clean);
    else if (this.link(joinPath(this.directory, name), clean, this.options.force)) return name;
    return null;
  }

  /** All that the [Install] of one unit asks for; false where the operation ends. */
  apply(info: InstallInfo): boolean {
    const { install } = info;
    if (hasRules(info) || install.also.length > 0) this.carriesInstall = true;
    for (const text of install.alias) {
      const alias = this.aliasOf(info, text);
      if (alias !== null) this.link(joinPath(this.directory, alias), info.path, this.options.force);
    }
    for (const text of install.wantedBy) this.want(info, text, 'wants');
    for (const text of install.requiredBy) this.want(info, text, 'requires');
    return true;
  }

  private want(info: InstallInfo, text: string, kind: 'wants' | 'requires'): void {
    const { name, install } = info;
    const isBare = isTemplate(name) && install.defaultInstance === null;
    const own = isTemplate(name) && !isBare ? withInstance(name, install.defaultInstance ?? '') : name;
    const destination = installName(this.before, info, text);
    if (destination === null) return void this.fail('specifier', text);
    const parsed = parseUnitName(destination);
    if (parsed === null) return void this.fail('invalid name', destination);
    // A template without an instance takes it from what wants it, which must have one or be a template, too.
    const fits = isBare ? parsed.instance !== null : parsed.instance !== '';
    if (!fits && isBare) return void this.fail('template', destination, name);
    if (!this.link(joinPath(this.directory, `${destination}.${kind}`, own), info.path, true)) return;
    if (discover(this.context, destination).kind === 'missing') {
      this.changes.push({ kind: 'no destination', path: info.path, destination });
    }
  }

  /** The name of an alias, with the instance put in; null, with the reason, where it cannot be one. */
  private aliasOf(info: InstallInfo, text: string): string | null {
    const alias = installName(this.before, info, text);
    if (alias === null) {
      this.fail('specifier', text);
      return null;
    }
    const parsed = parseUnitName(baseName(alias));
    if (parsed === null) {
      this.fail('invalid name', alias);
      return null;
    }
    if (alias.includes('/')) return alias;
    const own = parseUnitName(info.name);
    const name =
      isTemplate(alias) && isInstance(info.name) ? withInstance(alias, own?.instance ?? '') : alias;
    const shape = (each: string): string => parseUnitName(each)?.instance ?? 'plain';
    const fitsDefault = isTemplate(info.name) && isInstance(name) && templateOf(name) !== null;
    if (own?.type !== parsed.type || (shape(name) !== shape(info.name) && !fitsDefault)) {
      this.fail('cannot alias', name, info.name);
      return null;
    }
    return name;
  }
}
