// Our end of a program's stdin: a bare descriptor until somebody writes to it, for hardly anybody ever does.

import type { Socket } from 'node:net';
import type { System } from '../os/system.ts';
import { descriptorStream } from './descriptor-stream.ts';

export interface ProgramStdin {
  /** Resolves when the bytes are in the pipe, or with `closed` where the program has closed its end. */
  write(bytes: Uint8Array): Promise<'written' | 'closed'>;
  close(): void;
}

/** Of a program whose descriptor 0 is something else. */
export const NO_STDIN: ProgramStdin = { write: () => Promise.resolve('closed'), close: () => {} };

export function programStdin(descriptor: number, system: Pick<System, 'close'>): ProgramStdin {
  let socket: Socket | null = null;
  let closed = false;
  return {
    write(bytes) {
      // The descriptor's number may be another's by now.
      if (closed) return Promise.resolve('closed');
      if (socket === null) {
        socket = descriptorStream({ fd: descriptor, readable: false, writable: true });
        // Told to each write by its callback.
        socket.on('error', () => {});
      }
      const writer = socket;
      return new Promise((resolve) => writer.write(bytes, (error) => resolve(error ? 'closed' : 'written')));
    },
    close() {
      closed = true;
      if (socket === null) system.close(descriptor);
      else socket.destroy();
    },
  };
}
