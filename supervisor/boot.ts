// Wires a loaded configuration to the kernel and keeps it running until there is an exit code.

import { actOn } from './live/act-on.ts';
import { applyInTurn } from './live/apply-changes.ts';
import type { Loaded } from './config/load.ts';
import type { Commands, SupervisorState } from './control/commands.ts';
import { EXIT } from './errors.ts';
import { flush, type Consoles } from './live/consoles.ts';
import { startCheckups } from './live/checkups.ts';
import { startFileWatches } from './live/file-watches.ts';
import { createEventHub } from './live/event-hub.ts';
import { eventTaps } from './live/event-taps.ts';
import { remoteSent, supervisorMoved } from './events/payload.ts';
import { launchContext } from './live/launch-context.ts';
import { createGate } from './live/gate.ts';
import { createLifecycle, type Lifecycle } from './live/lifecycle.ts';
import { clearAutoLogs } from './logs/auto-logs.ts';
import type { ConsoleStream } from './logs/console.ts';
import type { MainLog } from './logs/main-log.ts';
import type { RoutingOptions } from './logs/program-output.ts';
import { createSyslog } from './logs/syslog.ts';
import type { Plan } from './model.ts';
import { createOperations } from './live/operations.ts';
import type { System } from './os/system.ts';
import type { Message } from './process/messages.ts';
import { openMainLog } from './live/open-main-log.ts';
import { createScheduler } from './live/scheduler.ts';
import { withUnits } from './live/units/as-programs.ts';
import { createLazyUnits, type LazyUnits, type LazyUnitsOptions } from './live/units/lazy-units.ts';
import { createSupervisor } from './live/supervisor.ts';
import { SUPERVISORD_VERSION } from './version.ts';

/** By then most programs are RUNNING, and what the start needed is needed no more. */
const STARTED_MS = 3000;
/** setInterval's longest; it only keeps the event loop from ending. */
export const FOR_EVER_MS = 2 ** 31 - 1;

/** Events are counted over the whole life of this process, restarts included. */
const EVENT_SERIALS = { next: 0 };

export interface BootOptions {
  readonly system: System;
  readonly consoles: Consoles;
  readonly loaded: Loaded;
  /** Reads the configuration again; throws UserError where it is wrong. */
  readonly reload: () => Promise<Loaded>;
  /** Where the main log's lines go besides its file; null for nowhere. */
  readonly logConsole: Pick<ConsoleStream, 'note'> | null;
  /** What the main log begins with. */
  readonly notes: readonly Message[];
  /** Bound of the whole stop in milliseconds, or null: each program has its own stopwaitsecs. */
  readonly stopBudgetMs: number | null;
  /** What SIGHUP does: supervisord restarts everything, the init applies what has changed. */
  readonly onHangup: 'restart' | 'apply';
  /** A second request to stop kills what still runs; else it changes nothing. */
  readonly hurries: boolean;
  /** Servers before programs, and no start without them; else programs first, and a server may be missing. */
  readonly serversFirst: boolean;
  /** Says in the log that we are up; with serversFirst, the servers listen by now and no program has been started. */
  readonly announce: (log: MainLog) => void;
  /** Called before the first program is started: from then on the signals are the running supervisor's. */
  readonly onBooted: (booted: Booted) => void;
  /** Boots anew with another configuration: everything of this one has been stopped and closed. */
  readonly onRestart: (loaded: Loaded) => Promise<void>;
  /** How unit files are read, where this supervisor runs units; null where it does not. */
  readonly unitSource: LazyUnitsOptions['source'] | null;
  /** The last thing before the exit. */
  readonly onExit?: () => void;
}

/** A running supervisor, as the signals see it. */
export interface Booted {
  onSignal(signal: string): void;
  /** A defect of ours: stops the programs in order and exits 70. */
  onDefect(error: unknown): void;
}

