// Answers with what happens from now on, as server-sent events, until the client goes.

import type { ServerResponse } from 'node:http';
import type { Commands } from './commands.ts';

/** A client that lets this much wait is cut off: it can come back, and GET /status tells where things are. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** Without traffic, neither side would notice that the other one has gone. */
const HEARTBEAT_MS = 30_000;

export function streamEvents(commands: Commands, response: ServerResponse): void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  let serial = 0;
  const send = (text: string): void => {
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy();
    else if (!response.destroyed) response.write(text);
  };
  const unsubscribe = commands.subscribe((event) => {
    serial += 1;
    send(`id: ${serial}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  });
  const heartbeat = setInterval(() => send(':\n\n'), HEARTBEAT_MS).unref();
  response.on('close', () => {
    clearInterval(heartbeat);
    unsubscribe();
  });
}
