// What clients ask of units, as systemctl does: each request becomes jobs or is refused, and is answered with its outcome.

import type { UnitAction, UnitJob, UnitOutcome, Units } from '../../control/units.ts';
import type { Refusal } from '../../units/jobs/builder.ts';
import { whyNotLoaded, type Transaction } from '../../units/jobs/transaction.ts';
import type { JobResult, Request } from '../../units/jobs/types.ts';
import { isTemplate } from '../../units/unit-names.ts';
import { isDown } from './active-states.ts';
import type { Job, JobQueue } from './job-queue.ts';
import type { RequestJobs } from './manager.ts';
import type { StartGate } from './start-gate.ts';
import type { Turns } from './turns.ts';
import type { UnitGraph } from './unit-graph.ts';
import type { UnitMemory } from './unit-memory.ts';
import { named } from './unit-views.ts';

export interface ClientRequestsOptions {
  readonly graph: UnitGraph;
  readonly memory: UnitMemory;
  readonly queue: JobQueue;
  readonly gate: Pick<StartGate, 'reset'>;
  readonly turns: Pick<Turns, 'schedule'>;
  readonly request: RequestJobs;
}

export interface ClientRequests extends Pick<Units, 'act' | 'kill' | 'resetFailed' | 'jobs' | 'cancelJobs'> {
  /** Resolves when the job that was asked for has ended; at once with `wait` false. */
  readonly outcomeOf: (name: string, transaction: Transaction, wait: boolean) => Promise<UnitOutcome>;
}

/** systemctl's exit codes where a request is refused. */
const REFUSAL_CODES: Readonly<Record<Refusal, number>> = {
  'not-found': 5,
  masked: 1,
  load: 1,
  manual: 4,
  'not-applicable': 3,
  conflict: 1,
  cycle: 1,
  destructive: 1,
  isolate: 4,
};

const REQUESTS: Readonly<Record<UnitAction, Request>> = {
  start: 'start',
  stop: 'stop',
  restart: 'restart',
  'try-restart': 'try-restart',
  reload: 'reload',
  'reload-or-restart': 'restart',
  'try-reload-or-restart': 'try-restart',
};

const refuse = (unit: string, message: string, exitCode: number): UnitOutcome => ({
  kind: 'refused',
  unit,
  message,
  exitCode,
});
const done = (unit: string): UnitOutcome => ({ kind: 'job', unit, result: 'done' });

export function createClientRequests(options: ClientRequestsOptions): ClientRequests {
  const { graph, memory, queue, gate, turns, request } = options;

  const outcomeOf = (name: string, transaction: Transaction, wait: boolean): Promise<UnitOutcome> => {
    if (transaction.kind === 'refused') {
      return Promise.resolve(refuse(name, transaction.message, REFUSAL_CODES[transaction.reason]));
    }
    const job = transaction.anchor === null ? null : queue.jobOf(transaction.anchor.unit);
    const unit = transaction.anchor?.unit ?? name;
    if (job === null || !wait) return Promise.resolve(done(unit));
    return resultOf(job).then((result) => ({ kind: 'job', unit, result }));
  };
  const resultOf = (job: Job): Promise<JobResult> => new Promise((resolve) => job.listeners.push(resolve));

  /** What systemctl's request fails at before any job is made. */
  const refusalOf = (action: UnitAction, id: string): UnitOutcome | null => {
    if (isTemplate(id)) return refuse(id, `Unit name ${id} is missing the instance name.`, 1);
    const live = memory.recall(id);
    const { loadState } = live.unit;
    const isUnreadable = action === 'stop' && (loadState === 'error' || loadState === 'bad-setting');
    if (isUnreadable && isDown(live.active)) {
      return refuse(id, `Unit ${id} not loaded.`, REFUSAL_CODES['not-found']);
    }
    if (loadState !== 'not-found' || !isDown(live.active)) {
      if (memory.isForgotten(live)) gate.reset(live.unit.id);
      return null;
    }
    memory.tidy(live);
    const text = `Unit ${id} not ${action === 'stop' ? 'loaded' : 'found'}.`;
    return refuse(id, text, REFUSAL_CODES['not-found']);
  };

  const requestFor = (action: UnitAction, name: string): Request => {
    if (action !== 'reload-or-restart' && action !== 'try-reload-or-restart') return REQUESTS[action];
    const node = graph.node(name);
    if (node === null || !node.canReload) return REQUESTS[action];
    return action === 'reload-or-restart' ? 'reload-or-start' : 'try-reload';
  };

  return {
    outcomeOf,
    act: (action, names, { mode, wait }) =>
      Promise.all(
        names.map((name) => {
          const id = named(name);
          const refused = mode === 'isolate' ? null : refusalOf(action, id);
          if (refused !== null) return Promise.resolve(refused);
          return outcomeOf(id, request(id, requestFor(action, id), mode, true), wait);
        }),
      ),
    kill(name, signal, whom) {
      const live = graph.live(named(name));
      const { unit } = live;
      const why = whyNotLoaded(
        graph.node(unit.id) ?? { ...unit, state: live.active, canReload: false, canStart: true, job: null },
      );
      if (why !== null && live.active === 'inactive') {
        return refuse(unit.id, `Unit ${unit.id} not loaded.`, 1);
      }
      // Nobody left to signal is no error, unless one process was meant.
      if (live.kill(signal, whom) || whom === 'all') return done(unit.id);
      return refuse(unit.id, `No ${whom} process to kill`, 1);
    },
    resetFailed(names) {
      const all = names.length === 0 ? graph.units() : names.map((name) => graph.live(named(name)));
      return all.map((live): UnitOutcome => {
        const { unit } = live;
        if (unit.loadState === 'not-found' && isDown(live.active) && names.length > 0) {
          return refuse(unit.id, `Unit ${unit.id} not loaded.`, 1);
        }
        live.resetFailed();
        gate.reset(unit.id);
        return done(unit.id);
      });
    },
    jobs: (): UnitJob[] => queue.all().map(({ id, unit, type, state }) => ({ id, unit, type, state })),
    cancelJobs(ids) {
      const all = queue.all();
      const wanted = ids.length === 0 ? all.map(({ id }) => id) : ids;
      return wanted.map((id): UnitOutcome => {
        const job = all.find((each) => each.id === id);
        if (job === undefined) return refuse('', `Job ${id} does not exist.`, 1);
        queue.finish(job, 'canceled', true);
        turns.schedule();
        return { kind: 'job', unit: job.unit, result: 'canceled' };
      });
    },
  };
}
