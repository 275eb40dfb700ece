// Where the two output streams of a program go, decided once per program and kept over its runs.

import { join } from 'node:path';
import type { Program, StreamConfig } from '../model.ts';
import { randomBytes } from '../random.ts';
import type { ConsoleStream } from './console.ts';
import { openLogFile } from './file.ts';
import { createMemoryLog } from './memory.ts';
import { isObserved, observedSink, type ObservationOptions } from './observed.ts';
import { consoleSink, teeSink } from './console-sink.ts';
import type { ReadableSink, Sink } from './sink.ts';
import { syslogSink, type Syslog } from './syslog.ts';

/** What is kept of a program's output where there is no file to look into. */
const MEMORY_BYTES = 64 * 1024;

/** An AUTO log is made as mkstemp(3) makes files: nobody else may read it. */
const AUTO_MODE = 0o600;

export type StreamName = 'stdout' | 'stderr';

/** `direct`: the program gets this descriptor of ours itself, without a copy; `discard` is /dev/null. */
export type Route =
  | { readonly kind: 'direct'; readonly descriptor: 1 | 2 }
  | { readonly kind: 'discard' }
  | {
      readonly kind: 'pipe';
      readonly log: ReadableSink | null;
      /** The sink of one run, and how to wait for room in it. */
      readonly open: (pid: number) => {
        readonly sink: Sink;
        readonly whenDrained: (listener: () => void) => void;
      };
    };

export interface RoutingOptions extends ObservationOptions {
  readonly consoles: { readonly stdout: ConsoleStream; readonly stderr: ConsoleStream };
  readonly syslog: Syslog;
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
  const { target } = config;
  const format = program.logFormat ?? 'raw';
  // What an event listener says to us is not for syslog, nor is it with supervisord.
  const toSyslog = config.syslog && !(program.kind === 'eventlistener' && stream === 'stdout');
  const observed = isObserved({ program, stream }, options) || toSyslog || program.ready?.kind === 'log';
  const inherits = target.kind === 'inherit';
  const plain = format === 'raw' && !options.remember && !observed && !options.stripAnsi;
  if (inherits && plain) return { kind: 'direct', descriptor: target.fd };

  const console = inherits ? options.consoles[target.fd === 1 ? 'stdout' : 'stderr'] : null;
  const log = console === null ? openLog(program, stream, config, options) : createMemoryLog(MEMORY_BYTES);
  if (log === null && !observed) return { kind: 'discard' };
  const source = { program: program.name, stream };
  const sinks = (): Sink[] => [
    ...(log === null ? [] : [shared(log)]),
    ...(console === null ? [] : [consoleSink(console, format, source, options.wallClock)]),
    ...(toSyslog ? [syslogSink(options.syslog, program.name)] : []),
  ];
  return {
    kind: 'pipe',
    log,
    open: (pid) => ({
      sink: observedSink({ program, stream, pid }, teeSink(sinks()), options),
      whenDrained: (console ?? log)?.whenDrained ?? ((listener) => listener()),
    }),
  };
}

/** Whether the stream has a log that is there, under a name of our choice, before the program is first started. */
export function hasAutoLog(program: Program): boolean {
  const streams = program.redirectStderr ? [program.stdout] : [program.stdout, program.stderr];
  return streams.some(({ target }) => target.kind === 'auto');
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
    case 'auto':
      return openAutoLog(program, stream, config, options);
    case 'none':
    case 'syslog':
    case 'inherit':
      return options.remember || program.ready?.kind === 'log' ? createMemoryLog(MEMORY_BYTES) : null;
  }
}

/** What a directory says that is not for us to write into; of all else, a lack of descriptors say, a later start may be free. */
const NOT_WRITABLE: ReadonlySet<string> = new Set([
  'EROFS',
  'EACCES',
  'EPERM',
  'ENOENT',
  'ENOTDIR',
  'ENOSPC',
  'EDQUOT',
]);

/** Those whose directory was complained of already: once is enough for all programs. */
const complained = new WeakSet<RoutingOptions>();

/** A program that has not asked for a file runs without one, where none can be made (docker run --read-only). */
function openAutoLog(
  program: Program,
  stream: StreamName,
  { maxBytes, backups }: StreamConfig,
  options: RoutingOptions,
): ReadableSink {
  const { childLogDir, identifier, onTrouble } = options;
  const unique = randomBytes(4).toString('hex');
  const path = join(childLogDir, `${program.name}-${stream}---${identifier}-${unique}.log`);
  try {
    return openLogFile({ path, maxBytes, backups, mode: AUTO_MODE, onTrouble });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!NOT_WRITABLE.has(code)) throw error;
    if (!complained.has(options)) {
      const kept = `the last ${MEMORY_BYTES / 1024} KiB of what programs write are kept in memory`;
      onTrouble(`cannot make logs in ${childLogDir} (${code}): ${kept}`);
    }
    complained.add(options);
    return createMemoryLog(MEMORY_BYTES);
  }
}

/** A sink of the program's, not the run's: the end of a run does not close it. */
function shared(log: ReadableSink): Sink {
  return { write: (chunk) => log.write(chunk), reopen: () => {}, close: () => {} };
}
