// One output stream of one run of a program: pipe → sinks, with the back-pressure that slows the writer, not us.

import { readSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { LogFormat } from '../model.ts';
import type { ConsoleStream } from './console.ts';
import { descriptorStream } from './descriptor-stream.ts';
import { formatLines, type LineSource } from './format.ts';
import { lastLine, NO_REST, wholeLines } from './lines.ts';
import type { Sink } from './sink.ts';

/** A pipe holds 64 KiB; more than this is what a writer that is still there goes on to write. */
const DRAIN_BYTES = 1 << 20;
const DRAIN_CHUNK_BYTES = 1 << 16;

/** What all streams are read into, one after the other: a buffer for each piece would be a third of the whole work. */
const CHUNK = Buffer.allocUnsafeSlow(1 << 16);

/** A stream that is being read. */
export interface Pipeline {
  /** Resolves when the last writer has closed its end and every byte has been handed on. */
  readonly ended: Promise<void>;
  /** Takes what is in the pipe now, so that the last words of a program come before the news of its end. */
  drain(): void;
  /** Stops reading, whoever may still hold the other end. */
  close(): void;
}

/** Reads the descriptor, which becomes the pipeline's own, into the sink until its end. */
export function readPipe(
  descriptor: number,
  sink: Sink,
  whenDrained: (listener: () => void) => void,
): Pipeline {
  const socket: Socket = descriptorStream({
    fd: descriptor,
    readable: true,
    writable: false,
    onread: {
      buffer: () => CHUNK,
      callback: (length) => {
        take(CHUNK.subarray(0, length));
        return true;
      },
    },
  });
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const take = (chunk: Buffer): void => {
    if (sink.write(chunk)) return;
    socket.pause();
    whenDrained(() => socket.resume());
  };
  const drain = (): void => {
    // A stream that is paused, or has been till now, has older bytes than the pipe.
    const upToDate = (): boolean => !socket.isPaused() && socket.readableLength === 0;
    for (let taken = 0; taken < DRAIN_BYTES && !socket.destroyed && upToDate();) {
      const chunk = readNow(descriptor);
      if (chunk === null) return;
      taken += chunk.length;
      take(chunk);
    }
  };
  // A read error is the end of the stream as well; 'close' follows.
  socket.on('error', () => {});
  return { ended, drain, close: () => socket.destroy() };
}

/** What a non-blocking pipe holds, or null where it is empty or at its end: the stream will see to that. */
function readNow(descriptor: number): Buffer | null {
  const chunk = Buffer.allocUnsafe(DRAIN_CHUNK_BYTES);
  try {
    const length = readSync(descriptor, chunk);
    return length === 0 ? null : chunk.subarray(0, length);
  } catch {
    return null;
  }
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
  const [only] = sinks;
  if (only !== undefined && sinks.length === 1) return only;
  return {
    write: (chunk) => sinks.map((sink) => sink.write(chunk)).every(Boolean),
    reopen: () => sinks.forEach((sink) => sink.reopen()),
    close: () => sinks.forEach((sink) => sink.close()),
  };
}
