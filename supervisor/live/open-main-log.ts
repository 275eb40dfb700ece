// Opens the supervisor's own log as its configuration says: a file or memory, syslog, the console.

import type { ConsoleStream } from '../logs/console.ts';
import { openLogFile } from '../logs/file.ts';
import { createMainLog, type MainLog } from '../logs/main-log.ts';
import { createMemoryLog } from '../logs/memory.ts';
import type { ReadableSink } from '../logs/sink.ts';
import { createSyslog } from '../logs/syslog.ts';
import type { Plan } from '../model.ts';
import type { System } from '../os/system.ts';

/** What is kept for clients where there is no file. */
const MEMORY_BYTES = 256 * 1024;

export interface MainLogRequest {
  readonly system: System;
  readonly settings: Plan['supervisor'];
  /** Where lines go besides; null for nowhere. */
  readonly console: Pick<ConsoleStream, 'note'> | null;
  readonly onTrouble: (message: string) => void;
}

export function openMainLog({ system, settings, console, onTrouble }: MainLogRequest): {
  log: MainLog;
  close: () => void;
} {
  const sink = openSink(settings, onTrouble);
  const log = createMainLog({
    level: settings.loglevel,
    wallClock: () => system.wallClock(),
    console,
    sink,
    syslog: settings.logfile.kind === 'syslog' ? createSyslog({ system, onTrouble }) : null,
  });
  return { log, close: () => sink.close() };
}

function openSink(settings: Plan['supervisor'], onTrouble: (message: string) => void): ReadableSink {
  const { logfile, logfileMaxBytes, logfileBackups } = settings;
  if (logfile.kind !== 'file' || logfile.path === '/dev/null') return createMemoryLog(MEMORY_BYTES);
  return openLogFile({ path: logfile.path, maxBytes: logfileMaxBytes, backups: logfileBackups, onTrouble });
}
