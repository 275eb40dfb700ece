// `[Path]` (systemd.path(5)).

import type { PathSettings } from './model.ts';
import {
  asBoolean,
  asMode,
  bare,
  readSection,
  setting,
  type Draft,
  type KeyReader,
  type KeyReaders,
  type Reading,
} from './reading.ts';
import { readTriggeredUnit } from './timer.ts';
import type { Assignment } from './unit-ini.ts';
import { withType } from './unit-names.ts';

type PathDraft = Draft<Omit<PathSettings, 'unit'>> & { unit: string | null };

const watch =
  (kind: PathSettings['watches'][number]['kind']): KeyReader<PathDraft> =>
  (draft, assignment, reading) => {
    if (assignment.value === '') {
      draft.watches = [];
      return;
    }
    const path = reading.expanded(assignment, assignment.value, bare(assignment.value));
    if (path === null) return;
    const clean = reading.absolutePath(assignment, path);
    if (clean === null) return;
    draft.watches = [...draft.watches, { kind, path: clean }];
  };

export const PATH_READERS: KeyReaders<PathDraft> = {
  PathExists: watch('exists'),
  PathExistsGlob: watch('existsGlob'),
  PathChanged: watch('changed'),
  PathModified: watch('modified'),
  DirectoryNotEmpty: watch('directoryNotEmpty'),
  MakeDirectory: setting('makeDirectory', asBoolean),
  DirectoryMode: setting('directoryMode', asMode),
  Unit(draft, assignment, reading) {
    draft.unit = readTriggeredUnit(assignment, reading) ?? draft.unit;
  },
  TriggerLimitIntervalSec(draft, assignment, reading) {
    const ms = reading.span(assignment);
    // Infinity is systemd's mark of the default.
    const intervalMs = ms === Infinity ? 2000 : ms;
    if (intervalMs !== null) draft.triggerLimit = { ...draft.triggerLimit, intervalMs };
  },
  TriggerLimitBurst(draft, assignment, reading) {
    const burst = reading.unsigned(assignment);
    if (burst !== null) draft.triggerLimit = { ...draft.triggerLimit, burst };
  },
};

export function readPath(assignments: readonly Assignment[], reading: Reading): PathSettings {
  const draft: PathDraft = {
    watches: [],
    makeDirectory: false,
    directoryMode: 0o755,
    triggerLimit: { intervalMs: 2000, burst: 200 },
    unit: null,
  };
  readSection(draft, assignments, 'Path', PATH_READERS, reading);
  if (draft.watches.length === 0) reading.refuse('Path unit lacks path setting. Refusing.');
  return { ...draft, unit: draft.unit ?? withType(reading.unit, 'service') };
}
