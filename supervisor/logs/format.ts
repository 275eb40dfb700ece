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
  const head = Buffer.from(prefix).toString('latin1');
  return Buffer.from(around(lines.toString('latin1', 0, lines.length - 1), head, '\n'), 'latin1');
}

/** One object per line: time (ISO 8601, UTC), program, stream, message; invalid UTF-8 becomes U+FFFD. */
function asJson(lines: Buffer, source: LineSource, at: number): Buffer {
  const head = `{"time":"${new Date(at).toISOString()}","program":${JSON.stringify(source.program)},"stream":"${source.stream}","message":`;
  const text = lines.toString('utf8', 0, lines.length - 1);
  if (isPlain(text)) return Buffer.from(around(text, `${head}"`, '"}\n'));
  let result = '';
  for (const message of text.split('\n')) result += `${head}${JSON.stringify(message)}}\n`;
  return Buffer.from(result);
}

/** Whether nothing but the newlines of a text would be escaped in JSON: one look at all of it is far cheaper than one per line. */
function isPlain(text: string): boolean {
  let newlines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) newlines++;
  return JSON.stringify(text).length === text.length + newlines + '""'.length;
}

/** Each line of a text between a head and a tail, which has the newline. */
function around(text: string, head: string, tail: string): string {
  const between = `${tail}${head}`;
  let result = head;
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
    result += text.slice(start, end);
    result += between;
    start = end + 1;
  }
  return result + text.slice(start) + tail;
}
