// Sends a context to BuildKit file by file: the engine sees the list and asks only for what it has not got.

import { readWhole } from '../../context/read-whole.ts';
import type { Entry } from '../../model/context.ts';
import type { EntryList } from '../../model/entry-list.ts';
import { selectFollowed, statOf } from './file-stats.ts';
import type { Call } from './grpc.ts';
import { packet } from './messages.ts';

const STAT = 0;
const REQUEST = 1;
const DATA = 2;
const FINISHED = 3;
const FAILED = 4;

const CHUNK_BYTES = 1 << 17;
/** Files read at the same time; the engine may ask for thousands at once. */
const READERS = 4;

type FileEntry = Extract<Entry, { kind: 'file' }>;

/** `folders` by the name under which the engine knows them: `context` and `dockerfile`. */
export async function serveFiles(
  call: Call,
  folders: ReadonlyMap<string, EntryList>,
  onBytes: (count: number) => void,
): Promise<void> {
  const name = valuesOf(call, 'dir-name')[0] ?? '';
  const all = folders.get(name);
  if (all === undefined) throw new Error(`the engine asks for a folder ${name}, which there is not`);
  const offered = selectFollowed(all, valuesOf(call, 'followpaths'));
  const requests: number[] = [];
  let served = 0;
  const readers = new Set<Promise<void>>();
  let failure: unknown;
  const work = async (): Promise<void> => {
    for (let id = requests[served]; id !== undefined; id = requests[served]) {
      served++;
      try {
        await sendFile(call, id, fileAt(all, offered[id]), onBytes);
      } catch (error) {
        failure ??= error;
        await call.send(packet.encode({ type: FAILED, data: Buffer.from(textOf(error)) }));
      }
    }
  };
  const sending = sendList(call, all, offered);
  sending.catch((error: unknown) => (failure ??= error));
  for await (const bytes of call.messages) {
    const { type, id = 0, data } = packet.decode(bytes);
    if (type === REQUEST) {
      fileAt(all, offered[id]);
      requests.push(id);
      if (readers.size < READERS) {
        const reader: Promise<void> = work().finally(() => readers.delete(reader));
        readers.add(reader);
      }
    } else if (type === FAILED) throw new Error(Buffer.from(data ?? []).toString());
    else if (type === FINISHED) break;
  }
  await sending;
  await Promise.all(readers);
  if (failure !== undefined) throw failure;
  await call.send(packet.encode({ type: FINISHED }));
}

function fileAt(entries: EntryList, index: number | undefined): FileEntry {
  const entry = index === undefined ? undefined : entries.at(index);
  if (entry?.kind !== 'file') throw new Error(`the engine asks for number ${index}, which is no file`);
  return entry;
}

async function sendList(call: Call, entries: EntryList, offered: Uint32Array): Promise<void> {
  for (const index of offered)
    await call.send(packet.encode({ type: STAT, stat: statOf(entries.at(index)) }));
  // One without a path ends the list.
  await call.send(packet.encode({ type: STAT }));
}

async function sendFile(
  call: Call,
  id: number,
  entry: FileEntry,
  onBytes: (count: number) => void,
): Promise<void> {
  const send = async (data: Uint8Array): Promise<void> => {
    onBytes(data.length);
    await call.send(packet.encode({ type: DATA, id, data }));
  };
  if (entry.content.from === 'memory') {
    const { bytes } = entry.content;
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) await send(bytes.subarray(at, at + CHUNK_BYTES));
  } else {
    await readWhole(entry.content.path, entry.size, CHUNK_BYTES, send);
  }
  await call.send(packet.encode({ type: DATA, id }));
}

/** Newer engines escape what is not plain ASCII, and say so in a second header. */
function valuesOf(call: Call, name: string): string[] {
  const values = call.metadata(name);
  if (call.metadata(`${name}-encoded`)[0] !== '1') return values;
  return values.map((value) => decodeURIComponent(value.replaceAll('+', ' ')));
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
