// Calendar events beside `systemd-analyze calendar`: normal forms, refusals, and the next times in many zones.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nextElapse } from '../../../supervisor/units/calendar.ts';
import { parseCalendar } from '../../../supervisor/units/calendar-parse.ts';
import { inParts, tool } from './systemd-tools.ts';
import { fc } from '../../support/random.ts';

const test = suite('units calendar, beside systemd');

const ITERATIONS = 3;
const NEVER: readonly string[] = ['never'];

interface Answer {
  /** null: refused. */
  readonly text: string | null;
  readonly elapses: readonly string[];
}

/** Asks systemd about each expression: its normal form and the UTC times of its next elapses. */
function systemdSays(expressions: readonly string[], zone: string, base: string): Map<string, Answer> {
  const answers = new Map<string, Answer>();
  for (const part of inParts([...new Set(expressions)], 400)) {
    const { stdout, stderr } = tool(
      'systemd-analyze',
      ['calendar', `--iterations=${ITERATIONS}`, `--base-time=${base}`, '--', ...part],
      { TZ: `:${zone}` },
    );
    for (const block of stdout.split('\n\n')) {
      const normal = /Normalized form: (.*)/.exec(block)?.[1];
      if (normal === undefined) continue;
      // systemd leaves the original form out where it is the normal one.
      const original = /Original form: (.*)/.exec(block)?.[1] ?? normal;
      const times =
        zone === 'UTC' ? /(?:Next elapse|Iter\. #\d+): (\S+ \S+ \S+) UTC/g : /\(in UTC\): (\S+ \S+ \S+) UTC/g;
      const elapses = [...block.matchAll(times)].map((match) => match[1] ?? '');
      answers.set(original, { text: normal, elapses: /Next elapse: never/.test(block) ? NEVER : elapses });
    }
    for (const match of stderr.matchAll(/Failed to parse calendar specification '(.*)':/g)) {
      answers.set(match[1] ?? '', { text: null, elapses: [] });
    }
  }
  return answers;
}

function weSay(expression: string, zone: string, baseMs: number): Answer {
  const spec = parseCalendar(expression);
  if (spec === null) return { text: null, elapses: [] };
  const elapses: string[] = [];
  let at = baseMs;
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    const next = nextElapse(spec, at, zone);
    if (next === null) break;
    elapses.push(utcText(next));
    at = next;
  }
  return { text: spec.text, elapses: elapses.length === 0 ? NEVER : elapses };
}

/** `Sun 2026-03-29 01:30:00`, as systemd prints a time. */
function utcText(ms: number): string {
  const date = new Date(Math.floor(ms));
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][date.getUTCDay()] ?? '';
  return `${day} ${date.toISOString().slice(0, 19).replace('T', ' ')}`;
}

function compare(expressions: readonly string[], zone: string, base: string): string[] {
  const baseMs = Date.parse(`${base.replace(' UTC', '').replace(' ', 'T')}Z`);
  const differences: string[] = [];
  for (const [expression, theirs] of systemdSays(expressions, zone, base)) {
    const ours = weSay(expression, zone, baseMs);
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
      differences.push(
        `${JSON.stringify(expression)} in ${zone} from ${base}\n  systemd ${JSON.stringify(theirs)}\n  ours    ${JSON.stringify(ours)}`,
      );
    }
  }
  return differences;
}

const number = (from: number, to: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.integer({ min: from, max: to }), fc.boolean())
    .map(([value, padded]) => (padded ? String(value).padStart(2, '0') : String(value)));
const component = (from: number, to: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: number(from, to) },
    { weight: 1, arbitrary: fc.tuple(number(from, to), number(from, to)).map(([a, b]) => `${a}..${b}`) },
    { weight: 1, arbitrary: fc.tuple(number(from, to), number(1, 12)).map(([a, b]) => `${a}/${b}`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(number(from, to), number(from, to), number(1, 5))
        .map(([a, b, c]) => `${a}..${b}/${c}`),
    },
  );
