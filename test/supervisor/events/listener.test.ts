// What listeners say, as tables, and as random conversations that supervisord's own dispatcher judges.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  handed,
  notHanded,
  said,
  startedListener,
  type Listener,
  type Outcome,
} from '../../../supervisor/events/listener.ts';
import { ask, base64 } from '../../support/events-oracle.ts';
import { fc } from '../../support/random.ts';

const test = suite('event listener protocol');

/** Said in turn; null hands over an event where the listener is READY. */
type Moves = readonly (string | null)[];

/** The state after each move, with `processed` or `rejected` before the state where an event came back. */
function traceOf(moves: readonly (Buffer | null)[]): { trace: string[]; log: string[][] } {
  const trace: string[] = [];
  const log: string[][] = [];
  let listener: Listener = startedListener('default');
  for (const move of moves) {
    if (move === null) {
      if (listener.state === 'READY') listener = handed(listener);
    } else {
      const result = said(listener, move);
      listener = result.listener;
      for (const outcome of result.outcomes) note(outcome);
    }
    trace.push(listener.state);
  }
  return { trace, log };

  function note(outcome: Outcome): void {
    if (outcome.type === 'rejected') {
      const why = outcome.line === null ? 'event was rejected' : `bad result line: '${outcome.line}'`;
      log.push(['WARN', `web: ${why}`]);
      trace.push('rejected');
    }
    if (outcome.type === 'moved' && outcome.to === 'UNKNOWN') {
      const broken = 'this usually indicates the process violated the eventlistener protocol';
      const text = `web: has entered the UNKNOWN state and will no longer receive events, ${broken}`;
      log.push(['WARN', text]);
    }
  }
}

const traceOfTexts = (moves: Moves): string[] =>
  traceOf(moves.map((move) => (move === null ? null : Buffer.from(move)))).trace;

const TABLE: readonly (readonly [title: string, moves: Moves, trace: string])[] = [
  ['says READY', ['READY\n'], 'READY'],
  ['says it byte by byte', ['RE', 'ADY', '\n'], 'ACKNOWLEDGED ACKNOWLEDGED READY'],
  ['says too little to be judged', ['no\n'], 'ACKNOWLEDGED'],
  ['says something else', ['hello\n'], 'UNKNOWN'],
  ['says more than READY', ['READY\nx'], 'UNKNOWN'],
  ['says it twice', ['READY\n', 'READY\n'], 'READY UNKNOWN'],
  ['answers OK', ['READY\n', null, 'RESULT 2\nOK'], 'READY BUSY ACKNOWLEDGED'],
  ['answers and is ready at once', ['READY\n', null, 'RESULT 2\nOKREADY\n'], 'READY BUSY READY'],
  ['answers in pieces', ['READY\n', null, 'RES', 'ULT 2\nO', 'K'], 'READY BUSY BUSY BUSY ACKNOWLEDGED'],
  ['answers FAIL', ['READY\n', null, 'RESULT 4\nFAIL'], 'READY BUSY rejected ACKNOWLEDGED'],
  ['answers nothing', ['READY\n', null, 'RESULT 0\n'], 'READY BUSY rejected ACKNOWLEDGED'],
  ['answers what begins like OK', ['READY\n', null, 'RESULT 4\nOKOK'], 'READY BUSY rejected ACKNOWLEDGED'],
  ['answers with a carriage return', ['READY\n', null, 'RESULT 2\r\nOK'], 'READY BUSY ACKNOWLEDGED'],
  ['answers without a number', ['READY\n', null, 'RESULT x\nOK'], 'READY BUSY rejected UNKNOWN'],
  ['answers with less than nothing', ['READY\n', null, 'RESULT -1\nOK'], 'READY BUSY rejected UNKNOWN'],
  ['says READY while busy', ['READY\n', null, 'READY\n'], 'READY BUSY rejected UNKNOWN'],
  ['goes on for ever', ['READY\n', null, 'x'.repeat(5000)], 'READY BUSY rejected UNKNOWN'],
  ['is not listened to any more', ['hello\n', 'READY\n'], 'UNKNOWN UNKNOWN'],
];

for (const [title, moves, trace] of TABLE) {
  test(`a listener that ${title}`, () => assert.is(traceOfTexts(moves).join(' '), trace));
}

test('an event that could not be written leaves the listener READY', () => {
  const { listener } = said(startedListener('default'), Buffer.from('READY\n'));
  assert.equal(notHanded(handed(listener)), listener);
});

test('a long result takes no memory', () => {
  let { listener } = said(startedListener('default'), Buffer.from('READY\n'));
  listener = said(handed(listener), Buffer.from('RESULT 100000000\n')).listener;
  for (let sent = 0; sent < 100; sent++) listener = said(listener, Buffer.alloc(100_000)).listener;
  assert.ok((listener.result?.head.length ?? 0) + listener.rest.length < 100);
});

/** Without `RESULT 0`, which we judge at once and supervisord when more is said. */
const WORDS = [
  'READY\n',
  'RESULT 2\nOK',
  'RESULT 4\nFAIL',
  'RESULT ',
  '2\n',
  'OK',
  'RESULT 3\nOK\n',
  'RESULT 02\nOK',
  'result  2 \nOK',
  'RESULT 1_0\n0123456789',
  'RESULT \xff\n',
  'RESULT\n',
  '\n',
  'x',
];

test('random conversations, as supervisord judges them', () => {
  const conversation = fc
    .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...WORDS) }, fc.constant(null)), {
      maxLength: 14,
    })
    .chain((words) => fc.tuple(fc.constant(words), fc.array(fc.nat(8), { minLength: 14, maxLength: 14 })))
    .map(([words, cuts]) => words.flatMap((word, index) => cut(word, cuts[index] ?? 0)));
  const cases = fc.sample(conversation, { numRuns: 6000 });
  const answers = ask<{ trace: string[]; log: string[][] }>(
    'listener',
    cases.map((moves) => ({ moves: moves.map((move) => move && base64(move)) })),
  );
  cases.forEach((moves, index) => {
    assert.equal(traceOf(moves), answers[index], JSON.stringify(moves.map(String)));
  });
});

/** A word in one or two pieces. */
function cut(word: string | null, at: number): (Buffer | null)[] {
  if (word === null) return [null];
  const bytes = Buffer.from(word, 'latin1');
  return at === 0 || at >= bytes.length ? [bytes] : [bytes.subarray(0, at), bytes.subarray(at)];
}

test.run();
