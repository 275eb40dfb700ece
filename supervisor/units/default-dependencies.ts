// Dependencies that nobody writes: the implicit and default ones of systemd.service(5) and its kin, without those on
// what no container has (slices, mounts, the journal's socket).

import type {
  DependencyKind,
  PathSettings,
  ServiceSettings,
  SocketSettings,
  TimerSettings,
  UnitType,
} from './model.ts';
import { addDependency, type UnitDraft } from './unit-section.ts';

export interface TypeSettings {
  readonly service: ServiceSettings | null;
  readonly timer: TimerSettings | null;
  readonly socket: SocketSettings | null;
  readonly path: PathSettings | null;
}

type Edge = readonly [kind: DependencyKind, name: string];

const SHUTDOWN: readonly Edge[] = [
  ['conflicts', 'shutdown.target'],
  ['before', 'shutdown.target'],
];
const SYSINIT: readonly Edge[] = [
  ['requires', 'sysinit.target'],
  ['after', 'sysinit.target'],
];

/** Adds to the draft what its type brings along. */
export function addImplicit(draft: UnitDraft, unit: string, type: UnitType, settings: TypeSettings): void {
  const edges = [
    ...implicitEdges(settings),
    ...(draft.defaultDependencies ? defaultEdges(type, settings) : []),
  ];
  for (const [kind, name] of edges) addDependency(draft, unit, kind, name);
}

function implicitEdges({ service, timer, socket, path }: TypeSettings): Edge[] {
  const triggered = timer?.unit ?? path?.unit ?? (socket?.accept === true ? undefined : socket?.service);
  return [
    ...(service?.sockets ?? []).flatMap((name): Edge[] => [
      ['wants', name],
      ['after', name],
      ['triggeredBy', name],
    ]),
    ...(service?.type === 'dbus'
      ? ([
          ['requires', 'dbus.socket'],
          ['after', 'dbus.socket'],
        ] satisfies Edge[])
      : []),
    ...(triggered === undefined
      ? []
      : ([
          ['before', triggered],
          ['triggers', triggered],
        ] satisfies Edge[])),
  ];
}

function defaultEdges(type: UnitType, { timer }: TypeSettings): readonly Edge[] {
  switch (type) {
    case 'service':
      return [...SYSINIT, ['after', 'basic.target'], ...SHUTDOWN];
    case 'socket':
      return [['before', 'sockets.target'], ...SYSINIT, ...SHUTDOWN];
    case 'timer':
      return [
        ['before', 'timers.target'],
        ...SYSINIT,
        ...(timer === null || timer.calendar.length === 0
          ? []
          : ([
              ['after', 'time-sync.target'],
              ['after', 'time-set.target'],
            ] satisfies Edge[])),
        ...SHUTDOWN,
      ];
    case 'path':
      return [['before', 'paths.target'], ...SYSINIT, ...SHUTDOWN];
    case 'target':
      return SHUTDOWN;
    case 'other':
      return [];
    default:
      return type satisfies never;
  }
}
