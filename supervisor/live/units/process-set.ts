// Which processes belong to a unit, where there is no cgroup that says so. Each run of a unit has a mark that all its
// processes inherit (a resource limit without effect, see os/limits.ts), and INVOCATION_ID in its environment. A process is
// one of the unit if it is known by its number and time of birth, if its session is one of the unit's, if its parent
// belongs to the unit, or if it is an orphan with the mark. Only what resets all its limits, after it has opened a session
// of its own and lost its parent between two looks, would not be recognised.

import type { ProcessEntry, System } from '../../os/system.ts';

/** What is remembered of the processes of one run. */
export interface ProcessSet {
  readonly invocation: string;
  /** pid → time of birth. */
  known: ReadonlyMap<number, number>;
  sessions: ReadonlySet<number>;
}

export function createProcessSet(invocation: string): ProcessSet {
  return { invocation, known: new Map(), sessions: new Set() };
}

/** Far above what anybody sets a limit to; no two invocations share one but by a chance of 1 in 2^44. */
export function markOf(invocation: string): number {
  return 2 ** 44 + Number.parseInt(invocation.slice(0, 11) || '0', 16);
}

/** A process that we have started for the unit: it leads a session of its own. */
export function remember(set: ProcessSet, pid: number): void {
  set.sessions = new Set([...set.sessions, pid]);
}

/** Pure: the members among the processes that are there, `marked` those orphans that carry the mark. */
export function membersOf(
  table: readonly ProcessEntry[],
  { known, sessions }: Pick<ProcessSet, 'known' | 'sessions'>,
  marked: (entry: ProcessEntry) => boolean,
  self: number,
): ProcessEntry[] {
  const alive = table.filter(({ pid, state }) => pid !== self && state !== 'Z' && state !== 'X');
  const children = Map.groupBy(alive, ({ parent }) => parent);
  const members = new Map<number, ProcessEntry>();
  const queue = alive.filter(
    (entry) =>
      known.get(entry.pid) === entry.startedAt ||
      sessions.has(entry.session) ||
      (entry.parent === self && marked(entry)),
  );
  for (const entry of queue) {
    if (members.has(entry.pid)) continue;
    members.set(entry.pid, entry);
    queue.push(...(children.get(entry.pid) ?? []));
  }
  return [...members.values()];
}

/** Looks who is there, and remembers them. */
export function lookUp(
  system: Pick<System, 'processes' | 'readText' | 'pid'>,
  set: ProcessSet,
): ProcessEntry[] {
  const variable = `INVOCATION_ID=${set.invocation}`;
  const limit = String(markOf(set.invocation));
  const marked = ({ pid }: ProcessEntry): boolean =>
    /^Max file locks\s+(\S+)/m.exec(system.readText(`/proc/${pid}/limits`) ?? '')?.[1] === limit ||
    (system.readText(`/proc/${pid}/environ`) ?? '').split('\0').includes(variable);
  const members = membersOf(system.processes(), set, marked, system.pid);
  set.known = new Map(members.map(({ pid, startedAt }) => [pid, startedAt]));
  // Session 0 is that of the kernel's own; one that nobody is in any more may become somebody else's.
  set.sessions = new Set(members.map(({ session }) => session).filter((session) => session > 1));
  return members;
}
