// The manager of units: what clients and the boot ask for becomes jobs, what units report becomes further jobs.

import type { JobMode, Units } from '../../control/units.ts';
import { plan, type Transaction } from '../../units/jobs/transaction.ts';
import type { Request } from '../../units/jobs/types.ts';
import type { Probe } from '../../units/conditions.ts';
import type { Unit } from '../../units/model.ts';
import { isDown } from './active-states.ts';
import { createClientRequests } from './client-requests.ts';
import { sayOf, type UnitsContext } from './context.ts';
import { createUnit } from './create-unit.ts';
import { createFollowUps } from './follow-ups.ts';
import { createJobQueue } from './job-queue.ts';
import type { LiveUnit, StateChange, UnitHost } from './live-unit.ts';
import { isService } from './service-unit.ts';
import { createStartGate } from './start-gate.ts';
import { openSyslog } from './syslog-socket.ts';
import { createTurns } from './turns.ts';
import { createUnitGraph } from './unit-graph.ts';
import { createUnitHost } from './unit-host.ts';
import { createUnitMemory } from './unit-memory.ts';
import { createUnitStamps } from './unit-stamps.ts';
import { createUnitViews, named } from './unit-views.ts';

export interface Reader {
  load(name: string): Unit;
  /** Whether a unit's files are others than when it was read. */
  isOutdated(unit: Unit): boolean;
  /** Whether no file was added or taken away since the search path was listed. */
  isListed(): boolean;
  /** Lists the search path again, so that what is read from now on is as it is now. */
  renew(): void;
  /** Every name that has a file. */
  names(): readonly string[];
  /** As `systemctl is-enabled` prints it; null where there is no file. */
  fileState(unit: Unit): string | null;
  /** Whether the distribution wants it enabled: `enabled` or `disabled`; null where there is no file. */
  preset(unit: Unit): string | null;
}

/** Plans and installs; the jobs begin when all that has happened so far has been dealt with. */
export type RequestJobs = (name: string, what: Request, mode: JobMode, manual: boolean) => Transaction;

export interface ManagerOptions {
  readonly context: UnitsContext;
  /** What conditions ask of the machine; `environment` is the manager's own. */
  readonly probe: (environment: ReadonlyMap<string, string>) => Probe;
  /** Lets the generators of packages make their units anew. */
  readonly generate: () => Promise<void>;
  /** Lists the search path anew. */
  readonly read: () => Reader;
  /** The container's end is asked for. */
  readonly onEnd: (exitCode: number, reason: string) => void;
  /** A unit has come to rest, and nobody asked for that: it failed, or has ended. */
  readonly onRest: (live: LiveUnit, how: 'failed' | 'ended') => void;
}

export interface UnitManager extends Units {
  /** Starts the target that the image names. */
  boot(target: string): Promise<void>;
  /** Stops all units in order; resolves when none is left. Nothing is started from now on. */
  stopAll(): Promise<void>;
  /** Ends the patience: what still runs is killed now. */
  killAll(): void;
  orphanEnded(pid: number, status: { readonly code: number | null; readonly signal: string | null }): boolean;
  /** Calls after every change of a unit's state. */
  onChange(listener: (change: StateChange) => void): () => void;
  live(): readonly LiveUnit[];
  find(id: string): LiveUnit | undefined;
}

