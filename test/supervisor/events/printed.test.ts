// The result handler of supervisor-stdout, as its users' configurations name it.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { handed, said, startedListener, type Outcome } from '../../../supervisor/events/listener.ts';
import { printed } from '../../../supervisor/events/printed.ts';

const test = suite('supervisor-stdout');

const HEADER = 'processname:web groupname:web pid:7 channel:stdout';

const TABLE: readonly (readonly [title: string, event: string, text: string | null])[] = [
  ['a line', `${HEADER}\nhello\n`, 'web stdout | hello\n'],
  ['several', `${HEADER}\na\n\nb\n`, 'web stdout | a\nweb stdout | \nweb stdout | b\n'],
  ['a piece of a line', `${HEADER}\nhel`, 'web stdout | hel\n'],
  ['no output', `${HEADER}\n`, ''],
  ['another event', 'processname:web groupname:web from_state:RUNNING\n', null],
  ['no event', 'OK', null],
];
for (const [title, event, text] of TABLE) {
  test(title, () => assert.is(printed(Buffer.from(event))?.toString() ?? null, text));
}

/** What follows when a listener that is READY is handed an event and answers. */
function answered(answer: string): { outcomes: readonly Outcome[]; state: string } {
  const { listener } = said(startedListener('print'), Buffer.from('READY\n'));
  const { listener: after, outcomes } = said(handed(listener), Buffer.from(answer));
  return { outcomes, state: after.state };
}

test('the event comes back whole, and is printed', () => {
  const event = `${HEADER}\n${'x'.repeat(100_000)}\n`;
  const { outcomes, state } = answered(`RESULT ${event.length}\n${event}READY\n`);
  assert.is(state, 'READY');
  const [first] = outcomes;
  assert.is(first?.type, 'processed');
  assert.is(first?.type === 'processed' ? first.print?.length : 0, 'web stdout | '.length + 100_001);
});

test('what is no event of a log breaks the protocol', () => {
  const { outcomes, state } = answered('RESULT 2\nOK');
  assert.is(state, 'UNKNOWN');
  assert.is(outcomes[0]?.type, 'rejected');
});

test.run();
