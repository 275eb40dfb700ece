// Pure: the inner loop of frame.ts in WebAssembly's instructions, since neither JavaScript nor node has anything that puts
// text between lines without touching each line, or each byte, by itself. Written as expressions, which are bytes
// (https://webassembly.github.io/spec/core/binary/).

type Code = readonly number[];

/** An instruction that works on what its arguments leave. */
const of =
  (...opcode: Code) =>
  (...operands: readonly Code[]): Code => [...operands.flat(), ...opcode];
const SIMD = 0xfd;
/** Any alignment, and no offset. */
const ANYWHERE = [0, 0];
/** Blocks without a result, and branches to the innermost of them. */
const [IF, LOOP] = [
  [0x04, 0x40],
  [0x03, 0x40],
];
const [AGAIN, AGAIN_IF] = [
  [0x0c, 0],
  [0x0d, 0],
];
const [END, ELSE] = [0x0b, 0x05];
const VERSION = [1, 0, 0, 0];

const number = (value: number): Code => [0x41, value];
const [add, subtract, and, shiftLeft] = [of(0x6a), of(0x6b), of(0x71), of(0x74)];
const [isZero, equals, isLess, isGreater, isReached, trailingZeros] = [
  of(0x45),
  of(0x46),
  of(0x49),
  of(0x4b),
  of(0x4f),
  of(0x68),
];
const giveBack = of(0x0f);
const [load, store] = [of(SIMD, 0x00, ...ANYWHERE), of(SIMD, 0x0b, ...ANYWHERE)];
const [eachEquals, eachBelow] = [of(SIMD, 0x23), of(SIMD, 0x26)];
const [or, bitOfEach] = [of(SIMD, 0x50), of(SIMD, 0x64)];
const [loadByte, loadEight, storeEight] = [
  of(0x2d, ...ANYWHERE),
  of(0x29, ...ANYWHERE),
  of(0x37, ...ANYWHERE),
];
const sixteen = (byte: number): Code => [SIMD, 0x0c, ...Array.from({ length: 16 }, () => byte)];
const when = (condition: Code, ...then: readonly Code[]): Code => [...condition, ...IF, ...then.flat(), END];
const choose = (condition: Code, then: readonly Code[], otherwise: readonly Code[]): Code => [
  ...condition,
  ...IF,
  ...then.flat(),
  ELSE,
  ...otherwise.flat(),
  END,
];
const forEver = (...body: readonly Code[]): Code => [...LOOP, ...body.flat(), ...AGAIN, END];
const repeatWhile = (condition: Code, ...body: readonly Code[]): Code => [
  ...LOOP,
  ...body.flat(),
  ...condition,
  ...AGAIN_IF,
  END,
];

const local = (index: number): { value: Code; set(value: Code): Code } => ({
  value: [0x20, index],
  set: (value) => [...value, 0x21, index],
});
const [from, end, to, limit, separator, length, json] = [0, 1, 2, 3, 4, 5, 6].map(local) as Seven;
type Local = ReturnType<typeof local>;
type Seven = [Local, Local, Local, Local, Local, Local, Local];
const PARAMETERS = 7;
const [block, special] = [local(7), local(8)];
const [mask, within, at, entry] = [local(9), local(10), local(11), local(12)];

/** An entry of the table of escapes, which begins where the memory does: up to seven bytes, and how many they are. */
export const ESCAPE_BYTES = 8;
export const ESCAPE_LENGTH_AT = 7;
const ESCAPE_SHIFT = 3;

const NEWLINE = 0x0a;
/** What JSON escapes: control characters, the newline among them, quotes and backslashes. */
const escaped = or(
  eachBelow(block.value, sixteen(0x20)),
  or(eachEquals(block.value, sixteen(0x22)), eachEquals(block.value, sixteen(0x5c))),
);

const putSeparator: Code = [
  at.set(number(0)),
  repeatWhile(
    isLess(at.value, length.value),
    store(add(to.value, at.value), load(add(separator.value, at.value))),
    at.set(add(at.value, number(16))),
  ),
  to.set(add(to.value, length.value)),
].flat();

const putEscape: Code = [
  entry.set(shiftLeft(loadByte(from.value), number(ESCAPE_SHIFT))),
  storeEight(to.value, loadEight(entry.value)),
  to.set(add(to.value, loadByte(add(entry.value, number(ESCAPE_LENGTH_AT))))),
].flat();

/**
 * frame(from, end, to, limit, separator, length, json): copies the bytes from `from` until `end` to `to`, 16 at a time,
 * `length` bytes from `separator` instead of each newline and, where `json` is set, an escape instead of what JSON
 * escapes. Gives where the result ends; 0 where it would reach `limit`. Reads and writes up to 15 bytes behind all ends.
 */
const BODY: Code = [
  forEver(
    when(isReached(from.value, end.value), giveBack(to.value)),
    when(isReached(to.value, limit.value), giveBack(number(0))),
    block.set(load(from.value)),
    store(to.value, block.value),
    choose(json.value, [special.set(escaped)], [special.set(eachEquals(block.value, sixteen(NEWLINE)))]),
    within.set(subtract(end.value, from.value)),
    when(isGreater(within.value, number(16)), within.set(number(16))),
    mask.set(subtract(shiftLeft(number(1), within.value), number(1))),
    mask.set(and(mask.value, bitOfEach(special.value))),
    choose(
      isZero(mask.value),
      [from.set(add(from.value, within.value)), to.set(add(to.value, within.value))],
      [
        at.set(trailingZeros(mask.value)),
        to.set(add(to.value, at.value)),
        from.set(add(from.value, at.value)),
        choose(equals(loadByte(from.value), number(NEWLINE)), [putSeparator], [putEscape]),
        from.set(add(from.value, number(1))),
      ],
    ),
  ),
  // Never come to.
  [0x00],
].flat();

const [I32, V128] = [0x7f, 0x7b];
const LOCALS: Code = [2, 2, V128, 4, I32];

/** A module that takes the memory that it works in as `our.memory` and exports the function as `frame`. */
export function frameModule(): Uint8Array<ArrayBuffer> {
  const type = [0x60, PARAMETERS, ...Array.from({ length: PARAMETERS }, () => I32), 1, I32];
  return new Uint8Array([
    ...Buffer.from('\0asm'),
    ...VERSION,
    ...section(1, [1, ...type]),
    ...section(2, [1, ...name('our'), ...name('memory'), 2, 0, 0]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('frame'), 0, 0]),
    ...section(10, [1, ...sized([...LOCALS, ...BODY, END])]),
  ]);
}

function section(id: number, content: Code): Code {
  return [id, ...sized(content)];
}

function name(text: string): Code {
  return sized([...Buffer.from(text)]);
}

/** With its length before it, as LEB128. */
function sized(content: Code): Code {
  const size: number[] = [];
  for (let rest = content.length; ; rest >>= 7) {
    if (rest < 0x80) return [...size, rest, ...content];
    size.push((rest & 0x7f) | 0x80);
  }
}
