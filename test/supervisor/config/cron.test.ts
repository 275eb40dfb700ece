// schedule=: crontab(5)'s notation, and the next run held against a reading of cron(8) that walks minute by minute.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  nextRun,
  parseCron,
  type Cron,
  type LocalClock,
  type LocalTime,
} from '../../../supervisor/config/cron.ts';

const test = suite('cron');

const MINUTE = 60_000;

/** The clock of a zone, by the platform's own tables; the answers of one zone are kept. */
function clockOf(zone: string): LocalClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const known = new Map<number, LocalTime>();
  return (at) => {
    const found = known.get(at);
    if (found !== undefined) return found;
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const local = {
      year: Number(parts['year']),
      month: Number(parts['month']),
      day: Number(parts['day']),
      weekday: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(parts['weekday'] ?? ''),
      hour: Number(parts['hour']),
      minute: Number(parts['minute']),
    };
    known.set(at, local);
    return local;
  };
}

const VALID: readonly (readonly [
  text: string,
  minutes: string,
  hours: string,
  days: string,
  months: string,
  weekdays: string,
])[] = [
  ['0 0 1 1 0', '0', '0', '1', '1', '0'],
  ['*/15 8-10 * * *', '0 15 30 45', '8 9 10', '1-31', '1-12', '0-6'],
  [
    '5,10-12,50-59/4 */7 1-31/10 jan,MAR-may mon-fri',
    '5 10 11 12 50 54 58',
    '0 7 14 21',
    '1 11 21 31',
    '1 3 4 5',
    '1 2 3 4 5',
  ],
  ['0 0 * * 7', '0', '0', '1-31', '1-12', '0'],
  ['0 0 * * 5-7', '0', '0', '1-31', '1-12', '0 5 6'],
  ['0 0 * * sat-sun', '0', '0', '1-31', '1-12', '0 6'],
  ['@daily', '0', '0', '1-31', '1-12', '0-6'],
  ['@Hourly', '0', '0-23', '1-31', '1-12', '0-6'],
  ['@weekly', '0', '0', '1-31', '1-12', '0'],
  ['@monthly', '0', '0', '1', '1-12', '0-6'],
  ['@yearly', '0', '0', '1', '1', '0-6'],
  ['  1\t2  3 4 *  ', '1', '2', '3', '4', '0-6'],
];

for (const [text, ...expected] of VALID) {
  test(`'${text}' is understood`, () => {
    const cron = parseCron(text);
    const found = [cron.minutes, cron.hours, cron.days, cron.months, cron.weekdays].map((values) =>
      [...values].toSorted((one, two) => one - two).join(' '),
    );
    const full = (range: string): string => {
      const [first, last] = range.split('-').map(Number);
      return last === undefined
        ? range
        : Array.from({ length: last - (first ?? 0) + 1 }, (_, index) => (first ?? 0) + index).join(' ');
    };
    assert.equal(found, expected.map(full));
  });
}

const INVALID = [
  '',
  '* * * *',
  '* * * * * *',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * 32 * *',
  '* * * 13 *',
  '* * * 0 *',
  '* * * * 8',
  '*/0 * * * *',
  '5/10 * * * *',
  '5-1 * * * *',
  '*-5 * * * *',
  '1, * * * *',
  '-1 * * * *',
  '1.5 * * * *',
  '* * * foo *',
  'mon * * * *',
  '0 0 30 feb *',
  '0 0 31 4,6,9,11 *',
  '@sometimes',
];

for (const text of INVALID) {
  test(`'${text}' is refused, with a remedy`, () => {
    assert.throws(
      () => parseCron(text),
      (error: Error & { remedy?: string }) =>
        /schedule|never comes/.test(error.message) && error.remedy !== undefined,
    );
  });
}

