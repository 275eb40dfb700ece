// What `systemctl show` prints of a service besides what all units have.

import type { System } from '../../os/system.ts';
import { signalNumber } from '../../process/signals.ts';
import type { ExitStatus } from '../../process/state.ts';
import type { ServiceSettings } from '../../units/model.ts';
import type { ServiceUnit } from './service-unit.ts';

/** CLD_EXITED and CLD_KILLED of waitid(2), by which systemd tells how a process ended. */
const EXITED = 1;
const KILLED = 2;

export function serviceProperties(
  live: ServiceUnit,
  settings: ServiceSettings,
  _system: System,
): Record<string, string> {
  const { service } = live;
  return {
    Type: settings.type,
    ExitType: settings.exitType,
    Restart: settings.restart,
    PIDFile: settings.pidFile ?? '',
    NotifyAccess: settings.notifyAccess,
    MainPID: String(live.mainPid ?? 0),
    ControlPID: String(Math.max(0, service.control?.pid ?? 0)),
    StatusText: service.statusText ?? '',
    StatusErrno: String(service.statusErrno ?? 0),
    Result: service.result,
    ReloadResult: service.reloadResult,
    NRestarts: String(service.restarts),
    ...exitProperties(service.mainExit),
  };
}

function exitProperties(status: ExitStatus | null): Record<string, string> {
  if (status === null) return { ExecMainCode: '0', ExecMainStatus: '0' };
  return status.code !== null
    ? { ExecMainCode: String(EXITED), ExecMainStatus: String(status.code) }
    : { ExecMainCode: String(KILLED), ExecMainStatus: String(signalNumber(status.signal ?? '') ?? 0) };
}
