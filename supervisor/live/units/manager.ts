// The manager of units: what clients and the boot ask for becomes jobs, what units report becomes further jobs.

import type {
  JobMode,
  JournalLine,
  UnitAction,
  UnitJob,
  UnitOutcome,
  Units,
  UnitSnapshot,
} from '../../control/units.ts';
import { plan, whyNotLoaded, type Refusal, type Transaction } from '../../units/jobs/transaction.ts';
import type { JobResult, Request } from '../../units/jobs/types.ts';
import { admit, type RateWindow } from '../../units/machine/start-limit.ts';
import type { ActiveState } from '../../units/machine/state.ts';
import { conditionText, whyUnmet, type Probe } from '../../units/conditions.ts';
import type { Condition, Unit } from '../../units/model.ts';
import { whyReplaced } from '../../units/replaced.ts';
import { isTemplate, mangleUnitName } from '../../units/unit-names.ts';
import { actionOf } from './actions.ts';
import { sayOf, type UnitsContext } from './context.ts';
import { createJobQueue, type Job } from './job-queue.ts';
import { titleOf } from './job-messages.ts';
import type { Begun, LiveUnit, StateChange, UnitHost, UnitTimes } from './live-unit.ts';
import { createPathUnit } from './path-unit.ts';
import { unitProperties } from './properties.ts';
import { createServiceUnit, type ServiceUnit } from './service-unit.ts';
import { createForeignUnit, createTargetUnit } from './simple-units.ts';
import { createSocketUnit, type SocketUnit } from './socket-unit.ts';
import { matchesPattern } from './patterns.ts';
import { openSyslog } from './syslog-socket.ts';
import { createTimerUnit } from './timer-unit.ts';
import { createUnitGraph, type AnyRelation } from './unit-graph.ts';

/** When a unit last came into, and left, being up and being down; wall-clock milliseconds. */
export interface Stamps {
  activeEnter: number | null;
  activeExit: number | null;
  inactiveEnter: number | null;
  inactiveExit: number | null;
  stateChange: number | null;
  conditionAt: number | null;
  conditionMet: boolean;
  assertMet: boolean;
  /** Of the clock that never goes back: when it last began to be started, and came to be down. */
  startedMonotonic: number | null;
  endedMonotonic: number | null;
}

export interface Reader {
  load(name: string): Unit;
  /** Every name that has a file. */
  names(): readonly string[];
  /** As `systemctl is-enabled` prints it; null where there is no file. */
  fileState(unit: Unit): string | null;
  /** Whether the distribution wants it enabled: `enabled` or `disabled`; null where there is no file. */
  preset(unit: Unit): string | null;
}

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

const isDown = (state: ActiveState): boolean => state === 'inactive' || state === 'failed';
const isDownOrGoing = (state: ActiveState): boolean => isDown(state) || state === 'deactivating';
const isUpOrComing = (state: ActiveState): boolean =>
  state === 'active' || state === 'reloading' || state === 'activating';

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

/** What was never read, or was dropped. */
const UNKNOWN: UnitTimes = {
  active: 'inactive',
  sub: 'dead',
  startLimitHit: false,
  hasJob: false,
  startedAt: null,
  endedAt: null,
};

