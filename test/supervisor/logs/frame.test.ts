// Text before and behind each line, by the instructions of frame-code.ts: the same bytes as by the plainest of ways.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { framed } from '../../../supervisor/logs/frame.ts';
import { formatLines } from '../../../supervisor/logs/format.ts';
import { fc } from '../../support/random.ts';

const test = suite('frame');

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const whole = (lines: readonly string[]): Buffer => bytes(lines.map((line) => `${line}\n`).join(''));
const plainly = (lines: readonly string[], head: string, tail: string): Buffer =>
  bytes(lines.map((line) => `${head}${line}${tail}`).join(''));

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
        const result = framed(whole(lines), bytes(head), bytes(tail), false);
        assert.is(result?.toString('latin1'), plainly(lines, head, tail).toString('latin1'));
      },
    ),
  );
});

test('lengths around the 16 bytes that are taken at a time', () => {
  for (let length = 0; length < 50; length++) {
    const lines = ['x'.repeat(length), '', 'y'.repeat(length), 'z'];
    for (const head of ['', 'h', 'h'.repeat(15), 'h'.repeat(16), 'h'.repeat(17)]) {
      const result = framed(whole(lines), bytes(head), bytes('\n'), false);
      assert.is(result?.toString(), plainly(lines, head, '\n').toString(), `${length} and ${head.length}`);
    }
  }
});

test('of what JSON escapes, each byte at each place is found, and nothing else is', () => {
  for (let byte = 0; byte < 256; byte++) {
    const character = String.fromCharCode(byte);
    const isEscaped = byte !== 0x0a && JSON.stringify(character) !== `"${character}"`;
    for (let at = 0; at < 40; at += 13) {
      const lines = bytes(`${'a'.repeat(at)}${character}${'a'.repeat(40 - at)}\n`);
      assert.is(framed(lines, bytes('<'), bytes('>\n'), true) === null, isEscaped, `${byte} at ${at}`);
    }
  }
});

test('what is more than fits is left to others, who write the same', () => {
  const source = { program: 'p', stream: 'stdout' } as const;
  const empty = Array.from({ length: 130_000 }, () => '');
  const long = ['x'.repeat(300_000), 'y'];
  for (const lines of [empty, long]) {
    assert.is(framed(whole(lines), bytes('head of some length | '), bytes('\n'), false), null);
    assert.equal(formatLines(whole(lines), 'prefix', source, 0), plainly(lines, 'p | ', '\n'));
    const json = formatLines(whole(lines), 'json', source, 0).toString().trimEnd().split('\n');
    assert.equal(
      json.map((each) => (JSON.parse(each) as { message: string }).message),
      lines,
    );
  }
});

test.run();
