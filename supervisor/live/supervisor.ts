// The loop: event → step → effects. Sole owner of the live state; everything else asks it.

import { launch, type LaunchContext, type Routes, type Running } from './launch.ts';
import { createEntry, type Entry } from './entry.ts';
import type { MainLog } from '../logs/main-log.ts';
import type { ReadableSink } from '../logs/sink.ts';
import { hasAutoLog, routeStream, type Route, type RoutingOptions } from '../logs/program-output.ts';
import type { Group, Program } from '../model.ts';
import { endingOf, type Ending } from '../process/ending.ts';
import { step, wakeAt } from '../process/machine.ts';
import { messagesOf } from '../process/messages.ts';
import {
  pidOf,
  type Effect,
  type Event,
  type ExitStatus,
  type Process,
  type SpawnFailure,
} from '../process/state.ts';

export interface LiveGroup {
  readonly config: Group;
  readonly entries: readonly Entry[];
}

/** A step that a process has taken. */
export interface Change {
  readonly entry: Entry;
  readonly before: Process;
  readonly event: Event;
}

export interface SupervisorOptions {
  readonly launch: LaunchContext;
  readonly routing: RoutingOptions;
  readonly log: MainLog;
  /** What happens when a program's state asks for the container's end. */
  readonly onEnding: (ending: Ending) => void;
  readonly onGroup: (change: 'added' | 'removed', group: LiveGroup) => void;
}

export interface Supervisor {
  groups(): readonly LiveGroup[];
  /** Takes a group in, without starting it. */
  addGroup(group: Group): LiveGroup;
  /** Forgets a group, whose processes must all be stopped. */
  removeGroup(name: string): void;
  /** Tells a process what happened; the only way to change its state. */
  send(entry: Entry, event: Event): void;
  /** Sends a signal that is not part of a stop. */
  signal(entry: Entry, signal: string): 'sent' | 'not-running' | 'refused';
  /** Calls the listener after every step. */
  onChange(listener: (change: Change) => void): () => void;
  /** From now on nothing is started any more. */
  startNothing(refuse: boolean): void;
  /** Opens all log files anew. */
  reopenLogs(): void;
}

