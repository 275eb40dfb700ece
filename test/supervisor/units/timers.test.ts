// When timers elapse: each trigger with what has happened before, as systemd.timer(5) and its source have it.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCalendar } from '../../../supervisor/units/calendar-parse.ts';
import type { MonotonicTrigger, TimerSettings } from '../../../supervisor/units/model.ts';
import { nextTimerElapse, type TimerState } from '../../../supervisor/units/timers.ts';

const test = suite('units timers');

const MIDNIGHT = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

function timer(settings: Partial<TimerSettings>): TimerSettings {
  return {
    monotonic: [],
    calendar: [],
    accuracyMs: 60_000,
    randomizedDelayMs: 0,
    fixedRandomDelay: false,
    persistent: false,
    remainAfterElapse: true,
    onClockChange: false,
    onTimezoneChange: false,
    unit: 'x.service',
    ...settings,
  };
}

const after = (base: MonotonicTrigger['base'], afterMs: number): TimerSettings =>
  timer({ monotonic: [{ base, afterMs }] });
const daily = parseCalendar('daily');
if (daily === null) throw new Error('daily is a calendar event');

const FRESH: TimerState = {
  now: { wallMs: MIDNIGHT + HOUR, monotonicMs: 100_000 },
  startedMonotonicMs: 90_000,
  timerStarted: { wallMs: MIDNIGHT + HOUR - 5000, monotonicMs: 95_000 },
  unitActiveMonotonicMs: null,
  unitInactiveMonotonicMs: null,
  lastTrigger: null,
  clockChanged: false,
  random: 0,
  localZone: 'UTC',
};
const fired = (ago: number): TimerState['lastTrigger'] => ({
  wallMs: FRESH.now.wallMs - ago,
  monotonicMs: FRESH.now.monotonicMs - ago,
});

const waiting = (wallMs: number | null, monotonicMs: number | null): unknown => ({
  kind: 'waiting',
  wallMs,
  monotonicMs,
});

const CASES: readonly [title: string, TimerSettings, Partial<TimerState>, expected: unknown][] = [
  ['OnActiveSec counts from its start', after('active', 20_000), {}, waiting(null, 115_000)],
  ['OnBootSec counts from the start of the container', after('boot', 20_000), {}, waiting(null, 110_000)],
  ['OnStartupSec, too', after('startup', 20_000), {}, waiting(null, 110_000)],
  ['what is past and never happened comes at once', after('boot', 5000), {}, waiting(null, 95_000)],
  [
    'what is past and happened does not come again',
    after('boot', 5000),
    { lastTrigger: fired(3000) },
    { kind: 'elapsed', stays: true },
  ],
  [
    'unless the clock was set',
    after('boot', 5000),
    { lastTrigger: fired(3000), clockChanged: true },
    waiting(null, 95_000),
  ],
  [
    'RemainAfterElapse=no ends the timer',
    timer({ monotonic: [{ base: 'boot', afterMs: 5000 }], remainAfterElapse: false }),
    { lastTrigger: fired(3000) },
    { kind: 'elapsed', stays: false },
  ],
  [
    'OnUnitActiveSec of a unit that never ran waits',
    after('unitActive', 10_000),
    {},
    { kind: 'elapsed', stays: true },
  ],
  [
    'OnUnitActiveSec counts from when the unit became active',
    after('unitActive', 10_000),
    { unitActiveMonotonicMs: 98_000 },
    waiting(null, 108_000),
  ],
  [
    'or from the last trigger, whichever is later',
    after('unitActive', 10_000),
    { unitActiveMonotonicMs: 91_000, lastTrigger: fired(1000) },
    waiting(null, 109_000),
  ],
  [
    'OnUnitInactiveSec counts from its end',
    after('unitInactive', 10_000),
    { unitInactiveMonotonicMs: 99_000 },
    waiting(null, 109_000),
  ],
  [
    'OnCalendar comes after the start of the timer',
    timer({ calendar: [daily] }),
    {},
    waiting(MIDNIGHT + 24 * HOUR, null),
  ],
  [
    'a persistent one that was missed comes at once',
    timer({ calendar: [daily], persistent: true }),
    { lastTrigger: { wallMs: MIDNIGHT - 30 * HOUR, monotonicMs: 0 } },
    waiting(MIDNIGHT - 24 * HOUR, null),
  ],
  [
    'both clocks wait side by side, with a random delay',
    timer({ calendar: [daily], monotonic: [{ base: 'active', afterMs: 1000 }], randomizedDelayMs: 1000 }),
    { random: 0.5 },
    waiting(MIDNIGHT + 24 * HOUR + 500, 96_500),
  ],
  [
    'the earliest of several triggers counts',
    timer({
      monotonic: [
        { base: 'active', afterMs: 9000 },
        { base: 'active', afterMs: 7000 },
      ],
    }),
    {},
    waiting(null, 102_000),
  ],
  ['infinity never comes', after('active', Infinity), {}, { kind: 'elapsed', stays: true }],
  ['a timer for changes of the clock waits', timer({ onClockChange: true }), {}, waiting(null, null)],
];

for (const [title, settings, state, expected] of CASES) {
  test(title, () => assert.equal(nextTimerElapse(settings, { ...FRESH, ...state }), expected));
}

test.run();
