// What `systemctl show` prints of every unit.

import type { UnitSnapshot } from '../../control/units.ts';
import type { LiveUnit } from './live-unit.ts';
import type { Stamps } from './manager.ts';
import type { AnyRelation } from './unit-graph.ts';

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

export function unitProperties(
  live: LiveUnit,
  snapshot: UnitSnapshot,
  stamps: Stamps,
  related: (relation: AnyRelation) => readonly string[],
): Map<string, string> {
  const { unit } = live;
  const yes = (value: boolean): string => (value ? 'yes' : 'no');
  const entries: (readonly [string, string])[] = [
    ...Object.entries(live.properties()),
    ['Id', unit.id],
    ['Names', unit.names.join(' ')],
    ...RELATIONS.map(([name, relation]) => [name, related(relation).join(' ')] as const).filter(
      ([, value]) => value !== '',
    ),
    ['Documentation', unit.documentation.join(' ')],
    ['Description', unit.description],
    ['LoadState', unit.loadState],
    ['ActiveState', snapshot.activeState],
    ['SubState', snapshot.subState],
    ['FragmentPath', unit.fragmentPath ?? ''],
    ['DropInPaths', unit.dropInPaths.join(' ')],
    ['UnitFileState', snapshot.unitFileState ?? ''],
    ['StateChangeTimestamp', timestamp(stamps.stateChange)],
    ['InactiveExitTimestamp', timestamp(stamps.inactiveExit)],
    ['ActiveEnterTimestamp', timestamp(stamps.activeEnter)],
    ['ActiveExitTimestamp', timestamp(stamps.activeExit)],
    ['InactiveEnterTimestamp', timestamp(stamps.inactiveEnter)],
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
    ['ConditionTimestamp', timestamp(stamps.conditionAt)],
    ['StartLimitBurst', String(unit.startLimit.burst)],
    ['StartLimitAction', unit.startLimit.action],
    ['FailureAction', unit.failureAction],
    ['SuccessAction', unit.successAction],
    ['Transient', 'no'],
    ['Perpetual', 'no'],
  ];
  if (unit.loadError !== null) entries.push(['LoadError', unit.loadError]);
  return new Map(entries);
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `Sat 2026-11-21 20:43:01 UTC`; nothing for what never was. */
export function timestamp(atMs: number | null): string {
  if (atMs === null) return '';
  const date = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const zone = /\(([^)]+)\)$/.exec(date.toString())?.[1] ?? '';
  const short = zone === 'Coordinated Universal Time' ? 'UTC' : zone.replace(/[^A-Z]/g, '');
  return `${DAYS[date.getDay()]} ${day} ${time} ${short}`;
}
