// The supervisor's own log: supervisord's format, to the container's output and to a file.

import type { LogLevel } from '../model.ts';
import type { ConsoleStream } from './console.ts';
import type { ReadableSink } from './sink.ts';
import type { Syslog } from './syslog.ts';

/** supervisord's levels (loggers.py), the least severe first, with the four letters that stand for each in a line. */
const LEVELS: readonly (readonly [LogLevel, string])[] = [
  ['blather', 'BLAT'],
  ['trace', 'TRAC'],
  ['debug', 'DEBG'],
  ['info', 'INFO'],
  ['warn', 'WARN'],
  ['error', 'ERRO'],
  ['critical', 'CRIT'],
];

export interface MainLog {
  log(level: LogLevel, text: string): void;
  /** What clients read; null where there is neither a file nor memory. */
  readonly sink: ReadableSink | null;
  /** Whether lines of this level are left out. */
  omits(level: LogLevel): boolean;
}

export interface MainLogOptions {
  readonly level: LogLevel;
  readonly wallClock: () => number;
  readonly console: Pick<ConsoleStream, 'note'> | null;
  readonly sink: ReadableSink | null;
  readonly syslog: Syslog | null;
}

export function createMainLog(options: MainLogOptions): MainLog {
  const threshold = severity(options.level);
  const omits = (level: LogLevel): boolean => severity(level) < threshold;
  return {
    sink: options.sink,
    omits,
    log(level, text) {
      if (omits(level)) return;
      const line = formatEntry(level, text, options.wallClock());
      options.console?.note(line);
      options.sink?.write(Buffer.from(`${line}\n`));
      options.syslog?.send(`${line}\n`);
    },
  };
}

/** `2026-11-21 15:15:00,123 INFO text`, in local time; `at` is wall-clock milliseconds. */
export function formatEntry(level: LogLevel, text: string, at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const millis = String(date.getMilliseconds()).padStart(3, '0');
  return `${day} ${time},${millis} ${LEVELS[severity(level)]?.[1]} ${text}`;
}

function severity(level: LogLevel): number {
  return LEVELS.findIndex(([name]) => name === level);
}
