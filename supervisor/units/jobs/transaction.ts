// Pure: from one request to the jobs of all units that it concerns, as systemd builds its transactions: what is
// required comes along, contradictions are resolved in favour of what was asked for, or the request is refused.

import type { Graph, Node, Relation } from './graph.ts';
import { breakCycles, type CycleNote } from './order.ts';
import { collapse, isRedundant, merge, type JobType, type Request } from './types.ts';

export type Mode = 'replace' | 'fail' | 'isolate' | 'ignore-dependencies' | 'ignore-requirements' | 'flush';

export interface PlannedJob {
  readonly unit: string;
  readonly type: JobType;
  /** The order of the units does not count for it. */
  readonly ignoreOrder: boolean;
}

export type Transaction =
  | {
      readonly kind: 'jobs';
      readonly anchor: PlannedJob | null;
      readonly jobs: readonly PlannedJob[];
      readonly notes: readonly CycleNote[];
    }
  | {
      readonly kind: 'refused';
      readonly message: string;
      readonly reason: Refusal;
      readonly notes: readonly CycleNote[];
    };

export type Refusal =
  | 'not-found'
  | 'masked'
  | 'load'
  | 'manual'
  | 'not-applicable'
  | 'conflict'
  | 'cycle'
  | 'destructive'
  | 'isolate';

/** A job that a transaction considers; `pulls` are the jobs that it has brought along. */
export interface Candidate {
  readonly unit: string;
  type: JobType;
  readonly links: Link[];
  ignoreOrder: boolean;
}

interface Link {
  readonly to: Candidate;
  /** Without the other job, this one must not be there either. */
  readonly matters: boolean;
  readonly conflicts: boolean;
}

interface Builder {
  readonly graph: Graph;
  readonly jobs: Set<Candidate>;
  readonly ignoreOrder: boolean;
  readonly ignoreRequirements: boolean;
}

