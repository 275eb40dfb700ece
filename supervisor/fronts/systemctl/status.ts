// `systemctl status`: a unit, its processes and the end of its journal; without a name, the whole.

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { JournalLine } from '../../control/units.ts';
import { isGlob } from '../../units/unit-names.ts';
import { formatLine, type JournalFormat } from '../journalctl-format.ts';
import { CTL_EXIT, Failure } from './failure.ts';
import { changedText } from './jobs.ts';
import { expandNames, mustBeUnit } from './names.ts';
import { colorsOf, glyphsOf, managerOf, type Session } from './session.ts';
import { statusText } from './status-text.ts';
import { fit } from './table.ts';
import { timestamp } from './time-text.ts';
import { SYSTEMD_VERSION } from './version.ts';

export async function status(session: Session, words: readonly string[]): Promise<number> {
  if (words.length === 0 && !session.options.all) return statusOfAll(session);
  const patterns = words.length === 0 ? ['*'] : words;
  const names: string[] = [];
  for (const word of patterns) {
    if (/^\d+$/.test(word)) names.push(await unitOfPid(session, Number(word)));
    else names.push(...(await statusNames(session, word)));
  }
  let code = 0;
  let shown = 0;
  for (const name of names) {
    const result = await showUnit(session, name, shown > 0);
    if (result !== CTL_EXIT.unknown) shown += 1;
    if (code === 0) code = result;
  }
  return code;
}

/** A pattern stands for the units that have something to tell. */
async function statusNames(session: Session, word: string): Promise<string[]> {
  const names = await expandNames(session, [word]);
  if (!isGlob(word) || session.options.all) return names;
  const active: string[] = [];
  for (const name of names) {
    if ((await managerOf(session).snapshot(name)).activeState !== 'inactive') active.push(name);
  }
  return active;
}

async function unitOfPid(session: Session, pid: number): Promise<string> {
  const units = await managerOf(session).list([]);
  const unit = units.find(({ pids, mainPid }) => mainPid === pid || pids.includes(pid));
  if (unit === undefined)
    throw new Failure(`Failed to get unit for PID ${pid}: PID ${pid} does not belong to any loaded unit.`);
  return unit.id;
}

async function showUnit(session: Session, name: string, isNext: boolean): Promise<number> {
  const { io, options } = session;
  const manager = managerOf(session);
  mustBeUnit(name, 'get properties');
  const properties = await manager.properties(name);
  const active = properties.get('ActiveState') ?? 'inactive';
  if (properties.get('LoadState') === 'not-found' && active === 'inactive') {
    io.err(`Unit ${name} could not be found.\n`);
    return CTL_EXIT.unknown;
  }
  if (isNext) io.out('\n');
  const snapshot = await manager.snapshot(name);
  const others = ['TriggeredBy', 'Triggers'].flatMap((each) =>
    (properties.get(each) ?? '').split(' ').filter(Boolean),
  );
  const states = new Map<string, string>();
  for (const other of others) states.set(other, (await manager.snapshot(other)).activeState);
  const glyphs = glyphsOf(io);
  const sinceMs = startOfRunMs(session, properties);
  const said = await journalOf(session, snapshot.id, CONDITION_LINES, sinceMs);
  const text = statusText({
    properties,
    unmet: unmetOf(said),
    states,
    processes: snapshot.pids.flatMap((pid) => processOf(pid)),
    monotonicUs: io.monotonicUs(),
    nowMs: io.wallClock(),
    glyphs,
    paint: colorsOf(io),
  });
  const width = options.full ? null : io.columns;
  const cut = (lines: string): string =>
    lines.replace(/^.+$/gm, (line) => (line.includes('\u001b') ? line : fit(line, width, glyphs.ellipsis)));
  io.out(cut(text));
  const lines = options.lines === 0 ? [] : await linesOf(session, snapshot.id, sinceMs);
  if (lines.length > 0) io.out(`\n${cut(lines.map((line) => `${line}\n`).join(''))}`);
  if (properties.get('NeedDaemonReload') === 'yes') io.err(changedText(snapshot.id));
  return active === 'active' || active === 'reloading' ? 0 : CTL_EXIT.notRunning;
}