const chain = (from: number, to: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    { weight: 4, arbitrary: component(from, to) },
    {
      weight: 2,
      arbitrary: fc.array(component(from, to), { minLength: 2, maxLength: 4 }).map((list) => list.join(',')),
    },
  );
const seconds = fc.oneof(
  chain(0, 59),
  fc.tuple(number(0, 59), fc.nat(99_999_999)).map(([whole, fraction]) => `${whole}.${fraction}`),
  fc.tuple(number(0, 30), fc.nat(999)).map(([whole, step]) => `${whole}/${step % 20}.${step}`),
);
const days = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fc
      .array(
        fc.constantFrom(
          'Mon',
          'tue',
          'Wednesday',
          'Thu',
          'FRI',
          'sat',
          'Sunday',
          'Mon..Fri',
          'Tue-Thu',
          'Sat..Sun',
          'Sun..Mon',
        ),
        {
          minLength: 1,
          maxLength: 3,
        },
      )
      .map((list) => `${list.join(',')} `),
  },
);
const date = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fc.tuple(chain(1, 12), fc.constantFrom('-', '~'), chain(1, 31)).map((parts) => parts.join('')),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.oneof(chain(2024, 2040), chain(0, 99)),
        fc.constant('-'),
        chain(1, 12),
        fc.constantFrom('-', '-', '~'),
        chain(1, 31),
      )
      .map((parts) => parts.join('')),
  },
);
const time = fc.oneof(
  { weight: 1, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: fc.tuple(chain(0, 23), chain(0, 59)).map((parts) => parts.join(':')) },
  { weight: 3, arbitrary: fc.tuple(chain(0, 23), chain(0, 59), seconds).map((parts) => parts.join(':')) },
);
const zoneSuffix = fc.constantFrom(
  '',
  '',
  '',
  '',
  ' UTC',
  ' utc',
  ' Europe/Berlin',
  ' America/New_York',
  ' Asia/Kolkata',
);
const expression = fc
  .tuple(days, date, time, zoneSuffix)
  .map(([day, on, at, zone]) => `${day}${on}${on !== '' && at !== '' ? ' ' : ''}${at}`.trim() + zone)
  .filter((text) => text !== '' && !text.startsWith('-') && !isSystemdsOwn(text));

/**
 * Where systemd 252 does not do what systemd.time(7) says: of several days before the end of the month, each later one
 * may only be smaller than the one before it (its limit shrinks by 3 with each); what repeats within a minute (`*:*:0/7`)
 * leaves out its first time in each hour; and so does what repeats within an hour or a day and does not come out even
 * (`*:0/7`, `0/7:00`).
 */
function isSystemdsOwn(text: string): boolean {
  const daysFromEnd = /~([^ ]*)/.exec(text)?.[1] ?? '';
  const [, hours = '', minutes = ''] = /(?:^| )([^ :]*):([^ :]*)/.exec(text) ?? [];
  const comesOutOdd = (field: string, count: number): boolean =>
    [...field.matchAll(/(\d+)\/(\d+)/g)].some(
      ([, from, step]) => (count - Number(from)) % Number(step) !== 0,
    );
  return (
    daysFromEnd.includes(',') ||
    /:[^:]*:[^:]*\//.test(text) ||
    comesOutOdd(hours, 24) ||
    comesOutOdd(minutes, 60)
  );
}

