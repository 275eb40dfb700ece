// Turns context entries into a tar stream that is the same, byte for byte, for the same entries.

import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pack, type Header, type Pack } from 'tar-stream';
import type { Entry } from '../model/context.ts';
import { readWhole } from './read-whole.ts';

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
  else
    await readWhole(entry.content.path, entry.size, CHUNK_BYTES, async (chunk) => {
      if (!sink.write(chunk)) await once(sink, 'drain');
    });
  sink.end(null);
  await written.promise;
}

function fixed(header: Partial<Header> & Pick<Header, 'name'>): Partial<Header> & Pick<Header, 'name'> {
  return { ...header, uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0) };
}
