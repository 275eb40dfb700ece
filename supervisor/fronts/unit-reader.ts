// Unit files as the manager reads them; loaded when the first unit is asked for.

import type { ManagerOptions, Reader } from '../live/units/manager.ts';
import { conditionProbe } from '../os/condition-probe.ts';
import type { System } from '../os/system.ts';
import { hostFacts, unitSource } from '../os/unit-source.ts';
import { loadUnits } from '../units/load.ts';
import { presetOf, readPresets, type PresetRule } from '../units/presets.ts';
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
      const loader = loadUnits(source, { host });
      const context = { source, files: loader.files, host };
      const states = new Map<string, string | null>();
      let rules: readonly PresetRule[] | null = null;
      return {
        load: (name) => loader.load(name),
        names: () => [...loader.files.ids.keys()],
        fileState: ({ id, fragmentPath }) =>
          fragmentPath === null ? null : remembered(states, id, () => unitFileState(context, id)),
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
