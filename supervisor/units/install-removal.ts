// Which links disable and its kin remove: what they are about, and all that leads there.

import type { InstallChange, InstallFailure } from './install-changes.ts';
import { discover, hasRules, installName, type InstallContext } from './install-info.ts';
import { parseUnitName, templateOf } from './unit-names.ts';
import { baseName, directoryOf, joinPath, type UnitSource } from './unit-source.ts';

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
      // The others are dealt with all the same.
      fail('missing', name);
      continue;
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
      const name = baseName(path);
      // A template's own name takes its instances along, masks of them included.
      const known = [name, templateOf(name), path, end, baseName(end)];
      const isMarked = known.some((each) => each !== null && names.has(each));
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
