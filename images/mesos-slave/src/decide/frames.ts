// The frames of the Lumberjack protocol, versions 1 and 2: what a sender writes, and the acknowledgements that it reads. Pure.
//
//   1W 2W  window   uint32 number of events that follow before the sender waits
//   1D     event    uint32 sequence, uint32 pairs, and for each uint32 length + key, uint32 length + value
//   2J     event    uint32 sequence, uint32 length + JSON
//   1C 2C  frames   uint32 length + the same frames, deflated (zlib)
//   1A 2A  ack      uint32 sequence of the last event that has arrived
//
// All numbers are big-endian. Layout: elastic/logstash-forwarder's PROTOCOL.md for version 1; elastic/go-lumber for 2.

export type Version = 1 | 2;

/** One line, as it is sent. */
export interface Message {
  /** The pairs that come with every line of its file: file, host and the configured fields. */
  readonly source: MessageSource;
  /** Where the line begins in its file, in bytes. */
  readonly offset: number;
  readonly line: Uint8Array;
  /** The line was too long for one event: the next one goes on with it. */
  readonly continues: boolean;
}

/** What is the same for all lines of a file, encoded once. */
export interface MessageSource {
  readonly pairs: readonly (readonly [key: string, value: string])[];
  /** The pairs in the bytes of version 1. */
  readonly encoded: Uint8Array;
  /** The pairs in JSON, without braces. */
  readonly json: string;
}

/** Marks an event whose line goes on in the next event of the same file. */
export const CONTINUES = 'line_continues';

/** What no configured field can replace. */
export const OWN_KEYS: readonly string[] = ['line', 'offset', CONTINUES];

export function messageSource(
  file: string,
  host: string,
  fields: Readonly<Record<string, string>>,
): MessageSource {
  // A configured field wins over ours of the same name, but for the line itself.
  const pairs = Object.entries({ file: file.toWellFormed(), host, ...fields }).filter(
    ([key]) => !OWN_KEYS.includes(key),
  );
  return {
    pairs,
    encoded: Buffer.concat(pairs.map(([key, value]) => pair(key, Buffer.from(value)))),
    json: JSON.stringify(Object.fromEntries(pairs)).slice(1, -1),
  };
}

export function windowFrame(version: Version, events: number): Buffer {
  return header(version, 'W', events);
}

/** The event's frame; in version 2 a byte that is no UTF-8 becomes U+FFFD, in version 1 bytes go as they are. */
export function eventFrame(version: Version, sequence: number, message: Message): Buffer {
  return version === 1 ? pairsFrame(sequence, message) : jsonFrame(sequence, message);
}

export function compressedFrame(version: Version, deflated: Uint8Array): Buffer {
  return Buffer.concat([header(version, 'C', deflated.length), deflated]);
}

const ACK_BYTES = 6;

export type Acks =
  | { readonly sequences: readonly number[]; readonly rest: Buffer }
  | { readonly problem: string };

/** Reads the acknowledgements in `bytes`; `rest` is what belongs to the next one, to be given again with what follows. */
export function readAcks(bytes: Buffer): Acks {
  const sequences: number[] = [];
  let at = 0;
  for (; at + ACK_BYTES <= bytes.length; at += ACK_BYTES) {
    const isAck = (bytes[at] === 0x31 || bytes[at] === 0x32) && bytes[at + 1] === 0x41;
    if (!isAck) {
      const shown = JSON.stringify(bytes.toString('latin1', at, at + 16));
      return { problem: `it answered ${shown}, which is no acknowledgement of the Lumberjack protocol` };
    }
    sequences.push(bytes.readUInt32BE(at + 2));
  }
  return { sequences, rest: bytes.subarray(at) };
}

function pairsFrame(sequence: number, { source, offset, line, continues }: Message): Buffer {
  const own = [pair('offset', Buffer.from(String(offset))), pair('line', line)];
  if (continues) own.push(pair(CONTINUES, Buffer.from('true')));
  const head = Buffer.allocUnsafe(10);
  head.write('1D', 'latin1');
  head.writeUInt32BE(sequence, 2);
  head.writeUInt32BE(source.pairs.length + own.length, 6);
  return Buffer.concat([head, source.encoded, ...own]);
}

function jsonFrame(sequence: number, { source, offset, line, continues }: Message): Buffer {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString('utf8');
  const mark = continues ? `,"${CONTINUES}":"true"` : '';
  const json = `{${source.json},"offset":"${offset}"${mark},"line":${JSON.stringify(text)}}`;
  const length = Buffer.byteLength(json);
  const frame = Buffer.allocUnsafe(10 + length);
  frame.write('2J', 'latin1');
  frame.writeUInt32BE(sequence, 2);
  frame.writeUInt32BE(length, 6);
  frame.write(json, 10, 'utf8');
  return frame;
}

function header(version: Version, type: string, value: number): Buffer {
  const frame = Buffer.allocUnsafe(6);
  frame.write(`${version}${type}`, 'latin1');
  frame.writeUInt32BE(value, 2);
  return frame;
}

function pair(key: string, value: Uint8Array): Buffer {
  const name = Buffer.from(key);
  const result = Buffer.allocUnsafe(8 + name.length + value.length);
  result.writeUInt32BE(name.length, 0);
  name.copy(result, 4);
  result.writeUInt32BE(value.length, 4 + name.length);
  result.set(value, 8 + name.length);
  return result;
}
