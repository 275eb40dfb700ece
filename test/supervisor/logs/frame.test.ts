// Text before and behind each line, by the instructions of frame-code.ts: the same bytes as by the plainest of ways.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatLines } from '../../../supervisor/logs/format.ts';
import { framer, type Frame, type Framer } from '../../../supervisor/logs/frame.ts';
import { chunkBuffer } from '../../../supervisor/logs/workspace.ts';
import { fc } from '../../support/random.ts';

const test = suite('frame');

const framed = framer() as Framer;
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const whole = (lines: readonly string[]): Buffer => bytes(lines.map((line) => `${line}\n`).join(''));
const frameOf = (head: string, tail: string, json = false): Frame => ({
  head: bytes(head),
  tail: bytes(tail),
  json,
});
const plainly = (lines: readonly string[], head: string, tail: string): Buffer =>
  bytes(lines.map((line) => `${head}${line}${tail}`).join(''));
/** As JSON.stringify writes a text of single bytes. */
const inJson = (line: string): string => JSON.stringify(line).slice(1, -1);

const anyByte = fc.integer({ min: 0, max: 255 }).filter((byte) => byte !== 0x0a);
const line = fc.array(anyByte, { maxLength: 70 }).map((codes) => String.fromCharCode(...codes));

test('every byte of every line, whatever it is, between head and tail', () => {
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 20 }),
      fc.string({ maxLength: 40, unit: 'binary-ascii' }),
      fc.string({ maxLength: 40, unit: 'binary-ascii' }),
      (lines, head, end) => {
        const tail = `${end}\n`;
        const result = framed(whole(lines), frameOf(head, tail));
        assert.is(result?.toString('latin1'), plainly(lines, head, tail).toString('latin1'));
        const json = framed(whole(lines), frameOf(head, tail, true));
        assert.is(json?.toString('latin1'), plainly(lines.map(inJson), head, tail).toString('latin1'));
      },
    ),
  );
});

test('lengths around the 16 bytes that are taken at a time', () => {
  for (let length = 0; length < 50; length++) {
    const lines = ['x'.repeat(length), '', 'y'.repeat(length), 'z'];
    for (const head of ['', 'h', 'h'.repeat(15), 'h'.repeat(16), 'h'.repeat(17)]) {
      const result = framed(whole(lines), frameOf(head, '\n'));
      assert.is(result?.toString(), plainly(lines, head, '\n').toString(), `${length} and ${head.length}`);
    }
  }
});

test('of what JSON escapes, each byte at each place is escaped, and nothing else is', () => {
  for (let byte = 0; byte < 256; byte++) {
    if (byte === 0x0a) continue;
    const character = String.fromCharCode(byte);
    for (let at = 0; at < 40; at += 13) {
      const text = `${'a'.repeat(at)}${character}${'a'.repeat(40 - at)}`;
      const result = framed(whole([text, text]), frameOf('<', '>\n', true));
      const expected = plainly([inJson(text), inJson(text)], '<', '>\n');
      assert.is(result?.toString('latin1'), expected.toString('latin1'), `${byte} at ${at}`);
    }
  }
});

test('lines that were read into the chunk are framed where they are', () => {
  const chunk = chunkBuffer();
  const lines = Array.from({ length: 2000 }, (_, index) => `line ${index} "quoted" \x1b[0m`);
  const start = 37;
  const length = chunk.write(whole(lines).toString('latin1'), start, 'latin1');
  const result = framed(chunk.subarray(start, start + length), frameOf('head ', '\n', true));
  assert.is(result?.toString('latin1'), plainly(lines.map(inJson), 'head ', '\n').toString('latin1'));
});

test('what is more than fits comes in pieces, and a line that is too long by itself all the same', () => {
  const source = { program: 'p', stream: 'stdout' } as const;
  const empty = Array.from({ length: 130_000 }, () => '');
  const long = ['x'.repeat(900_000), 'y', '"'.repeat(300_000), 'z'];
  for (const lines of [empty, long]) {
    assert.is(framed(whole(lines), frameOf('head of some length | ', '\n')), null);
    const formatted = (format: 'prefix' | 'json'): Buffer =>
      Buffer.concat(Array.from(formatLines(whole(lines), format, source, 0), (piece) => Buffer.from(piece)));
    assert.equal(formatted('prefix'), plainly(lines, 'p | ', '\n'));
    const json = formatted('json').toString().trimEnd().split('\n');
    assert.equal(
      json.map((each) => (JSON.parse(each) as { message: string }).message),
      lines,
    );
  }
});

test.run();
