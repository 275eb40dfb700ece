// Pure: how a program's line looks on the container's own output.

import type { LogFormat } from '../model.ts';
import { eachLine } from './lines.ts';

const NEWLINE = Buffer.of(0x0a);

export interface LineSource {
  readonly program: string;
  readonly stream: 'stdout' | 'stderr';
}

/** A run of whole lines in the given format; every result ends with a newline. `at` is wall-clock milliseconds. */
export function formatLines(lines: Buffer, format: LogFormat, source: LineSource, at: number): Buffer {
  switch (format) {
    case 'raw':
      return lines;
    case 'prefix':
      return prefixed(lines, Buffer.from(`${source.program} | `));
    case 'json':
      return asJson(lines, source, at);
  }
}

function prefixed(lines: Buffer, prefix: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (const line of eachLine(lines)) parts.push(prefix, line, NEWLINE);
  return Buffer.concat(parts);
}

/** One object per line: time (ISO 8601, UTC), program, stream, message; invalid UTF-8 becomes U+FFFD. */
function asJson(lines: Buffer, source: LineSource, at: number): Buffer {
  const head = `{"time":"${new Date(at).toISOString()}","program":${JSON.stringify(source.program)},"stream":"${source.stream}","message":`;
  let text = '';
  for (const line of eachLine(lines)) text += `${head}${JSON.stringify(line.toString('utf8'))}}\n`;
  return Buffer.from(text);
}