/** What setTimeout can hold; a longer wait is taken in pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a start takes (two logs, three pipes), and what is left to clients when there is no room for another program. */
const DESCRIPTORS_KEPT = 8 + 16;

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { log } = options;
  const { system } = options.launch;
  const groups = new Map<string, LiveGroup>();
  const listeners = new Set<(change: Change) => void>();
  let refuseStarts = false;

  const send = (entry: Entry, event: Event): void => {
    if (refuseStarts && event.type === 'startRequested') return;
    const before = entry.process;
    const { process, effects } = step(before, event, entry.program, system.now());
    if (process === before && effects.length === 0) return;
    entry.process = process;
    for (const { level, text } of messagesOf(entry.program, before, event, process)) log.log(level, text);
    for (const listener of listeners) listener({ entry, before, event });
    for (const effect of effects) perform(entry, effect);
    if (entry.process !== process) return;
    arm(entry);
    const ending = before.state.name === process.state.name ? null : endingOf(entry.program, process);
    if (ending !== null) options.onEnding(ending);
  };

  const perform = (entry: Entry, effect: Effect): void => {
    switch (effect.type) {
      case 'spawn':
        send(entry, spawn(entry));
        return;
      case 'signal':
        if (system.signal(effect.pid, effect.signal, effect.group) === 'refused') {
          send(entry, { type: 'signalRefused' });
        }
    }
  };

  const spawn = (entry: Entry): Event => {
    if (refuseStarts) {
      return {
        type: 'spawnFailed',
        failure: { errno: 'ESHUTDOWN', message: 'shutting down', permanent: false },
      };
    }
    entry.startedAt = system.wallClock();
    if (!system.hasDescriptors(DESCRIPTORS_KEPT)) {
      const message = `too many open files to spawn '${entry.program.name}'`;
      return { type: 'spawnFailed', failure: { errno: 'EMFILE', message, permanent: false } };
    }
    try {
      // A log file that was removed is made anew by the next start.
      if (entry.routes !== null) forEachLog(entry, (log) => log.reopen());
      entry.routes ??= routesOf(entry.program, options);
    } catch (error) {
      return { type: 'spawnFailed', failure: noLog(error as NodeJS.ErrnoException) };
    }
    const started = launch(entry.program, entry.routes, options.launch, (status) =>
      ended(entry, running, status),
    );
    if ('errno' in started) return { type: 'spawnFailed', failure: started };
    const running: Running = started;
    entry.running = running;
    entry.spawns++;
    return { type: 'spawned', pid: running.pid };
  };

  const ended = (entry: Entry, running: Running, status: ExitStatus): void => {
    running.stdin.close();
    running.notify?.close();
    for (const pipeline of running.pipelines) pipeline.drain();
    entry.draining.push(...running.pipelines);
    for (const pipeline of running.pipelines) {
      void pipeline.ended.then(() => {
        entry.draining = entry.draining.filter((each) => each !== pipeline);
      });
    }
    entry.running = null;
    entry.stoppedAt = system.wallClock();
    send(entry, { type: 'exited', status });
  };

  /** One timer per process, for the one moment that its state waits for. */
  const arm = (entry: Entry): void => {
    entry.timer?.();
    entry.timer = null;
    const { name } = entry.process.state;
    if (refuseStarts && (name === 'BACKOFF' || name === 'EXITED')) return;
    const at = wakeAt(entry.process.state, entry.program);
    if (at === null || at === Infinity) return;
    const delay = at - system.now();
    if (delay <= 0) send(entry, { type: 'woken' });
    else entry.timer = system.after(Math.min(Math.ceil(delay), LONGEST_TIMER_MS), () => arm(entry));
  };

  return {
    groups: () => [...groups.values()],
    addGroup(group) {
      const entries = group.programs.map((program) => createEntry(program));
      const live: LiveGroup = { config: group, entries };
      groups.set(group.name, live);
      for (const entry of entries) nameAutoLogs(entry, options);
      options.onGroup('added', live);
      return live;
    },
    removeGroup(name) {
      const group = groups.get(name);
      if (group === undefined) return;
      for (const entry of group.entries) {
        // It may be about to be started again.
        entry.timer?.();
        forEachLog(entry, (each) => each.close());
      }
      groups.delete(name);
      options.onGroup('removed', group);
    },
    send,
    signal(entry, signal) {
      const pid = pidOf(entry.process.state);
      if (pid === null) return 'not-running';
      return system.signal(pid, signal, false) === 'refused' ? 'refused' : 'sent';
    },
    onChange(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    startNothing(refuse) {
      refuseStarts = refuse;
    },
    reopenLogs() {
      log.sink?.reopen();
      for (const group of groups.values()) {
        for (const entry of group.entries) forEachLog(entry, (each) => each.reopen());
      }
    },
  };
}

function routesOf(program: Program, options: SupervisorOptions): Routes {
  const stdout = routeStream(program, 'stdout', options.routing);
  try {
    const stderr = program.redirectStderr ? null : routeStream(program, 'stderr', options.routing);
    return { stdout, stderr };
  } catch (error) {
    closeLog(stdout);
    throw error;
  }
}

/** Clients see the AUTO logs of a program, empty, before its first start. */
function nameAutoLogs(entry: Entry, options: SupervisorOptions): void {
  if (!entry.program.enabled || !hasAutoLog(entry.program)) return;
  if (!options.launch.system.hasDescriptors(DESCRIPTORS_KEPT)) return;
  try {
    entry.routes = routesOf(entry.program, options);
  } catch {
    // Tried again at its start, which then fails and says why.
  }
}

/** supervisord opens a program's logs at its start as well, and counts a failure as a failed start. */
function noLog(error: NodeJS.ErrnoException): SpawnFailure {
  const errno = error.code ?? 'EIO';
  return { errno, message: `cannot open a log of the program: ${error.message}`, permanent: false };
}

function forEachLog(entry: Entry, action: (log: ReadableSink) => void): void {
  for (const route of [entry.routes?.stdout, entry.routes?.stderr]) {
    if (route?.kind === 'pipe' && route.log !== null) action(route.log);
  }
}

function closeLog(route: Route): void {
  if (route.kind === 'pipe') route.log?.close();
}
