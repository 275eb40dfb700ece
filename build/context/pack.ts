// Turns context entries into a tar stream that is the same, byte for byte, for the same entries.

import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pack, type Header, type Pack } from 'tar-stream';
import type { Entry } from '../model/context.ts';

const CHUNK_BYTES = 1 << 18;

/** Owner 0:0, one fixed time, no names of users: nothing of the machine that packs. */
export function packEntries(entries: Iterable<Entry>): Readable {
  const tar = pack();
  void writeAll(tar, entries).then(
    () => tar.finalize(),
    (error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  // A stream of Node's own, so that whoever stops reading stops the packing, too.
  return Readable.from(tar, { objectMode: false });
}

async function writeAll(tar: Pack, entries: Iterable<Entry>): Promise<void> {
  for (const entry of entries) {
    if (entry.kind === 'file') await writeFileEntry(tar, entry);
    else await writeHeader(tar, entry);
  }
}

function writeHeader(tar: Pack, entry: Extract<Entry, { kind: 'directory' | 'symlink' }>): Promise<void> {
  const header: Partial<Header> & Pick<Header, 'name'> =
    entry.kind === 'directory'
      ? { name: `${entry.path}/`, type: 'directory', mode: entry.mode ?? 0o755 }
      : { name: entry.path, type: 'symlink', linkname: entry.target, mode: 0o777 };
  return new Promise((resolve, reject) => {
    tar.entry(fixed(header), (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

async function writeFileEntry(tar: Pack, entry: Extract<Entry, { kind: 'file' }>): Promise<void> {
  const written = Promise.withResolvers<void>();
  const sink = tar.entry(
    fixed({ name: entry.path, type: 'file', mode: entry.mode, size: entry.size }),
    (error) => (error === null || error === undefined ? written.resolve() : written.reject(error)),
  );
  sink.on('error', written.reject);
  written.promise.catch(() => {});
  if (entry.content.from === 'memory') sink.write(entry.content.bytes);
  else await copyFile(entry.content.path, entry.size, sink);
  sink.end(null);
  await written.promise;
}

/** Copies exactly `size` bytes: a file that grew while it was read is cut, one that shrank is an error. */
async function copyFile(path: string, size: number, sink: ReturnType<Pack['entry']>): Promise<void> {
  const file = await open(path, 'r');
  try {
    for (let position = 0; position < size;) {
      const { bytesRead, buffer } = await file.read(
        Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - position)),
        { position },
      );
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was packed`);
      position += bytesRead;
      if (!sink.write(buffer.subarray(0, bytesRead)))
        await new Promise<void>((resolve) => sink.once('drain', () => resolve()));
    }
  } finally {
    await file.close();
  }
}

function fixed(header: Partial<Header> & Pick<Header, 'name'>): Partial<Header> & Pick<Header, 'name'> {
  return { ...header, uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0) };
}
