// Pure: how a program's line looks on the container's own output.

import type { LogFormat } from '../model.ts';

export interface LineSource {
  readonly program: string;
  readonly stream: 'stdout' | 'stderr';
}

/** A run of whole lines in the given format; every result ends with a newline. `at` is wall-clock milliseconds. */
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

/** As Latin-1, in which a byte is a character and every byte is one: much faster than line by line, and as exact. */
function prefixed(lines: Buffer, prefix: string): Buffer {
  const mark = Buffer.from(prefix).toString('latin1');
  const text = lines.toString('latin1', 0, lines.length - 1);
  return Buffer.from(`${mark}${text.split('\n').join(`\n${mark}`)}\n`, 'latin1');
}

/** One object per line: time (ISO 8601, UTC), program, stream, message; invalid UTF-8 becomes U+FFFD. */
function asJson(lines: Buffer, source: LineSource, at: number): Buffer {
  const head = `{"time":"${new Date(at).toISOString()}","program":${JSON.stringify(source.program)},"stream":"${source.stream}","message":`;
  const messages = lines.toString('utf8', 0, lines.length - 1).split('\n');
  let text = '';
  for (const message of messages) text += `${head}${JSON.stringify(message)}}\n`;
  return Buffer.from(text);
}
