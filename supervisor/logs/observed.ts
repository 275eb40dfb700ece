// One stream of one run of a program on its way to its log, and who else is told of it.

import { bytesRepr, textOf } from '../events/text.ts';
import { repr } from '../config/python.ts';
import type { Program } from '../model.ts';
import { NO_ESCAPE, stripEscapes } from './ansi.ts';
import { bounded, leftOver, NOT_CAPTURING, sortOut, type CapturePiece } from './capture.ts';
import type { Sink } from './sink.ts';

/** A stream of a run. */
export interface RunStream {
  readonly program: Program;
  readonly stream: 'stdout' | 'stderr';
  readonly pid: number;
}

/** Who is told of output besides the logs. */
export interface OutputTaps {
  /** A piece of a stream with …_events_enabled. */
  logged(run: RunStream, data: Buffer): void;
  /** What a program wrote between the tokens of capture mode. */
  captured(run: RunStream, data: Buffer): void;
  /** What an event listener says to us. */
  protocol(run: RunStream, data: Buffer): void;
}

export interface ObservationOptions {
  readonly taps: OutputTaps;
  readonly stripAnsi: boolean;
  /** Writes a line at debug level; null where the log leaves those out. */
  readonly echo: ((text: string) => void) | null;
}

/** Whether a stream is of interest to anybody but its log. */
export function isObserved(
  { program, stream }: Omit<RunStream, 'pid'>,
  options: ObservationOptions,
): boolean {
  const { captureMaxBytes, eventsEnabled } = program[stream];
  return captureMaxBytes > 0 || eventsEnabled || options.echo !== null || speaksProtocol(program, stream);
}

/** The sink of one run, which passes on to `log` what belongs there. */
export function observedSink(run: RunStream, log: Sink, options: ObservationOptions): Sink {
  if (speaksProtocol(run.program, run.stream)) return protocolSink(run, log, options);
  if (!options.stripAnsi && !isObserved(run, options)) return log;
  const { captureMaxBytes, eventsEnabled } = run.program[run.stream];
  const label = `${repr(run.program.name)} ${run.stream}`;
  let capture = NOT_CAPTURING;
  let captured = NOT_CAPTURING.held;
  const strip = stripper(options.stripAnsi);

  const take = (piece: CapturePiece): boolean => {
    if (piece.kind === 'complete') {
      options.taps.captured(run, captured);
      options.echo?.(`${label} emitted a comm event`);
      captured = NOT_CAPTURING.held;
      return true;
    }
    const data = strip(piece.bytes);
    if (data.length === 0) return true;
    if (piece.kind === 'captured') captured = bounded(captured, data, captureMaxBytes);
    const room = piece.kind === 'captured' || log.write(data);
    options.echo?.(`${label} output:\n${textOf(data)}`);
    if (eventsEnabled) options.taps.logged(run, data);
    return room;
  };

  return {
    write(chunk) {
      if (captureMaxBytes === 0) return take({ kind: 'text', bytes: chunk });
      const sorted = sortOut(capture, chunk);
      capture = sorted.state;
      return sorted.pieces.map(take).every(Boolean);
    },
    reopen: () => log.reopen(),
    close() {
      take({ kind: 'text', bytes: leftOver(capture) });
      log.close();
    },
  };
}

/** The stdout of an event listener is a conversation with us; its log has a copy. */
function protocolSink(run: RunStream, log: Sink, options: ObservationOptions): Sink {
  const strip = stripper(options.stripAnsi);
  return {
    write(chunk) {
      options.echo?.(`${repr(run.program.name)} ${run.stream} output:\n${bytesRepr(chunk)}`);
      const room = log.write(strip(chunk));
      options.taps.protocol(run, chunk);
      return room;
    },
    reopen: () => log.reopen(),
    close: () => log.close(),
  };
}

function stripper(stripAnsi: boolean): (bytes: Buffer) => Buffer {
  if (!stripAnsi) return (bytes) => bytes;
  let state = NO_ESCAPE;
  return (bytes) => {
    const stripped = stripEscapes(state, bytes);
    state = stripped.state;
    return stripped.text;
  };
}

function speaksProtocol(program: Program, stream: 'stdout' | 'stderr'): boolean {
  return program.kind === 'eventlistener' && stream === 'stdout';
}
