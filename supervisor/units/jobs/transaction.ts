// Pure: from one request to the jobs of all units that it concerns, as systemd builds its transactions: what is
// required comes along, contradictions are resolved in favour of what was asked for, or the request is refused.

import { type Builder, type Candidate, type Link, type Refusal, Refused } from './builder.ts';
import type { Graph, Node, Relation } from './graph.ts';
import type { CycleNote } from './order.ts';
import { settle } from './settle.ts';
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

/** Mode `fail`: no job that is there already may be replaced. */
function checkDestructive(builder: Builder, anchor: Candidate): void {
  for (const job of builder.jobs) {
    const present = builder.graph.node(job.unit)?.job ?? null;
    if (present === null || merge(present, job.type) !== null) continue;
    const message = `Transaction for ${anchor.unit}/${anchor.type} is destructive (${job.unit} has '${present}' job queued, but '${job.type}' is included in transaction).`;
    throw new Refused('destructive', message);
  }
}
