// The lines that supervisorctl writes for results, states and configurations, and the exit codes they lead to. Pure.

import { STATE_CODES } from '../process/state.ts';
import { FAULT_CODES } from './faults.ts';
import { compareNames, joinName } from './names.ts';
import type { Changes, ConfigInfo, ProcessInfo, ProcessResult } from './rpc-client.ts';

/** supervisorctl's exit codes, after LSB's for init scripts; status has two of its own. */
export const CTL_EXIT = {
  success: 0,
  generic: 1,
  invalidArguments: 2,
  unimplemented: 3,
  refused: 4,
  wrongVersion: 5,
  notRunning: 7,
  statusNotRunning: 3,
  statusUnknown: 4,
} as const;

export type Verb = 'started' | 'stopped' | 'signalled' | 'cleared';

/** Throws for a status that the verb cannot lead to, as supervisorctl does. */
export function resultLine(verb: Verb, result: ProcessResult): string {
  const name = joinName(result.group, result.name);
  if (result.status === FAULT_CODES.SUCCESS) return `${name}: ${verb}`;
  if (result.status === FAULT_CODES.FAILED && (verb === 'stopped' || verb === 'signalled'))
    return result.description;
  const reason = REASONS[verb].get(result.status);
  if (reason === undefined) throw new RangeError(`Unknown result code ${result.status} for ${name}`);
  return `${name}: ERROR (${reason})`;
}

const SIGNAL_REASONS: ReadonlyMap<number, string> = new Map([
  [FAULT_CODES.BAD_NAME, 'no such process'],
  [FAULT_CODES.BAD_SIGNAL, 'bad signal name'],
  [FAULT_CODES.NOT_RUNNING, 'not running'],
]);

const REASONS: Readonly<Record<Verb, ReadonlyMap<number, string>>> = {
  started: new Map([
    [FAULT_CODES.BAD_NAME, 'no such process'],
    [FAULT_CODES.NO_FILE, 'no such file'],
    [FAULT_CODES.NOT_EXECUTABLE, 'file is not executable'],
    [FAULT_CODES.ALREADY_STARTED, 'already started'],
    [FAULT_CODES.SPAWN_ERROR, 'spawn error'],
    [FAULT_CODES.ABNORMAL_TERMINATION, 'abnormal termination'],
  ]),
  stopped: SIGNAL_REASONS,
  signalled: SIGNAL_REASONS,
  cleared: new Map([
    [FAULT_CODES.BAD_NAME, 'no such process'],
    [FAULT_CODES.FAILED, 'failed'],
  ]),
};

/** The exit code that a fault leads to; null when it leaves the code as it is. */
export function exitCodeOf(fault: number, ignored: number | null): number | null {
  if (fault === ignored || fault === FAULT_CODES.SUCCESS) return null;
  const dead: readonly number[] = [
    FAULT_CODES.SPAWN_ERROR,
    FAULT_CODES.ABNORMAL_TERMINATION,
    FAULT_CODES.NOT_RUNNING,
  ];
  return dead.includes(fault) ? CTL_EXIT.notRunning : CTL_EXIT.generic;
}

export function statusLines(infos: readonly ProcessInfo[]): string[] {
  const names = infos.map((info) => joinName(info.group, info.name));
  const width = Math.max(30, ...names.map((name) => name.length)) + 3;
  return infos.map((info, index) => {
    return `${(names[index] ?? '').padEnd(width)}${info.statename.padEnd(10)}${info.description}`;
  });
}

export function isStopped(info: ProcessInfo): boolean {
  const stopped: readonly number[] = [
    STATE_CODES.STOPPED,
    STATE_CODES.EXITED,
    STATE_CODES.FATAL,
    STATE_CODES.UNKNOWN,
  ];
  return stopped.includes(info.state);
}

export function changeLines({ added, changed, removed }: Changes): string[] {
  const kinds = new Map<string, string>();
  for (const name of added) kinds.set(name, 'available');
  for (const name of changed) kinds.set(name, 'changed');
  for (const name of removed) kinds.set(name, 'disappeared');
  if (kinds.size === 0) return ['No config updates to processes'];
  return [...kinds].toSorted(([a], [b]) => compareNames(a, b)).map(([name, kind]) => `${name}: ${kind}`);
}

export function configLine(info: ConfigInfo): string {
  const name = joinName(info.group, info.name).padEnd(32);
  const inUse = (info.inuse ? 'in use' : 'avail').padEnd(9);
  const autostart = (info.autostart ? 'auto' : 'manual').padEnd(9);
  return `${name} ${inUse} ${autostart} ${info.groupPriority}:${info.processPriority}`;
}

/** Names in columns, down and then across, as wide as fits (Python's cmd module lists its topics so). */
export function columns(names: readonly string[], width: number): string[] {
  for (let rows = 1; rows < names.length; rows += 1) {
    const widths = columnWidths(names, rows);
    const total = widths.reduce((sum, each) => sum + each + 2, -2);
    if (total > width) continue;
    return Array.from({ length: rows }, (_, row) => {
      return widths.map((each, column) => (names[column * rows + row] ?? '').padEnd(each)).join('  ');
    });
  }
  return [...names];
}

function columnWidths(names: readonly string[], rows: number): number[] {
  return Array.from({ length: Math.ceil(names.length / rows) }, (_, column) => {
    const cells = names.slice(column * rows, (column + 1) * rows);
    return Math.max(...cells.map((cell) => cell.length));
  });
}
