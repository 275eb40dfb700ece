// Pure: the variables that a command of a service gets from its manager (systemd.exec(5), "Environment variables in spawned processes").

import { exitVariables } from '../../units/machine/exit-status.ts';
import type { ExecList, Service } from '../../units/machine/state.ts';
import type { ServiceSettings } from '../../units/model.ts';

export interface Monitored {
  readonly id: string;
  readonly service: Service;
  readonly invocation: string | null;
}

export interface CommandFacts {
  readonly role: 'main' | 'control';
  readonly list: ExecList;
  readonly invocation: string | null;
  readonly notifySocket: string | null;
  /** The one service whose OnFailure= or OnSuccess= names this one; null for none or several. */
  readonly monitored: Monitored | null;
  /** ADDRESS:PORT of the other end of the connection that an instance serves. */
  readonly peer: string | null;
}

export function serviceVariables(
  service: Service,
  settings: ServiceSettings,
  { role, list, invocation, notifySocket, monitored, peer }: CommandFacts,
): Record<string, string> {
  const watchdogMs = service.watchdogMs ?? settings.watchdogMs;
  const isWatched = role === 'main' && watchdogMs > 0 && watchdogMs !== Infinity;
  const tellsEnd = list === 'stop' || list === 'stop-post';
  const at = peer?.lastIndexOf(':') ?? -1;
  return {
    ...(invocation === null ? {} : { INVOCATION_ID: invocation }),
    ...(notifySocket === null ? {} : { NOTIFY_SOCKET: notifySocket }),
    ...(isWatched ? { WATCHDOG_USEC: String(Math.round(watchdogMs * 1000)) } : {}),
    ...(role === 'control' && service.main !== null ? { MAINPID: String(service.main.pid) } : {}),
    ...(settings.pidFile === null ? {} : { PIDFILE: settings.pidFile }),
    ...(tellsEnd ? { SERVICE_RESULT: service.result, ...exitVariables(service.mainExit) } : {}),
    ...(monitored === null || !STARTS.has(list) ? {} : monitorVariables(monitored)),
    ...(peer === null
      ? {}
      : { REMOTE_ADDR: peer.slice(0, at).replace(/^\[|\]$/g, ''), REMOTE_PORT: peer.slice(at + 1) }),
  };
}

/** The lists whose commands are told of the service that has ended. */
const STARTS: ReadonlySet<ExecList> = new Set(['condition', 'start-pre', 'start', 'start-post']);

function monitorVariables({ id, service, invocation }: Monitored): Record<string, string> {
  const end = { SERVICE_RESULT: service.result, ...exitVariables(service.mainExit) };
  return {
    ...Object.fromEntries(Object.entries(end).map(([name, value]) => [`MONITOR_${name}`, value])),
    ...(invocation === null ? {} : { MONITOR_INVOCATION_ID: invocation }),
    MONITOR_UNIT: id,
  };
}