const WRITTEN = (
  'minutely|hourly|daily|weekly|monthly|quarterly|yearly|annually|anually|Daily|HOURLY|' +
  'semiannually|semi-annually|biannually|bi-annually|daily UTC|weekly Europe/Berlin|' +
  'fortnightly|Sat,Thu,Mon-Wed,Sat-Sun|Sat,Thu,Mon..Wed,Sat..Sun|Mon,Sun 12-*-* 2,1:23|' +
  'Wed *-1|Wed-Wed,Wed *-1|Wed..Wed,Wed *-1|Wed, 17:48|Wed..Sat,Tue 12-10-15 1:2:3|' +
  '*-*-7 0:0:0|10-15|monday *-12-* 17:00|Mon,Fri *-*-3,1,2 *:30:45|12,14,13,12:20,10,30|' +
  'mon,fri *-1/2-1,3 *:30:45|03-05 08:05:40|08:05:40|Sat,Sun 12-05 08:05:40|2003-03-05 05:40|' +
  '2003-03-05|*:2/3|2015-10-25 01:00:00 uTc|9..11,13:00,30|2016-03-27 03:17:00.4200005|' +
  '2016-03-27 03:17:00/0.42|1..3-1..3 1..3:1..3|00:00:1.125..2.125|00:00:1.0..3.8|*-*~1 Utc|' +
  '*-*~05,3 |*-*~* 00:00:00|Monday|Monday *-*-*|*-*-*|*-02-29|*-02~01|Mon *-05~07/1|test| utc|' +
  '    |7|121212:1:2|2000-03-05.23 00:00:00|2000-03-05 00:00.1:00|00:00:00/0.00000001|' +
  '00:00:00.0..00.9|2016~11-22|*-*~5/5|20/4:00|*:*:*|*:0/15|*-*-* 12:00:00/61|24:00|1:60|' +
  '*-13-1|*-0-1|*-1-32|1969-1-1|2199-12-31|2200-1-1|69-1-1|70-1-1|@1395716396|@0|Mon..|Mon,|' +
  ',Mon|Mon Tue|Monda|Mon*-*-*|*-*-31|*-2-30|Fri *-*-13|Mon 2025-01-01|1,2,3|*|*:*|' +
  '00:00:59.9999999|*-*-* 0:0:0 Nowhere/Else|*-*-* 0:0:0 Europe/Berlin UTC|' +
  'Sun *-03~07/1 02:30'
).split('|');

const BASES = [
  '2026-03-28 12:00:00 UTC',
  '2024-02-28 23:59:59 UTC',
  '2026-10-24 10:00:00 UTC',
  '1999-12-31 23:59:59 UTC',
];
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Asia/Kolkata',
];

test('what people write, and what systemd refuses, in a zone with summer time', () => {
  assert.equal(compare(WRITTEN, 'Europe/Berlin', BASES[0] ?? ''), []);
});

test('what people write, from other times and in UTC', () => {
  assert.equal(
    BASES.flatMap((base) => compare(WRITTEN, 'UTC', base)),
    [],
  );
});

test('thousands of random expressions have the same normal form and the same next times', () => {
  const expressions = fc.sample(expression, { numRuns: 3000 });
  assert.ok(new Set(expressions).size > 2500);
  const differences = ZONES.flatMap((zone, index) =>
    compare(
      expressions.filter((_, at) => at % ZONES.length === index),
      zone,
      BASES[index % BASES.length] ?? '',
    ),
  );
  assert.equal(differences, []);
});

test('times around the changes of the clock', () => {
  const aroundNight = fc
    .tuple(chain(0, 4), chain(0, 59), fc.constantFrom('0', '30', '*/30'))
    .map(([hour, minute, second]) => `${hour}:${minute}:${second.replace('*/', '0/')}`);
  const expressions = [
    'hourly',
    '02:30',
    '*:30',
    '01:59:59',
    '03:00',
    '00:30',
    ...fc.sample(aroundNight, { numRuns: 150 }),
  ];
  const moments: readonly (readonly [string, string])[] = [
    ['Europe/Berlin', '2026-03-29 00:20:00 UTC'],
    ['Europe/Berlin', '2026-10-24 23:20:00 UTC'],
    ['America/New_York', '2026-03-08 06:20:00 UTC'],
    ['America/New_York', '2026-11-01 04:20:00 UTC'],
    ['Australia/Lord_Howe', '2026-04-04 14:10:00 UTC'],
    ['Australia/Lord_Howe', '2026-10-03 15:10:00 UTC'],
    ['America/Sao_Paulo', '2018-11-04 02:10:00 UTC'],
  ];
  assert.equal(
    moments.flatMap(([zone, base]) => compare(expressions, zone, base)),
    [],
  );
});

test.run();