class Refused extends Error {
  readonly reason: Refusal;
  constructor(reason: Refusal, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The jobs for a request, or why there are none. `manual`: asked for by a person, not by a unit. */
export function plan(graph: Graph, name: string, request: Request, mode: Mode, manual: boolean): Transaction {
  const notes: CycleNote[] = [];
  try {
    const node = graph.node(name);
    if (node === null) throw new Refused('not-found', `Unit ${name} not found.`);
    const type = collapse(request, node.state);
    if (type === null) return { kind: 'jobs', anchor: null, jobs: [], notes };
    if (manual) checkManual(node, type);
    if (mode === 'isolate' && !node.allowIsolate) {
      throw new Refused('isolate', 'Operation refused, unit may not be isolated.');
    }
    const builder: Builder = {
      graph,
      jobs: new Set(),
      ignoreOrder: mode === 'ignore-dependencies',
      ignoreRequirements: mode === 'ignore-dependencies' || mode === 'ignore-requirements',
    };
    const anchor = add(builder, node, type);
    if (mode === 'isolate') addIsolateStops(builder, anchor);
    settle(builder, anchor, notes);
    if (mode === 'fail') checkDestructive(builder, anchor);
    const jobs = [...builder.jobs].map((job) => planned(job));
    return { kind: 'jobs', anchor: planned(anchor), jobs, notes };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: 'refused', message: error.message, reason: error.reason, notes };
  }
}

function planned({ unit, type, ignoreOrder }: Candidate): PlannedJob {
  return { unit, type, ignoreOrder };
}

function checkManual({ id, refuseManualStart, refuseManualStop }: Node, type: JobType): void {
  const stops = type === 'stop' || type === 'restart';
  const starts = type === 'start' || type === 'restart';
  if ((stops && refuseManualStop) || (starts && refuseManualStart)) {
    const message = `Operation refused, unit ${id} may be requested by dependency only (it is configured to refuse manual start/stop).`;
    throw new Refused('manual', message);
  }
}

/** Why a unit cannot be started, in systemctl's words, or null. */
export function whyNotLoaded({
  id,
  loadState,
  loadError,
}: Node): { reason: Refusal; message: string } | null {
  switch (loadState) {
    case 'loaded':
    case 'merged':
      return null;
    case 'not-found':
      return { reason: 'not-found', message: `Unit ${id} not found.` };
    case 'masked':
      return { reason: 'masked', message: `Unit ${id} is masked.` };
    case 'bad-setting':
      return { reason: 'load', message: `Unit ${id} has a bad unit file setting.` };
    case 'error': {
      const remedy = 'please adjust/correct and reload service manager';
      return { reason: 'load', message: `Unit ${id} failed to load properly, ${remedy}: ${loadError ?? ''}` };
    }
  }
}

function add(builder: Builder, node: Node, type: JobType): Candidate {
  if (type !== 'stop') {
    const why = whyNotLoaded(node);
    if (why !== null) throw new Refused(why.reason, why.message);
  }
  if ((type === 'reload' && !node.canReload) || (type === 'start' && !node.canStart)) {
    throw new Refused('not-applicable', `Job type ${type} is not applicable for unit ${node.id}.`);
  }
  const existing = [...builder.jobs].find((job) => job.unit === node.id && job.type === type);
  if (existing !== undefined) return existing;
  const job: Candidate = { unit: node.id, type, links: [], ignoreOrder: builder.ignoreOrder };
  builder.jobs.add(job);
  try {
    if (!builder.ignoreRequirements) addRelated(builder, job);
  } catch (error) {
    builder.jobs.delete(job);
    throw error;
  }
  return job;
}

/** A job comes along; where it must and cannot, neither can the one that brings it. */
function bring(
  builder: Builder,
  job: Candidate,
  relation: Relation,
  request: Request,
  how: Omit<Link, 'to'>,
): void {
  for (const name of builder.graph.related(job.unit, relation)) {
    const node = builder.graph.node(name);
    if (node === null) continue;
    const type = collapse(request, node.state);
    if (type === null) continue;
    const before = new Set(builder.jobs);
    try {
      job.links.push({ to: add(builder, node, type), ...how });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      for (const each of builder.jobs) if (!before.has(each)) builder.jobs.delete(each);
      if (how.matters) throw error;
    }
  }
}

const MUST = { matters: true, conflicts: false };
const MAY = { matters: false, conflicts: false };

function addRelated(builder: Builder, job: Candidate): void {
  const { type } = job;
  if (type === 'start' || type === 'restart') {
    bring(builder, job, 'requires', 'start', MUST);
    bring(builder, job, 'bindsTo', 'start', MUST);
    bring(builder, job, 'wants', 'start', MAY);
    bring(builder, job, 'upholds', 'start', MAY);
    bring(builder, job, 'requisite', 'verify-active', MUST);
    bring(builder, job, 'conflicts', 'stop', { matters: true, conflicts: true });
    bring(builder, job, 'conflictedBy', 'stop', { matters: false, conflicts: true });
  }
  if (type === 'stop' || type === 'restart') {
    const propagated = type === 'stop' ? 'stop' : 'try-restart';
    for (const relation of ['requiredBy', 'requisiteOf', 'boundBy', 'consistsOf'] as const) {
      bring(builder, job, relation, propagated, MUST);
    }
    if (type === 'stop') bring(builder, job, 'propagatesStopTo', 'stop', MUST);
  }
  if (type === 'reload') bring(builder, job, 'propagatesReloadTo', 'try-reload', MAY);
}

/** Isolating stops all that is neither asked for nor says IgnoreOnIsolate=. */
function addIsolateStops(builder: Builder, anchor: Candidate): void {
  for (const node of builder.graph.all()) {
    const has = [...builder.jobs].some((job) => job.unit === node.id);
    const idle = isRedundant('stop', node.state) && node.job === null;
    if (node.ignoreOnIsolate || has || idle) continue;
    anchor.links.push({ to: add(builder, node, 'stop'), ...MAY });
  }
}

/** Drops what is of no use, breaks cycles, and makes one job of several of one unit. */
function settle(builder: Builder, anchor: Candidate, notes: CycleNote[]): void {
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

/** Mode `fail`: no job that is there already may be replaced. */
function checkDestructive(builder: Builder, anchor: Candidate): void {
  for (const job of builder.jobs) {
    const present = builder.graph.node(job.unit)?.job ?? null;
    if (present === null || merge(present, job.type) !== null) continue;
    const message = `Transaction for ${anchor.unit}/${anchor.type} is destructive (${job.unit} has '${present}' job queued, but '${job.type}' is included in transaction).`;
    throw new Refused('destructive', message);
  }
}
