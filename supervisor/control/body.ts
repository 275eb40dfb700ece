// Receives request bodies, each within a limit and all together within a budget of memory.

import type { IncomingMessage } from 'node:http';

export class Budget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** False when there is not enough left; then nothing is taken. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

export type Body =
  | { readonly kind: 'received'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'no-memory' }
  | { readonly kind: 'aborted' };

export async function receiveBody(request: IncomingMessage, limit: number, budget: Budget): Promise<Body> {
  const chunks: Buffer[] = [];
  let taken = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      if (taken + chunk.length > limit) return { kind: 'too-large' };
      if (!budget.take(chunk.length)) return { kind: 'no-memory' };
      taken += chunk.length;
      chunks.push(chunk);
    }
    return { kind: 'received', bytes: Buffer.concat(chunks) };
  } catch {
    return { kind: 'aborted' };
  } finally {
    budget.give(taken);
  }
}

/** What a stranger may send after the answer: more than any call of a method has. */
const LINGER_BYTES = 1024 * 1024;
const LINGER_MS = 1000;

/**
 * Reads away what a client still sends although its answer is on its way: a connection that is closed with something
 * unread is reset, and the client may lose the answer with it. Resolves when there is no more, or enough.
 */
export function linger(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let skipped = 0;
    const timer = setTimeout(resolve, LINGER_MS);
    request.on('data', (chunk: Buffer) => {
      skipped += chunk.length;
      if (skipped > LINGER_BYTES) resolve();
    });
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    request.once('end', done).once('close', done);
  });
}
