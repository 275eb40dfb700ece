// What a unit's processes write: whole lines, to the journal and to the container's own output.

import type { JournalLine } from '../../control/units.ts';
import { writeAll } from '../../logs/console-sink.ts';
import type { ConsoleStream } from '../../logs/console.ts';
import { formatLines } from '../../logs/format.ts';
import { lineSink } from '../../logs/line-sink.ts';
import { eachLine } from '../../logs/lines.ts';
import type { Sink } from '../../logs/sink.ts';
import type { LogFormat } from '../../model.ts';

export interface OutputSource {
  readonly unit: string;
  readonly identifier: string;
  readonly pid: number;
  /** The priority of lines that do not say otherwise. */
  readonly level: number;
  /** Whether `<3>text` says otherwise. */
  readonly prefixed: boolean;
}

export interface OutputTarget {
  readonly append: (line: JournalLine) => void;
  readonly console: ConsoleStream;
  readonly format: LogFormat;
  readonly wallClock: () => number;
}

/** `<3>text`: the priority that a line gives itself (SyslogLevelPrefix=, sd-daemon(3)). */
export function readPriority(text: string, level: number): { priority: number; message: string } {
  const prefix = /^<(\d{1,3})>/.exec(text);
  if (prefix === null) return { priority: level, message: text };
  return { priority: Number(prefix[1]) & 7, message: text.slice(prefix[0].length) };
}

export function unitSink({ level, prefixed, ...source }: OutputSource, target: OutputTarget): Sink {
  return lineSink((lines) => {
    const atMs = target.wallClock();
    const messages: string[] = [];
    for (const bytes of eachLine(lines)) {
      const text = bytes.toString('utf8');
      const { priority, message } = prefixed ? readPriority(text, level) : { priority: level, message: text };
      messages.push(message);
      // The journal knows no empty lines.
      if (message !== '') target.append({ atMs, ...source, priority, message });
    }
    const text = Buffer.from(`${messages.join('\n')}\n`);
    const written = { program: source.identifier, stream: 'stdout' } as const;
    return writeAll(target.console, formatLines(text, target.format, written, atMs));
  });
}
