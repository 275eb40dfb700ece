// Lines of input, one at a time for whoever asks, and what Ctrl-C means while somebody waits for something else.

import type { Interface } from 'node:readline';

/** What `next` gives for a Ctrl-C that nobody else listens for. */
export const INTERRUPTED = '\u0003';

export class LineQueue {
  readonly #reader: Interface;
  readonly #ready: string[] = [];
  readonly #interrupted = new Set<() => void>();
  #ended = false;
  #wanted: ((line: string | null) => void) | null = null;

  constructor(reader: Interface) {
    this.#reader = reader;
    reader.on('line', (line) => this.#push(line));
    reader.on('SIGINT', () => this.#interrupt());
    reader.on('close', () => {
      this.#ended = true;
      this.#wanted?.(null);
      this.#wanted = null;
    });
  }

  /** Null at the end of the input. Lines that come while nobody asks wait for their turn. */
  next(): Promise<string | null> {
    const line = this.#ready.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }

  /** Calls the listener on Ctrl-C until the result is called. */
  onInterrupt(listener: () => void): () => void {
    this.#interrupted.add(listener);
    return () => this.#interrupted.delete(listener);
  }

  close(): void {
    this.#reader.close();
  }

  #interrupt(): void {
    if (this.#interrupted.size === 0) this.#push(INTERRUPTED);
    for (const listener of this.#interrupted) listener();
  }

  #push(line: string): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    if (wanted === null) this.#ready.push(line);
    else wanted(line);
  }
}
