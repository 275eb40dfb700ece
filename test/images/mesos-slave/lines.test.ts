// Bytes into lines: line ends, pieces of long lines, characters that are cut, and random texts put together again.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { splitLines } from '../../../images/mesos-slave/src/decide/lines.ts';

const test = suite('log forwarder lines');

const split = (text: string | Buffer, longest = 100, most = 100): string[] =>
  splitLines(Buffer.from(text), longest, most).map(
    (line) => Buffer.from(line.text).toString() + (line.continues ? '…' : ''),
  );

const CASES: readonly (readonly [
  what: string,
  text: string,
  lines: readonly string[],
  longest?: number,
  most?: number,
])[] = [
  ['nothing', '', []],
  ['a line', 'one\n', ['one']],
  ['what is not ended waits', 'one\ntwo', ['one']],
  ['empty lines are lines', '\n\n', ['', '']],
  ['a carriage return at the end goes', 'one\r\n\r\n', ['one', '']],
  ['another stays', 'o\rne\r\r\n', ['o\rne\r']],
  ['no more than asked for', 'a\nb\nc\n', ['a', 'b'], 100, 2],
  ['a line of the longest length', 'abcd\n', ['abcd'], 4],
  ['a longer one comes in pieces', 'abcdefghij\nk\n', ['abcd…', 'efgh…', 'ij', 'k'], 4],
  ['as long as two', 'abcdefgh\n', ['abcd…', 'efgh'], 4],
  ['a piece before the end is known', 'abcdef', ['abcd…'], 4],
  ['of the longest length, without an end', 'abcd', ['abcd…'], 4],
  ['a character is not cut', 'aaaé\n', ['aaa…', 'é'], 4],
  ['nor one of four bytes', 'aa😀b\n', ['aa…', '😀…', 'b'], 4],
];

for (const [what, text, lines, longest, most] of CASES) {
  test(what, () => assert.equal(split(text, longest, most), lines));
}

test('bytes that are no UTF-8 are cut anywhere, and none is lost', () => {
  const bytes = Buffer.concat([Buffer.alloc(9, 0x80), Buffer.alloc(9, 0xff), Buffer.from('\n')]);
  const lines = splitLines(bytes, 4, 100);
  assert.equal(Buffer.concat(lines.map((line) => Buffer.from(line.text))), bytes.subarray(0, 18));
});

test('random bytes are there again when the lines are put together', () => {
  let state = 3;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const alphabet = Buffer.from('ab\n\r\né😀\xff', 'utf8');
  for (let round = 0; round < 2000; round += 1) {
    const bytes = Buffer.from(
      Array.from({ length: random(60) }, () => alphabet[random(alphabet.length)] ?? 0),
    );
    const lines = splitLines(bytes, 4 + random(10), 1 + random(20));
    let end = 0;
    for (const line of lines) {
      assert.is(line.start, end, 'they follow each other');
      const raw = bytes.subarray(line.start, line.end);
      const text = Buffer.from(line.text);
      const wanted = line.continues
        ? [text]
        : ['\n', '\r\n'].map((ending) => Buffer.concat([text, Buffer.from(ending)]));
      assert.ok(wanted.some((each) => each.equals(raw)));
      end = line.end;
    }
  }
});

test.run();
