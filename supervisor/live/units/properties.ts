// What `systemctl show` prints of every unit.

import type { UnitSnapshot } from '../../control/units.ts';
import { formatTimeSpan } from '../../units/time-span.ts';
import type { LiveUnit } from './live-unit.ts';
import { timestamps } from './timestamps.ts';
import type { AnyRelation } from './unit-graph.ts';
import type { Stamps } from './unit-stamps.ts';

const RELATIONS: readonly (readonly [name: string, relation: AnyRelation])[] = [
  ['Requires', 'requires'],
  ['Requisite', 'requisite'],
  ['Wants', 'wants'],
  ['BindsTo', 'bindsTo'],
  ['PartOf', 'partOf'],
  ['Upholds', 'upholds'],
  ['RequiredBy', 'requiredBy'],
  ['RequisiteOf', 'requisiteOf'],
  ['WantedBy', 'wantedBy'],
  ['BoundBy', 'boundBy'],
  ['UpheldBy', 'upheldBy'],
  ['ConsistsOf', 'consistsOf'],
  ['Conflicts', 'conflicts'],
  ['ConflictedBy', 'conflictedBy'],
  ['Before', 'before'],
  ['After', 'after'],
  ['OnFailure', 'onFailure'],
  ['OnSuccess', 'onSuccess'],
  ['Triggers', 'triggers'],
  ['TriggeredBy', 'triggeredBy'],
  ['PropagatesReloadTo', 'propagatesReloadTo'],
  ['PropagatesStopTo', 'propagatesStopTo'],
];

/** The D-Bus errors that systemd names its reasons by. */
const LOAD_ERRORS: Readonly<Record<string, string>> = {
  'not-found': 'NoSuchUnit',
  masked: 'UnitMasked',
  'bad-setting': 'BadUnitSetting',
};

export function unitProperties(
  live: LiveUnit,
  snapshot: UnitSnapshot,
  stamps: Stamps,
  related: (relation: AnyRelation) => readonly string[],
  preset: string | null,
): Map<string, string> {
  const { unit } = live;
  const span = (ms: number): string => (ms === 0 ? '0' : formatTimeSpan(ms));
  const yes = (value: boolean): string => (value ? 'yes' : 'no');
  const entries: (readonly [string, string])[] = [
    ...Object.entries(live.properties()),
    ['Id', unit.id],
    ['Names', unit.names.join(' ')],
    ...RELATIONS.map(([name, relation]) => [name, related(relation).join(' ')] as const),
    ['Documentation', unit.documentation.map((word) => (/[:\s]/.test(word) ? `"${word}"` : word)).join(' ')],
    ['Description', unit.description],
    ['LoadState', unit.loadState],
    ['ActiveState', snapshot.activeState],
    ['SubState', snapshot.subState],
    ['FragmentPath', unit.fragmentPath ?? ''],
    ['DropInPaths', unit.dropInPaths.join(' ')],
    ['UnitFileState', snapshot.unitFileState ?? ''],
    ['UnitFilePreset', preset ?? ''],
    ...timestamps('StateChangeTimestamp', stamps.stateChange),
    ...timestamps('InactiveExitTimestamp', stamps.inactiveExit),
    ...timestamps('ActiveEnterTimestamp', stamps.activeEnter),
    ...timestamps('ActiveExitTimestamp', stamps.activeExit),
    ...timestamps('InactiveEnterTimestamp', stamps.inactiveEnter),
    ['CanStart', yes(!unit.refuseManualStart)],
    ['CanStop', yes(!unit.refuseManualStop)],
    ['CanReload', yes((unit.service?.execReload.length ?? 0) > 0 || unit.service?.type === 'notify-reload')],
    ['CanIsolate', yes(unit.allowIsolate)],
    ['StopWhenUnneeded', yes(unit.stopWhenUnneeded)],
    ['RefuseManualStart', yes(unit.refuseManualStart)],
    ['RefuseManualStop', yes(unit.refuseManualStop)],
    ['AllowIsolate', yes(unit.allowIsolate)],
    ['DefaultDependencies', yes(unit.defaultDependencies)],
    ['OnFailureJobMode', unit.onFailureJobMode],
    ['IgnoreOnIsolate', yes(unit.ignoreOnIsolate)],
    ['NeedDaemonReload', 'no'],
    ['ConditionResult', yes(stamps.conditionMet)],
    ['AssertResult', yes(stamps.assertMet)],
    ...timestamps('ConditionTimestamp', stamps.conditionAt),
    ['JobTimeoutUSec', span(unit.jobTimeoutMs ?? Infinity)],
    ['StartLimitIntervalUSec', span(unit.startLimit.intervalMs)],
    ['StartLimitBurst', String(unit.startLimit.burst)],
    ['StartLimitAction', unit.startLimit.action],
    ['FailureAction', unit.failureAction],
    ['SuccessAction', unit.successAction],
    ['Transient', 'no'],
    ['Perpetual', 'no'],
  ];
  if (unit.loadError !== null) {
    const kind = LOAD_ERRORS[unit.loadState] ?? 'LoadFailed';
    // What is wrong with it stands in the journal.
    const text =
      unit.loadState === 'bad-setting' ? `Unit ${unit.id} has a bad unit file setting.` : unit.loadError;
    entries.push(['LoadError', `org.freedesktop.systemd1.${kind} "${text}"`]);
  }
  return new Map(entries);
}
