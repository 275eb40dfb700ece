// Makes a layer repeatable: no time later than the epoch, no names of users, none of the files that no two runs agree on.

import { createHash, type Hash } from 'node:crypto';
import {
  BLOCK,
  cleanPath,
  isZero,
  padded,
  readHeader,
  readPax,
  withSize,
  withTime,
  type Header,
} from './tar-blocks.ts';

export interface LayerEntry {
  readonly path: string;
  readonly size: number;
  /** Of header and content, as they are written. */
  readonly fingerprint: string;
}

/** Logs and caches that a package manager writes with times in them, and that can be made again. */
const VOLATILE =
  /^(var\/log\/(apt\/.+|dpkg\.log|alternatives\.log|bootstrap\.log)|var\/cache\/(ldconfig\/aux-cache|apt\/[^/]+\.bin|debconf\/.+-old)|var\/lib\/(dpkg|apt)\/.+-old)$/;

/** Times finer than a second, and of reading. */
const DROPPED_PAX = ['mtime', 'atime', 'ctime'];

/** Yields the bytes of the repeatable layer; `onEntry` tells of each entry that is in it. */
export async function* clampLayer(
  chunks: AsyncIterable<Buffer>,
  epoch: number,
  onEntry: (entry: LayerEntry) => void,
): AsyncGenerator<Buffer> {
  const source = createReader(chunks);
  // Headers that belong to the entry behind them: pax records, long names.
  let before: Buffer[] = [];
  let paxPath: string | undefined;
  let paxSize: number | undefined;
  for (;;) {
    const block = await source.read(BLOCK);
    if (block === undefined || isZero(block)) break;
    const header = readHeader(block);
    if (header.type === 'x' || header.type === 'L' || header.type === 'K' || header.type === 'g') {
      const body = (await source.read(padded(header.size))) ?? Buffer.alloc(0);
      const content = body.subarray(0, header.size);
      if (header.type === 'x') {
        const records = readPax(content);
        const path = records.find(({ key }) => key === 'path');
        const size = records.find(({ key }) => key === 'size');
        if (path !== undefined) paxPath = path.value.toString('utf8');
        if (size !== undefined) paxSize = Number(size.value.toString('latin1'));
        before.push(
          ...paxHeader(
            block,
            records.filter(({ key }) => !DROPPED_PAX.includes(key)).map(({ record }) => record),
          ),
        );
      } else if (header.type !== 'g') {
        if (header.type === 'L') paxPath = content.toString('utf8').replace(/\0.*$/s, '');
        before.push(withTime(block, 0), body);
      }
      continue;
    }
    const path = paxPath === undefined ? header.path : cleanPath(paxPath);
    const size = paxSize ?? (hasContent(header) ? header.size : 0);
    const own = withTime(block, Math.min(header.mtime, epoch));
    const isKept = !(header.type === '0' && VOLATILE.test(path));
    const hash = createHash('sha256');
    const emit = (bytes: Buffer): Buffer => update(hash, bytes);
    if (isKept) for (const bytes of [...before, own]) yield emit(bytes);
    for (let left = padded(size); left > 0;) {
      const bytes = await source.readSome(left);
      if (bytes === undefined) throw new Error('the layer ends in the middle of a file');
      left -= bytes.length;
      if (isKept) yield emit(bytes);
    }
    if (isKept) onEntry({ path, size, fingerprint: hash.digest('hex') });
    before = [];
    paxPath = undefined;
    paxSize = undefined;
  }
  yield Buffer.alloc(2 * BLOCK);
  await source.drain();
}

/** The files of a layer with their sizes; what is no tar (a configuration among blobs) has none. */
export async function listLayer(chunks: AsyncIterable<Buffer>): Promise<{ path: string; size: number }[]> {
  const files: { path: string; size: number }[] = [];
  for await (const _ of clampLayer(chunks, Number.MAX_SAFE_INTEGER, ({ path, size }) =>
    files.push({ path, size }),
  ));
  return files;
}

function paxHeader(block: Buffer, records: readonly Buffer[]): Buffer[] {
  if (records.length === 0) return [];
  const body = Buffer.concat(records);
  const padding = Buffer.alloc(padded(body.length) - body.length);
  return [withSize(withTime(block, 0), body.length), body, padding];
}

function hasContent(header: Header): boolean {
  return header.type === '0' || header.type === '7';
}

function update(hash: Hash, bytes: Buffer): Buffer {
  hash.update(bytes);
  return bytes;
}

interface Reader {
  /** Exactly so many bytes, or undefined at the end. */
  read(size: number): Promise<Buffer | undefined>;
  /** At most so many. */
  readSome(size: number): Promise<Buffer | undefined>;
  drain(): Promise<void>;
}

function createReader(chunks: AsyncIterable<Buffer>): Reader {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done === true) return false;
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    return true;
  };
  const take = (size: number): Buffer => {
    const taken = rest.subarray(0, size);
    rest = rest.subarray(size);
    return taken;
  };
  return {
    async read(size) {
      while (rest.length < size) if (!(await more())) return undefined;
      return take(size);
    },
    async readSome(size) {
      if (rest.length === 0 && !(await more())) return undefined;
      return take(Math.min(size, rest.length));
    },
    async drain() {
      rest = Buffer.alloc(0);
      while (await more()) rest = Buffer.alloc(0);
    },
  };
}
