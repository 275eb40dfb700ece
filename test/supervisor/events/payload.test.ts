// What the body of each event says, which subscription brings it, and how text and lengths are Python's.

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { envelope } from '../../../supervisor/events/envelope.ts';
import {
  groupMoved,
  outputCaptured,
  outputLogged,
  remoteSent,
  supervisorMoved,
  ticked,
} from '../../../supervisor/events/payload.ts';
import { eventsOfStep } from '../../../supervisor/events/process-events.ts';
import { bytesRepr, characterCount } from '../../../supervisor/events/text.ts';
import { timeslice, untilNextTick } from '../../../supervisor/events/ticks.ts';
import { covers, EVENT_NAMES } from '../../../supervisor/events/types.ts';
import { NEVER_STARTED, type Process, type State } from '../../../supervisor/process/state.ts';
import { ask, base64 } from '../../support/events-oracle.ts';
import { aProgram } from '../../support/programs.ts';
import { fc } from '../../support/random.ts';

const test = suite('event payloads');

const WEB = aProgram({ name: 'web', group: 'site' });

const STEPS: readonly (readonly [before: State, after: State, failed: number, events: readonly string[]])[] =
  [
    [
      { name: 'STOPPED' },
      { name: 'STARTING', pid: null, since: 0 },
      0,
      ['STARTING from_state:STOPPED tries:0'],
    ],
    [{ name: 'STARTING', pid: null, since: 0 }, { name: 'STARTING', pid: 7, since: 0 }, 0, []],
    [
      { name: 'BACKOFF', retryAt: 0 },
      { name: 'STARTING', pid: null, since: 0 },
      2,
      ['STARTING from_state:BACKOFF tries:2'],
    ],
    [
      { name: 'STARTING', pid: 7, since: 0 },
      { name: 'RUNNING', pid: 7, since: 0 },
      0,
      ['RUNNING from_state:STARTING pid:7'],
    ],
    [
      { name: 'STARTING', pid: 7, since: 0 },
      { name: 'BACKOFF', retryAt: 0 },
      1,
      ['BACKOFF from_state:STARTING tries:1'],
    ],
    [
      { name: 'STARTING', pid: null, since: 0 },
      { name: 'BACKOFF', retryAt: 0 },
      3,
      ['BACKOFF from_state:STARTING tries:3'],
    ],
    [{ name: 'BACKOFF', retryAt: 0 }, { name: 'FATAL' }, 4, ['FATAL from_state:BACKOFF']],
    [{ name: 'BACKOFF', retryAt: 0 }, { name: 'STOPPED' }, 1, ['STOPPED from_state:BACKOFF pid:0']],
    [
      { name: 'RUNNING', pid: 7, since: 0 },
      { name: 'STOPPING', pid: 7, killAt: 0, killed: false },
      0,
      ['STOPPING from_state:RUNNING pid:7'],
    ],
    [
      { name: 'STOPPING', pid: 7, killAt: 0, killed: false },
      { name: 'STOPPED' },
      0,
      ['STOPPED from_state:STOPPING pid:7'],
    ],
    [
      { name: 'STOPPING', pid: 7, killAt: 0, killed: false },
      { name: 'UNKNOWN', pid: 7 },
      0,
      ['UNKNOWN from_state:STOPPING'],
    ],
    [
      { name: 'RUNNING', pid: 7, since: 0 },
      { name: 'EXITED', expected: true, restart: false, at: 0 },
      0,
      ['EXITED from_state:RUNNING expected:1 pid:7'],
    ],
    [
      { name: 'RUNNING', pid: 7, since: 0 },
      { name: 'EXITED', expected: false, restart: true, at: 0 },
      0,
      ['EXITED from_state:RUNNING expected:0 pid:7'],
    ],
    // Up for startsecs and gone before anybody looked: supervisord passes through RUNNING as well.
    [
      { name: 'STARTING', pid: 7, since: 0 },
      { name: 'EXITED', expected: true, restart: false, at: 0 },
      0,
      ['RUNNING from_state:STARTING pid:7', 'EXITED from_state:RUNNING expected:1 pid:7'],
    ],
    // max_restarts, which supervisord does not have: the crash is told as well as what it leads to.
    [
      { name: 'RUNNING', pid: 7, since: 0 },
      { name: 'FATAL' },
      0,
      ['EXITED from_state:RUNNING expected:0 pid:7', 'FATAL from_state:EXITED'],
    ],
  ];

