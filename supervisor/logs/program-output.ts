// Where the two output streams of a program go, decided once per program and kept over its runs.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { LogFormat, Program, StreamConfig } from '../model.ts';
import type { ConsoleStream } from './console.ts';
import { openLogFile } from './file.ts';
import { createMemoryLog } from './memory.ts';
import { consoleSink, teeSink } from './pipeline.ts';
import type { ReadableSink, Sink } from './sink.ts';

/** What is kept of a program's output where there is no file to look into. */
const MEMORY_BYTES = 64 * 1024;

export type StreamName = 'stdout' | 'stderr';

/** `direct`: the program gets this descriptor of ours itself, without a copy; `null` is /dev/null. */
export type Route =
  | { readonly kind: 'direct'; readonly descriptor: 1 | 2 }
  | { readonly kind: 'discard' }
  | {
      readonly kind: 'pipe';
      readonly log: ReadableSink | null;
      /** The sink of one run, and how to wait for room in it. */
      readonly open: () => { readonly sink: Sink; readonly whenDrained: (listener: () => void) => void };
    };

export interface RoutingOptions {
  readonly consoles: { readonly stdout: ConsoleStream; readonly stderr: ConsoleStream };
  readonly childLogDir: string;
  readonly identifier: string;
  /** Keep the last bytes of every stream in memory, whatever else becomes of it. */
  readonly remember: boolean;
  readonly wallClock: () => number;
  readonly onTrouble: (message: string) => void;
}

/** The route of one stream. Throws the error of open(2) where a log file cannot be opened. */
export function routeStream(program: Program, stream: StreamName, options: RoutingOptions): Route {
  const config = program[stream];
  const format = program.logFormat ?? 'raw';
  if (config.target.kind === 'inherit') {
    if (format === 'raw' && !options.remember) return { kind: 'direct', descriptor: config.target.fd };
    const console = config.target.fd === 1 ? options.consoles.stdout : options.consoles.stderr;
    return consoleRoute(program, stream, format, console, options);
  }
  const log = openLog(program, stream, config, options);
  if (log === null) return { kind: 'discard' };
  return { kind: 'pipe', log, open: () => ({ sink: shared(log), whenDrained: (listener) => listener() }) };
}

function consoleRoute(
  program: Program,
  stream: StreamName,
  format: LogFormat,
  console: ConsoleStream,
  options: RoutingOptions,
): Route {
  const log = createMemoryLog(MEMORY_BYTES);
  const source = { program: program.name, stream };
  return {
    kind: 'pipe',
    log,
    open: () => {
      const formatted = consoleSink(console, format, source, options.wallClock);
      return {
        sink: teeSink([shared(log), formatted]),
        whenDrained: (listener) => console.whenDrained(listener),
      };
    },
  };
}

function openLog(
  program: Program,
  stream: StreamName,
  config: StreamConfig,
  options: RoutingOptions,
): ReadableSink | null {
  const { target, maxBytes, backups } = config;
  const { onTrouble } = options;
  switch (target.kind) {
    case 'file':
      return openLogFile({ path: target.path, maxBytes, backups, onTrouble });
    case 'auto': {
      const unique = randomUUID().slice(0, 8);
      const name = `${program.name}-${stream}---${options.identifier}-${unique}.log`;
      return openLogFile({ path: join(options.childLogDir, name), maxBytes, backups, onTrouble });
    }
    case 'none':
    case 'syslog':
    case 'inherit':
      return options.remember ? createMemoryLog(MEMORY_BYTES) : null;
  }
}

/** A sink of the program's, not the run's: the end of a run does not close it. */
function shared(log: ReadableSink): Sink {
  return { write: (chunk) => log.write(chunk), reopen: () => {}, close: () => {} };
}
