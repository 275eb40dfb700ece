// Messages for syslog: how they look, and what becomes of them when nobody or somebody slow listens.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createSyslog, syslogDatagram, syslogSink } from '../../../supervisor/logs/syslog.ts';

const test = suite('syslog');

const NOON = new Date(2026, 10, 7, 12, 3, 4).getTime();

interface Stand {
  readonly sent: string[];
  readonly trouble: string[];
  /** What the next messages meet: null is success. */
  answers: (string | null)[];
  readonly timers: (() => void)[];
}

function stand(): Stand & {
  readonly send: (message: string) => void;
  readonly write: (text: string) => void;
} {
  const made: Stand = { sent: [], trouble: [], answers: [], timers: [] };
  const syslog = createSyslog({
    system: {
      wallClock: () => NOON,
      after(_, run) {
        made.timers.push(run);
        return () => {};
      },
      sendDatagram(path, bytes) {
        assert.is(path, '/dev/log');
        const answer = made.answers.shift() ?? null;
        if (answer === null)
          made.sent.push(bytes.toString().replace('<14>Nov  7 12:03:04 supervisord: ', ''));
        return answer;
      },
    },
    onTrouble: (message) => made.trouble.push(message),
  });
  const sink = syslogSink(syslog, 'web');
  return Object.assign(made, {
    send: (message: string) => syslog.send(message),
    write: (text: string) => (text === '' ? sink.close() : void sink.write(Buffer.from(text))),
  });
}

test('the header is that of syslog(3)', () => {
  assert.is(syslogDatagram('hello', NOON).toString(), '<14>Nov  7 12:03:04 supervisord: hello');
});

test('a message for each line, over the borders of chunks, without the empty ones at their end', () => {
  const { write, sent } = stand();
  for (const text of ['one\ntw', 'o\n', '\n', 'a\n\nb\n\n\n', 'last', '']) write(text);
  assert.equal(sent, ['web one', 'web two', 'web a', 'web ', 'web b', 'web last']);
});

test('nobody listens: said once, counted, and said when it is over', () => {
  const made = stand();
  made.answers = ['ENOENT', 'ENOENT', 'ECONNREFUSED', null];
  for (const text of ['a', 'b', 'c', 'd', 'e']) made.send(text);
  assert.equal(made.sent, ['d', 'e']);
  assert.equal(made.trouble, [
    'cannot send to syslog at /dev/log: ENOENT',
    'cannot send to syslog at /dev/log: ECONNREFUSED',
    'can send to syslog at /dev/log again, after 3 messages were lost',
  ]);
});

test('a slow daemon gets everything, in order', () => {
  const made = stand();
  made.answers = [null, 'EAGAIN', null, 'EAGAIN'];
  for (const text of ['a', 'b', 'c', 'd']) made.send(text);
  assert.equal(made.sent, ['a']);
  while (made.timers.length > 0) made.timers.shift()?.();
  assert.equal(made.sent, ['a', 'b', 'c', 'd']);
  assert.equal(made.trouble, []);
});

test('a daemon that has stopped costs a bounded memory, and the loss is said', () => {
  const made = stand();
  const line = 'x'.repeat(100_000);
  made.answers = Array.from({ length: 10 }, () => 'EAGAIN');
  for (let count = 0; count < 20; count++) made.send(line);
  assert.equal(made.trouble, ['cannot send to syslog at /dev/log: too much waits for its daemon']);
  while (made.timers.length > 0) made.timers.shift()?.();
  assert.is(made.sent.length, 10);
  assert.is(made.trouble.at(-1), 'can send to syslog at /dev/log again, after 10 messages were lost');
});

test.run();
