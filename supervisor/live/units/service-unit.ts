// A service that runs: event → step → effects, as supervisor.ts does it for programs. Sole owner of the service's state.

import type { ExitStatus } from '../../process/state.ts';
import { exitCodeOf } from '../../process/ending.ts';
import { startable, step } from '../../units/machine/service.ts';
import {
  activeState,
  NEVER_STARTED,
  type Effect,
  type Event,
  type Service,
  type World,
} from '../../units/machine/state.ts';
import type { ServiceSettings, Unit } from '../../units/model.ts';
import type { UnitsContext } from './context.ts';
import { removeCredentials } from './credentials.ts';
import { removeRuntimeDirectories } from './directories.ts';
import type { Begun, LiveUnit, UnitHost } from './live-unit.ts';
import { createNotifySocket } from './notify-socket.ts';
import { createPidFile } from './pid-file.ts';
import { createServiceCommands, type Connection } from './service-commands.ts';
import { createServiceProcesses, realPid } from './service-processes.ts';
import { serviceProperties } from './service-properties.ts';
import { createServiceTimers } from './service-timers.ts';

export interface ServiceUnit extends LiveUnit {
  readonly kind: 'service';
  readonly service: Service;
  /** A process that we did not start has ended; true where it was this unit's main one. */
  orphanEnded(pid: number, status: ExitStatus): boolean;
  /** Some process has ended: is anybody left? */
  look(): void;
  /** A connection of an Accept=yes socket, for the one run that this instance has. */
  connection: Connection;
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

export function createServiceUnit(unit: Unit, context: UnitsContext, host: UnitHost): ServiceUnit {
  const { system } = context;
  let service: Service = NEVER_STARTED;
  const runs: ServiceRuns = { startedAtMs: null, endedAtMs: null, mainPid: null, mainEndedAtMs: null };
  const settingsOf = (): ServiceSettings => {
    if (live.unit.service === null) throw new Error(`${live.unit.id} has no settings of a service`);
    return live.unit.service;
  };
  const isIdle = (): boolean => live.unit.service?.type === 'idle';

  const world = (): World => ({
    now: system.now(),
    get othersAlive() {
      return processes.others(service).length > 0;
    },
    get orphans() {
      return processes.orphans(service);
    },
    get pidFile() {
      return pidFile.read();
    },
    owns: processes.owns,
    isChild: processes.isChild,
    stopPending: host.stopPending(live.unit.id),
  });
  const say = (priority: number, text: string): void =>
    host.say(live.unit.id, priority, `${live.unit.id}: ${text}`);
  const processes = createServiceProcesses(unit.id, system, (id, priority, text) =>
    host.say(id, priority, text),
  );
  const notify = createNotifySocket({
    context,
    settings: settingsOf,
    say,
    onMessage(message) {
      if (!startable(service)) send({ type: 'notified', message });
    },
  });
  const commands = createServiceCommands({
    context,
    host,
    unit: () => live.unit,
    settings: settingsOf,
    connection: () => live.connection,
    processes,
    notify,
    onSpawned(pid, role) {
      if (role === 'main') runs.startedAtMs = system.wallClock();
      send({ type: 'spawned', pid });
    },
    onExecuted(pid) {
      if (live.unit.service?.type === 'exec') send({ type: 'executed', pid });
    },
    onFailed: (message) => send({ type: 'spawnFailed', message }),
    onExited: (pid, status) => ended(pid, status),
  });

  const pidFile = createPidFile(system, () => live.unit.service?.pidFile ?? null);

  const timers = createServiceTimers({
    system,
    onWoken: () => send({ type: 'woken' }),
    onSettled: () => send({ type: 'mainChecked' }),
    onLook: () => live.look(),
  });

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
    timers.set(service);
    pidFile.watch(service.awaitsPidFile, () => send({ type: 'pidFileChanged' }));
  };

  const perform = (effect: Effect): void => {
    switch (effect.type) {
      case 'spawn':
        return commands.spawn(effect, service);
      case 'kill':
        return processes.signal(effect, service);
      case 'moved':
        return moved(effect);
      case 'scheduleRestart':
        return host.scheduleRestart(live.unit.id);
      case 'release':
        return release(effect.restarts);
      case 'log':
        return say(effect.priority, effect.text);
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

  const ended = (pid: number, status: ExitStatus): void => {
    commands.records.ended(pid, status, system.wallClock());
    if (pid === runs.mainPid) runs.mainEndedAtMs = system.wallClock();
    send({ type: 'exited', pid, status });
    if (pid > 0) live.look();
  };

  const release = (restarts: boolean): void => {
    const { exec } = settingsOf();
    const preserve = exec.runtimeDirectoryPreserve;
    if (preserve === 'no' || (preserve === 'restart' && !restarts)) removeRuntimeDirectories(exec);
    removeCredentials(live.unit.id, exec);
    processes.leave();
    pidFile.remove();
    if (!restarts) notify.close();
    if (live.connection !== null) system.close(live.connection.descriptor);
    live.connection = null;
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
      return realPid(service.main);
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
      return processes.invocation;
    },
    start(): Begun {
      if (!startable(service)) {
        const isUp = live.active === 'active' || live.active === 'reloading';
        const begins = ['condition', 'start-pre', 'start', 'start-post'].includes(service.sub);
        return isUp ? 'already' : begins ? 'joined' : 'waits';
      }
      // A container that was killed and started again has those of its last life.
      if (live.unit.service !== null) removeCredentials(live.unit.id, live.unit.service.exec);
      processes.begin(context.newInvocation());
      commands.records.clear();
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
      const all = processes.members();
      return main !== null && all.includes(main) ? [main, ...all.filter((pid) => pid !== main)] : all;
    },
    kill: (signal, whom) => processes.kill(service, signal, whom),
    properties() {
      const settings = live.unit.service;
      if (settings === null) return {};
      return serviceProperties(live, settings, commands.records, notify.stored.list().length);
    },
    orphanEnded(pid, status) {
      if (service.main?.pid !== pid && service.control?.pid !== pid) return false;
      ended(pid, status);
      return true;
    },
    look() {
      if (startable(service) || service.sub === 'auto-restart') return;
      if (service.main?.alien === true) {
        if (processes.isGone(service.main.pid)) send({ type: 'mainVanished' });
        else if (processes.isChild(service.main.pid)) send({ type: 'mainChecked' });
      }
      if (service.main !== null || service.control !== null) return;
      if (processes.members().length === 0) send({ type: 'groupEmptied' });
    },
    dispose() {
      timers.cancel();
      pidFile.watch(false, () => {});
      notify.close();
    },
  };

  return live;
}
