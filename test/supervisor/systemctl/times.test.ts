// fronts/journalctl-time.ts beside `systemd-analyze timestamp`, and the words for spans of time.

import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readTime } from '../../../supervisor/fronts/journalctl-time.ts';
import { readTimestamp, relativeTime, timestamp } from '../../../supervisor/fronts/systemctl/time-text.ts';

const test = suite('times of journalctl and systemctl');

/** Without those that depend on the second in which they are read. */
const EXPRESSIONS: readonly string[] = [
  'yesterday',
  'today',
  'tomorrow',
  '2026-11-21 10:00',
  '2026-11-21 10:00:07',
  '2026-11-21',
  '26-11-21 10:00',
  '10:00',
  '23:59:59',
  '@1234567890',
  'Sat 2026-11-21',
  'Saturday 2026-11-21 10:00',
  'foo',
  '',
  'Sun 2026-11-21',
  '2026-11-21 10:00:00 UTC',
  '10:00:00 UTC',
  '2026-11-21 UTC',
  '2026-13-01',
  '2026-11-21 25:00',
  '2026-02-29',
  '5min',
  '1 2',
];

for (const zone of ['UTC', 'Europe/Berlin', 'America/New_York']) {
  test(`--since= reads what systemd reads, in ${zone}`, () => {
    const before = process.env['TZ'];
    process.env['TZ'] = zone;
    try {
      for (const expression of EXPRESSIONS) {
        const real = spawnSync('systemd-analyze', ['timestamp', '--', expression], {
          encoding: 'utf8',
          env: { ...process.env, TZ: zone, LC_ALL: 'C.UTF-8' },
        });
        const seconds = real.status === 0 ? /UNIX seconds: @(\d+)/.exec(real.stdout)?.[1] : null;
        const ours = readTime(expression, Date.now());
        assert.is(ours === null ? null : String(ours / 1000), seconds ?? null, `${zone}: ${expression}`);
      }
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });
}

test('a time with a zone and without a date is one of today in UTC, also where it is tomorrow already', () => {
  const before = process.env['TZ'];
  process.env['TZ'] = 'Europe/Berlin';
  try {
    const late = Date.UTC(2026, 10, 21, 23, 30);
    assert.is(readTime('10:00:00 UTC', late), Date.UTC(2026, 10, 21, 10));
    assert.is(readTime('10:00:00', late), Date.UTC(2026, 10, 22, 9));
  } finally {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  }
});

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);

const RELATIVE: readonly (readonly [expression: string, differenceMs: number])[] = [
  ['now', 0],
  ['-5min', -300_000],
  ['+1h 30min', 5_400_000],
  ['2 hours ago', -7_200_000],
  ['1 week ago', -604_800_000],
  ['3s left', 3000],
  ['-1d12h', -129_600_000],
];

test('as later versions of systemd do, it takes the T and the offsets of ISO 8601', () => {
  assert.is(readTime('2026-11-21T10:00:00Z', NOW), Date.UTC(2026, 10, 21, 10));
  assert.is(readTime('2026-11-21 10:00:00+02:00', NOW), Date.UTC(2026, 10, 21, 8));
});

for (const [expression, difference] of RELATIVE) {
  test(`${expression} counts from now`, () => assert.is(readTime(expression, NOW), NOW + difference));
}

const AGO: readonly (readonly [differenceMs: number, text: string])[] = [
  [0.5, '500us ago'],
  [40, '40ms ago'],
  [3_999, '3s ago'],
  [61_000, '1min 1s ago'],
  [299_000, '4min 59s ago'],
  [300_000, '5min ago'],
  [3_600_000, '1h 0min ago'],
  [4_000_000, '1h 6min ago'],
  [6 * 3_600_000, '6h ago'],
  [25 * 3_600_000, '1 day 1h ago'],
  [49 * 3_600_000, '2 days ago'],
  [8 * 86_400_000, '1 week 1 day ago'],
  [40 * 86_400_000, '1 month 9 days ago'],
  [400 * 86_400_000, '1 year 1 month ago'],
  [-90_000, '1min 30s left'],
  [0, 'now'],
];

for (const [difference, text] of AGO) {
  test(`${difference} ms are ${text}`, () => assert.is(relativeTime(difference), text));
}

test('what is printed as a timestamp can be read again, to the second', () => {
  assert.is(timestamp(NOW, true), 'Sat 2026-11-21 12:00:00 UTC');
  assert.is(readTimestamp('Sat 2026-11-21 12:00:00 UTC'), NOW);
  assert.is(readTimestamp(timestamp(NOW)), NOW);
  assert.is(readTimestamp('n/a'), null);
});

test.run();
