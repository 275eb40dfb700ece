// Pure: what `initkit top` shows: the programs, with what they and all their descendants use.

import type { ProcessStatus, Status } from './status.ts';

/** One process of this machine. */
export interface Usage {
  readonly pid: number;
  readonly parent: number;
  /** Time on a processor so far, in user and kernel mode. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** What all processes used at one moment; null where the supervisor is on another machine. */
export interface Sample {
  readonly atMs: number;
  readonly processes: readonly Usage[] | null;
}

/** The rows of the table, its head first: most of the processor first, then most memory, then by name. */
export function topRows(status: Status, before: Sample, now: Sample): string[][] {
  const elapsedMs = Math.max(1, now.atMs - before.atMs);
  const cpuBefore = new Map((before.processes ?? []).map(({ pid, cpuMs }) => [pid, cpuMs]));
  const rows = status.processes.map((program) => {
    const tree = program.pid === null ? [] : withDescendants(program.pid, now.processes ?? []);
    // One that was not there before has used all that it has since then.
    const cpuMs = tree.reduce((sum, { pid, cpuMs: used }) => sum + used - (cpuBefore.get(pid) ?? 0), 0);
    const bytes = tree.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
    const share = Math.max(0, (100 * cpuMs) / elapsedMs);
    return { program, share, bytes, count: tree.length };
  });
  rows.sort(
    (a, b) => b.share - a.share || b.bytes - a.bytes || compare(nameOf(a.program), nameOf(b.program)),
  );
  return [
    ['NAME', 'STATE', 'PID', 'CPU%', 'MEMORY', 'PROCESSES', 'RESTARTS', 'DESCRIPTION'],
    ...rows.map(({ program, share, bytes, count }) => [
      nameOf(program),
      program.state,
      String(program.pid ?? '-'),
      ...(count === 0 ? ['-', '-', '-'] : [share.toFixed(1), memory(bytes), String(count)]),
      String(program.restarts),
      program.statusText === null ? shortened(program) : `${shortened(program)}; ${program.statusText}`,
    ]),
  ];
}

/** The line above the table. */
export function topHeading({ supervisor, healthy, reasons, processes }: Status): string {
  const running = processes.filter(({ state }) => state === 'RUNNING').length;
  const health = healthy ? 'healthy' : `unhealthy: ${reasons.join(', ')}`;
  return `${supervisor.identification} ${supervisor.state}, pid ${supervisor.pid}: ${running} of ${processes.length} running, ${health}`;
}

function nameOf({ group, name }: ProcessStatus): string {
  return group === name ? name : `${group}:${name}`;
}

/** The pid has a column of its own. */
function shortened({ description }: ProcessStatus): string {
  return description.replace(/^pid \d+, /, '');
}

function withDescendants(root: number, processes: readonly Usage[]): Usage[] {
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const found: Usage[] = processes.filter(({ pid }) => pid === root);
  for (const each of found) found.push(...(children.get(each.pid) ?? []));
  return found;
}

function memory(bytes: number): string {
  const units = ['K', 'M', 'G', 'T'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)}${units[unit]}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
