// Which processes are a unit's, and the small pure parts of the manager of units.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { actionOf } from '../../../supervisor/live/units/actions.ts';
import { stateOf } from '../../../supervisor/live/units/as-programs.ts';
import { createJournal } from '../../../supervisor/live/units/journal.ts';
import { matchesPattern } from '../../../supervisor/live/units/patterns.ts';
import { membersOf } from '../../../supervisor/live/units/process-set.ts';
import { parseSyslog } from '../../../supervisor/live/units/syslog-socket.ts';
import { readPriority } from '../../../supervisor/live/units/unit-output.ts';
import { parseStat } from '../../../supervisor/os/processes.ts';
import type { ProcessEntry } from '../../../supervisor/os/system.ts';

const test = suite('small parts of the manager of units');

const entry = (pid: number, parent: number, session = pid, state = 'S'): ProcessEntry => ({
  pid,
  parent,
  session,
  state,
  startedAt: pid * 10,
  name: 'x',
});

/** [what is known, the table, the marked, the members] */
const SETS: readonly (readonly [
  string,
  readonly [known: Record<number, number>, sessions: readonly number[]],
  readonly ProcessEntry[],
  readonly number[],
  readonly number[],
])[] = [
  ['a session that we made', [{}, [20]], [entry(20, 1), entry(21, 20, 20), entry(30, 1)], [], [20, 21]],
  ['what left its session, below a member', [{}, [20]], [entry(20, 1), entry(40, 20)], [], [20, 40]],
  ['an orphan with the mark, and its children', [{}, []], [entry(40, 1), entry(41, 40)], [40], [40, 41]],
  ['the mark counts for orphans alone', [{}, []], [entry(9, 1), entry(40, 9)], [40], []],
  ['one that is known', [{ 40: 400 }, []], [entry(40, 1)], [], [40]],
  ['another of the same number', [{ 40: 399 }, []], [entry(40, 1)], [], []],
  ['what has ended', [{}, [20]], [entry(20, 1, 20, 'Z')], [], []],
  ['never the manager itself', [{ 1: 10 }, [1]], [entry(1, 0, 1)], [], []],
];

test('members of a unit are found by session, parent, number and mark', () => {
  for (const [title, [known, sessions], table, marked, members] of SETS) {
    const set = {
      known: new Map(Object.entries(known).map(([pid, at]) => [Number(pid), at])),
      sessions: new Set(sessions),
    };
    const found = membersOf(table, set, ({ pid }) => marked.includes(pid), 1);
    assert.equal(
      found.map(({ pid }) => pid).toSorted((one, other) => one - other),
      members,
      title,
    );
  }
});

test('a line of /proc/PID/stat is read whatever the name of the program', () => {
  const line = '42 (a) b (c) S 7 42 40 0 -1 1 1 1 1 1 1 1 1 1 20 0 1 0 12345 1 1';
  assert.equal(parseStat(line), [
    { pid: 42, name: 'a) b (c', state: 'S', parent: 7, session: 40, startedAt: 12_345 },
  ]);
  assert.equal(parseStat(''), []);
});

test('a failure never ends the container with 0', () => {
  const table = [
    ['none', 'failure', null, 3, null],
    ['exit', 'failure', null, 3, 3],
    ['exit', 'failure', null, 0, 1],
    ['poweroff-force', 'failure', null, null, 1],
    ['exit', 'failure', 42, 3, 42],
    ['exit', 'success', null, 3, 0],
    ['reboot', 'success', 5, 3, 5],
  ] as const;
  for (const [action, why, status, main, code] of table) {
    assert.is(actionOf(action, why, status, main), code, `${action} after ${why}`);
  }
});

test('services in supervisord’s states', () => {
  const table = [
    ['active', 'running', 'RUNNING'],
    ['active', 'exited', 'EXITED'],
    ['reloading', 'reload', 'RUNNING'],
    ['activating', 'start-pre', 'STARTING'],
    ['activating', 'auto-restart', 'BACKOFF'],
    ['deactivating', 'stop-sigterm', 'STOPPING'],
    ['failed', 'failed', 'FATAL'],
    ['inactive', 'dead', 'STOPPED'],
  ] as const;
  for (const [active, sub, state] of table) assert.is(stateOf({ active, sub }), state);
});

test('the journal keeps a bounded end of each unit, in one order', () => {
  const journal = createJournal();
  const line = (unit: string, message: string, priority = 6): void =>
    journal.append({ atMs: 1, unit, identifier: unit, pid: 1, priority, message });
  for (let index = 0; index < 5000; index++) line('a', String(index));
  line('b', 'first', 3);
  line('a', 'last');
  const all = { units: [], lines: null, sinceMs: null, untilMs: null, maxPriority: 7 };
  const lines = journal.query(all);
  assert.is(lines.length, 2001);
  assert.equal(
    lines.slice(-3).map(({ message }) => message),
    ['4999', 'first', 'last'],
  );
  assert.equal(journal.query({ ...all, units: ['a'], lines: 1 })[0]?.message, 'last');
  assert.is(journal.query({ ...all, maxPriority: 3 }).length, 1);
  const heard: string[] = [];
  const stop = journal.follow(({ message }) => heard.push(message));
  line('a', 'heard');
  stop();
  line('a', 'not heard');
  assert.equal(heard, ['heard']);
  line('a', 'x'.repeat(600_000));
  assert.ok(journal.query({ ...all, units: ['a'] }).length <= 1, 'bytes are bounded as well');
});

test('what daemons say to syslog', () => {
  const table = [
    ['<30>Nov 21 22:00:00 cron[42]: (root) CMD (x)', 6, 'cron', '(root) CMD (x)'],
    ['<11>sshd: bad: thing\n', 3, 'sshd', 'bad: thing'],
    ['<13>Nov  1 02:00:00 no tag here', 5, 'syslog', 'no tag here'],
    ['plain', 5, 'syslog', 'plain'],
  ] as const;
  for (const [text, priority, identifier, message] of table) {
    assert.equal(parseSyslog(text), { priority, identifier, message });
  }
});

test('patterns and priorities', () => {
  assert.ok(matchesPattern('ngin*', 'nginx.service'));
  assert.ok(matchesPattern('[!a]ginx.service', 'nginx.service'));
  assert.not(matchesPattern('nginx', 'nginx.service'));
  assert.equal(readPriority('<3>bad', 6), { priority: 3, message: 'bad' });
  assert.equal(readPriority('<29>daemon', 6), { priority: 5, message: 'daemon' });
  assert.equal(readPriority('<x>', 6), { priority: 6, message: '<x>' });
});

test.run();
