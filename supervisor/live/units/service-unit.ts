// A service that runs: event → step → effects, as supervisor.ts does it for programs. Sole owner of the service's state.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cancel, Mailbox } from '../../os/system.ts';
import type { ExitStatus } from '../../process/state.ts';
import { exitCodeOf } from '../../process/ending.ts';
import { commandsOf } from '../../units/machine/enter.ts';
import { exitVariables } from '../../units/machine/exit-status.ts';
import { parseNotification } from '../../units/machine/notified.ts';
import { startable, step, wakeAt } from '../../units/machine/service.ts';
import {
  activeState,
  NEVER_STARTED,
  type Effect,
  type Event,
  type ExecList,
  type Service,
  type World,
} from '../../units/machine/state.ts';
import type { ExecCommand, ServiceSettings, Unit } from '../../units/model.ts';
import { createCommandRecords } from './command-records.ts';
import type { UnitsContext } from './context.ts';
import { removeRuntimeDirectories } from './directories.ts';
import { createFdStore, type FdStore } from './fd-store.ts';
import type { Begun, LiveUnit, UnitHost } from './live-unit.ts';
import { createProcessSet, lookUp, markOf, remember, type ProcessSet } from './process-set.ts';
import { runCommand } from './run-command.ts';
import { serviceProperties } from './service-properties.ts';

export interface ServiceUnit extends LiveUnit {
  readonly kind: 'service';
  readonly service: Service;
  /** A process that we did not start has ended; true where it was this unit's main one. */
  orphanEnded(pid: number, status: ExitStatus): boolean;
  /** Some process has ended: is anybody left? */
  look(): void;
  /** A connection of an Accept=yes socket, for the one run that this instance has. */
  connection: { readonly descriptor: number; readonly peer: string | null } | null;
  readonly invocation: string | null;
  readonly runs: ServiceRuns;
}

export function isService(live: LiveUnit): live is ServiceUnit {
  return 'kind' in live && live.kind === 'service';
}

/** The last run: of the service and, with its number, of its main process. Milliseconds since 1970. */
export interface ServiceRuns {
  startedAtMs: number | null;
  endedAtMs: number | null;
  mainPid: number | null;
  mainEndedAtMs: number | null;
}

const UNCLEAN =
  'This usually indicates unclean termination of a previous run, or service implementation deficiencies.';

/** What setTimeout can hold; a longer wait is taken in pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Processes that ended before their exec have numbers that no process has. */
let nextStillborn = -1;

let nextMailbox = 1;