export function createUnitManager(options: ManagerOptions): UnitManager {
  const { context, onEnd } = options;
  const { system, journal, environment } = context;
  const listeners = new Set<(change: StateChange) => void>();
  /** Problems of unit files are told once, however often they are read. */
  const told = new Set<string>();
  /** Instances of Accept=yes sockets. */
  const forConnections = new Set<string>();
  let reader = options.read();
  let stopping = false;
  let booting = false;

  const say = (unit: string, priority: number, text: string): void => sayOf(context, unit, priority, text);

  const request: RequestJobs = (name, what, mode, manual) => {
    const transaction = plan(graph, name, what, mode, manual);
    for (const { unit, text } of transaction.notes) say(unit, 4, text);
    if (transaction.kind === 'refused') return transaction;
    if (stopping && transaction.jobs.some(({ type }) => type !== 'stop')) {
      const message = `Transaction for ${name}/${what} is destructive (exit.target has 'start' job queued, but 'stop' is included in transaction).`;
      return { kind: 'refused', reason: 'destructive', message, notes: [] };
    }
    if (mode === 'flush') {
      for (const job of queue.all()) queue.finish(job, 'canceled', false);
    }
    queue.install(transaction.jobs);
    turns.schedule();
    return transaction;
  };

  const onChange = (change: StateChange): void => {
    const { id, from, to } = change;
    stamps.changed(change);
    const unasked = queue.unitChanged(change);
    if (!stopping) followUps.requestJobs(change, unasked);
    const live = graph.live(id);
    for (const name of graph.related(id, 'triggeredBy')) graph.known(name)?.triggerChanged?.(id);
    if (from !== to && !change.willRestart && isDown(to)) rest(live, to === 'failed', unasked);
    for (const listener of listeners) listener(change);
    if (to !== 'inactive' || !forConnections.has(id) || queue.jobOf(id) !== null) return;
    // An instance that served one connection is of no use any more.
    forConnections.delete(id);
    drop(id);
  };
  const drop = (id: string): void => {
    stamps.forget(id);
    gate.reset(id);
    graph.forget(id);
  };
  const rest = (live: LiveUnit, failed: boolean, unasked: boolean): void => {
    const { failureAction, successAction } = live.unit;
    followUps.act(failed ? failureAction : successAction, live, failed ? 'failure' : 'success');
    if (unasked || failed) options.onRest(live, failed ? 'failed' : 'ended');
  };

  const turns = createTurns({ onChange, runJobs: () => queue.run() });
  const stamps = createUnitStamps(system);
  const graph = createUnitGraph({
    load: (name) => reader.load(name),
    create: (unit) => createUnit(unit, context, host),
    jobOf: (id) => queue.jobOf(id)?.type ?? null,
    onLoad(unit) {
      for (const { message, origin } of unit.problems) {
        const text =
          origin === undefined ? `${unit.id}: ${message}` : `${origin.file}:${origin.line}: ${message}`;
        if (told.has(text)) continue;
        told.add(text);
        say(unit.id, 4, text);
      }
    },
  });
  const gate = createStartGate({
    context,
    graph,
    stamps,
    probe: options.probe(environment),
    onLimitHit: (live) => followUps.act(live.unit.startLimit.action, live, 'failure'),
  });
  const queue = createJobQueue({
    graph,
    live: (id) => graph.live(id),
    after: (delayMs, run) => system.after(delayMs, run),
    say,
    begin: (live) => gate.begin(live),
    onStartFailed: (id) => followUps.startRelated(id, 'onFailure'),
  });
  const followUps = createFollowUps({
    graph,
    queue,
    request,
    say,
    limitHit: (id) => gate.limitHit(id),
    onEnd,
  });
  const host: UnitHost = createUnitHost({
    graph,
    queue,
    stamps,
    gate,
    turns,
    request,
    say,
    isStopping: () => stopping,
    onInstance: (id) => void forConnections.add(id),
  });
  const memory = createUnitMemory({ graph, queue, reader: () => reader, drop });
  const { outcomeOf, ...requests } = createClientRequests({ graph, memory, queue, gate, turns, request });

  let willLook = false;
  /** Where thousands of orphans end at once, one look is enough. */
  const lookAtAll = (): void => {
    if (willLook) return;
    willLook = true;
    system.after(0, () => {
      willLook = false;
      for (const live of graph.units()) if (isService(live)) live.look();
    });
  };

  return {
    ...createUnitViews({ graph, memory, queue, stamps, reader: () => reader }),
    ...requests,
    async daemonReload() {
      await options.generate();
      reader = options.read();
      graph.reload();
    },
    systemState() {
      if (stopping) return 'stopping';
      if (booting) return 'starting';
      return graph.units().some((live) => live.active === 'failed') ? 'degraded' : 'running';
    },
    environment: () => environment,
    setEnvironment(set, unset) {
      for (const name of unset) {
        const at = name.indexOf('=');
        const matches = at < 0 || environment.get(name.slice(0, at)) === name.slice(at + 1);
        if (matches) environment.delete(at < 0 ? name : name.slice(0, at));
      }
      for (const [name, value] of Object.entries(set)) environment.set(name, value);
    },
    journal: (query) =>
      journal.query({
        ...query,
        units: query.units.map((name) => graph.known(named(name))?.unit.id ?? named(name)),
      }),
    followJournal: (listener) => journal.follow(listener),
    end: (exitCode) => onEnd(exitCode, 'the end was asked for'),

    async boot(word) {
      booting = true;
      const target = named(word);
      openSyslog(context, (pid) => graph.units().find((live) => live.pids().includes(pid))?.unit.id ?? '');
      const transaction = request(target, 'start', 'replace', false);
      if (transaction.kind === 'refused') say(target, 3, `Failed to start ${target}: ${transaction.message}`);
      await outcomeOf(target, transaction, true);
      booting = false;
    },
    stopAll() {
      stopping = true;
      const jobs = graph
        .units()
        .filter(({ active, unit }) => unit.type !== 'other' && !isDown(active))
        .map(({ unit }) => ({ unit: unit.id, type: 'stop' as const, ignoreOrder: false }));
      for (const job of queue.all()) if (job.type !== 'stop') queue.finish(job, 'canceled', false);
      queue.install(jobs);
      return new Promise((resolve) => {
        const forget = turns.onIdle(() => {
          if (queue.all().length > 0) return;
          forget();
          resolve();
        });
        turns.schedule();
      });
    },
    killAll() {
      for (const live of graph.units()) {
        if (live.pids().length > 0) say(live.unit.id, 5, `${live.unit.id}: Killing what is left of it.`);
        live.kill('SIGKILL', 'all');
      }
    },
    orphanEnded(pid, status) {
      const services = graph.units().filter((live) => isService(live));
      const isOwned = services.some((live) => live.orphanEnded(pid, status));
      if (!isOwned) lookAtAll();
      return isOwned;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    live: () => graph.units(),
    find: (id) => graph.known(id),
  };
}
