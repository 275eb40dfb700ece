// The table of keys beside systemd's own list, beside what the readers read, and beside the page that shows it.

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXEC_READERS } from '../../../supervisor/units/exec-settings.ts';
import { KILL_READERS } from '../../../supervisor/units/kill-settings.ts';
import { KNOWN_SECTIONS, keysOf, type Support } from '../../../supervisor/units/keys.ts';
import { PATH_READERS } from '../../../supervisor/units/path.ts';
import { SERVICE_READERS } from '../../../supervisor/units/service.ts';
import { SOCKET_READERS } from '../../../supervisor/units/socket.ts';
import { TIMER_READERS } from '../../../supervisor/units/timer.ts';
import { INSTALL_READERS } from '../../../supervisor/units/install-section.ts';
import { LIMIT_READERS, UNIT_READERS } from '../../../supervisor/units/unit-section.ts';
import { tool } from './systemd-tools.ts';

const test = suite('units keys');

/** Read all the same: `systemctl show` prints them, and whether the unit is a valid one depends on some. */
const READ_ONLY = ['OnClockChange', 'OnTimezoneChange', 'JoinsNamespaceOf', 'BusName', 'OOMPolicy'];

const PAGE = new URL('../../../docs/units.md', import.meta.url);

test('the table has every key that this systemd knows', () => {
  const { stdout } = tool('/usr/lib/systemd/systemd', ['--dump-configuration-items']);
  const missing: string[] = [];
  let section = '';
  let known = 0;
  for (const line of stdout.split('\n')) {
    section = /^\[(.*)\]$/.exec(line)?.[1] ?? section;
    const key = /^(\w+)=/.exec(line)?.[1];
    if (key === undefined || !KNOWN_SECTIONS.includes(section)) continue;
    known += 1;
    if (!keysOf(section).has(key)) missing.push(`${section}.${key}`);
  }
  assert.ok(known > 500, `only ${known} keys found`);
  assert.equal(missing, []);
});

test('what works is read, and what is read works', () => {
  const readers: Readonly<Record<string, readonly object[]>> = {
    Unit: [UNIT_READERS],
    Install: [INSTALL_READERS],
    Service: [SERVICE_READERS, EXEC_READERS, KILL_READERS, LIMIT_READERS],
    Socket: [SOCKET_READERS, EXEC_READERS, KILL_READERS],
    Timer: [TIMER_READERS],
    Path: [PATH_READERS],
  };
  for (const section of KNOWN_SECTIONS) {
    const read = (readers[section] ?? []).flatMap((table) => Object.keys(table));
    const works = [...keysOf(section)].filter(([, support]) => support === 'works').map(([key]) => key);
    assert.equal(
      works.filter((key) => !read.includes(key)),
      [],
      `[${section}] works, and is not read`,
    );
    assert.equal(
      read.filter((key) => !works.includes(key) && !READ_ONLY.includes(key)),
      [],
      `[${section}] is read, and does not work`,
    );
    assert.equal(
      works.filter((key) => READ_ONLY.includes(key)),
      [],
      `[${section}] nobody acts on it`,
    );
  }
});

test('no key stands twice in a section', () => {
  for (const section of KNOWN_SECTIONS) {
    const keys = [...keysOf(section).keys()];
    assert.is(new Set(keys).size, keys.length);
    assert.not.ok(keys.includes(''), section);
  }
});

test('the page shows the table', () => {
  const page = readFileSync(PAGE, 'utf8');
  const shown = new Map<string, Map<string, Support>>();
  for (const row of page.matchAll(/^\| \[(\w+)\] \| (works|harmless|sandbox|missing|gone) \| (.*) \|$/gm)) {
    const [, section = '', support = '', cell = ''] = row;
    const keys = shown.get(section) ?? new Map<string, Support>();
    for (const [, key = ''] of cell.matchAll(/`(\w+)`/g)) keys.set(key, support as Support);
    shown.set(section, keys);
  }
  // The keys that services and sockets share are shown once, in the rows of [Service].
  for (const section of KNOWN_SECTIONS) {
    const keys = [...keysOf(section)].filter(
      ([key]) =>
        section !== 'Socket' || !keysOf('Service').has(key) || shown.get('Socket')?.has(key) === true,
    );
    const lines = (entries: Iterable<readonly [string, Support]>): string[] =>
      [...entries].map(([key, support]) => `${key} ${support}`).toSorted();
    assert.equal(lines(shown.get(section) ?? []), lines(keys), section);
  }
});

test.run();
