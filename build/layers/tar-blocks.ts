// The bytes of a tar header: what is read from it, and how a field is set. Names and contents stay bytes throughout.

export const BLOCK = 512;

export interface Header {
  readonly type: string;
  readonly size: number;
  readonly mtime: number;
  readonly mode: number;
  /** Without a leading "./" and without a slash at the end. */
  readonly path: string;
}

export function readHeader(block: Buffer): Header {
  const prefix = text(block, 345, 155);
  const name = text(block, 0, 100);
  const isUstar = text(block, 257, 5) === 'ustar';
  return {
    type: String.fromCharCode(block[156] || 0x30),
    size: readNumber(block, 124, 12),
    mtime: readNumber(block, 136, 12),
    mode: readNumber(block, 100, 8),
    path: cleanPath(isUstar && prefix !== '' ? `${prefix}/${name}` : name),
  };
}

/** The same header with another time and no names of users. */
export function withTime(block: Buffer, mtime: number): Buffer {
  const copy = Buffer.from(block);
  copy.write(`${Math.max(0, Math.floor(mtime)).toString(8).padStart(11, '0')}\0`, 136, 'latin1');
  copy.fill(0, 265, 329);
  return withChecksum(copy);
}

export function withSize(block: Buffer, size: number): Buffer {
  const copy = Buffer.from(block);
  copy.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  return withChecksum(copy);
}

export function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** The records of a pax header, as bytes: values may be anything. */
export function readPax(body: Buffer): { key: string; value: Buffer; record: Buffer }[] {
  const records: { key: string; value: Buffer; record: Buffer }[] = [];
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const length = Number(body.toString('latin1', at, space));
    if (space < 0 || !Number.isInteger(length) || length <= 0) break;
    const record = body.subarray(at, at + length);
    const equals = record.indexOf(0x3d);
    const key = record.toString('utf8', space - at + 1, equals);
    records.push({ key, value: record.subarray(equals + 1, -1), record });
    at += length;
  }
  return records;
}

export function cleanPath(path: string): string {
  return path.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
}

function withChecksum(block: Buffer): Buffer {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Octal digits, or, for large values, bytes with the first bit set. */
function readNumber(block: Buffer, at: number, length: number): number {
  if (((block[at] ?? 0) & 0x80) === 0) return Number.parseInt(text(block, at, length).trim() || '0', 8);
  let value = (block[at] ?? 0) & 0x7f;
  for (let index = at + 1; index < at + length; index++) value = value * 256 + (block[index] ?? 0);
  return value;
}

function text(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('utf8', at, end >= at && end < at + length ? end : at + length);
}
