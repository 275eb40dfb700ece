// Pure: how a program's line looks on the container's own output.

import { isUtf8 } from 'node:buffer';
import type { LogFormat } from '../model.ts';
import { framed } from './frame.ts';

const NEWLINE = Buffer.from('\n');
const QUOTE_AND_END = Buffer.from('"}\n');

export interface LineSource {
  readonly program: string;
  readonly stream: 'stdout' | 'stderr';
}

/**
 * A run of whole lines in the given format; every result ends with a newline, and is valid until the next call. `at` is
 * wall-clock milliseconds.
 */
export function formatLines(lines: Buffer, format: LogFormat, source: LineSource, at: number): Buffer {
  if (lines.length === 0) return lines;
  switch (format) {
    case 'raw':
      return lines;
    case 'prefix':
      return prefixed(lines, `${source.program} | `);
    case 'json':
      return asJson(lines, source, at);
  }
}

function prefixed(lines: Buffer, prefix: string): Buffer {
  const head = Buffer.from(prefix);
  const result = framed(lines, head, NEWLINE, false);
  if (result !== null) return result;
  // As Latin-1, in which a byte is a character and every byte is one.
  const text = lines.toString('latin1', 0, lines.length - 1);
  const first = head.toString('latin1');
  return Buffer.from(`${first}${text.split('\n').join(`\n${first}`)}\n`, 'latin1');
}

/** One object per line: time (ISO 8601, UTC), program, stream, message; invalid UTF-8 becomes U+FFFD. */
function asJson(lines: Buffer, source: LineSource, at: number): Buffer {
  const head = `{"time":"${new Date(at).toISOString()}","program":${JSON.stringify(source.program)},"stream":"${source.stream}","message":`;
  // Hardly ever is there anything to escape.
  const plain = isUtf8(lines) ? framed(lines, Buffer.from(`${head}"`), QUOTE_AND_END, true) : null;
  if (plain !== null) return plain;
  let result = '';
  for (const message of lines.toString('utf8', 0, lines.length - 1).split('\n'))
    result += `${head}${JSON.stringify(message)}}\n`;
  return Buffer.from(result);
}