export function createServiceUnit(unit: Unit, context: UnitsContext, host: UnitHost): ServiceUnit {
  const { system } = context;
  let service: Service = NEVER_STARTED;
  let set: ProcessSet | null = null;
  let timer: Cancel | null = null;
  let pidFileWatch: Cancel | null = null;
  let mailbox: Mailbox | null = null;
  let mailboxPath: string | null = null;
  const runs: ServiceRuns = { startedAtMs: null, endedAtMs: null, mainPid: null, mainEndedAtMs: null };
  const records = createCommandRecords();
  const fdStore: FdStore = createFdStore(system);

  const settingsOf = (): ServiceSettings => {
    if (live.unit.service === null) throw new Error(`${live.unit.id} has no settings of a service`);
    return live.unit.service;
  };
  const isIdle = (): boolean => live.unit.service?.type === 'idle';

  const members = (): number[] => (set === null ? [] : lookUp(system, set).map(({ pid }) => pid));
  const others = (): number[] =>
    members().filter((pid) => pid !== service.main?.pid && pid !== service.control?.pid);
  const world = (): World => ({
    now: system.now(),
    get othersAlive() {
      return others().length > 0;
    },
    get orphans() {
      if (set === null) return [];
      return lookUp(system, set)
        .filter(({ pid, parent }) => parent === system.pid && pid !== service.control?.pid)
        .map(({ pid }) => pid);
    },
    get pidFile() {
      return readPidFile();
    },
    owns: (pid) => {
      const entry = system.processes().find((each) => each.pid === pid);
      if (entry === undefined || entry.state === 'Z') return 'gone';
      if (entry.parent === system.pid && members().includes(pid)) return 'child';
      return members().includes(pid) ? 'own' : 'alien';
    },
    stopPending: host.stopPending(live.unit.id),
  });
  /** Of a process that is no child of ours nobody tells the end: it is looked for when others have ended. */
  const isGone = (pid: number): boolean => {
    const entry = system.processes().find((each) => each.pid === pid);
    return entry === undefined || (entry.state === 'Z' && entry.parent !== system.pid);
  };
  const readPidFile = (): number | null => {
    const { pidFile } = settingsOf();
    const text = pidFile === null ? null : system.readText(pidFile);
    const pid = text === null ? Number.NaN : Number.parseInt(text.trim(), 10);
    return Number.isInteger(pid) && pid > 1 && pid !== system.pid ? pid : null;
  };

  let depth = 0;
  const send = (event: Event): void => {
    // One that was never readable has no state either.
    if (live.unit.service === null) return;
    const { service: next, effects } = step(service, event, settingsOf(), world());
    service = next;
    if (service.main !== null && service.main.pid > 0) runs.mainPid = service.main.pid;
    depth++;
    for (const effect of effects) perform(effect);
    depth--;
    if (depth > 0) return;
    arm();
    watchPidFile();
  };

  const perform = (effect: Effect): void => {
    switch (effect.type) {
      case 'spawn':
        return spawn(effect.role, effect.list, effect.index);
      case 'kill':
        return killAll(effect);
      case 'moved':
        return moved(effect);
      case 'scheduleRestart':
        return host.scheduleRestart(live.unit.id);
      case 'release':
        return release(effect.restarts);
      case 'log':
        return host.say(live.unit.id, effect.priority, `${live.unit.id}: ${effect.text}`);
    }
  };

  const moved = ({ from, service: then }: Effect & { type: 'moved' }): void => {
    const before = activeState(from, isIdle());
    const to = activeState(then.sub, isIdle());
    if (to === 'inactive' || to === 'failed') runs.endedAtMs = system.wallClock();
    host.changed({
      id: live.unit.id,
      from: before,
      to,
      sub: then.sub,
      willRestart: then.willRestart,
      reloadFailed: then.reloadResult !== 'success',
    });
    if (then.sub === 'reload' && from === 'running') host.reloading(live.unit.id);
  };

  const spawn = (role: 'main' | 'control', list: ExecList, index: number): void => {
    const settings = settingsOf();
    const command = commandsOf(settings, list)[index];
    if (command === undefined) return send({ type: 'spawnFailed', message: 'no such command' });
    const onEnd = (status: ExitStatus): void => ended(pid, status);
    let pid = 0;
    const notifySocket = notifyPath(role);
    const started = runCommand(
      {
        unit: live.unit,
        settings: settings.exec,
        command,
        asUser: !(settings.permissionsStartOnly && list !== 'start'),
        variables: variablesFor(role, list, notifySocket),
        sockets: role === 'main' || list === 'start' ? socketsFor() : [],
        connection: live.connection?.descriptor ?? null,
        mark: markOf(set?.invocation ?? ''),
      },
      context,
      onEnd,
    );
    if (started.kind === 'failed') return send({ type: 'spawnFailed', message: started.message });
    if (role === 'main') runs.startedAtMs = system.wallClock();
    if (started.kind === 'stillborn') {
      pid = nextStillborn--;
      records.began(list, index, pid, system.wallClock());
      send({ type: 'spawned', pid });
      // Its end is news of its own, as that of a process would be.
      system.after(0, () => {
        records.ended(pid, started.status, system.wallClock());
        send({ type: 'exited', pid, status: started.status });
      });
      return;
    }
    pid = started.pid;
    records.began(list, index, pid, system.wallClock());
    if (set !== null) remember(set, pid);
    send({ type: 'spawned', pid });
  };

  const ended = (pid: number, status: ExitStatus): void => {
    records.ended(pid, status, system.wallClock());
    if (pid === runs.mainPid) runs.mainEndedAtMs = system.wallClock();
    send({ type: 'exited', pid, status });
    live.look();
  };

  const socketsFor = (): readonly { descriptor: number; name: string }[] => {
    if (live.connection !== null) return [{ descriptor: live.connection.descriptor, name: 'connection' }];
    return [...host.socketsOf(live.unit), ...fdStore.list()];
  };

  const variablesFor = (
    role: 'main' | 'control',
    list: ExecList,
    notifySocket: string | null,
  ): Record<string, string> => {
    const settings = settingsOf();
    const watchdogMs = service.watchdogMs ?? settings.watchdogMs;
    const tellsEnd = list === 'stop' || list === 'stop-post';
    const peer = live.connection?.peer ?? null;
    const at = peer?.lastIndexOf(':') ?? -1;
    return {
      ...(set === null ? {} : { INVOCATION_ID: set.invocation }),
      ...(notifySocket === null ? {} : { NOTIFY_SOCKET: notifySocket }),
      ...(role === 'main' && watchdogMs > 0 && watchdogMs !== Infinity
        ? { WATCHDOG_USEC: String(Math.round(watchdogMs * 1000)) }
        : {}),
      ...(role === 'control' && service.main !== null ? { MAINPID: String(service.main.pid) } : {}),
      ...(settings.pidFile === null ? {} : { PIDFILE: settings.pidFile }),
      ...(tellsEnd ? { SERVICE_RESULT: service.result, ...exitVariables(service.mainExit) } : {}),
      ...(peer === null
        ? {}
        : { REMOTE_ADDR: peer.slice(0, at).replace(/^\[|\]$/g, ''), REMOTE_PORT: peer.slice(at + 1) }),
    };
  };

  /** One socket for all runs of the service; made when it is first needed. */
  const notifyPath = (role: 'main' | 'control'): string | null => {
    const { notifyAccess, fileDescriptorStoreMax } = settingsOf();
    if (
      notifyAccess === 'none' ||
      (role === 'control' && notifyAccess === 'main' && settingsOf().type !== 'forking')
    ) {
      return null;
    }
    if (mailbox !== null) return mailboxPath;
    const directory = context.runtimeDirectory();
    if (directory === null) return null;
    const mailboxes = join(directory, 'notify');
    try {
      mkdirSync(mailboxes, { recursive: true, mode: 0o711 });
      // A number: a unit's name may be longer than the address of a socket.
      mailboxPath = join(mailboxes, String(nextMailbox++));
      mailbox = system.openMailbox(mailboxPath, 0o777);
    } catch (error) {
      const text = `${live.unit.id}: cannot open a notification socket: ${(error as Error).message}`;
      host.say(live.unit.id, 4, text);
      return null;
    }
    mailbox.onDatagram(({ text, pid, descriptors }) => {
      const message = parseNotification(text, pid);
      if (message.fdStore && fileDescriptorStoreMax > 0) {
        fdStore.add(descriptors, message.fdName ?? 'stored', fileDescriptorStoreMax);
      } else {
        if (message.fdStoreRemove) fdStore.remove(message.fdName ?? 'stored');
        for (const descriptor of descriptors) system.close(descriptor);
      }
      if (service.sub !== 'dead' && service.sub !== 'failed' && !message.barrier)
        send({ type: 'notified', message });
    });
    return mailboxPath;
  };

  const killAll = (effect: Effect & { type: 'kill' }): void => {
    const leaders = [effect.main, effect.control].filter((pid): pid is number => pid !== null && pid > 0);
    const found = effect.whom === 'group' ? others() : [];
    const targets = [...new Set([...leaders, ...found])];
    const names = new Map(system.processes().map(({ pid, name }) => [pid, name]));
    for (const pid of targets) {
      const name = names.get(pid);
      if (effect.loud && name !== undefined) {
        const text = `${live.unit.id}: Killing process ${pid} (${name}) with signal ${effect.signal}.`;
        host.say(live.unit.id, 5, text);
      }
      system.signal(pid, effect.signal, false);
      // A stopped process would never see it (systemd does the same).
      if (effect.signal !== 'SIGKILL') system.signal(pid, 'SIGCONT', false);
      if (effect.sighup) system.signal(pid, 'SIGHUP', false);
    }
  };

  const release = (restarts: boolean): void => {
    const { pidFile, exec } = settingsOf();
    const preserve = exec.runtimeDirectoryPreserve;
    if (preserve === 'no' || (preserve === 'restart' && !restarts && !host.stopPending(live.unit.id))) {
      removeRuntimeDirectories(exec);
    }
    if (pidFile !== null) removeFile(pidFile);
    if (!restarts) {
      fdStore.clear();
      mailbox?.close();
      mailbox = null;
    }
    if (live.connection !== null) system.close(live.connection.descriptor);
    live.connection = null;
  };

  /** One timer, for the one moment that the state waits for. */
  const arm = (): void => {
    timer?.();
    timer = null;
    const at = wakeAt(service);
    if (at === null || at === Infinity) return;
    const delay = Math.max(0, Math.ceil(at - system.now()));
    timer = system.after(Math.min(delay, LONGEST_TIMER_MS), () => {
      timer = null;
      if (delay > LONGEST_TIMER_MS) arm();
      else send({ type: 'woken' });
    });
  };

  const watchPidFile = (): void => {
    const { pidFile } = settingsOf();
    if (service.awaitsPidFile && pidFile !== null) {
      if (pidFileWatch !== null) return;
      pidFileWatch = system.watchPath(pidFile, () => send({ type: 'pidFileChanged' }));
      // It may have been written between the look and the watch.
      send({ type: 'pidFileChanged' });
    } else {
      pidFileWatch?.();
      pidFileWatch = null;
    }
  };

  const live: ServiceUnit = {
    kind: 'service',
    unit,
    connection: null,
    runs,
    get service() {
      return service;
    },
    get active() {
      return activeState(service.sub, isIdle());
    },
    get sub() {
      return service.sub;
    },
    get mainPid() {
      return service.main === null || service.main.pid < 0 ? null : service.main.pid;
    },
    get statusText() {
      return service.statusText;
    },
    get result() {
      return service.result;
    },
    get exitCode() {
      return service.mainExit === null ? null : exitCodeOf(service.mainExit);
    },
    get invocation() {
      return set?.invocation ?? null;
    },
    start(): Begun {
      if (!startable(service)) {
        const isUp = live.active === 'active' || live.active === 'reloading';
        const begins = ['condition', 'start-pre', 'start', 'start-post'].includes(service.sub);
        return isUp ? 'already' : begins ? 'joined' : 'waits';
      }
      warnOfLeftovers();
      set = createProcessSet(context.newInvocation());
      records.clear();
      send({ type: 'startRequested' });
      return 'begun';
    },
    stop(restart): Begun {
      if (startable(service)) return 'already';
      const wasUp = service.sub === 'running' || service.sub === 'exited';
      send({ type: 'stopRequested', restart });
      return wasUp ? 'begun' : 'joined';
    },
    reload(): Begun {
      if (live.active === 'reloading') return 'waits';
      if (live.active !== 'active') return 'invalid';
      send({ type: 'reloadRequested' });
      return 'begun';
    },
    resetFailed() {
      if (live.unit.service !== null) send({ type: 'failureReset' });
    },
    startLimitHit: () => send({ type: 'startLimitHit' }),
    pids() {
      const main = live.mainPid;
      const all = members();
      return main !== null && all.includes(main) ? [main, ...all.filter((pid) => pid !== main)] : all;
    },
    kill(signal, whom) {
      const main = live.mainPid;
      const control = service.control !== null && service.control.pid > 0 ? service.control.pid : null;
      const leaders = [main, control].filter((pid) => pid !== null);
      const targets =
        whom === 'main' ? [main] : whom === 'control' ? [control] : [...new Set([...leaders, ...members()])];
      const there = targets.filter((pid) => pid !== null);
      for (const pid of there) {
        if (system.signal(pid, signal, false) !== 'sent') continue;
        const role = pid === main ? 'main process' : pid === control ? 'control process' : 'process';
        const comm = system.readText(`/proc/${pid}/comm`)?.trim() ?? 'n/a';
        const text = `${live.unit.id}: Sent signal ${signal} to ${role} ${pid} (${comm}) on client request.`;
        host.say(live.unit.id, 5, text);
      }
      return there.length > 0;
    },
    properties() {
      const settings = live.unit.service;
      return settings === null ? {} : serviceProperties(live, settings, records);
    },
    orphanEnded(pid, status) {
      if (service.main?.pid !== pid && service.control?.pid !== pid) return false;
      ended(pid, status);
      return true;
    },
    look() {
      if (startable(service) || service.sub === 'auto-restart') return;
      if (service.main?.alien === true && isGone(service.main.pid)) {
        send({ type: 'mainVanished' });
      }
      if (service.main !== null || service.control !== null) return;
      if (members().length === 0) send({ type: 'groupEmptied' });
    },
    dispose() {
      timer?.();
      pidFileWatch?.();
      mailbox?.close();
      fdStore.clear();
    },
  };

  /** What an earlier run has left behind is told, and left alone, as systemd does it. */
  const warnOfLeftovers = (): void => {
    if (set === null) return;
    for (const { pid, name } of lookUp(system, set)) {
      const text = `${live.unit.id}: Found left-over process ${pid} (${name}) in control group while starting unit. Ignoring.`;
      host.say(live.unit.id, 4, text);
      host.say(live.unit.id, 4, UNCLEAN);
    }
  };

  return live;
}

/** A file that cannot be removed stays, as with systemd. */
function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A read-only root, for one.
  }
}

/** For a person: the commands of a list, as they were written. */
export function commandTexts(commands: readonly ExecCommand[]): string[] {
  return commands.map(({ argv }) => argv.join(' '));
}
