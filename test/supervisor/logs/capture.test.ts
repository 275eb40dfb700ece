// Capture mode and strip_ansi: tables, and random output that supervisord's own dispatcher sorts out as well.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_ESCAPE, stripEscapes } from '../../../supervisor/logs/ansi.ts';
import { bounded } from '../../../supervisor/logs/capture.ts';
import { observedSink } from '../../../supervisor/logs/observed.ts';
import type { Sink } from '../../../supervisor/logs/sink.ts';
import { ask, base64 } from '../../support/events-oracle.ts';
import { aProgram, NO_LOG } from '../../support/programs.ts';
import { fc } from '../../support/random.ts';

const test = suite('capture mode and strip_ansi');

const BEGIN = '<!--XSUPERVISOR:BEGIN-->';
const END = '<!--XSUPERVISOR:END-->';

interface Sorted {
  readonly logged: Buffer;
  readonly announced: Buffer;
  readonly captured: readonly Buffer[];
  readonly echoed: readonly string[];
}

/** What a program's chunks become, to the end of its stream. */
function sorted(chunks: readonly Buffer[], captureMaxBytes: number, stripAnsi = false): Sorted {
  const logged: Buffer[] = [];
  const announced: Buffer[] = [];
  const captured: Buffer[] = [];
  const echoed: string[] = [];
  const log: Sink = { write: (chunk) => logged.push(chunk) > 0, reopen: () => {}, close: () => {} };
  const program = aProgram({ stdout: { ...NO_LOG, captureMaxBytes, eventsEnabled: true } });
  const sink = observedSink({ program, stream: 'stdout', pid: 7 }, log, {
    taps: {
      logged: (_, data) => announced.push(data),
      captured: (_, data) => captured.push(data),
      protocol: () => assert.unreachable(),
    },
    stripAnsi,
    echo: (text) => echoed.push(text),
  });
  for (const chunk of chunks) sink.write(chunk);
  sink.close();
  return { logged: Buffer.concat(logged), announced: Buffer.concat(announced), captured, echoed };
}

const texts = ({ logged, captured }: Sorted): [string, string[]] => [String(logged), captured.map(String)];

test('what stands between the tokens leaves the log', () => {
  assert.equal(texts(sorted([Buffer.from(`a${BEGIN}x${END}b\n`)], 100)), ['ab\n', ['x']]);
});

test('tokens may be split anywhere', () => {
  const whole = `one\n${BEGIN}captured text, not short${END}two\n${BEGIN}${END}<!--XSUPERVISOR:no\n`;
  for (let at = 0; at <= whole.length; at++) {
    const chunks = [whole.slice(0, at), whole.slice(at)].map((text) => Buffer.from(text));
    assert.equal(
      texts(sorted(chunks, 100)),
      ['one\ntwo\n<!--XSUPERVISOR:no\n', ['captured text, not short', '']],
      String(at),
    );
  }
  const bytes = whole.split('').map((character) => Buffer.from(character));
  assert.is(String(sorted(bytes, 100).logged), 'one\ntwo\n<!--XSUPERVISOR:no\n');
});

test('without capture mode a token is text', () => {
  assert.equal(texts(sorted([Buffer.from(`a${BEGIN}x${END}b\n`)], 0)), [`a${BEGIN}x${END}b\n`, []]);
});

test('a short text is logged at once, where supervisord waits for 24 bytes and loses them at the end', () => {
  assert.is(String(sorted([Buffer.from('hi\n')], 100).logged), 'hi\n');
});

test('the debug log has every piece, and says when an event was made', () => {
  assert.equal(sorted([Buffer.from(`a\n${BEGIN}x${END}`)], 100).echoed, [
    "'web' stdout output:\na\n",
    "'web' stdout output:\nx",
    "'web' stdout emitted a comm event",
  ]);
});

test('the capture buffer loses at its front as much as comes, as supervisord has it', () => {
  const add = (buffer: string, piece: string): string =>
    String(bounded(Buffer.from(buffer), Buffer.from(piece), 10));
  assert.is(add('', '0123456789'), '0123456789');
  assert.is(add('01234567', 'ab'), '01234567ab');
  assert.is(add('01234567', 'abc'), '34567abc');
  assert.is(add('01', 'abcdefghijkl'), 'abcdefghijkl');
});