/** Starts everything; it never returns control to an ended container: it exits the process. Throws what openServers does. */
export async function boot(options: BootOptions): Promise<void> {
  const { system, consoles } = options;
  let { loaded } = options;
  const { supervisor: settings } = loaded.plan;
  const note = (message: string): void => consoles.stderr.note(message);
  const { log, close: closeLog } = openMainLog({
    system,
    settings,
    console: options.logConsole,
    onTrouble: note,
  });
  for (const { level, text } of options.notes) log.log(level, text);
  if (!settings.nocleanup) {
    clearAutoLogs(settings.childLogDir, settings.identifier, (message) => log.log('warn', message));
  }
  const { debug } = loaded.environment;
  const launch = launchContext(system, loaded, log);
  const onTrouble = (message: string): void => log.log('error', message);
  const hub = createEventHub({
    system,
    log,
    print: (bytes) => void consoles.stdout.write(bytes),
    identifier: settings.identifier,
    serials: EVENT_SERIALS,
  });
  const routing: RoutingOptions = {
    consoles,
    childLogDir: settings.childLogDir,
    identifier: settings.identifier,
    remember: debug,
    wallClock: () => system.wallClock(),
    onTrouble,
    taps: eventTaps(hub),
    stripAnsi: settings.stripAnsi,
    echo: log.omits('debug') ? null : (text) => log.log('debug', text),
    syslog: createSyslog({ system, onTrouble }),
  };
  const supervisor = createSupervisor({
    launch,
    routing,
    log,
    onEnding: (ending) => lifecycle.programEnded(ending),
    onGroup: (change, group) => {
      if (change === 'added') hub.addGroup(group);
      else hub.removeGroup(group.config.name);
      scheduler.groupsChanged();
    },
  });
  // Before all others, some of which cause further steps: the events keep the order of what happened.
  supervisor.onChange((change) => hub.processStepped(change));
  const gate = createGate({ supervisor, launch, log, onEnding: (ending) => lifecycle.programEnded(ending) });
  startCheckups({ supervisor, launch, log });
  startFileWatches({ supervisor, system, log });
  const scheduler = createScheduler({ supervisor, gate, system, log });
  const units: LazyUnits | null =
    options.unitSource === null
      ? null
      : createLazyUnits({
          system,
          log,
          consoles,
          pipes: launch.pipes,
          devNull: launch.devNull,
          container: launch.environment,
          runtimeDirectory: launch.runtimeDirectory,
          format: loaded.image.units?.logFormat ?? 'prefix',
          source: options.unitSource,
          monitor: loaded.redpill.enabled === false ? [] : loaded.redpill.monitor,
          main: loaded.redpill.enabled === false ? null : loaded.image.main,
          onEnding: (ending) => lifecycle.programEnded(ending),
        });
  let closeServers = (): Promise<void> => Promise.resolve();
  const lifecycle: Lifecycle = createLifecycle({
    system,
    supervisor,
    log,
    cleanup: loaded.redpill.enabled ? loaded.redpill.cleanup : null,
    environment: launch.environment,
    devNull: launch.devNull,
    stopBudgetMs: options.stopBudgetMs,
    debug,
    hurries: options.hurries,
    stopUnits: (budgetMs) => units?.stop(budgetMs) ?? null,
    onStopping: () => {
      gate.close();
      scheduler.close();
      hub.notify(supervisorMoved('STOPPING'));
    },
    onExit: (exitCode) => void exit(exitCode),
  });
  const exit = async (exitCode: number): Promise<void> => {
    try {
      await closeServers();
      options.onExit?.();
      await flush(system, consoles);
    } finally {
      process.exit(exitCode);
    }
  };

  let state: SupervisorState = 'RUNNING';
  const restart = async (): Promise<void> => {
    if (lifecycle.isEnding() || state === 'RESTARTING') return;
    state = 'RESTARTING';
    try {
      const next = await options.reload();
      await lifecycle.stopPrograms();
      if (lifecycle.isEnding()) return;
      for (const group of supervisor.groups()) supervisor.removeGroup(group.config.name);
      await closeServers();
      system.close(launch.devNull);
      await options.onRestart(next);
      closeLog();
    } catch (error) {
      log.log('error', `cannot reload: ${(error as Error).message}`);
      state = 'RUNNING';
    }
  };
  const startGroups = (): void => {
    const groups = loaded.plan.groups.map((group) => supervisor.addGroup(group));
    hub.notify(supervisorMoved('RUNNING'));
    gate.autostart(groups);
  };
  const operations = createOperations({
    supervisor,
    gate,
    launch,
    log,
    info: {
      pid: system.pid,
      identification: settings.identifier,
      version: SUPERVISORD_VERSION,
      startedAtMs: system.wallClock(),
    },
    state: () => (lifecycle.isEnding() ? 'SHUTDOWN' : state),
    plan: () => loaded.plan,
    reload: async () => {
      loaded = await options.reload();
      await units?.present()?.daemonReload();
    },
    shutdown: () => lifecycle.stop('shutdown was asked for'),
    restart: () => void restart(),
    remoteEvent: (type, data) => hub.notify(remoteSent(type, data)),
  });

  setInterval(() => {}, FOR_EVER_MS);
  system.onOrphanEnd((pid, status) => {
    if (units?.orphanEnded(pid, status) !== true) log.log('debug', `reaped unknown pid ${pid}`);
  });
  if (!log.omits('debug')) {
    system.onSignal(['SIGCHLD'], () => log.log('debug', 'received SIGCHLD indicating a child quit'));
  }
  if (!system.reaps) log.log('warn', 'cannot become a subreaper: orphaned processes will not be collected');
  const openServers = async (): Promise<void> => {
    const onServerTrouble = (error: Error): void => {
      // Without a cause, it is we who refuse: a port without a password.
      if (options.serversFirst && error.cause !== undefined) throw error;
      log.log('critical', error.message);
    };
    const commands = units === null ? operations : withUnits(operations, () => units.present());
    closeServers = await listen(loaded.plan, commands, system, onServerTrouble, units);
  };
  const onHangup = options.onHangup === 'restart' ? () => void restart() : applyInTurn(operations);
  options.onBooted({
    onSignal(signal) {
      actOn(signal, { lifecycle, supervisor, log, onHangup });
    },
    onDefect(error) {
      log.log('critical', `a defect of initkit: ${error instanceof Error ? error.stack : String(error)}`);
      lifecycle.abort(EXIT.defect);
    },
  });
  if (options.serversFirst) await openServers();
  options.announce(log);
  startGroups();
  const target = loaded.image.units?.target ?? null;
  if (units !== null && target !== null) {
    void units.boot(target.split(/\s+/));
  } else if (loaded.plan.groups.length === 0) log.log('warn', 'no program is configured: nothing runs');
  if (!options.serversFirst) await openServers();
  system.after(STARTED_MS, () => void giveBackMemory());
}

async function giveBackMemory(): Promise<void> {
  const { giveBack } = await import('./os/give-back.ts');
  giveBack();
}

/** Opens the configured sockets. */
async function listen(
  plan: Plan,
  commands: Commands,
  system: System,
  onTrouble: (error: Error) => void,
  units: LazyUnits | null,
): Promise<() => Promise<void>> {
  if (plan.unixServer === null && plan.inetServers.length === 0) return () => Promise.resolve();
  const { openServers } = await import('./live/listen.ts');
  return openServers(plan, commands, system, onTrouble, units === null ? null : () => units.manager());
}
