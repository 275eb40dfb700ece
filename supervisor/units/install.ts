// `systemctl enable`, `disable`, `mask` and their kin: names → the changes of links that they would make.

import type { InstallChange, InstallResult } from './install-changes.ts';
import {
  CONFIG_DIRECTORY,
  discover,
  installName,
  RUNTIME_DIRECTORY,
  type InstallContext,
  type InstallInfo,
} from './install-info.ts';
import { markForRemoval, removeMarked } from './install-removal.ts';
import { contextAfter, directoryFor, LinkWriter, type InstallOptions } from './link-writer.ts';
import { parseUnitName } from './unit-names.ts';
import { baseName, joinPath } from './unit-source.ts';

export { contextAfter, directoryFor, type InstallOptions } from './link-writer.ts';

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
export function isOwnAlias({ source }: InstallContext, given: string, info: InstallInfo): boolean {
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
  // An alias that is removed on the way stands for its unit.
  const given = names.map((name) => {
    const found = name.startsWith('/') ? null : discover(context, name);
    return found?.kind === 'found' && isOwnAlias(context, name, found.info) ? found.info.name : name;
  });
  const added = enable(contextAfter(context, removed.changes), given, options);
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
