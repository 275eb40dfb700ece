// Unit files as the manager reads them; loaded when the first unit is asked for.

import type { ManagerOptions, Reader } from '../live/units/manager.ts';
import { conditionProbe } from '../os/condition-probe.ts';
import type { System } from '../os/system.ts';
import { hostFacts, unitSource } from '../os/unit-source.ts';
import { loadUnits } from '../units/load.ts';
import { presetOf, readPresets, type PresetRule } from '../units/presets.ts';
import { listingOf, scanUnitFiles, versionOf, type UnitFiles } from '../units/search.ts';
import { unitFileState } from '../units/unit-file-state.ts';
import { runGenerators } from './generators.ts';

/** What the manager needs: units are read, and those of generators are made before that. */
export function unitReading(
  environment: Readonly<Record<string, string>>,
  system: System,
  onTrouble: (message: string) => void,
): Pick<ManagerOptions, 'generate' | 'read' | 'probe'> {
  return {
    ...unitReader(environment),
    generate: () => runGenerators(system, unitSource(), environment, onTrouble),
  };
}

export function unitReader(environment: Readonly<Record<string, string | undefined>>): {
  readonly read: () => Reader;
  readonly probe: ManagerOptions['probe'];
} {
  const host = hostFacts(environment);
  return {
    probe: (variables) => conditionProbe(host, variables),
    read() {
      const source = unitSource();
      const states = new Map<string, string | null>();
      /** Unit → what its files were when it was read. */
      const versions = new Map<string, string>();
      let rules: readonly PresetRule[] | null = null;
      let listing = listingOf(source);
      let loader = loadUnits(source, { host });
      /** The search path as it is now, listed again only where a directory of it has changed. */
      let current = { listing, files: loader.files };
      const filesNow = (): UnitFiles => {
        const now = listingOf(source);
        if (now !== current.listing) current = { listing: now, files: scanUnitFiles(source) };
        return current.files;
      };
      return {
        load(name) {
          const unit = loader.load(name);
          versions.set(unit.id, versionOf(loader.files, unit.id, unit.names));
          return unit;
        },
        isOutdated: ({ id, names }) => versions.get(id) !== versionOf(filesNow(), id, names),
        renew() {
          listing = listingOf(source);
          loader = loadUnits(source, { host });
          current = { listing, files: loader.files };
          states.clear();
        },
        isListed: () => listing === listingOf(source),
        names: () => [...loader.files.ids.keys()],
        fileState: ({ id, fragmentPath }) =>
          fragmentPath === null
            ? null
            : remembered(states, id, () => unitFileState({ source, files: loader.files, host }, id)),
        preset: ({ id, fragmentPath }) =>
          fragmentPath === null ? null : `${presetOf((rules ??= readPresets(source)), id).action}d`,
      };
    },
  };
}

function remembered<T>(known: Map<string, T>, key: string, find: () => T): T {
  const there = known.get(key);
  if (there !== undefined) return there;
  const found = find();
  known.set(key, found);
  return found;
}
