// What `systemctl enable` and its kin know of a unit file: where it is, what kind of entry, and its [Install] section.

import type { InstallSettings } from './model.ts';
import { Reading } from './reading.ts';
import { findDropIns, type UnitFiles } from './search.ts';
import { expandSpecifiers, type HostFacts } from './specifiers.ts';
import { readUnitText } from './unit-ini.ts';
import { isInstance, isTemplate, parseUnitName, templateOf, withInstance } from './unit-names.ts';
import { baseName, directoryOf, joinPath, type UnitSource } from './unit-source.ts';
import { readInstall } from './install-section.ts';

/** The search path as the operations see it: where they write, and what is only for this boot. */
export const CONFIG_DIRECTORY = '/etc/systemd/system';
export const RUNTIME_DIRECTORY = '/run/systemd/system';
const GENERATED = ['/run/systemd/generator.early', '/run/systemd/generator', '/run/systemd/generator.late'];
const TRANSIENT = '/run/systemd/transient';
const LONGEST_CHAIN = 64;

export interface InstallInfo {
  readonly name: string;
  /** The file, or the link that masks it. */
  readonly path: string;
  readonly mode: 'regular' | 'masked' | 'generated' | 'transient';
  /** Whether the way to the file led over a link to somewhere outside of the search path. */
  readonly linked: boolean;
  readonly install: InstallSettings;
}

export type Discovery =
  | { readonly kind: 'found'; readonly info: InstallInfo }
  | { readonly kind: 'missing' }
  /** A link to a unit that is not there. */
  | { readonly kind: 'dangling'; readonly path: string }
  | { readonly kind: 'loop'; readonly path: string };

export interface InstallContext {
  readonly source: UnitSource;
  readonly files: UnitFiles;
  readonly host: HostFacts;
}

/** Finds a unit file by name, through aliases, masks and links, and reads its [Install]. */
export function discover(context: InstallContext, asked: string): Discovery {
  let name = asked;
  let lastPath = '';
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    const path = entryOf(context, name);
    if (path === null) return step === 0 ? { kind: 'missing' } : { kind: 'dangling', path: lastPath };
    lastPath = path;
    const target = context.source.readLink(path);
    if (target === null) return { kind: 'found', info: infoOf(context, name, path, false) };
    const to = target.startsWith('/') ? joinPath(target) : joinPath(directoryOf(path), target);
    if (isMask(context.source, path)) return { kind: 'found', info: maskedInfo(name, path) };
    const outside = !context.files.searchPath.includes(directoryOf(to));
    const next = nextName(name, baseName(to));
    if (next === null || next === name || outside) {
      if (context.source.kind(to) === null) return { kind: 'dangling', path };
      return { kind: 'found', info: infoOf(context, name, to, outside) };
    }
    name = next;
  }
  return { kind: 'loop', path: lastPath };
}

/** The unit that an alias means: the target's name, with this unit's instance where the target is a template. */
function nextName(name: string, target: string): string | null {
  if (parseUnitName(target) === null) return null;
  const instance = parseUnitName(name)?.instance;
  if (isTemplate(target) && instance !== undefined && instance !== null && instance !== '') {
    return withInstance(target, instance);
  }
  return target;
}

function entryOf(context: InstallContext, name: string): string | null {
  const own = firstEntry(context, name);
  if (own !== null) return own;
  const template = templateOf(name);
  return template === null ? null : firstEntry(context, template);
}

function firstEntry({ source, files }: InstallContext, name: string): string | null {
  for (const directory of files.searchPath) {
    const path = joinPath(directory, name);
    if (source.readLink(path) !== null || source.kind(path) === 'file') return path;
  }
  return null;
}

function isMask(source: UnitSource, path: string): boolean {
  const kind = source.kind(path);
  return kind === 'other' || (kind === 'file' && source.size(path) === 0);
}

const NO_INSTALL: InstallSettings = {
  alias: [],
  wantedBy: [],
  requiredBy: [],
  upheldBy: [],
  also: [],
  defaultInstance: null,
};

function maskedInfo(name: string, path: string): InstallInfo {
  return { name, path, mode: 'masked', linked: false, install: NO_INSTALL };
}

function infoOf(context: InstallContext, name: string, path: string, linked: boolean): InstallInfo {
  if (isMask(context.source, path)) return maskedInfo(name, path);
  const directory = directoryOf(path);
  const mode = GENERATED.includes(directory)
    ? 'generated'
    : directory === TRANSIENT
      ? 'transient'
      : 'regular';
  return { name, path, mode, linked, install: installOf(context, name, path) };
}

function installOf(context: InstallContext, name: string, path: string): InstallSettings {
  const reading = new Reading({ unit: name, fragmentPath: path, host: context.host });
  const assignments = [path, ...findDropIns(context.files, [name])].flatMap((file) => {
    const content = context.source.readText(file);
    return 'text' in content ? readUnitText(content.text, file, ['Install']).assignments : [];
  });
  const install = readInstall(assignments, reading);
  // An instance is what it is: only the template itself has a default one.
  return isInstance(name) ? { ...install, defaultInstance: null } : install;
}

/** A name of [Install] with its specifiers replaced; null where that fails. */
export function installName(context: InstallContext, info: InstallInfo, text: string): string | null {
  const instance = isTemplate(info.name) ? info.install.defaultInstance : null;
  const unit = instance === null ? info.name : withInstance(info.name, instance);
  return expandSpecifiers(text, { unit, fragmentPath: info.path, host: context.host });
}

/** Whether enabling it would do anything. */
export function hasRules({ install }: InstallInfo): boolean {
  return (
    install.alias.length + install.wantedBy.length + install.requiredBy.length + install.upheldBy.length > 0
  );
}
