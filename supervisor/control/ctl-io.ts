// What the command-line clients need of their surroundings; main.ts gives the real ones, tests their own.

import type { Readable } from 'node:stream';
import type { Usage } from './top-table.ts';

export interface CtlIo {
  /** How the command was called, for usage messages. */
  readonly programName: string;
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly stdout: Output;
  readonly stderr: Output;
  /**
   * The [supervisorctl] section of a file, or of the first one on the search path if path is null; null if there is
   * none there. Throws a UserError where the file cannot be read or has no such section.
   */
  readonly readConfig: (path: string | null) => Promise<CtlConfig | null>;
  /** Calls the listener on Ctrl-C instead of ending the process; the result undoes it. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** What the processes of this machine use. */
  readonly processes: () => readonly Usage[];
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Of a terminal: its size in characters. */
  readonly rows?: number;
  readonly columns?: number;
}

export interface CtlConfig {
  readonly serverUrl: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly prompt: string | null;
  readonly historyFile: string | null;
}
