// Pure: in which order jobs may run, and what becomes of an order that runs in a circle (systemd's transaction.c, job.c).

import type { Graph } from './graph.ts';
import { whoWaits, type JobType } from './types.ts';

interface Ordered {
  readonly unit: string;
  readonly type: JobType;
  readonly ignoreOrder: boolean;
}

/** A line for the journal about a cycle. */
export interface CycleNote {
  readonly unit: string;
  readonly text: string;
}

/** The units whose jobs a job has to wait for, of those that have jobs. */
export function waitsFor<T extends Ordered>(job: T, jobs: ReadonlyMap<string, T>, graph: Graph): T[] {
  if (job.ignoreOrder) return [];
  const earlier = graph.related(job.unit, 'after').flatMap((name) => {
    const other = jobs.get(name);
    return other !== undefined && whoWaits(other.type, job.type) === 'later' ? [other] : [];
  });
  const later = graph.related(job.unit, 'before').flatMap((name) => {
    const other = jobs.get(name);
    return other !== undefined && whoWaits(job.type, other.type) === 'earlier' ? [other] : [];
  });
  return [...earlier, ...later].filter((other) => other !== job && !other.ignoreOrder);
}

/**
 * Looks for a circle; gives one job of it that the request can do without, `refused` where there is none, or `none` where
 * the order is an order.
 */
export function breakCycles<T extends Ordered>(
  jobs: ReadonlySet<T>,
  graph: Graph,
  needed: ReadonlySet<T>,
  notes: CycleNote[],
): T | 'none' | 'refused' {
  const byUnit = new Map<string, T>();
  for (const job of jobs) if (!byUnit.has(job.unit)) byUnit.set(job.unit, job);
  const done = new Set<T>();
  for (const root of byUnit.values()) {
    const cycle = findCycle(root, byUnit, graph, done);
    if (cycle === null) continue;
    return cut(cycle, needed, notes);
  }
  return 'none';
}

/** Depth first, with a stack of its own: units may be many. */
function findCycle<T extends Ordered>(
  root: T,
  byUnit: ReadonlyMap<string, T>,
  graph: Graph,
  done: Set<T>,
): T[] | null {
  if (done.has(root)) return null;
  const path: { job: T; next: T[] }[] = [{ job: root, next: waitsFor(root, byUnit, graph) }];
  const onPath = new Set([root]);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const next = top.next.shift();
    if (next === undefined) {
      done.add(top.job);
      onPath.delete(top.job);
      path.pop();
    } else if (onPath.has(next)) {
      const jobs = path.map(({ job }) => job);
      return jobs.slice(jobs.indexOf(next));
    } else if (!done.has(next)) {
      path.push({ job: next, next: waitsFor(next, byUnit, graph) });
      onPath.add(next);
    }
  }
  return null;
}

function cut<T extends Ordered>(
  cycle: readonly T[],
  needed: ReadonlySet<T>,
  notes: CycleNote[],
): T | 'refused' {
  const [first] = cycle;
  if (first === undefined) return 'refused';
  const told = [...cycle.slice(1), first];
  told.forEach((job, index) => {
    const what = index === 0 ? 'ordering cycle' : 'dependency';
    notes.push({ unit: first.unit, text: `${first.unit}: Found ${what} on ${job.unit}/${job.type}` });
  });
  const victim = told.find((job) => !needed.has(job));
  if (victim === undefined) {
    notes.push({
      unit: first.unit,
      text: `${first.unit}: Unable to break cycle starting with ${first.unit}/${first.type}`,
    });
    return 'refused';
  }
  notes.push({
    unit: first.unit,
    text: `${first.unit}: Job ${victim.unit}/${victim.type} deleted to break ordering cycle starting with ${first.unit}/${first.type}`,
  });
  return victim;
}