test('random output is sorted as by the real one', () => {
  const words = fc.constantFrom(
    BEGIN,
    END,
    'text\n',
    '<',
    '<!--XSUPERVISOR:',
    '-->',
    'a longer line of text, 34 bytes\n',
  );
  const chunks = fc
    .array(words, { maxLength: 10 })
    .chain((parts) =>
      fc.tuple(fc.constant(Buffer.from(parts.join(''))), fc.array(fc.nat(40), { maxLength: 12 })),
    )
    .map(([whole, sizes]) => pieces(whole, sizes));
  const cases = fc.sample(fc.tuple(chunks, fc.constantFrom(5, 20, 1000)), { numRuns: 4000 });
  const verdicts = ask<{
    logged: string;
    captured: string[];
    left: string;
    capturing: boolean;
    announced: string;
  }>(
    'output',
    cases.map(([list, capture]) => ({ chunks: list.map(base64), capture })),
  );
  cases.forEach(([list, capture], index) => {
    const verdict = verdicts[index];
    if (verdict === undefined) throw new Error('a verdict for each case');
    const own = sorted(list, capture);
    // What the real one has not yet looked at when the program ends, and then forgets.
    const left = verdict.capturing ? '' : Buffer.from(verdict.left, 'base64').toString();
    const owed = left === BEGIN ? '' : left;
    const captured = verdict.captured.map((text) => Buffer.from(text, 'base64').toString());
    const unseen = verdict.capturing && Buffer.from(verdict.left, 'base64').toString() === END;
    const title = JSON.stringify([list.map(String), capture]);
    assert.is(String(own.logged), Buffer.from(verdict.logged, 'base64').toString() + owed, title);
    assert.is(String(own.announced), Buffer.from(verdict.announced, 'base64').toString() + owed, title);
    assert.equal(own.captured.map(String).slice(0, unseen ? -1 : undefined), captured, title);
  });
});

/** A text in pieces of these sizes, and the rest. */
function pieces(whole: Buffer, sizes: readonly number[]): Buffer[] {
  const list: Buffer[] = [];
  let rest = whole;
  for (const size of sizes.filter((each) => each > 0)) {
    list.push(rest.subarray(0, size));
    rest = rest.subarray(size);
  }
  return [...list, rest].filter((piece) => piece.length > 0);
}

function stripped(chunks: readonly Buffer[]): string {
  let state = NO_ESCAPE;
  return chunks
    .map((chunk) => {
      const result = stripEscapes(state, chunk);
      ({ state } = result);
      return result.text.toString('latin1');
    })
    .join('');
}

test('random escapes are stripped as by the real one, and wherever the chunks end', () => {
  const words = fc.constantFrom(
    '\x1b[',
    '\x1b',
    '[',
    '31m',
    '0',
    ';',
    'H',
    'text',
    '\n',
    'G',
    '\x1b[1;32m',
    'm',
  );
  const samples = fc.sample(
    fc.tuple(fc.array(words, { maxLength: 12 }), fc.array(fc.nat(9), { maxLength: 9 })),
    { numRuns: 4000 },
  );
  const verdicts = ask<string>(
    'strip',
    samples.map(([parts]) => ({ bytes: base64(Buffer.from(parts.join(''))) })),
  );
  samples.forEach(([parts, sizes], index) => {
    const whole = Buffer.from(parts.join(''));
    const real = Buffer.from(verdicts[index] ?? '', 'base64').toString('latin1');
    for (const chunks of [[whole], pieces(whole, sizes)]) {
      // An ESC at the very end may be the beginning of an escape: we wait, and drop it with the stream.
      const own = stripped(chunks);
      const same = own === real || (whole.at(-1) === 0x1b && `${own}\x1b` === real);
      assert.ok(same, JSON.stringify([parts, chunks.map(String), own, real]));
    }
  });
});

test('an escape without an end does not swallow a stream', () => {
  const chunks = [`\x1b[${'1'.repeat(100)}`, 'text'].map((text) => Buffer.from(text));
  assert.is(stripped(chunks), 'text');
});

test.run();
