// What takes a program's output: a file, the container's own output, memory. And who listens in.

export type LogEvent = { readonly kind: 'data'; readonly chunk: Uint8Array } | { readonly kind: 'cleared' };
export type LogListener = (event: LogEvent) => void;

export interface Sink {
  /**
   * Takes all bytes at once; false asks the writer to pause until the drained listener is called. The chunk's memory is
   * the writer's again afterwards: what is kept of it must be copied.
   */
  write(chunk: Buffer): boolean;
  /** Opens its file anew (SIGUSR2), if it has one. */
  reopen(): void;
  close(): void;
}

/** A log that can also be read, emptied and followed. */
export interface ReadableSink extends Sink {
  /** Calls once there is room again, where its write may ask for a pause. */
  readonly whenDrained?: (listener: () => void) => void;
  readonly place:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'memory'; readonly bytes: () => Uint8Array };
  clear(): Promise<
    | { readonly kind: 'cleared' }
    | { readonly kind: 'no-file' }
    | { readonly kind: 'failed'; readonly message: string }
  >;
  follow(listener: LogListener): () => void;
}

/** The listeners of one log. */
export interface Followers {
  tell(event: LogEvent): void;
  add(listener: LogListener): () => void;
}

export function createFollowers(): Followers {
  const listeners = new Set<LogListener>();
  return {
    tell(event) {
      for (const listener of listeners) listener(event);
    },
    add(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
