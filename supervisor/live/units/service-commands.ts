// Runs the commands of a service, with the sockets and variables that each of them gets, and tells how they ended.

import type { ExitStatus } from '../../process/state.ts';
import { commandsOf } from '../../units/machine/draft.ts';
import type { Effect, Service } from '../../units/machine/state.ts';
import type { ServiceSettings, Unit } from '../../units/model.ts';
import { createCommandRecords, type CommandRecords } from './command-records.ts';
import type { UnitsContext } from './context.ts';
import type { UnitHost } from './live-unit.ts';
import type { NotifySocket } from './notify-socket.ts';
import { markOf } from './process-set.ts';
import { runCommand } from './run-command.ts';
import type { ServiceProcesses } from './service-processes.ts';
import { serviceVariables } from './service-variables.ts';

/** A connection of an Accept=yes socket. */
export type Connection = { readonly descriptor: number; readonly peer: string | null } | null;

export interface ServiceCommandsOptions {
  readonly context: UnitsContext;
  readonly host: Pick<UnitHost, 'socketsOf' | 'monitoredBy'>;
  readonly unit: () => Unit;
  readonly settings: () => ServiceSettings;
  readonly connection: () => Connection;
  readonly processes: ServiceProcesses;
  readonly notify: NotifySocket;
  /** It runs, or (with a number below 0) has ended before its exec; that end is told right after. */
  readonly onSpawned: (pid: number, role: 'main' | 'control') => void;
  /** It has become its program; told later, as an end is. */
  readonly onExecuted: (pid: number) => void;
  readonly onFailed: (message: string) => void;
  readonly onExited: (pid: number, status: ExitStatus) => void;
}

export interface ServiceCommands {
  spawn(effect: Effect & { type: 'spawn' }, service: Service): void;
  readonly records: CommandRecords;
}

/** Processes that ended before their exec have numbers that no process has. */
let nextStillborn = -1;

export function createServiceCommands(options: ServiceCommandsOptions): ServiceCommands {
  const { context, processes, notify, onSpawned, onExecuted, onFailed, onExited } = options;
  const { system } = context;
  const records = createCommandRecords();

  const sockets = (): readonly { readonly descriptor: number; readonly name: string }[] => {
    const connection = options.connection();
    if (connection !== null) return [{ descriptor: connection.descriptor, name: 'connection' }];
    return [...options.host.socketsOf(options.unit()), ...notify.stored.list()];
  };

  return {
    records,
    spawn({ role, list, index }, service) {
      const settings = options.settings();
      const command = commandsOf(settings, list)[index];
      if (command === undefined) return onFailed('no such command');
      const { invocation } = processes;
      const connection = options.connection();
      const notifySocket = notify.pathFor(role);
      const peer = connection?.peer ?? null;
      const monitored = options.host.monitoredBy(options.unit().id);
      const started = runCommand(
        {
          unit: options.unit(),
          settings: settings.exec,
          command,
          asUser: !(settings.permissionsStartOnly && list !== 'start'),
          variables: serviceVariables(service, settings, {
            role,
            list,
            invocation,
            notifySocket,
            monitored,
            peer,
          }),
          sockets: role === 'main' || list === 'start' ? sockets() : [],
          connection: connection?.descriptor ?? null,
          mark: markOf(invocation ?? ''),
        },
        context,
        (status) => onExited(pid, status),
      );
      if (started.kind === 'failed') return onFailed(started.message);
      const pid = started.kind === 'stillborn' ? nextStillborn-- : started.pid;
      records.began(list, index, pid, system.wallClock());
      if (started.kind !== 'stillborn') processes.started(pid);
      onSpawned(pid, role);
      // What became of it is news of its own, as with a process that the kernel tells us of.
      system.after(0, () => (started.kind === 'stillborn' ? onExited(pid, started.status) : onExecuted(pid)));
    },
  };
}
