// Unit files as the manager reads them; loaded when the first unit is asked for.

import type { Reader } from '../live/units/manager.ts';
import { hostFacts, unitSource } from '../os/unit-source.ts';
import { loadUnits } from '../units/load.ts';
import type { HostFacts } from '../units/specifiers.ts';

export function unitReader(environment: Readonly<Record<string, string | undefined>>): {
  readonly read: () => Reader;
  readonly host: HostFacts;
} {
  const host = hostFacts(environment);
  return {
    host,
    read() {
      const loader = loadUnits(unitSource(), { host });
      return {
        load: (name) => loader.load(name),
        names: () => [...loader.files.ids.keys()],
        fileState: () => null,
      };
    },
  };
}