for (const [before, after, failedStarts, expected] of STEPS) {
  test(`${before.name} to ${after.name}: ${expected.join(', ') || 'nothing'}`, () => {
    const process = (state: State): Process => ({ ...NEVER_STARTED, state, failedStarts });
    assert.equal(
      eventsOfStep(WEB, process(before), process(after)),
      expected.map((text) => {
        const [state = '', rest = ''] = text.split(/ (.*)/s);
        return { name: `PROCESS_STATE_${state}`, payload: `processname:web groupname:site ${rest}` };
      }),
    );
  });
}

test('the other payloads', () => {
  const data = Buffer.from('dätä\n');
  assert.equal(outputLogged(WEB, 7, 'stderr', data), {
    name: 'PROCESS_LOG_STDERR',
    payload: 'processname:web groupname:site pid:7 channel:stderr\ndätä\n',
  });
  assert.equal(outputCaptured(WEB, 7, 'stdout', data), {
    name: 'PROCESS_COMMUNICATION_STDOUT',
    payload: 'processname:web groupname:site pid:7\ndätä\n',
  });
  assert.equal(remoteSent('a', 'b c'), { name: 'REMOTE_COMMUNICATION', payload: 'type:a\nb c' });
  assert.equal(supervisorMoved('STOPPING'), { name: 'SUPERVISOR_STATE_CHANGE_STOPPING', payload: '' });
  assert.equal(groupMoved('ADDED', 'site'), { name: 'PROCESS_GROUP_ADDED', payload: 'groupname:site\n' });
  assert.equal(ticked(60, 120), { name: 'TICK_60', payload: 'when:120' });
});

test('the header line, whose length counts characters', () => {
  const event = remoteSent('t', 'ä€😀');
  const text = envelope(event, { server: 'sv', pool: 'p', serial: 3, poolSerial: 1 }).toString();
  const header = 'ver:3.0 server:sv serial:3 pool:p poolserial:1 eventname:REMOTE_COMMUNICATION len:10\n';
  assert.is(text, `${header}type:t\nä€😀`);
});

test('a type is brought by its own name, by its family and by EVENT', () => {
  const families: Record<string, number> = {
    EVENT: EVENT_NAMES.length,
    PROCESS_STATE: 8,
    PROCESS_COMMUNICATION: 2,
    PROCESS_LOG: 2,
    REMOTE_COMMUNICATION: 1,
    SUPERVISOR_STATE_CHANGE: 2,
    TICK: 3,
    PROCESS_GROUP: 2,
    TICK_5: 1,
    PROCESS: 0,
  };
  for (const [subscription, count] of Object.entries(families)) {
    assert.is(EVENT_NAMES.filter((name) => covers(subscription, name)).length, count, subscription);
  }
});

test('every name that an events= line may have covers something', () => {
  const source = readFileSync(new URL('../../../supervisor/config/group.ts', import.meta.url), 'utf8');
  const [, list = ''] = /const EVENTS = new Set\(\s*\[(.*?)\]/s.exec(source) ?? [];
  const names: readonly string[] = list.match(/[A-Z][A-Z0-9_]+/g) ?? [];
  assert.ok(names.length >= EVENT_NAMES.length + 7, 'the list of the configuration was found');
  for (const name of names)
    assert.ok(
      EVENT_NAMES.some((each) => covers(name, each)),
      name,
    );
  for (const each of EVENT_NAMES) assert.ok(names.includes(each), each);
});

test('random bytes are the text that Python makes of them', () => {
  const pieces = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc
      .constantFrom('ä', '😀', "'", '"', '\\', '\r\n', '\x7f', '\ufeff', 'x')
      .map((text) => Buffer.from(text)),
  );
  const texts = fc.array(pieces, { maxLength: 6 }).map((parts) => Buffer.concat(parts));
  const samples = fc.sample(texts, { numRuns: 4000 });
  const verdicts = ask<{ repr: string; payload: string; length: number }>(
    'text',
    samples.map((bytes) => ({ bytes: base64(bytes) })),
  );
  samples.forEach((bytes, index) => {
    const { payload } = outputLogged(aProgram({ name: 'web' }), 7, 'stdout', bytes);
    const own = { repr: bytesRepr(bytes), payload, length: characterCount(payload) };
    assert.equal(own, verdicts[index], bytes.toString('hex'));
  });
});

test('ticks begin where the clock is a multiple of their period', () => {
  assert.is(timeslice(5, 4_999), 0);
  assert.is(timeslice(5, 5_000), 5);
  assert.is(timeslice(3600, 7_201_000), 7200);
  assert.is(untilNextTick(5, 5_000), 5_000);
  assert.is(untilNextTick(60, 59_999), 1);
});

test.run();
