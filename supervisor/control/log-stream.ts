// Answers with the end of a log and then with all that is written to it, until the client goes: `tail -f`.

import type { ServerResponse } from 'node:http';
import type { Log, LogEvent } from './commands.ts';
import { lastBytes } from './log-read.ts';
import { dropPartialCharacter, splitAtCharacter } from './utf8.ts';

/** What clients see first of a log, as supervisord shows it. */
const HEAD_BYTES = 1024;
/** A client that reads slower than the log grows misses something from here on, and is told. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** Returns whether there was a log to answer with. */
export function streamLog(log: Log, response: ServerResponse): boolean {
  const head = lastBytes(log, HEAD_BYTES);
  if (head === null) return false;
  response.writeHead(200, {
    'Content-Type': 'text/plain;charset=utf-8',
    'Last-Modified': new Date(head.modifiedAtMs).toUTCString(),
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  const writer = new FollowWriter(response);
  writer.write(head.cut ? dropPartialCharacter(head.bytes) : head.bytes);
  const unsubscribe = log.follow((event) => writer.tell(event));
  response.on('drain', () => writer.drained());
  response.on('close', unsubscribe);
  return true;
}

class FollowWriter {
  readonly #response: ServerResponse;
  #rest: Uint8Array = new Uint8Array();
  #skipped = 0;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  tell(event: LogEvent): void {
    if (event.kind === 'cleared') this.#send(Buffer.from('==> File truncated <==\n'));
    else this.write(event.chunk);
  }

  /** Sends whole characters: supervisorctl decodes every chunk by itself. The chunk is copied, since its owner reuses it. */
  write(chunk: Uint8Array): void {
    if (this.#response.writableLength > MAX_BUFFERED_BYTES) {
      this.#skipped += chunk.length;
      return;
    }
    const { whole, rest } = splitAtCharacter(Buffer.concat([this.#rest, chunk]));
    this.#rest = rest;
    this.#send(whole);
  }

  drained(): void {
    if (this.#skipped === 0) return;
    const message = `\n==> ${this.#skipped} bytes skipped: the reader is too slow <==\n`;
    this.#skipped = 0;
    this.#rest = new Uint8Array();
    this.#send(Buffer.from(message));
  }

  #send(bytes: Uint8Array): void {
    // An empty chunk would end the response.
    if (bytes.length > 0 && !this.#response.destroyed) this.#response.write(bytes);
  }
}