/** [schedule, zone, after, next], where times are UTC. */
const NEXT: readonly (readonly [string, string, string, string])[] = [
  ['* * * * *', 'UTC', '2026-11-21T10:00:00Z', '2026-11-21T10:01:00Z'],
  ['* * * * *', 'UTC', '2026-11-21T10:00:59.999Z', '2026-11-21T10:01:00Z'],
  ['0 0 1 1 *', 'UTC', '2026-11-21T10:00:00Z', '2027-01-01T00:00:00Z'],
  ['0 0 29 2 *', 'UTC', '2096-03-01T00:00:00Z', '2104-02-29T00:00:00Z'],
  ['0 4 13 * fri', 'UTC', '2026-11-10T05:00:00Z', '2026-11-13T04:00:00Z'],
  ['0 4 13 * fri', 'UTC', '2026-11-13T04:00:00Z', '2026-11-20T04:00:00Z'],
  ['30 12 * * *', 'Asia/Kathmandu', '2026-11-21T00:00:00Z', '2026-11-21T06:45:00Z'],
  // Put forward: 02:30 does not exist, and comes at 03:00 summer time.
  ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00Z'],
  ['30 2 * * *', 'Europe/Berlin', '2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
  // By real time: the hour that is skipped is not there.
  ['30 * * * *', 'Europe/Berlin', '2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z'],
  // Put back: 02:30 is there twice, and is taken once.
  ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00Z'],
  ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
  ['30 * * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'],
  // Midnight itself is skipped.
  ['0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', '2018-11-04T03:00:00Z'],
  // By half an hour.
  ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', '2026-10-03T15:30:00Z'],
];

for (const [text, zone, after, next] of NEXT) {
  test(`'${text}' in ${zone} after ${after}`, () => {
    const found = nextRun(parseCron(text), Date.parse(after), clockOf(zone));
    assert.is(found === null ? null : new Date(found).toISOString(), new Date(next).toISOString());
  });
}

/** The first run after `after` within `minutes`, by walking over every minute, as cron's own loop does. */
function walk(cron: Cron, after: number, minutes: number, clock: LocalClock): number | null {
  const number = (local: LocalTime): number =>
    Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute) / MINUTE;
  const has = (minute: number): boolean => {
    const date = new Date(minute * MINUTE);
    const byDay = cron.days.has(date.getUTCDate());
    const byWeekday = cron.weekdays.has(date.getUTCDay());
    return (
      cron.minutes.has(date.getUTCMinutes()) &&
      cron.hours.has(date.getUTCHours()) &&
      cron.months.has(date.getUTCMonth() + 1) &&
      (cron.anyDay ? byDay || byWeekday : byDay && byWeekday)
    );
  };
  const begin = Math.floor(after / MINUTE) * MINUTE;
  // The last local minute that was dealt with, from four hours before on.
  let latest = number(clock(begin - 240 * MINUTE));
  for (let at = begin - 239 * MINUTE; at <= begin + minutes * MINUTE; at += MINUTE) {
    const local = number(clock(at));
    let runs = false;
    if (cron.frequent) runs = has(local);
    else for (let minute = latest + 1; minute <= local; minute += 1) runs ||= has(minute);
    latest = Math.max(latest, local);
    if (runs && at > begin) return at;
  }
  return null;
}

test('random schedules in zones that change their clocks run when a walk over all minutes says', () => {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pick = (...choices: readonly string[]): string => choices[random(choices.length)] ?? '*';
  const changes: readonly (readonly [zone: string, day: string])[] = [
    ['Europe/Berlin', '2026-03-29'],
    ['Europe/Berlin', '2026-10-25'],
    ['America/New_York', '2026-03-08'],
    ['America/New_York', '2026-11-01'],
    ['Australia/Lord_Howe', '2026-10-03'],
    ['Australia/Lord_Howe', '2026-04-04'],
    ['America/Sao_Paulo', '2018-11-04'],
    ['America/Sao_Paulo', '2019-02-16'],
    ['Asia/Kathmandu', '2026-06-01'],
    ['UTC', '2028-02-28'],
  ];
  const clocks = new Map(changes.map(([zone]) => [zone, clockOf(zone)]));
  const window = 3 * 1440;
  for (let round = 0; round < 500; round += 1) {
    const [zone, day] = changes[random(changes.length)] ?? ['UTC', '2026-01-01'];
    const text = [
      pick('*', '0', '*/7', String(random(60)), `${random(30)}-${30 + random(30)}`, '0,30'),
      pick('*', '*/2', String(random(24)), String(random(4)), '1-3', '0,2,23'),
      pick('*', '*', '*/2', String(1 + random(28)), '1-15'),
      '*',
      pick('*', '*', '0', 'sun', '1-5', String(random(8))),
    ].join(' ');
    const after =
      Date.parse(`${day}T00:00:00Z`) - 86_400_000 + random(2 * 1440) * MINUTE + random(2) * 30_000;
    const cron = parseCron(text);
    const clock = clocks.get(zone) ?? clockOf(zone);
    const expected = walk(cron, after, window, clock);
    const found = nextRun(cron, after, clock);
    const shown = (at: number | null): string => (at === null ? 'never' : new Date(at).toISOString());
    const context = `'${text}' in ${zone} after ${shown(after)}`;
    if (expected !== null) assert.is(shown(found), shown(expected), context);
    else assert.ok(found === null || found > after + window * MINUTE, `${context}: ${shown(found)}`);
  }
});

test.run();
