// What the units ask of their manager: jobs for each other, sockets, instances, and each other's state.

import { isService } from './service-unit.ts';
import { isSocket } from './socket-unit.ts';
import type { JobQueue } from './job-queue.ts';
import type { UnitHost, UnitTimes } from './live-unit.ts';
import type { RequestJobs } from './manager.ts';
import type { StartGate } from './start-gate.ts';
import type { Turns } from './turns.ts';
import type { UnitGraph } from './unit-graph.ts';
import type { UnitStamps } from './unit-stamps.ts';

export interface UnitHostOptions {
  readonly graph: UnitGraph;
  readonly queue: Pick<JobQueue, 'jobOf'>;
  readonly stamps: UnitStamps;
  readonly gate: Pick<StartGate, 'limitHit'>;
  readonly turns: Turns;
  readonly request: RequestJobs;
  readonly say: UnitHost['say'];
  /** Everything is being stopped: nothing is started any more. */
  readonly isStopping: () => boolean;
  /** An instance was made for one connection of an Accept=yes socket. */
  readonly onInstance: (id: string) => void;
}

/** What was never read, or was dropped. */
const UNKNOWN: UnitTimes = {
  active: 'inactive',
  sub: 'dead',
  startLimitHit: false,
  hasJob: false,
  startedAt: null,
  endedAt: null,
};

export function createUnitHost(options: UnitHostOptions): UnitHost {
  const { graph, queue, stamps, gate, turns, request, say, isStopping } = options;
  const host: UnitHost = {
    changed: (change) => turns.changed(change),
    say,
    stopPending: (id) => queue.jobOf(id)?.type === 'stop',
    scheduleRestart(id) {
      turns.later(() => {
        if (!isStopping()) request(id, 'restart', 'replace', false);
      });
    },
    trigger(by, name) {
      if (isStopping() || queue.jobOf(by)?.type === 'stop') return 'refused';
      const transaction = request(name, 'start', 'replace', false);
      if (transaction.kind === 'jobs') return 'started';
      say(by, 4, `${by}: Failed to queue unit startup job: ${transaction.message}`);
      return 'refused';
    },
    socketsOf(unit) {
      const names = new Set([...graph.related(unit.id, 'triggeredBy'), ...(unit.service?.sockets ?? [])]);
      return [...names].flatMap((name) => {
        const socket = graph.known(name);
        return socket !== undefined && isSocket(socket) ? socket.descriptors() : [];
      });
    },
    stateOf(name) {
      const live = graph.known(name);
      if (live === undefined) return UNKNOWN;
      const { id } = live.unit;
      const { startedMonotonic: startedAt, endedMonotonic: endedAt } = stamps.of(id);
      const hasJob = queue.jobOf(id) !== null;
      const { active, sub } = live;
      return { active, sub, startLimitHit: gate.limitHit(id), hasJob, startedAt, endedAt };
    },
    monitoredBy(id) {
      const relations = ['onFailureOf', 'onSuccessOf'] as const;
      const [only, ...others] = relations.flatMap((relation) => graph.related(id, relation));
      const live = only === undefined || others.length > 0 ? undefined : graph.known(only);
      if (live === undefined || !isService(live)) return null;
      return { id: live.unit.id, service: live.service, invocation: live.invocation };
    },
    instantiate(name, connection) {
      const live = graph.live(name);
      if (!isService(live)) return 'refused';
      live.connection = connection;
      const { description } = live.unit;
      const of =
        description === live.unit.id ? connection.description : `${description} (${connection.description})`;
      live.unit = { ...live.unit, description: of };
      options.onInstance(live.unit.id);
      return host.trigger(name, name);
    },
    reloading(id) {
      // A job's own transaction has taken the others along.
      if (queue.jobOf(id)?.type === 'reload') return;
      for (const name of graph.related(id, 'propagatesReloadTo')) {
        turns.later(() => void request(name, 'try-reload', 'replace', false));
      }
    },
  };
  return host;
}
