// `[Unit]` (systemd.unit(5)): what every type of unit has.

import type { Condition, DependencyKind, Unit } from './model.ts';
import { parseExitStatus } from './exit-status.ts';
import {
  asBoolean,
  asOneOf,
  bare,
  readSection,
  setting,
  type Draft,
  type KeyReader,
  type KeyReaders,
  type Reading,
} from './reading.ts';
import { CONDITION_KINDS, isPathCondition } from './condition-kinds.ts';
import type { Assignment } from './unit-ini.ts';
import { parseUnitName, isTemplate, withInstance } from './unit-names.ts';
import { parseBoolean } from './values.ts';
import { splitWords } from './words.ts';

type Common = Pick<
  Unit,
  | 'description'
  | 'documentation'
  | 'sourcePath'
  | 'defaultDependencies'
  | 'stopWhenUnneeded'
  | 'refuseManualStart'
  | 'refuseManualStop'
  | 'allowIsolate'
  | 'ignoreOnIsolate'
  | 'onFailureJobMode'
  | 'jobTimeoutMs'
  | 'failureAction'
  | 'successAction'
  | 'failureActionExitStatus'
  | 'successActionExitStatus'
>;

export interface UnitDraft extends Draft<Common> {
  dependencies: Map<DependencyKind, string[]>;
  conditions: readonly Condition[];
  asserts: readonly Condition[];
  startLimit: { intervalMs: number; burst: number; action: string };
}

const DEPENDENCY_KEYS: Readonly<Record<string, DependencyKind>> = {
  Requires: 'requires',
  Requisite: 'requisite',
  Wants: 'wants',
  BindsTo: 'bindsTo',
  BindTo: 'bindsTo',
  Upholds: 'upholds',
  PartOf: 'partOf',
  Conflicts: 'conflicts',
  Before: 'before',
  After: 'after',
  OnSuccess: 'onSuccess',
  OnFailure: 'onFailure',
  PropagatesReloadTo: 'propagatesReloadTo',
  PropagateReloadTo: 'propagatesReloadTo',
  ReloadPropagatedFrom: 'reloadPropagatedFrom',
  PropagateReloadFrom: 'reloadPropagatedFrom',
  PropagatesStopTo: 'propagatesStopTo',
  StopPropagatedFrom: 'stopPropagatedFrom',
  JoinsNamespaceOf: 'joinsNamespaceOf',
  RequiresOverridable: 'requires',
  RequisiteOverridable: 'requisite',
};

const JOB_MODES = [
  'fail',
  'replace',
  'replace-irreversibly',
  'isolate',
  'flush',
  'ignore-dependencies',
  'ignore-requirements',
  'triggering',
] as const;
const ACTIONS = [
  'none',
  'reboot',
  'reboot-force',
  'reboot-immediate',
  'poweroff',
  'poweroff-force',
  'poweroff-immediate',
  'exit',
  'exit-force',
  'kexec',
  'kexec-force',
  'halt',
  'halt-force',
  'halt-immediate',
  'soft-reboot',
  'soft-reboot-force',
] as const;

/** Adds a dependency once; a unit never depends on itself. */
export function addDependency(draft: UnitDraft, unit: string, kind: DependencyKind, name: string): void {
  if (name === unit) return;
  const known = draft.dependencies.get(kind) ?? [];
  if (!known.includes(name)) draft.dependencies.set(kind, [...known, name]);
}

/** A template that is named as a dependency takes the instance of the unit that names it, or its prefix. */
export function resolveTemplate(name: string, unit: string): string {
  if (!isTemplate(name)) return name;
  const own = parseUnitName(unit);
  return withInstance(name, own?.instance ?? own?.prefix ?? '');
}

const dependencyReaders: KeyReaders<UnitDraft> = Object.fromEntries(
  Object.entries(DEPENDENCY_KEYS).map(([key, kind]) => [
    key,
    (draft: UnitDraft, assignment, reading) => {
      const { words, broken } = splitWords(assignment.value, { keepEscapes: true });
      if (key.endsWith('Overridable')) {
        const instead = key.slice(0, -'Overridable'.length);
        reading.warn(
          `Unit dependency type ${key}= is obsolete, replacing by ${instead}=, please update your unit file`,
          assignment.origin,
        );
      }
      for (const word of words) {
        const name = reading.expanded(assignment, word);
        if (name === null) continue;
        if (parseUnitName(name) === null) {
          reading.warn(`Failed to add dependency on ${name}, ignoring: Invalid argument`, assignment.origin);
        } else addDependency(draft, reading.unit, kind, resolveTemplate(name, reading.unit));
      }
      if (broken !== null) {
        reading.warn(`Invalid syntax, ignoring: ${assignment.value}`, assignment.origin);
      }
    },
  ]),
);

const condition =
  (field: 'conditions' | 'asserts', kind: string): KeyReader<UnitDraft> =>
  (draft, assignment, reading) => {
    if (assignment.value === '') {
      draft[field] = [];
      return;
    }
    const [, flags = '', text = ''] = /^(\|?[ \t]*!?[ \t]*)(.*)$/s.exec(assignment.value) ?? [];
    const parameter = isPathCondition(kind)
      ? reading.expanded(assignment, text, bare(text))
      : reading.expanded(assignment, text);
    if (parameter === null) return;
    const clean = isPathCondition(kind) ? reading.absolutePath(assignment, parameter) : parameter;
    if (clean === null) return;
    const entry: Condition = {
      kind,
      parameter: clean,
      trigger: flags.includes('|'),
      negate: flags.includes('!'),
    };
    draft[field] = [...draft[field], entry];
  };

