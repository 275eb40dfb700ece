// Pure: how a program's line looks on the container's own output.

import { isUtf8 } from 'node:buffer';
import type { LogFormat } from '../model.ts';
import { framer, type Frame, type Framer } from './frame.ts';

const NEWLINE = Buffer.from('\n');
const QUOTE_AND_END = Buffer.from('"}\n');

export interface LineSource {
  readonly program: string;
  readonly stream: 'stdout' | 'stderr';
}

/**
 * A run of whole lines in the given format, in pieces that end with a newline; each is valid until the next is asked for.
 * `at` is wall-clock milliseconds.
 */
export function formatLines(
  lines: Buffer,
  format: LogFormat,
  source: LineSource,
  at: number,
): Iterable<Buffer> {
  if (lines.length === 0) return [];
  switch (format) {
    case 'raw':
      return [lines];
    case 'prefix':
      return inFrames(lines, { head: Buffer.from(`${source.program} | `), tail: NEWLINE, json: false });
    case 'json':
      return inFrames(lines, { head: Buffer.from(jsonHead(source, at)), tail: QUOTE_AND_END, json: true });
  }
}

/** One object per line: time (ISO 8601, UTC), program, stream, message; invalid UTF-8 becomes U+FFFD. */
function jsonHead({ program, stream }: LineSource, at: number): string {
  const time = new Date(at).toISOString();
  return `{"time":"${time}","program":${JSON.stringify(program)},"stream":"${stream}","message":"`;
}

/** Framed a run at a time where there is a way to, and else line by line. */
function inFrames(lines: Buffer, frame: Frame): Iterable<Buffer> {
  const fast = frame.json && !isUtf8(lines) ? null : framer();
  return fast === null ? [plainly(lines, frame)] : inPieces(lines, frame, fast);
}

/** What is too much for one piece is halved. */
function* inPieces(lines: Buffer, frame: Frame, framed: Framer): Generator<Buffer> {
  const piece = framed(lines, frame);
  if (piece !== null) return yield piece;
  const half = lines.lastIndexOf(NEWLINE, lines.length >> 1);
  const end = half === -1 ? lines.indexOf(NEWLINE) : half;
  if (end === lines.length - 1) return yield plainly(lines, frame);
  yield* inPieces(lines.subarray(0, end + 1), frame, framed);
  yield* inPieces(lines.subarray(end + 1), frame, framed);
}

function plainly(lines: Buffer, { head, tail, json }: Frame): Buffer {
  // As Latin-1 a byte is a character, and every byte is one.
  const encoding = json ? 'utf8' : 'latin1';
  const [before, behind] = [head.toString(encoding), tail.toString(encoding)];
  let text = '';
  for (const line of lines.toString(encoding, 0, lines.length - 1).split('\n'))
    text += `${before}${json ? JSON.stringify(line).slice(1, -1) : line}${behind}`;
  return Buffer.from(text, encoding);
}
