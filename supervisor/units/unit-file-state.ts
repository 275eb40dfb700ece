// `systemctl is-enabled`: whether, and how, the links of a unit file are in place.

import {
  CONFIG_DIRECTORY,
  discover,
  hasRules,
  RUNTIME_DIRECTORY,
  type InstallContext,
  type InstallInfo,
} from './install-info.ts';
import type { UnitFileState } from './model.ts';
import { isInstance, isTemplate, templateOf, withInstance } from './unit-names.ts';
import { baseName, directoryOf, joinPath } from './unit-source.ts';

/** null where there is no such unit file. */
export function unitFileState(context: InstallContext, name: string): UnitFileState | null {
  const found = discover(context, name);
  if (found.kind === 'missing' || found.kind === 'dangling') return null;
  if (found.kind === 'loop') return 'bad';
  const { info } = found;
  if (info.mode === 'masked') return isRuntime(info.path) ? 'masked-runtime' : 'masked';
  if (info.mode !== 'regular') return info.mode;
  if (name !== baseName(info.path) && !isInstance(info.name) && name !== info.name) return 'alias';
  const byRule = linkState(context, info, true);
  if (byRule !== null) return byRule;
  if (linkState(context, info, false) !== null) return 'indirect';
  if (hasRules(info)) return 'disabled';
  return info.install.also.length > 0 ? 'indirect' : 'static';
}

function isRuntime(path: string): boolean {
  return path.startsWith('/run/');
}

interface Traces {
  /** A link that enabling would make, or, not asking for that, any link to the unit. */
  enabled: boolean;
  /** The link of the same name in the unit directory itself. */
  sameName: boolean;
}

/** `known`: only links whose names enabling this unit would make. */
function linkState(context: InstallContext, info: InstallInfo, known: boolean): UnitFileState | null {
  let [inRuntime, anywhere, sameConfig, sameRuntime] = [false, false, false, false];
  let below = false;
  for (const directory of context.files.searchPath) {
    const traces = tracesIn(context, info, directory, known, below);
    if (traces.enabled) {
      if (directory === CONFIG_DIRECTORY || directory.endsWith('/system.control')) return 'enabled';
      if (isRuntime(directory)) inRuntime = true;
      else anywhere = true;
    } else if (traces.sameName) {
      if (directory === CONFIG_DIRECTORY) sameConfig = true;
      else if (directory === RUNTIME_DIRECTORY) sameRuntime = true;
    }
    if (info.path.startsWith(`${directory}/`)) below = true;
  }
  if (inRuntime) return 'enabled-runtime';
  // An instance that the vendor links is meant to be there.
  if (anywhere && isInstance(info.name)) return 'static';
  if (sameConfig) return 'linked';
  return sameRuntime ? 'linked-runtime' : null;
}

function tracesIn(
  { source, files }: InstallContext,
  info: InstallInfo,
  directory: string,
  known: boolean,
  ignoreSameName: boolean,
): Traces {
  const traces: Traces = { enabled: false, sameName: false };
  const names = knownNames(info);
  const take = (name: string): void => {
    if (!known || names.has(name)) traces.enabled = true;
  };
  for (const sub of files.subdirectories.get(directory) ?? []) {
    if (sub.endsWith('.d')) continue;
    const path = joinPath(directory, sub);
    for (const name of source.listDirectory(path)) {
      if (source.readLink(joinPath(path, name)) === null) continue;
      if (name === info.name || templateOf(name) === info.name) take(name);
    }
  }
  for (const name of source.listDirectory(directory)) {
    const link = joinPath(directory, name);
    const target = source.readLink(link);
    if (target === null) continue;
    const leadsHere = baseName(target) === info.name;
    const isSame = !ignoreSameName && name === info.name;
    if (isSame && leadsHere) traces.sameName ||= directoryOf(link) === directory;
    else if (isSame || leadsHere) take(name);
  }
  return traces;
}

/** The unit's own name, its aliases, and its default instance. */
function knownNames(info: InstallInfo): ReadonlySet<string> {
  const { alias, defaultInstance } = info.install;
  const instance =
    defaultInstance !== null && isTemplate(info.name) ? [withInstance(info.name, defaultInstance)] : [];
  return new Set([info.name, ...alias, ...instance]);
}
