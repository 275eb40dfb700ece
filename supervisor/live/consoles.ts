// The container's own stdout and stderr, opened when the first byte goes to them.

import { createConsoleStream, type ConsoleStream } from '../logs/console.ts';
import type { System } from '../os/system.ts';

/** How long whoever reads our output is waited for at the very end. */
const FLUSH_MS = 250;

export interface Consoles {
  readonly stdout: ConsoleStream;
  readonly stderr: ConsoleStream;
}

/** Waits until all that was written is read, but not for ever. */
export async function flush(system: Pick<System, 'after'>, consoles: Consoles): Promise<void> {
  const drained = [consoles.stdout, consoles.stderr].map(
    (stream) => new Promise<void>((resolve) => stream.whenDrained(resolve)),
  );
  const limit = new Promise<void>((resolve) => system.after(FLUSH_MS, resolve));
  await Promise.race([Promise.all(drained), limit]);
}

/** A console stream that is opened when the first byte goes to it. */
export function lazyConsole(system: System, descriptor: 1 | 2): ConsoleStream {
  let stream: ConsoleStream | null = null;
  const opened = (): ConsoleStream => (stream ??= createConsoleStream(system, descriptor));
  return {
    write: (bytes) => opened().write(bytes),
    note: (line) => opened().note(line),
    whenDrained: (listener) => (stream === null ? listener() : stream.whenDrained(listener)),
  };
}
