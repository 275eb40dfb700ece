// Surroundings for our command-line clients: input from a test, output into strings, Ctrl-C on call.

import { PassThrough, Readable } from 'node:stream';
import type { CtlConfig, CtlIo } from '../../supervisor/control/ctl-io.ts';
import { UserError } from '../../supervisor/errors.ts';

export interface Typed {
  readonly io: CtlIo;
  readonly stdin: PassThrough;
  stdout(): string;
  stderr(): string;
  interrupt(): void;
  readonly interruptible: () => boolean;
}

export interface TypedOptions {
  /** All of the input; without it, the input stays open. */
  readonly input?: string;
  readonly isTerminal?: boolean;
  readonly config?: Partial<CtlConfig>;
}

export function typed(options: TypedOptions = {}): Typed {
  const text = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  const stdin = new PassThrough();
  const config: CtlConfig = {
    serverUrl: null,
    username: null,
    password: null,
    prompt: null,
    historyFile: null,
    ...options.config,
  };
  const io: CtlIo = {
    programName: 'supervisorctl',
    stdin: options.input === undefined ? stdin : Readable.from([Buffer.from(options.input)]),
    stdout: { write: (part) => (text.stdout += part), isTTY: options.isTerminal ?? false },
    stderr: { write: (part) => (text.stderr += part) },
    readConfig: (path) =>
      path === '/no/such/file'
        ? Promise.reject(new UserError(`could not find config file ${path}`))
        : Promise.resolve(options.config === undefined ? null : config),
    processes: () => [],
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    io,
    stdin,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    interrupt: () => listeners.forEach((listener) => listener()),
    interruptible: () => listeners.size > 0,
  };
}
