// One output stream of one run of a program: pipe → sinks, with the back-pressure that slows the writer, not us.

import { Socket } from 'node:net';
import type { LogFormat } from '../model.ts';
import type { ConsoleStream } from './console.ts';
import { formatLines, type LineSource } from './format.ts';
import { lastLine, NO_REST, wholeLines } from './lines.ts';
import type { Sink } from './sink.ts';

/** A stream that is being read. */
export interface Pipeline {
  /** Resolves when the last writer has closed its end and every byte has been handed on. */
  readonly ended: Promise<void>;
  /** Stops reading, whoever may still hold the other end. */
  close(): void;
}

/** Reads the descriptor, which becomes the pipeline's own, into the sink until its end. */
export function readPipe(
  descriptor: number,
  sink: Sink,
  whenDrained: (listener: () => void) => void,
): Pipeline {
  const socket = new Socket({ fd: descriptor, readable: true, writable: false });
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('data', (chunk: Buffer) => {
    if (sink.write(chunk)) return;
    socket.pause();
    whenDrained(() => socket.resume());
  });
  // A read error is the end of the stream as well; 'close' follows.
  socket.on('error', () => {});
  return { ended, close: () => socket.destroy() };
}

/** A sink that writes whole lines, formatted, to the container's own output. */
export function consoleSink(
  stream: ConsoleStream,
  format: LogFormat,
  source: LineSource,
  wallClock: () => number,
): Sink {
  let rest = NO_REST;
  const emit = (lines: Buffer): boolean =>
    lines.length === 0 || stream.write(formatLines(lines, format, source, wallClock()));
  return {
    write(chunk) {
      const split = wholeLines(rest, chunk);
      rest = split.state;
      return emit(split.lines);
    },
    reopen: () => {},
    close() {
      emit(lastLine(rest));
      rest = NO_REST;
    },
  };
}

/** Several sinks as one; it asks for a pause as soon as one of them does. */
export function teeSink(sinks: readonly Sink[]): Sink {
  return {
    write: (chunk) => sinks.map((sink) => sink.write(chunk)).every(Boolean),
    reopen: () => sinks.forEach((sink) => sink.reopen()),
    close: () => sinks.forEach((sink) => sink.close()),
  };
}
