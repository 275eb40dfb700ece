// `systemctl preset`: which units a distribution wants enabled (systemd.preset(5)).

import { contextAfter, disable, enable, type InstallOptions, isOwnAlias } from './install.ts';
import type { InstallResult } from './install-changes.ts';
import { discover, type InstallContext } from './install-info.ts';
import { matchesGlob } from './glob.ts';
import { isTemplate, parseUnitName, withInstance } from './unit-names.ts';
import { joinPath, type UnitSource } from './unit-source.ts';

const DIRECTORIES = [
  '/etc/systemd/system-preset',
  '/run/systemd/system-preset',
  '/usr/local/lib/systemd/system-preset',
  '/lib/systemd/system-preset',
  '/usr/lib/systemd/system-preset',
];

export interface PresetRule {
  readonly action: 'enable' | 'disable' | 'ignore';
  readonly pattern: string;
  /** Of a template: the instances that are meant. */
  readonly instances: readonly string[];
}

/** All rules in the order in which they are asked; a file in /etc hides one of the same name in /usr. */
export function readPresets(source: UnitSource): PresetRule[] {
  const files = new Map<string, string>();
  for (const directory of DIRECTORIES) {
    for (const name of source.listDirectory(directory)) {
      if (name.endsWith('.preset') && !files.has(name)) files.set(name, joinPath(directory, name));
    }
  }
  return [...files]
    .toSorted(([one], [two]) => (one < two ? -1 : 1))
    .flatMap(([, path]) => {
      const content = source.readText(path);
      return 'text' in content ? rulesOf(content.text) : [];
    });
}

function rulesOf(text: string): PresetRule[] {
  return text.split('\n').flatMap((line) => {
    const [word = '', pattern = '', ...instances] = line.trim().split(/\s+/);
    const action = (['enable', 'disable', 'ignore'] as const).find((each) => each === word);
    return action === undefined || pattern === '' ? [] : [{ action, pattern, instances }];
  });
}

/** What the presets say of a unit; what no rule matches is enabled. */
export function presetOf(
  rules: readonly PresetRule[],
  name: string,
): { readonly action: PresetRule['action']; readonly instances: readonly string[] } {
  for (const { action, pattern, instances } of rules) {
    if (matchesGlob(name, pattern)) {
      const meant = isTemplate(name) ? instances.map((instance) => withInstance(name, instance)) : [];
      return { action, instances: meant };
    }
    const instance = parseUnitName(name)?.instance ?? '';
    if (instance === '' || !isTemplate(pattern) || !instances.includes(instance)) continue;
    if (withInstance(pattern, instance) === name) return { action, instances: [] };
  }
  return { action: 'enable', instances: [] };
}

/** Disables and enables units as the presets say. */
export function preset(
  context: InstallContext,
  names: readonly string[],
  options: InstallOptions,
  mode: 'full' | 'enable-only' | 'disable-only' = 'full',
): InstallResult {
  const rules = readPresets(context.source);
  const [plus, minus]: [string[], string[]] = [[], []];
  for (const name of names) {
    const found = discover(context, name);
    if (found.kind === 'found' && isOwnAlias(context, name, found.info)) continue;
    const { action, instances } = presetOf(rules, name);
    if (action === 'enable') plus.push(...(instances.length > 0 ? instances : [name]));
    else if (action === 'disable') minus.push(name);
  }
  const removed =
    mode === 'enable-only' || minus.length === 0
      ? { changes: [], carriesInstall: true }
      : disable(context, minus, options);
  const added =
    mode === 'disable-only' || plus.length === 0
      ? { changes: [], carriesInstall: true }
      : enable(contextAfter(context, removed.changes), plus, options);
  // A template that no preset gives an instance is passed over.
  const told = added.changes.filter((change) => change.kind !== 'failed' || change.reason !== 'template');
  return { changes: [...removed.changes, ...told], carriesInstall: true };
}
