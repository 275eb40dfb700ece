// The jobs that wait or run: at most one per unit, each begun when the order lets it, each ended by its unit's state
// (systemd's job.c). Nothing here waits: a job moves when a unit has changed or another job has ended.

import type { Cancel } from '../../os/system.ts';
import { breakCycles, waitsFor, type CycleNote } from '../../units/jobs/order.ts';
import type { Graph } from '../../units/jobs/graph.ts';
import type { PlannedJob } from '../../units/jobs/transaction.ts';
import { collapse, includes, merge, type JobResult, type JobType } from '../../units/jobs/types.ts';
import { isDown, isUp } from './active-states.ts';
import { beginning, ending } from './job-messages.ts';
import type { Begun, LiveUnit, StateChange } from './live-unit.ts';

export interface Job {
  readonly id: number;
  readonly unit: string;
  type: JobType;
  state: 'waiting' | 'running';
  readonly ignoreOrder: boolean;
  readonly listeners: ((result: JobResult) => void)[];
  /** It was the first half of a restart. */
  restarts: boolean;
  timer: Cancel | null;
}

export interface JobQueueOptions {
  readonly graph: Graph;
  readonly live: (id: string) => LiveUnit;
  readonly after: (delayMs: number, run: () => void) => Cancel;
  readonly say: (unit: string, priority: number, text: string) => void;
  /** Conditions, the start limit and BindsTo= come first. */
  readonly begin: (live: LiveUnit) => Begun | 'skipped' | 'assert' | 'dependency';
  /** A start did not come about, without the unit having failed itself. */
  readonly onStartFailed: (id: string) => void;
}

export interface JobQueue {
  install(jobs: readonly PlannedJob[]): void;
  jobOf(unit: string): Job | null;
  all(): readonly Job[];
  finish(job: Job, result: JobResult, recursive: boolean): void;
  /** A unit has changed: true where no job asked for that. */
  unitChanged(change: StateChange): boolean;
  /** Begins what may begin now. */
  run(): void;
}

