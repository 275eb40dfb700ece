// Cuts byte streams between UTF-8 characters, for clients that decode every piece by itself. Pure.

/** Splits off what may be the beginning of a character that the next piece completes. */
export function splitAtCharacter(bytes: Uint8Array): {
  readonly whole: Uint8Array;
  readonly rest: Uint8Array;
} {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    if (sequenceLength(byte) <= back) break;
    return { whole: bytes.subarray(0, bytes.length - back), rest: bytes.subarray(bytes.length - back) };
  }
  return { whole: bytes, rest: bytes.subarray(bytes.length) };
}

/** Drops the end of a character whose beginning was cut off. */
export function dropPartialCharacter(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < 3 && start < bytes.length && isContinuation(bytes[start] ?? 0)) start += 1;
  return bytes.subarray(start);
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0 && lead < 0xf8) return 4;
  if (lead >= 0xe0) return lead < 0xf0 ? 3 : 1;
  return lead >= 0xc2 ? 2 : 1;
}
