// What `systemctl show` prints of every unit.

import type { UnitSnapshot } from '../../control/units.ts';
import type { LiveUnit } from './live-unit.ts';
import { quotedWord, spanText, yesNo } from './property-text.ts';
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
  ['OnFailureOf', 'onFailureOf'],
  ['OnSuccess', 'onSuccess'],
  ['OnSuccessOf', 'onSuccessOf'],
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

export interface UnitFacts {
  readonly snapshot: UnitSnapshot;
  readonly stamps: Stamps;
  readonly related: (relation: AnyRelation) => readonly string[];
  readonly preset: string | null;
  /** Its files have changed since it was read. */
  readonly isOutdated: boolean;
}

export function unitProperties(
  live: LiveUnit,
  { snapshot, stamps, related, preset, isOutdated }: UnitFacts,
): Map<string, string> {
  const { unit } = live;
  // One that was never readable has nothing of its type to tell.
  const isReadable =
    unit.type === 'target' || (unit.service ?? unit.socket ?? unit.timer ?? unit.path) !== null;
  const entries: (readonly [string, string])[] = [
    ...Object.entries(isReadable ? live.properties() : {}),
    ['Id', unit.id],
    ['Names', unit.names.join(' ')],
    ...RELATIONS.map(([name, relation]) => [name, related(relation).join(' ')] as const),
    ['Documentation', unit.documentation.map((word) => quotedWord(word)).join(' ')],
    ['Description', unit.description],
    ['LoadState', unit.loadState],
    ['ActiveState', snapshot.activeState],
    ['SubState', snapshot.subState],
    ['FragmentPath', unit.fragmentPath ?? ''],
    ['SourcePath', unit.sourcePath ?? ''],
    ['DropInPaths', unit.dropInPaths.join(' ')],
    ['UnitFileState', snapshot.unitFileState ?? ''],
    ['UnitFilePreset', preset ?? ''],
    ...timestamps('StateChangeTimestamp', stamps.stateChange),
    ...timestamps('InactiveExitTimestamp', stamps.inactiveExit),
    ...timestamps('ActiveEnterTimestamp', stamps.activeEnter),
    ...timestamps('ActiveExitTimestamp', stamps.activeExit),
    ...timestamps('InactiveEnterTimestamp', stamps.inactiveEnter),
    ['CanStart', yesNo(!unit.refuseManualStart)],
    ['CanStop', yesNo(!unit.refuseManualStop)],
    [
      'CanReload',
      yesNo((unit.service?.execReload.length ?? 0) > 0 || unit.service?.type === 'notify-reload'),
    ],
    ['CanIsolate', yesNo(unit.allowIsolate)],
    ['StopWhenUnneeded', yesNo(unit.stopWhenUnneeded)],
    ['RefuseManualStart', yesNo(unit.refuseManualStart)],
    ['RefuseManualStop', yesNo(unit.refuseManualStop)],
    ['AllowIsolate', yesNo(unit.allowIsolate)],
    ['DefaultDependencies', yesNo(unit.defaultDependencies)],
    ['OnFailureJobMode', unit.onFailureJobMode],
    ['IgnoreOnIsolate', yesNo(unit.ignoreOnIsolate)],
    ['NeedDaemonReload', yesNo(isOutdated)],
    ['ConditionResult', yesNo(stamps.conditionMet)],
    ['AssertResult', yesNo(stamps.assertMet)],
    ...timestamps('ConditionTimestamp', stamps.conditionAt),
    ['JobTimeoutUSec', spanText(unit.jobTimeoutMs ?? Infinity)],
    ['StartLimitIntervalUSec', spanText(unit.startLimit.intervalMs)],
    ['StartLimitBurst', String(unit.startLimit.burst)],
    ['StartLimitAction', unit.startLimit.action],
    ['FailureAction', unit.failureAction],
    ['SuccessAction', unit.successAction],
    ['InvocationID', live.invocation ?? ''],
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
