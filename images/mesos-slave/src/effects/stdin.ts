// Standard input as a source of lines: read only as fast as they are sent, and without a place to remember.

import type { Readable } from 'node:stream';
import type { Event, Source } from './source.ts';
import { messageSource } from '../decide/frames.ts';
import { splitLines } from '../decide/lines.ts';

/** What may wait in memory. */
const BUFFER_BYTES = 256 * 1024;

export interface StdinSource extends Source {
  /** The input has ended, and all of it was read. */
  isDone(): boolean;
}

/** The path of its events is `-`, as logstash-forwarder's. */
export function readStdin(
  input: Readable,
  options: {
    readonly host: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly longestLine: number;
    readonly onWake: (source: StdinSource) => void;
  },
): StdinSource {
  const from = messageSource('-', options.host, options.fields);
  let buffer: Buffer = Buffer.alloc(0);
  let offset = 0;
  let ended = false;
  const source: StdinSource = {
    isDone: () => ended && buffer.length === 0,
    read(mostLines) {
      const event = (start: number, line: Uint8Array, continues: boolean): Event => ({
        source: from,
        offset: offset + start,
        line,
        continues,
        arrived() {},
      });
      const lines = splitLines(buffer, options.longestLine, mostLines);
      const events = lines.map(({ start, text, continues }) => event(start, text, continues));
      let bytes = lines.at(-1)?.end ?? 0;
      if (ended && lines.length < mostLines && bytes < buffer.length) {
        events.push(event(bytes, buffer.subarray(bytes), false));
        bytes = buffer.length;
      }
      buffer = buffer.subarray(bytes);
      offset += bytes;
      if (buffer.length < Math.max(BUFFER_BYTES, options.longestLine)) input.resume();
      return { events, bytes, more: bytes > 0 && buffer.length > 0 };
    },
  };
  input.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    if (buffer.length >= Math.max(BUFFER_BYTES, options.longestLine + 1)) input.pause();
    options.onWake(source);
  });
  const end = (): void => {
    ended = true;
    options.onWake(source);
  };
  input.once('end', end);
  input.once('error', end);
  return source;
}