export function createUnitManager(options: ManagerOptions): UnitManager {
  const { context } = options;
  const { system, journal } = context;
  const stamps = new Map<string, Stamps>();
  const startWindows = new Map<string, RateWindow>();
  /** Units that were started too often, until they are started or reset. */
  const limitHit = new Set<string>();
  const listeners = new Set<(change: StateChange) => void>();
  const told = new Set<string>();
  let reader = options.read();
  let stopping = false;
  let booting = true;
  const pending: StateChange[] = [];
  const later: (() => void)[] = [];
  let scheduled = false;

  const say = (unit: string, priority: number, text: string): void => sayOf(context, unit, priority, text);

  const stampsOf = (id: string): Stamps => {
    const known = stamps.get(id);
    if (known !== undefined) return known;
    const fresh: Stamps = {
      activeEnter: null,
      activeExit: null,
      inactiveEnter: null,
      inactiveExit: null,
      stateChange: null,
      conditionAt: null,
      conditionMet: false,
      assertMet: false,
      startedMonotonic: null,
      endedMonotonic: null,
    };
    stamps.set(id, fresh);
    return fresh;
  };

  const host: UnitHost = {
    changed(change) {
      pending.push(change);
      schedule();
    },
    say,
    stopPending: (id) => queue.jobOf(id)?.type === 'stop',
    scheduleRestart(id) {
      later.push(() => {
        if (!stopping) request(id, 'restart', 'replace', false);
      });
      schedule();
    },
    trigger(by, name) {
      if (stopping || queue.jobOf(by)?.type === 'stop') return 'refused';
      const transaction = request(name, 'start', 'replace', false);
      if (transaction.kind === 'jobs') return 'started';
      say(by, 4, `${by}: Failed to queue unit startup job: ${transaction.message}`);
      return 'refused';
    },
    socketsOf(unit) {
      const names = [
        ...new Set([...graph.related(unit.id, 'triggeredBy'), ...(unit.service?.sockets ?? [])]),
      ];
      return names.flatMap((name) => {
        const socket = graph.known(name);
        return socket !== undefined && isSocket(socket) ? socket.descriptors() : [];
      });
    },
    stateOf(name) {
      const live = graph.known(name);
      if (live === undefined) return UNKNOWN;
      const at = stampsOf(live.unit.id);
      return {
        active: live.active,
        sub: live.sub,
        startLimitHit: limitHit.has(live.unit.id),
        hasJob: queue.jobOf(live.unit.id) !== null,
        startedAt: at.startedMonotonic,
        endedAt: at.endedMonotonic,
      };
    },
    instantiate(name, connection) {
      const live = graph.live(name);
      if (!isService(live)) return 'refused';
      live.connection = connection;
      const { description } = live.unit;
      const of =
        description === live.unit.id ? connection.description : `${description} (${connection.description})`;
      live.unit = { ...live.unit, description: of };
      forConnections.add(live.unit.id);
      return host.trigger(name, name);
    },
    reloading: (id) => {
      for (const name of graph.related(id, 'propagatesReloadTo')) {
        later.push(() => void request(name, 'try-reload', 'replace', false));
      }
      schedule();
    },
  };

  const create = (unit: Unit): LiveUnit => {
    switch (unit.type) {
      case 'service':
        return createServiceUnit(unit, context, host);
      case 'timer':
        return createTimerUnit(unit, context, host);
      case 'socket':
        return createSocketUnit(unit, context, host);
      case 'path':
        return createPathUnit(unit, context, host);
      case 'target':
        return createTargetUnit(unit, host);
      case 'other':
        return createForeignUnit(unit);
    }
  };

  const graph = createUnitGraph({
    load: (name) => reader.load(name),
    create,
    jobOf: (id) => queue.jobOf(id)?.type ?? null,
    onLoad(unit) {
      // Once, however often it is read.
      for (const { message, origin } of unit.problems) {
        const text = origin === undefined ? message : `${origin.file}:${origin.line}: ${message}`;
        if (told.has(text)) continue;
        told.add(text);
        say(unit.id, 4, text);
      }
    },
  });

  const probe = options.probe(context.environment);

  /** What comes before a unit is told to start. */
  const begin = (live: LiveUnit): Begun | 'skipped' | 'assert' | 'dependency' => {
    const { unit } = live;
    if (live.active === 'active' || live.active === 'reloading') return 'already';
    if (live.active !== 'activating') {
      const at = stampsOf(unit.id);
      at.conditionAt = system.wallClock();
      const replaced = whyReplaced(unit.id);
      if (replaced !== null) {
        say(unit.id, 7, `${titleOf(unit)} was skipped: ${replaced}.`);
        return 'skipped';
      }
      const unmet = whyUnmet(unit.conditions, probe);
      at.conditionMet = unmet === null;
      if (unmet !== null) {
        say(unit.id, 6, `${titleOf(unit)} was skipped because ${unmetText(unmet)}.`);
        return 'skipped';
      }
      at.assertMet = true;
      const failed = whyUnmet(unit.asserts, probe);
      if (failed !== null) {
        at.assertMet = false;
        say(unit.id, 5, `${unit.id}: Starting requested but asserts failed.`);
        return 'assert';
      }
    }
    const unbound = graph
      .related(unit.id, 'bindsTo')
      .find((name) => graph.related(unit.id, 'after').includes(name) && !isUp(graph.live(name).active));
    if (unbound !== undefined) {
      say(unit.id, 4, `Bound to unit ${unbound}, but unit isn't active.`);
      return 'dependency';
    }
    if (isDown(live.active)) {
      const window = admit(startWindows.get(unit.id) ?? null, unit.startLimit, system.now());
      if (window === null) {
        limitHit.add(unit.id);
        live.startLimitHit();
        act(unit.startLimit.action, live, 'failure');
        return 'begun';
      }
      startWindows.set(unit.id, window);
      limitHit.delete(unit.id);
    }
    return live.start();
  };

  const queue = createJobQueue({
    graph,
    live: (id) => graph.live(id),
    after: (delayMs, run) => system.after(delayMs, run),
    say,
    begin,
    onStartFailed: (id) => startRelated(id, 'onFailure'),
  });

  const isUp = (state: ActiveState): boolean => state === 'active' || state === 'reloading';

  /** Plans and installs; the jobs begin when all that has happened so far has been dealt with. */
  const request = (name: string, what: Request, mode: JobMode, manual: boolean): Transaction => {
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
    schedule();
    return transaction;
  };

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      drain();
    });
  };

  const drain = (): void => {
    for (;;) {
      const change = pending.shift();
      if (change !== undefined) {
        handle(change);
        continue;
      }
      const task = later.shift();
      if (task !== undefined) {
        task();
        continue;
      }
      queue.run();
      if (pending.length === 0 && later.length === 0) break;
    }
    for (const check of idleListeners) check();
  };
  /** Instances of Accept=yes sockets. */
  const forConnections = new Set<string>();
  const idleListeners = new Set<() => void>();

  const handle = (change: StateChange): void => {
    const { id, from, to } = change;
    stamp(id, from, to);
    const unasked = queue.unitChanged(change);
    if (from !== to && unasked && !stopping) retroactively(change);
    if (from !== to && !stopping) {
      if (to === 'failed' && !change.willRestart) startRelated(id, 'onFailure');
      if (to === 'inactive' && from !== 'failed' && !change.willRestart) startRelated(id, 'onSuccess');
      if (isDownOrGoing(to)) stopUnneeded(id);
      if (isDown(to) && !change.willRestart) startUpheld(id);
    }
    const live = graph.live(id);
    for (const name of graph.related(id, 'triggeredBy')) graph.known(name)?.triggerChanged?.(id);
    if (from !== to && !change.willRestart && isDown(to)) {
      act(
        to === 'failed' ? live.unit.failureAction : live.unit.successAction,
        live,
        to === 'failed' ? 'failure' : 'success',
      );
      if (unasked || to === 'failed') options.onRest(live, to === 'failed' ? 'failed' : 'ended');
    }
    for (const listener of listeners) listener(change);
    if (to !== 'inactive' || !forConnections.has(id) || queue.jobOf(id) !== null) return;
    // An instance that served one connection is of no use any more.
    forConnections.delete(id);
    stamps.delete(id);
    startWindows.delete(id);
    graph.forget(id);
  };

  const stamp = (id: string, from: ActiveState, to: ActiveState): void => {
    const at = stampsOf(id);
    const now = system.wallClock();
    at.stateChange = now;
    if (isDown(from) && !isDown(to)) [at.inactiveExit, at.startedMonotonic] = [now, system.now()];
    if (!isDown(from) && isDown(to)) [at.inactiveEnter, at.endedMonotonic] = [now, system.now()];
    if (!isUp(from) && isUp(to)) at.activeEnter = now;
    if (isUp(from) && !isUp(to)) at.activeExit = now;
  };

  /** A unit that came up, or went down, of itself takes along what belongs to it (systemd's unit_notify()). */
  const retroactively = ({ id, from, to }: StateChange): void => {
    const bring = (
      relation: 'requires' | 'bindsTo' | 'wants' | 'conflicts' | 'boundBy',
      what: Request,
    ): void => {
      for (const name of graph.related(id, relation)) {
        const { active } = graph.live(name);
        const needed = what === 'start' ? !isUpOrComing(active) : !isDownOrGoing(active);
        const ordered = what === 'start' && graph.related(id, 'after').includes(name);
        if (needed && !ordered) request(name, what, relation === 'wants' ? 'fail' : 'replace', false);
      }
    };
    if (isDown(from) && isUpOrComing(to)) {
      bring('requires', 'start');
      bring('bindsTo', 'start');
      bring('wants', 'start');
      bring('conflicts', 'stop');
    }
    if (isUpOrComing(from) && isDownOrGoing(to)) bring('boundBy', 'stop');
  };

  /** Those that StopWhenUnneeded= keeps only as long as somebody wants them. */
  const stopUnneeded = (id: string): void => {
    const needs = ['requires', 'requisite', 'wants', 'bindsTo', 'upholds'] as const;
    const neededBy = ['requiredBy', 'requisiteOf', 'wantedBy', 'boundBy', 'upheldBy'] as const;
    for (const name of new Set(needs.flatMap((relation) => graph.related(id, relation)))) {
      const live = graph.live(name);
      if (!live.unit.stopWhenUnneeded || !isUpOrComing(live.active) || queue.jobOf(name) !== null) continue;
      const wanted = neededBy
        .flatMap((relation) => graph.related(live.unit.id, relation))
        .some((other) => !isDownOrGoing(graph.live(other).active) || queue.jobOf(other)?.type === 'start');
      if (wanted) continue;
      say(name, 7, `${name}: Unit not needed anymore. Stopping.`);
      request(name, 'stop', 'fail', false);
    }
  };

  /** One that an active unit upholds comes back, as often as its start limit lets it. */
  const startUpheld = (id: string): void => {
    const holder = graph.related(id, 'upheldBy').find((name) => isUpOrComing(graph.live(name).active));
    if (holder === undefined || queue.jobOf(id) !== null) return;
    if (limitHit.has(id)) return;
    say(id, 6, `${id}: Unit is upheld by ${holder}, starting.`);
    request(id, 'start', 'fail', false);
  };

  const startRelated = (id: string, relation: 'onFailure' | 'onSuccess'): void => {
    const names = graph.related(id, relation);
    if (names.length === 0) return;
    const label = relation === 'onFailure' ? 'OnFailure=' : 'OnSuccess=';
    say(id, 6, `${id}: Triggering ${label} dependencies.`);
    const mode = graph.live(id).unit.onFailureJobMode as JobMode;
    for (const name of names) {
      const transaction = request(name, 'start', mode, false);
      if (transaction.kind === 'jobs') continue;
      say(id, 4, `${id}: Failed to enqueue ${label} job, ignoring: ${transaction.message}`);
    }
  };

  /** FailureAction= and its kin: what they end, in a container, is the container. */
  const act = (action: string, live: LiveUnit, why: 'failure' | 'success'): void => {
    const { unit } = live;
    const status = why === 'failure' ? unit.failureActionExitStatus : unit.successActionExitStatus;
    const exitCode = actionOf(action, why, status, live.exitCode);
    if (exitCode === null) return;
    options.onEnd(
      exitCode,
      `${unit.id}: ${why === 'failure' ? 'failed' : 'succeeded'}, which asks for ${action}`,
    );
  };

  const snapshot = (live: LiveUnit): UnitSnapshot => {
    const { unit } = live;
    const at = stampsOf(unit.id);
    return {
      id: unit.id,
      names: unit.names,
      description: unit.description,
      loadState: unit.loadState,
      activeState: live.active,
      subState: live.sub,
      unitFileState: reader.fileState(unit),
      fragmentPath: unit.fragmentPath,
      dropInPaths: unit.dropInPaths,
      mainPid: live.mainPid,
      pids: live.pids(),
      statusText: live.statusText,
      activeEnterAtMs: at.activeEnter,
      inactiveEnterAtMs: at.inactiveEnter,
      job: queue.jobOf(unit.id)?.type ?? null,
    };
  };

  const named = (name: string): string => mangleUnitName(name) ?? name;

  const outcomeOf = (name: string, transaction: Transaction, wait: boolean): Promise<UnitOutcome> => {
    if (transaction.kind === 'refused') {
      const exitCode = REFUSAL_CODES[transaction.reason];
      return Promise.resolve({ kind: 'refused', unit: name, message: transaction.message, exitCode });
    }
    const job = transaction.anchor === null ? null : queue.jobOf(transaction.anchor.unit);
    const unit = transaction.anchor?.unit ?? name;
    if (job === null || !wait) return Promise.resolve({ kind: 'job', unit, result: 'done' });
    return resultOf(job).then((result) => ({ kind: 'job', unit, result }));
  };

  /** What systemctl's request fails at before any job is made. */
  const refusalOf = (action: UnitAction, id: string): UnitOutcome | null => {
    const refuse = (message: string, exitCode: number): UnitOutcome => ({
      kind: 'refused',
      unit: id,
      message,
      exitCode,
    });
    if (isTemplate(id)) return refuse(`Unit name ${id} is missing the instance name.`, 1);
    const live = graph.live(id);
    if (live.unit.loadState !== 'not-found' || !isDown(live.active)) return null;
    return refuse(`Unit ${id} not ${action === 'stop' ? 'loaded' : 'found'}.`, REFUSAL_CODES['not-found']);
  };

  const resultOf = (job: Job): Promise<JobResult> => new Promise((resolve) => job.listeners.push(resolve));

  const requestFor = (action: UnitAction, name: string): Request => {
    if (action !== 'reload-or-restart' && action !== 'try-reload-or-restart') return REQUESTS[action];
    const node = graph.node(name);
    if (node === null || !node.canReload) return REQUESTS[action];
    return action === 'reload-or-restart' ? 'reload-or-start' : 'try-reload';
  };

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

  const orphanEnded: UnitManager['orphanEnded'] = (pid, status) => {
    const services = graph.units().filter((live) => isService(live));
    const owner = services.find((live) => live.orphanEnded(pid, status));
    if (owner === undefined) lookAtAll();
    return owner !== undefined;
  };

  return {
    list(patterns) {
      const all = graph.units().map((live) => snapshot(live));
      if (patterns.length === 0) return all;
      return all.filter((each) =>
        patterns.some((pattern) => each.names.some((name) => matchesPattern(named(pattern), name))),
      );
    },
    snapshot: (name) => snapshot(graph.live(named(name))),
    properties(name) {
      const live = graph.live(named(name));
      const related = (relation: AnyRelation): readonly string[] => graph.related(live.unit.id, relation);
      return unitProperties(live, snapshot(live), stampsOf(live.unit.id), related, reader.preset(live.unit));
    },
    act: (action, names, { mode, wait }) =>
      Promise.all(
        names.map((name) => {
          const id = named(name);
          const refused = mode === 'isolate' ? null : refusalOf(action, id);
          if (refused !== null) return Promise.resolve(refused);
          const transaction = request(id, requestFor(action, id), mode, true);
          return outcomeOf(id, transaction, wait);
        }),
      ),
    kill(name, signal, whom) {
      const live = graph.live(named(name));
      const { unit } = live;
      const why = whyNotLoaded(
        graph.node(unit.id) ?? { ...unit, state: live.active, canReload: false, canStart: true, job: null },
      );
      if (why !== null && live.active === 'inactive') {
        return { kind: 'refused', unit: unit.id, message: `Unit ${unit.id} not loaded.`, exitCode: 1 };
      }
      if (live.kill(signal, whom)) return { kind: 'job', unit: unit.id, result: 'done' };
      const what = whom === 'all' ? 'No processes to kill' : `No ${whom} process to kill`;
      return whom === 'all'
        ? { kind: 'job', unit: unit.id, result: 'done' }
        : { kind: 'refused', unit: unit.id, message: what, exitCode: 1 };
    },
    resetFailed(names) {
      const all = names.length === 0 ? graph.units() : names.map((name) => graph.live(named(name)));
      return all.map((live): UnitOutcome => {
        const { unit } = live;
        if (unit.loadState === 'not-found' && isDown(live.active) && names.length > 0) {
          return { kind: 'refused', unit: unit.id, message: `Unit ${unit.id} not loaded.`, exitCode: 1 };
        }
        live.resetFailed();
        startWindows.delete(unit.id);
        limitHit.delete(unit.id);
        return { kind: 'job', unit: unit.id, result: 'done' };
      });
    },
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
    environment: () => context.environment,
    setEnvironment(set, unset) {
      for (const name of unset) {
        const at = name.indexOf('=');
        const matches = at < 0 || context.environment.get(name.slice(0, at)) === name.slice(at + 1);
        if (matches) context.environment.delete(at < 0 ? name : name.slice(0, at));
      }
      for (const [name, value] of Object.entries(set)) context.environment.set(name, value);
    },
    journal: (query) =>
      journal.query({
        ...query,
        units: query.units.map((name) => graph.known(named(name))?.unit.id ?? named(name)),
      }),
    followJournal: (listener: (line: JournalLine) => void) => journal.follow(listener),
    jobs: (): UnitJob[] => queue.all().map(({ id, unit, type, state }) => ({ id, unit, type, state })),
    cancelJobs(ids) {
      const all = queue.all();
      const wanted = ids.length === 0 ? all.map(({ id }) => id) : ids;
      return wanted.map((id): UnitOutcome => {
        const job = all.find((each) => each.id === id);
        if (job === undefined) {
          return { kind: 'refused', unit: '', message: `Job ${id} does not exist.`, exitCode: 1 };
        }
        queue.finish(job, 'canceled', true);
        schedule();
        return { kind: 'job', unit: job.unit, result: 'canceled' };
      });
    },
    end: (exitCode) => options.onEnd(exitCode, 'the end was asked for'),

    async boot(word) {
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
        const check = (): void => {
          if (queue.all().length > 0) return;
          idleListeners.delete(check);
          resolve();
        };
        idleListeners.add(check);
        schedule();
      });
    },
    killAll() {
      for (const live of graph.units()) {
        const pids = live.pids();
        if (pids.length > 0) say(live.unit.id, 5, `${live.unit.id}: Killing what is left of it.`);
        live.kill('SIGKILL', 'all');
      }
    },
    orphanEnded,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    live: () => graph.units(),
    find: (id) => graph.known(id),
  };
}

function unmetText(unmet: Condition | 'triggers'): string {
  if (unmet === 'triggers') return 'no trigger condition checks were met';
  return `of an unmet condition check (${conditionText('Condition', unmet)})`;
}

function isService(live: LiveUnit): live is ServiceUnit {
  return 'kind' in live && live.kind === 'service';
}

function isSocket(live: LiveUnit): live is SocketUnit {
  return 'kind' in live && live.kind === 'socket';
}
