// Pure: from all jobs that a request brings along to those that can be run together, as systemd's transaction_activate() does.

import { type Builder, type Candidate, Refused } from './builder.ts';
import { breakCycles, type CycleNote } from './order.ts';
import { collapse, isRedundant, merge } from './types.ts';

/** Drops what is of no use, breaks cycles, and makes one job of several of one unit. */
export function settle(builder: Builder, anchor: Candidate, notes: CycleNote[]): void {
  dropRedundant(builder, anchor);
  for (;;) {
    collectGarbage(builder, anchor);
    const broken = breakCycles(builder.jobs, builder.graph, mattering(anchor), notes);
    if (broken === 'none') break;
    // What is only stopped can be stopped in some order: the queue lets one go first.
    if (broken === 'refused' && [...builder.jobs].every(({ type }) => type === 'stop')) break;
    if (broken === 'refused') {
      const message = 'Transaction order is cyclic. See system logs for details.';
      throw new Refused('cycle', message);
    }
    for (const job of jobsOf(builder, broken.unit)) remove(builder, job, anchor);
  }
  for (let pair = conflictingPair(builder); pair !== null; pair = conflictingPair(builder)) {
    remove(builder, loser(builder, pair, anchor), anchor);
    collectGarbage(builder, anchor);
  }
  mergeAll(builder, anchor);
  dropRedundant(builder, anchor);
  collectGarbage(builder, anchor);
}

function jobsOf(builder: Builder, unit: string): Candidate[] {
  return [...builder.jobs].filter((job) => job.unit === unit);
}

/** All jobs without which the anchor would not be there. */
function mattering(anchor: Candidate): Set<Candidate> {
  const found = new Set([anchor]);
  for (const job of found) for (const { to, matters } of job.links) if (matters) found.add(to);
  return found;
}

function dropRedundant(builder: Builder, anchor: Candidate): void {
  for (const unit of new Set([...builder.jobs].map((job) => job.unit))) {
    const jobs = jobsOf(builder, unit);
    const node = builder.graph.node(unit);
    const needed = jobs.some(
      (job) =>
        job === anchor ||
        node === null ||
        !isRedundant(job.type, node.state) ||
        (node.job !== null && merge(node.job, job.type) === null),
    );
    if (needed) continue;
    for (const job of jobs) forget(builder, job);
  }
}

/** Takes a job out, and nothing else: the others do not miss it. */
function forget(builder: Builder, job: Candidate): void {
  builder.jobs.delete(job);
  for (const other of builder.jobs) {
    const at = other.links.findIndex((link) => link.to === job);
    if (at >= 0) other.links.splice(at, 1);
  }
}

/** Takes a job out, and with it those that must not be without it. */
function remove(builder: Builder, job: Candidate, anchor: Candidate): void {
  if (!builder.jobs.delete(job)) return;
  for (const other of builder.jobs) {
    const link = other.links.find(({ to }) => to === job);
    if (link === undefined) continue;
    other.links.splice(other.links.indexOf(link), 1);
    if (link.matters && other !== anchor) remove(builder, other, anchor);
  }
}

/** Jobs that nobody brings along any more go. */
function collectGarbage(builder: Builder, anchor: Candidate): void {
  const reached = new Set([anchor]);
  for (const job of reached) for (const { to } of job.links) if (builder.jobs.has(to)) reached.add(to);
  for (const job of builder.jobs) if (!reached.has(job)) builder.jobs.delete(job);
}

type Pair = readonly [Candidate, Candidate];

function conflictingPair(builder: Builder): Pair | null {
  for (const one of builder.jobs) {
    for (const other of jobsOf(builder, one.unit)) {
      // The later one first, as systemd names them.
      if (one !== other && merge(one.type, other.type) === null) return [other, one];
    }
  }
  return null;
}

/** Which of two contradicting jobs goes; both matter: the request is contradictory in itself. */
function loser(builder: Builder, [one, other]: Pair, anchor: Candidate): Candidate {
  const needed = mattering(anchor);
  if (!needed.has(one) && !needed.has(other)) {
    const stop = one.type === 'stop' ? one : other;
    const start = stop === one ? other : one;
    // Rather start than stop, unless it is stopped because another unit excludes it.
    const excluded = [...builder.jobs].some(({ links }) =>
      links.some((link) => link.to === stop && link.conflicts),
    );
    return excluded ? start : stop;
  }
  if (!needed.has(one)) return one;
  if (!needed.has(other)) return other;
  const message = `Transaction contains conflicting jobs '${one.type}' and '${other.type}' for ${one.unit}. Probably contradicting requirement dependencies configured.`;
  throw new Refused('conflict', message);
}

function mergeAll(builder: Builder, anchor: Candidate): void {
  for (const job of builder.jobs) {
    if (!builder.jobs.has(job)) continue;
    for (const other of jobsOf(builder, job.unit)) {
      if (other === job || !builder.jobs.has(job)) continue;
      const [kept, gone] = other === anchor ? [other, job] : [job, other];
      const state = builder.graph.node(job.unit)?.state ?? 'inactive';
      kept.type = collapse(merge(kept.type, gone.type) ?? kept.type, state) ?? kept.type;
      kept.links.push(...gone.links);
      for (const each of builder.jobs) {
        const links = each.links.filter((link) => link.to === gone);
        for (const link of links) each.links.push({ ...link, to: kept });
      }
      forget(builder, gone);
    }
  }
}
