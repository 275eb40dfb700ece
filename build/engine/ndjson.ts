// Reads a stream of JSON lines: characters split over chunks stay whole, a line that is no JSON is an error with its text.

import { StringDecoder } from 'node:string_decoder';

export async function* readJsonLines(
  chunks: AsyncIterable<Buffer | string>,
): AsyncGenerator<Record<string, unknown>> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    rest += typeof chunk === 'string' ? chunk : decoder.write(chunk);
    let newline = rest.indexOf('\n');
    if (newline < 0) continue;
    let start = 0;
    for (; newline >= 0; newline = rest.indexOf('\n', start)) {
      const message = parseLine(rest.slice(start, newline));
      start = newline + 1;
      if (message !== undefined) yield message;
    }
    rest = rest.slice(start);
  }
  const last = parseLine(rest + decoder.end());
  if (last !== undefined) yield last;
}

function parseLine(line: string): Record<string, unknown> | undefined {
  const text = line.trim();
  if (text === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`the engine sent a line that is no JSON: ${text.slice(0, 200)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`the engine sent something that is no JSON object: ${text.slice(0, 200)}`);
  }
  return value as Record<string, unknown>;
}