export function createJobQueue(options: JobQueueOptions): JobQueue {
  const { graph } = options;
  const jobs = new Map<string, Job>();
  const ready = new Set<Job>();
  let nextId = 1;
  let running = false;

  const put = (planned: PlannedJob): void => {
    const existing = jobs.get(planned.unit);
    if (existing !== undefined) {
      const request = merge(existing.type, planned.type);
      if (request === null) finish(existing, 'canceled', false);
      else {
        if (existing.state === 'running' && includes(existing.type, planned.type)) return;
        const state = options.live(planned.unit).active;
        existing.type = collapse(request, state) ?? existing.type;
        existing.state = 'waiting';
        ready.add(existing);
        return;
      }
    }
    const job: Job = {
      id: nextId++,
      unit: planned.unit,
      type: planned.type,
      state: 'waiting',
      ignoreOrder: planned.ignoreOrder,
      listeners: [],
      restarts: false,
      timer: null,
    };
    jobs.set(job.unit, job);
    ready.add(job);
    const { jobTimeoutMs } = options.live(job.unit).unit;
    if (jobTimeoutMs === null || jobTimeoutMs === Infinity) return;
    job.timer = options.after(jobTimeoutMs, () => {
      options.say(job.unit, 4, `${job.unit}: Job ${job.unit}/${job.type} timed out.`);
      finish(job, 'timeout', true);
      run();
    });
  };

  /** Jobs whose turn it may be, now that this unit's has ended. */
  const wakeNeighbours = (unit: string): void => {
    for (const relation of ['after', 'before'] as const) {
      for (const name of graph.related(unit, relation)) {
        const job = jobs.get(name);
        if (job?.state === 'waiting') ready.add(job);
      }
    }
  };

  const finish = (job: Job, result: JobResult, recursive: boolean): void => {
    if (jobs.get(job.unit) !== job) return;
    const { unit } = options.live(job.unit);
    if (result === 'done' && job.type === 'restart') {
      const text = ending(unit, 'stop', 'done');
      if (text !== null) options.say(job.unit, text.priority, text.text);
      Object.assign(job, { type: 'start', state: 'waiting', restarts: true });
      ready.add(job);
      wakeNeighbours(job.unit);
      return;
    }
    jobs.delete(job.unit);
    ready.delete(job);
    job.timer?.();
    const skipped = options.live(job.unit).result === 'exec-condition';
    const text = saysEnding(job, result) ? ending(unit, job.type, result, skipped) : null;
    if (text !== null) options.say(job.unit, text.priority, text.text);
    if (result !== 'done' && recursive) failDependents(job);
    if (result === 'timeout' || result === 'dependency') {
      const what = `${job.unit}/${job.type}`;
      options.say(job.unit, 5, `${job.unit}: Job ${what} failed with result '${result}'.`);
      options.onStartFailed(job.unit);
    }
    wakeNeighbours(job.unit);
    for (const listener of job.listeners) listener(result);
  };

  /** What was done already is not told. */
  const saysEnding = (job: Job, result: JobResult): boolean =>
    !(result === 'done' && silent.delete(job) && job.type !== 'verify-active');
  const silent = new WeakSet<Job>();

  const failDependents = ({ unit, type }: Job): void => {
    const relations =
      type === 'stop' ? (['conflictedBy'] as const) : (['requiredBy', 'requisiteOf', 'boundBy'] as const);
    for (const relation of relations) {
      for (const name of graph.related(unit, relation)) {
        const other = jobs.get(name);
        if (other?.type === 'start' || other?.type === 'verify-active') finish(other, 'dependency', true);
      }
    }
  };

  const begin = (job: Job): void => {
    const live = options.live(job.unit);
    job.state = 'running';
    switch (job.type) {
      case 'start':
        return begun(job, options.begin(live));
      case 'verify-active':
        if (isUp(live.active)) return finish(job, 'done', true);
        if (live.active === 'activating') job.state = 'waiting';
        else finish(job, 'skipped', true);
        return;
      case 'stop':
        return begun(job, live.stop(false));
      case 'restart':
        return begun(job, live.stop(true));
      case 'reload':
        return begun(job, live.reload());
    }
  };

  const begun = (job: Job, outcome: ReturnType<JobQueueOptions['begin']>): void => {
    switch (outcome) {
      case 'begun': {
        const live = options.live(job.unit);
        // What is done at once is told when it is done.
        if (!['activating', 'deactivating', 'reloading'].includes(live.active)) return;
        const text = beginning(live.unit, job.type);
        if (text !== null) options.say(job.unit, 6, text);
        return;
      }
      case 'joined':
        return;
      case 'already':
        silent.add(job);
        return finish(job, 'done', true);
      case 'skipped':
        silent.add(job);
        return finish(job, 'done', true);
      case 'waits':
        job.state = 'waiting';
        return;
      case 'failed':
      case 'invalid':
      case 'assert':
      case 'dependency':
        return finish(job, outcome, true);
    }
  };

  const run = (): void => {
    if (running) return;
    running = true;
    for (let [job] = ready; job !== undefined; [job] = ready) {
      ready.delete(job);
      const present = jobs.get(job.unit) === job && job.state === 'waiting';
      if (present && waitsFor(job, jobs, graph).length === 0) begin(job);
    }
    running = false;
    breakDeadlock();
  };

  /**
   * Jobs of several requests may wait for each other in a circle, which no single transaction has seen: one of them goes
   * first. Two units that are each ordered after the other must still be stopped.
   */
  const breakDeadlock = (): void => {
    const waiting = new Set([...jobs.values()].filter(({ state }) => state === 'waiting'));
    if (waiting.size < 2) return;
    const notes: CycleNote[] = [];
    const victim = breakCycles(waiting, graph, new Set(), notes);
    if (victim === 'none' || victim === 'refused') return;
    options.say(victim.unit, 4, `${victim.unit}: Jobs wait for each other, ${victim.type} goes first`);
    begin(victim);
    // One that cannot begin yet is asked again when its unit has changed.
    if (victim.state === 'running' || jobs.get(victim.unit) !== victim) run();
  };

  /** Whether the change is what the unit's job wanted; else it came of itself. */
  const settle = (job: Job, { to, reloadFailed }: StateChange): boolean => {
    switch (job.type) {
      case 'start':
      case 'verify-active':
        if (isUp(to)) finish(job, 'done', true);
        else if (job.state === 'running' && to !== 'activating') {
          if (isDown(to)) finish(job, to === 'failed' ? 'failed' : 'done', true);
          return true;
        }
        return false;
      case 'reload':
        if (job.state !== 'running') return false;
        if (to === 'active') finish(job, reloadFailed ? 'failed' : 'done', true);
        else if (to !== 'activating' && to !== 'reloading') {
          if (isDown(to)) finish(job, to === 'failed' ? 'failed' : 'done', true);
          return true;
        }
        return false;
      case 'stop':
      case 'restart':
        if (isDown(to)) finish(job, 'done', true);
        else if (job.state === 'running' && to !== 'deactivating') {
          finish(job, 'failed', true);
          return true;
        }
        return false;
    }
  };

  return {
    install(planned) {
      for (const job of planned) put(job);
    },
    jobOf: (unit) => jobs.get(unit) ?? null,
    all: () => [...jobs.values()],
    finish,
    unitChanged(change) {
      const job = jobs.get(change.id);
      if (job === undefined) return true;
      if (job.state === 'waiting') ready.add(job);
      return settle(job, change);
    },
    run,
  };
}
