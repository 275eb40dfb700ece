// What the live state looks like from outside: plain values for clients, nothing that could change it.

import type { GroupSnapshot, Health, Log, ProcessSnapshot, StreamName } from '../control/commands.ts';
import type { Entry } from './entry.ts';
import type { StreamConfig } from '../model.ts';
import { pidOf, type Process, type StateName } from '../process/state.ts';
import type { LiveGroup } from './supervisor.ts';

export function groupSnapshot(group: LiveGroup): GroupSnapshot {
  const { name, priority } = group.config;
  return { name, priority, processes: group.entries.map((entry) => processSnapshot(entry)) };
}

/** What is wrong now: programs that should be running and are not, or fail their check. */
export function healthOf(groups: readonly LiveGroup[]): Health {
  const troubled: ReadonlySet<StateName> = new Set(['FATAL', 'BACKOFF', 'UNKNOWN']);
  const reasons = groups
    .flatMap((group) => group.entries)
    .flatMap((entry) => {
      const { name } = entry.process.state;
      if (troubled.has(name)) return [`${entry.program.name} is ${name}`];
      return entry.failing ? [`${entry.program.name} fails its check`] : [];
    });
  return { healthy: reasons.length === 0, reasons };
}

/** The log of a stream that is kept in a file or in memory. */
export function logOf(entry: Entry, stream: StreamName): Log | null {
  const route = entry.routes?.[stream];
  return route?.kind === 'pipe' ? route.log : null;
}

function processSnapshot(entry: Entry): ProcessSnapshot {
  const { program, process } = entry;
  return {
    group: program.group,
    name: program.name,
    state: process.state.name,
    pid: pidOf(process.state),
    startedAtMs: entry.startedAt,
    stoppedAtMs: entry.stoppedAt,
    exit: entry.running === null ? process.lastExit : null,
    spawnError: spawnErrorOf(process),
    restarts: Math.max(0, entry.spawns - entry.asked),
    ready: entry.ready && !entry.failing,
    nextRunAtMs: entry.nextRunAt,
    stdoutLogfile: logfileOf(entry, 'stdout'),
    stderrLogfile: program.redirectStderr ? null : logfileOf(entry, 'stderr'),
    program,
  };
}

/** In supervisord's words (process.py, finish). */
export function spawnErrorOf(process: Process): string | null {
  if (process.spawnFailure !== null) return process.spawnFailure.message;
  const { state, lastExit } = process;
  if (state.name === 'BACKOFF' || state.name === 'FATAL') {
    return 'Exited too quickly (process log may have details)';
  }
  if (state.name === 'EXITED' && !state.expected) return `Bad exit code ${lastExit?.code ?? -1}`;
  return null;
}

function logfileOf(entry: Entry, stream: StreamName): string | null {
  const log = logOf(entry, stream);
  return log?.place.kind === 'file' ? log.place.path : pathAsWritten(entry.program[stream]);
}

function pathAsWritten(config: StreamConfig): string | null {
  const { target } = config;
  return target.kind === 'file' || target.kind === 'inherit' ? target.path : null;
}
