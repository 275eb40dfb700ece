import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatLines } from '../../../supervisor/logs/format.ts';
import {
  eachLine,
  lastLine,
  MAX_LINE_BYTES,
  NO_REST,
  wholeLines,
  type LineState,
} from '../../../supervisor/logs/lines.ts';
import { fc } from '../../support/random.ts';

const test = suite('lines and formats');

/** All pieces, each of which is valid until the next only. */
function formatted(...args: Parameters<typeof formatLines>): Buffer {
  return Buffer.concat(Array.from(formatLines(...args), (piece) => Buffer.from(piece)));
}

/** Everything that comes out of chunks, its last line included. */
function through(chunks: readonly Buffer[]): Buffer[] {
  let state: LineState = NO_REST;
  const out: Buffer[] = [];
  for (const chunk of chunks) {
    const split = wholeLines(state, chunk);
    state = split.state;
    out.push(...split.runs.map((run) => Buffer.from(run)));
  }
  return [...out, lastLine(state)];
}

test('however the bytes are cut, whole lines come out, in order and complete', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (chunks) => {
      const bytes = Buffer.concat(chunks);
      const out = through(chunks.map((chunk) => Buffer.from(chunk)));
      const ended =
        bytes.length > 0 && bytes.at(-1) !== 0x0a ? Buffer.concat([bytes, Buffer.of(0x0a)]) : bytes;
      assert.equal(Buffer.concat(out), ended);
      for (const run of out) if (run.length > 0) assert.is(run.at(-1), 0x0a);
    }),
    { numRuns: 2000 },
  );
});

test('a line without an end is given out in pieces, so that memory stays bounded', () => {
  const piece = Buffer.alloc(MAX_LINE_BYTES / 4, 'x');
  let state: LineState = NO_REST;
  let written = 0;
  for (let count = 0; count < 40; count++) {
    const split = wholeLines(state, piece);
    state = split.state;
    for (const run of split.runs) written += run.length;
    assert.ok(state.rest.length <= MAX_LINE_BYTES);
  }
  assert.ok(written > 8 * MAX_LINE_BYTES);
});

test('a chunk may be overwritten by its reader once it was taken', () => {
  const chunk = Buffer.from('one\ntwo');
  const { state } = wholeLines(NO_REST, chunk);
  chunk.fill('!');
  assert.is(lastLine(state).toString(), 'two\n');
});

test('each line, without its newline', () => {
  assert.equal([...eachLine(Buffer.from('a\n\nb\n'))].map(String), ['a', '', 'b']);
});

const SOURCE = { program: 'web', stream: 'stderr' } as const;
const AT = Date.UTC(2026, 10, 21, 15, 0, 0, 123);

test('raw leaves every byte as it is', () => {
  const bytes = Buffer.from([0xff, 0x00, 0x0a]);
  assert.equal(formatted(bytes, 'raw', SOURCE, AT), bytes);
});

test('prefix puts the program before every line, and changes no byte of it', () => {
  const bytes = Buffer.concat([Buffer.from('a\n'), Buffer.of(0xff), Buffer.from('\n\n')]);
  const expected = Buffer.concat([
    Buffer.from('web | a\nweb | '),
    Buffer.of(0xff),
    Buffer.from('\nweb | \n'),
  ]);
  assert.equal(formatted(bytes, 'prefix', SOURCE, AT), expected);
});

test('a name of any characters stands before every line as it is', () => {
  const source = { ...SOURCE, program: 'grüße $& $1' };
  const out = formatted(Buffer.from('a\nb\n'), 'prefix', source, AT);
  assert.is(out.toString(), 'grüße $& $1 | a\ngrüße $& $1 | b\n');
});

test('json is one object per line, whatever is in it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ' '))),
      (texts) => {
        const lines = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        const out = formatted(lines, 'json', SOURCE, AT).toString().split('\n').slice(0, -1);
        const read = out.map((line) => JSON.parse(line) as Record<string, unknown>);
        assert.equal(
          read,
          texts.map((text) => ({
            time: '2026-11-21T15:00:00.123Z',
            program: 'web',
            stream: 'stderr',
            message: Buffer.from(text).toString(),
          })),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('json holds the very text of every line, whether anything in it is escaped or nothing', () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string(),
    fc.constantFrom('', '\\n', '"', 'a\tb', '\r', '\u2028'),
  );
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (texts) => {
      const lines = texts.map((text) => text.replaceAll('\n', ' ').toWellFormed());
      const out = formatted(Buffer.from(`${lines.join('\n')}\n`), 'json', SOURCE, AT).toString();
      const messages = out
        .trimEnd()
        .split('\n')
        .map((each) => (JSON.parse(each) as { message: string }).message);
      assert.equal(messages, lines);
    }),
    { numRuns: 1000 },
  );
});

test.run();