/** The lines of earlier runs are not of this one; a little earlier, since the clocks are not quite in step. */
function startOfRunMs({ io }: Session, properties: ReadonlyMap<string, string>): number | null {
  const begunUs = Number(properties.get('ConditionTimestampMonotonic') ?? 0);
  return begunUs === 0 ? null : io.wallClock() - (io.monotonicUs() - begunUs) / 1000 - CLOCK_STEP_MS;
}

const CLOCK_STEP_MS = 3;

/** Where a skipped start is named, it is not far from the end. */
const CONDITION_LINES = 50;

function unmetOf(lines: readonly JournalLine[]): string | null {
  const found = lines.map(({ message }) =>
    /condition check \((\w+=.*)\)|Assertion failed.*\((\w+=.*)\)/.exec(message),
  );
  const last = found.findLast((match) => match !== null);
  return last?.[1] ?? last?.[2] ?? null;
}

async function linesOf(session: Session, unit: string, sinceMs: number | null): Promise<string[]> {
  const { output, lines: count } = session.options;
  const lines = await journalOf(session, unit, Number.isFinite(count) ? count : null, sinceMs);
  const format: JournalFormat = {
    output,
    hostname: hostname(),
    noHostname: false,
    utc: false,
    all: session.options.all,
  };
  return lines.map((line) => formatLine(line, format));
}

function journalOf(
  session: Session,
  unit: string,
  lines: number | null,
  sinceMs: number | null,
): Promise<readonly JournalLine[]> {
  const all = { sinceMs, untilMs: null, maxPriority: 7 };
  return managerOf(session).journal({ units: [unit], lines, ...all });
}

/** Nothing of a process that has just ended. */
function processOf(pid: number): { pid: number; comm: string; commandLine: string }[] {
  try {
    const comm = readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '').split('\0');
    const commandLine =
      words.length === 1 && words[0] === '' ? `[${comm}]` : words.map(shellQuoted).join(' ');
    return [{ pid, comm, commandLine }];
  } catch {
    return [];
  }
}

function shellQuoted(word: string): string {
  if (word !== '' && !/[\s"'`$\\;&|<>(){}*?[\]#~!]/.test(word)) return word;
  return `"${word
    .replace(/["\\$`]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\t/g, '\\t')}"`;
}

async function statusOfAll(session: Session): Promise<number> {
  const { io } = session;
  const manager = managerOf(session);
  const units = await manager.list([]);
  const jobs = await manager.jobs();
  const state = await manager.systemState();
  const failed = units.filter(({ activeState }) => activeState === 'failed').length;
  const glyph = colorsOf(io)(state === 'running' ? 'green' : 'red', glyphsOf(io).active);
  const startedAt = io.wallClock() - (io.monotonicUs() / 1000 - startOfPid1Ms());
  io.out(
    [
      `${glyph} ${hostname()}`,
      `    State: ${state}`,
      `    Units: ${units.length} loaded (incl. loaded aliases)`,
      `     Jobs: ${jobs.length} queued`,
      `   Failed: ${failed} units`,
      `    Since: ${timestamp(startedAt)}`,
      `  systemd: ${SYSTEMD_VERSION}`,
      '',
    ].join('\n'),
  );
  const rows = units
    .filter(({ pids }) => pids.length > 0)
    .toSorted((one, two) => (one.id < two.id ? -1 : 1))
    .map(({ id, pids }) => ({ id, processes: pids.flatMap((pid) => processOf(pid)) }));
  const glyphs = glyphsOf(io);
  for (const [index, { id, processes }] of rows.entries()) {
    const isLast = index === rows.length - 1;
    io.out(`           ${isLast ? glyphs.last : glyphs.branch}${id}\n`);
    for (const [at, { pid, commandLine }] of processes.entries()) {
      const branch = at === processes.length - 1 ? glyphs.last : glyphs.branch;
      io.out(`           ${isLast ? '  ' : glyphs.trunk}${branch}${pid} ${commandLine}\n`);
    }
  }
  return 0;
}

/** When PID 1 was started, on the monotonic clock in milliseconds (proc_pid_stat(5), field 22, in clock ticks). */
function startOfPid1Ms(): number {
  const stat = readFileSync('/proc/1/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[19]) * 10;
}
