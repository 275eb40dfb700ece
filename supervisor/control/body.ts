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
