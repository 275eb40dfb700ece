// `[Timer]` (systemd.timer(5)).

import type { MonotonicTrigger, TimerSettings } from './model.ts';
import { parseCalendar } from './calendar-parse.ts';
import {
  asBoolean,
  asSpan,
  bare,
  readSection,
  setting,
  type Draft,
  type KeyReader,
  type KeyReaders,
  type Reading,
} from './reading.ts';
import type { Assignment } from './unit-ini.ts';
import { parseUnitName, withType } from './unit-names.ts';

type TimerDraft = Draft<Omit<TimerSettings, 'unit'>> & { unit: string | null };

const DEFAULT_ACCURACY_MS = 60_000;

/** An empty value of any of the triggers forgets all of them, those of the other keys included. */
function forget(draft: TimerDraft): void {
  draft.monotonic = [];
  draft.calendar = [];
}

const monotonic =
  (base: MonotonicTrigger['base']): KeyReader<TimerDraft> =>
  (draft, assignment, reading) => {
    if (assignment.value === '') return forget(draft);
    const value = reading.expanded(assignment);
    if (value === null) return;
    const afterMs = reading.span({ ...assignment, value }, 'timer value');
    if (afterMs !== null) draft.monotonic = [...draft.monotonic, { base, afterMs }];
  };

/** `Unit=` of a timer or path unit. */
export function readTriggeredUnit(assignment: Assignment, reading: Reading): string | null {
  const name = reading.expanded(assignment, assignment.value, bare(assignment.value));
  if (name === null) return null;
  if (parseUnitName(name) === null) {
    reading.warn(`Unit type not valid, ignoring: ${assignment.value}`, assignment.origin);
    return null;
  }
  return name;
}

export const TIMER_READERS: KeyReaders<TimerDraft> = {
  OnActiveSec: monotonic('active'),
  OnBootSec: monotonic('boot'),
  OnStartupSec: monotonic('startup'),
  OnUnitActiveSec: monotonic('unitActive'),
  OnUnitInactiveSec: monotonic('unitInactive'),
  OnCalendar(draft, assignment, reading) {
    if (assignment.value === '') return forget(draft);
    const value = reading.expanded(assignment);
    if (value === null) return;
    const read = { ...assignment, value };
    const spec = reading.orWarn(parseCalendar(value), read, 'Failed to parse calendar specification');
    if (spec !== null) draft.calendar = [...draft.calendar, spec];
  },
  OnClockChange: setting('onClockChange', asBoolean),
  OnTimezoneChange: setting('onTimezoneChange', asBoolean),
  AccuracySec: setting('accuracyMs', asSpan),
  RandomizedDelaySec: setting('randomizedDelayMs', asSpan),
  FixedRandomDelay: setting('fixedRandomDelay', asBoolean),
  Persistent: setting('persistent', asBoolean),
  RemainAfterElapse: setting('remainAfterElapse', asBoolean),
  Unit(draft, assignment, reading) {
    draft.unit = readTriggeredUnit(assignment, reading) ?? draft.unit;
  },
};

export function readTimer(assignments: readonly Assignment[], reading: Reading): TimerSettings {
  const draft: TimerDraft = {
    monotonic: [],
    calendar: [],
    accuracyMs: DEFAULT_ACCURACY_MS,
    randomizedDelayMs: 0,
    fixedRandomDelay: false,
    persistent: false,
    remainAfterElapse: true,
    onClockChange: false,
    onTimezoneChange: false,
    unit: null,
  };
  readSection(draft, assignments, 'Timer', TIMER_READERS, reading);
  const triggers = draft.monotonic.length + draft.calendar.length;
  if (triggers === 0 && !draft.onClockChange && !draft.onTimezoneChange) {
    reading.refuse('Timer unit lacks value setting. Refusing.');
  }
  return { ...draft, unit: draft.unit ?? withType(reading.unit, 'service') };
}