const conditionReaders: KeyReaders<UnitDraft> = Object.fromEntries(
  CONDITION_KINDS.flatMap((kind) => [
    [`Condition${kind}`, condition('conditions', kind)],
    [`Assert${kind}`, condition('asserts', kind)],
  ]),
);

const exitStatus =
  (field: 'failureActionExitStatus' | 'successActionExitStatus'): KeyReader<UnitDraft> =>
  (draft, assignment, reading) => {
    if (assignment.value === '') {
      draft[field] = null;
      return;
    }
    const status = parseExitStatus(assignment.value);
    if (status !== null) draft[field] = status;
    else {
      reading.warn(
        `Failed to parse exit status '${assignment.value}', ignoring: Invalid argument`,
        assignment.origin,
      );
    }
  };

const action = (reading: Reading, assignment: Assignment): (typeof ACTIONS)[number] | null =>
  reading.oneOf(assignment, ACTIONS, `${assignment.key}=`);

/** Keys that moved from [Service] to [Unit] and are still read there. */
export const LIMIT_READERS: KeyReaders<UnitDraft> = {
  StartLimitInterval: (draft, assignment, reading) => {
    draft.startLimit.intervalMs = reading.span(assignment) ?? draft.startLimit.intervalMs;
  },
  StartLimitBurst: (draft, assignment, reading) => {
    draft.startLimit.burst = reading.unsigned(assignment) ?? draft.startLimit.burst;
  },
  StartLimitAction: (draft, assignment, reading) => {
    draft.startLimit.action = action(reading, assignment) ?? draft.startLimit.action;
  },
  FailureAction: setting('failureAction', action),
};

export const UNIT_READERS: KeyReaders<UnitDraft> = {
  ...dependencyReaders,
  ...conditionReaders,
  ...LIMIT_READERS,
  Description(draft, assignment, reading) {
    const text = reading.expanded(assignment);
    if (text !== null) draft.description = text;
  },
  Documentation(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.documentation = [];
      return;
    }
    const text = reading.expanded(assignment);
    if (text === null) return;
    const { words, broken } = splitWords(text, { unquote: true, keepEscapes: true });
    if (broken !== null) reading.warn(`Invalid syntax, ignoring: ${text}`, assignment.origin);
    for (const url of words) {
      if (!/^(?:https?:\/\/|file:\/|info:|man:)./.test(url)) {
        reading.warn(`Invalid URL, ignoring: ${url}`, assignment.origin);
      } else draft.documentation = [...draft.documentation, url];
    }
  },
  SourcePath(draft, assignment, reading) {
    const path = reading.expanded(assignment);
    if (path === '') draft.sourcePath = null;
    else if (path !== null) draft.sourcePath = reading.absolutePath(assignment, path) ?? draft.sourcePath;
  },
  DefaultDependencies: setting('defaultDependencies', asBoolean),
  StopWhenUnneeded: setting('stopWhenUnneeded', asBoolean),
  RefuseManualStart: setting('refuseManualStart', asBoolean),
  RefuseManualStop: setting('refuseManualStop', asBoolean),
  AllowIsolate: setting('allowIsolate', asBoolean),
  IgnoreOnIsolate: setting('ignoreOnIsolate', asBoolean),
  OnFailureJobMode: setting('onFailureJobMode', asOneOf(JOB_MODES, 'job mode')),
  OnFailureIsolate(draft, assignment, reading) {
    const isolate = reading.orWarn(parseBoolean(assignment.value), assignment, 'Failed to parse boolean');
    if (isolate !== null) draft.onFailureJobMode = isolate ? 'isolate' : 'replace';
  },
  StartLimitIntervalSec: LIMIT_READERS['StartLimitInterval'] ?? (() => undefined),
  JobTimeoutSec(draft, assignment, reading) {
    const ms = reading.span(assignment, 'JobTimeoutSec= parameter');
    if (ms !== null) draft.jobTimeoutMs = ms === 0 || ms === Infinity ? null : ms;
  },
  SuccessAction: setting('successAction', action),
  FailureActionExitStatus: exitStatus('failureActionExitStatus'),
  SuccessActionExitStatus: exitStatus('successActionExitStatus'),
};

/** Reads [Unit], and what of it once stood in [Service]. */
export function readUnitSection(assignments: readonly Assignment[], reading: Reading): UnitDraft {
  const draft: UnitDraft = {
    description: '',
    documentation: [],
    sourcePath: null,
    defaultDependencies: true,
    stopWhenUnneeded: false,
    refuseManualStart: false,
    refuseManualStop: false,
    allowIsolate: false,
    ignoreOnIsolate: false,
    onFailureJobMode: 'replace',
    jobTimeoutMs: null,
    failureAction: 'none',
    successAction: 'none',
    failureActionExitStatus: null,
    successActionExitStatus: null,
    dependencies: new Map(),
    conditions: [],
    asserts: [],
    startLimit: { intervalMs: 10_000, burst: 5, action: 'none' },
  };
  readSection(draft, assignments, 'Unit', UNIT_READERS, reading);
  readSection(draft, assignments, 'Service', LIMIT_READERS, reading);
  return draft;
}
