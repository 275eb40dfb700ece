// What is kept of the units' output: so much of each, so much of all.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { JournalLine } from '../../../supervisor/control/units.ts';
import { createJournal } from '../../../supervisor/live/units/journal.ts';

const test = suite('journal of units');

const ALL = { units: [], lines: null, sinceMs: null, untilMs: null, maxPriority: 7 };
const line = (unit: string, message: string): JournalLine => ({
  unit,
  message,
  atMs: 0,
  priority: 6,
  identifier: 'x',
  pid: 7,
});

test('the oldest lines of all units go first, and units of which nothing is left', () => {
  const journal = createJournal();
  const text = 'x'.repeat(10_000);
  const count = 8000;
  for (let at = 0; at < count; at += 1) journal.append(line(`c@${at}.service`, text));
  const kept = journal.query(ALL);
  assert.ok(kept.length > 5000 && kept.length < 7000, String(kept.length));
  assert.is(kept.at(-1)?.unit, `c@${count - 1}.service`);
  assert.equal(journal.query({ ...ALL, units: ['c@0.service'] }), []);
});

test('a talkative unit keeps its last lines', () => {
  const journal = createJournal();
  for (let at = 0; at < 5000; at += 1) journal.append(line('a.service', String(at)));
  const kept = journal.query(ALL);
  assert.is(kept.length, 2000);
  assert.is(kept[0]?.message, '3000');
});

test.run();
