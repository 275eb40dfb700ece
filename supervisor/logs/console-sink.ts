// From a program's stream to the container's own output, line by line.

import type { LogFormat } from '../model.ts';
import type { ConsoleStream } from './console.ts';
import { formatLines, type LineSource } from './format.ts';
import { lineSink } from './line-sink.ts';
import type { Sink } from './sink.ts';

/** A sink that writes whole lines, formatted, to the container's own output. */
export function consoleSink(
  stream: ConsoleStream,
  format: LogFormat,
  source: LineSource,
  wallClock: () => number,
): Sink {
  return lineSink((lines) => writeAll(stream, formatLines(lines, format, source, wallClock())));
}

/** Writes pieces each of which is valid until the next is asked for. */
export function writeAll(stream: ConsoleStream, pieces: Iterable<Buffer>): boolean {
  let room = true;
  for (const piece of pieces) room = stream.write(piece);
  return room;
}

/** Several sinks as one; it asks for a pause as soon as one of them does. */
export function teeSink(sinks: readonly Sink[]): Sink {
  const [only] = sinks;
  if (only !== undefined && sinks.length === 1) return only;
  return {
    write: (chunk) => sinks.map((sink) => sink.write(chunk)).every(Boolean),
    reopen: () => sinks.forEach((sink) => sink.reopen()),
    close: () => sinks.forEach((sink) => sink.close()),
  };
}
