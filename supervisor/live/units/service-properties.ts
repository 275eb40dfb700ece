// What `systemctl show` prints of a service besides what all units have.

import { signalNumber } from '../../process/signals.ts';
import type { ExitStatus } from '../../process/state.ts';
import { commandsOf } from '../../units/machine/draft.ts';
import type { ExecList } from '../../units/machine/state.ts';
import type { ServiceSettings } from '../../units/model.ts';
import { commandsText, type CommandRecords } from './command-records.ts';
import { execProperties, killProperties } from './exec-properties.ts';
import { spanText, yesNo } from './property-text.ts';
import type { ServiceUnit } from './service-unit.ts';
import { timestamps } from './timestamps.ts';

/** CLD_EXITED, CLD_KILLED and CLD_DUMPED of waitid(2), by which systemd tells how a process ended. */
const EXITED = 1;
const KILLED = 2;
const DUMPED = 3;

/** What systemd says where no control group counts. */
const NOT_COUNTED: Readonly<Record<string, string>> = Object.fromEntries(
  ['MemoryCurrent', 'CPUUsageNSec', 'TasksCurrent'].map((name) => [name, '[not set]']),
);

const LISTS: readonly (readonly [name: string, list: ExecList])[] = [
  ['ExecCondition', 'condition'],
  ['ExecStartPre', 'start-pre'],
  ['ExecStart', 'start'],
  ['ExecStartPost', 'start-post'],
  ['ExecReload', 'reload'],
  ['ExecStop', 'stop'],
  ['ExecStopPost', 'stop-post'],
];

export function serviceProperties(
  live: ServiceUnit,
  settings: ServiceSettings,
  records: CommandRecords,
  storedDescriptors: number,
): Record<string, string> {
  const { service, runs } = live;
  return {
    Type: settings.type,
    ExitType: settings.exitType,
    Restart: settings.restart,
    PIDFile: settings.pidFile ?? '',
    NotifyAccess: settings.notifyAccess,
    RestartUSec: spanText(settings.restartMs),
    TimeoutStartUSec: spanText(settings.timeoutStartMs),
    TimeoutStopUSec: spanText(settings.timeoutStopMs),
    TimeoutAbortUSec: spanText(settings.timeoutAbortMs ?? settings.timeoutStopMs),
    TimeoutStartFailureMode: settings.timeoutStartFailureMode,
    TimeoutStopFailureMode: settings.timeoutStopFailureMode,
    RuntimeMaxUSec: spanText(settings.runtimeMaxMs),
    WatchdogUSec: spanText(service.watchdogMs ?? settings.watchdogMs),
    RemainAfterExit: yesNo(settings.remainAfterExit),
    GuessMainPID: yesNo(settings.guessMainPid),
    SuccessExitStatus: [...settings.successExitStatus.codes, ...settings.successExitStatus.signals].join(' '),
    MainPID: String(live.mainPid ?? 0),
    ControlPID: String(Math.max(0, service.control?.pid ?? 0)),
    BusName: settings.busName ?? '',
    FileDescriptorStoreMax: String(settings.fileDescriptorStoreMax),
    NFileDescriptorStore: String(storedDescriptors),
    StatusText: service.statusText ?? '',
    StatusErrno: String(service.statusErrno ?? 0),
    Result: service.result,
    ReloadResult: service.reloadResult,
    CleanResult: 'success',
    NRestarts: String(service.restarts),
    OOMPolicy: settings.oomPolicy,
    ...Object.fromEntries([
      ...timestamps('ExecMainStartTimestamp', runs.startedAtMs),
      ...timestamps('ExecMainExitTimestamp', service.mainExit === null ? null : runs.mainEndedAtMs),
    ]),
    ExecMainPID: String(Math.max(0, runs.mainPid ?? live.mainPid ?? 0)),
    ...exitProperties(service.mainExit),
    ...Object.fromEntries(
      LISTS.map(([name, list]) => [
        name,
        commandsText(commandsOf(settings, list), (index) => records.of(list, index)),
      ]),
    ),
    Slice: 'system.slice',
    ...NOT_COUNTED,
    ...execProperties(settings.exec),
    ...killProperties(settings.kill),
  };
}

function exitProperties(status: ExitStatus | null): Record<string, string> {
  if (status === null) return { ExecMainCode: '0', ExecMainStatus: '0' };
  return status.code !== null
    ? { ExecMainCode: String(EXITED), ExecMainStatus: String(status.code) }
    : {
        ExecMainCode: String(status.dumped === true ? DUMPED : KILLED),
        ExecMainStatus: String(signalNumber(status.signal ?? '') ?? 0),
      };
}
