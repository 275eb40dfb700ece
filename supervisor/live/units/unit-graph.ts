// The units in memory, and their dependencies in both directions, by primary names.

import type { Graph, Node, Relation } from '../../units/jobs/graph.ts';
import type { DependencyKind, Unit } from '../../units/model.ts';
import type { LiveUnit } from './live-unit.ts';

/** What a dependency is called from the other side; relations that jobs do not look along are there for `systemctl show`. */
export type AnyRelation =
  | Relation
  | 'wantedBy'
  | 'upheldBy'
  | 'partOf'
  | 'onFailure'
  | 'onFailureOf'
  | 'onSuccess'
  | 'onSuccessOf'
  | 'triggers'
  | 'triggeredBy';

const EDGES: Readonly<Partial<Record<DependencyKind, readonly [AnyRelation, AnyRelation | null]>>> = {
  requires: ['requires', 'requiredBy'],
  requisite: ['requisite', 'requisiteOf'],
  wants: ['wants', 'wantedBy'],
  bindsTo: ['bindsTo', 'boundBy'],
  upholds: ['upholds', 'upheldBy'],
  partOf: ['partOf', 'consistsOf'],
  conflicts: ['conflicts', 'conflictedBy'],
  before: ['before', 'after'],
  after: ['after', 'before'],
  onFailure: ['onFailure', 'onFailureOf'],
  onSuccess: ['onSuccess', 'onSuccessOf'],
  triggers: ['triggers', 'triggeredBy'],
  triggeredBy: ['triggeredBy', 'triggers'],
  propagatesStopTo: ['propagatesStopTo', null],
  propagatesReloadTo: ['propagatesReloadTo', null],
  requiredBy: ['requiredBy', 'requires'],
  wantedBy: ['wantedBy', 'wants'],
  boundBy: ['boundBy', 'bindsTo'],
  consistsOf: ['consistsOf', 'partOf'],
  conflictedBy: ['conflictedBy', 'conflicts'],
};

/** Those whose other end is read as well when a unit is read. */
export const LOADED_ALONG: readonly DependencyKind[] = [
  'requires',
  'requisite',
  'wants',
  'bindsTo',
  'upholds',
  'partOf',
  'conflicts',
  'onFailure',
  'onSuccess',
  'triggers',
  'triggeredBy',
  'propagatesStopTo',
  'stopPropagatedFrom',
  'propagatesReloadTo',
  'reloadPropagatedFrom',
];

export interface UnitGraph extends Graph {
  related(id: string, relation: AnyRelation): readonly string[];
  /** The live unit of a name; read, with all that it depends on, when it is first asked for. */
  live(name: string): LiveUnit;
  known(name: string): LiveUnit | undefined;
  units(): readonly LiveUnit[];
  /** Drops a unit from memory. */
  forget(id: string): void;
  /** All files are read again; what runs keeps running, with the new settings from its next command on. */
  reload(): void;
}

export interface UnitGraphOptions {
  /** Reads a unit; always gives one. */
  readonly load: (name: string) => Unit;
  readonly create: (unit: Unit) => LiveUnit;
  readonly jobOf: (id: string) => Node['job'];
  /** A unit was read. */
  readonly onLoad: (unit: Unit) => void;
}

export function createUnitGraph(options: UnitGraphOptions): UnitGraph {
  const live = new Map<string, LiveUnit>();
  const names = new Map<string, string>();
  let edges: ReadonlyMap<AnyRelation, ReadonlyMap<string, ReadonlySet<string>>> | null = null;

  const read = (name: string): LiveUnit => {
    const queue = [name];
    for (const each of queue) {
      if (names.has(each)) continue;
      const unit = options.load(each);
      for (const alias of [...unit.names, each]) names.set(alias, unit.id);
      edges = null;
      if (!live.has(unit.id)) live.set(unit.id, options.create(unit));
      options.onLoad(unit);
      for (const kind of LOADED_ALONG) queue.push(...(unit.dependencies[kind] ?? []));
    }
    const found = live.get(names.get(name) ?? name);
    if (found === undefined) throw new Error(`cannot find ${name}, which was just read`);
    return found;
  };
  const idOf = (name: string): string => names.get(name) ?? name;

  const graph: UnitGraph = {
    live: read,
    known: (name) => live.get(idOf(name)),
    units: () => [...live.values()],
    forget(id) {
      live.get(id)?.dispose();
      live.delete(id);
      for (const [name, unit] of names) if (unit === id) names.delete(name);
      edges = null;
    },
    node: (name) => nodeOf(read(name)),
    all: () => [...live.values()].map((each) => nodeOf(each)),
    related(id, relation) {
      edges ??= index(
        [...live.values()].map(({ unit }) => unit),
        idOf,
      );
      return [...(edges.get(relation)?.get(id) ?? [])];
    },
    reload() {
      const before = [...live.values()];
      names.clear();
      edges = null;
      for (const each of before) {
        const unit = options.load(each.unit.id);
        for (const alias of [...unit.names, each.unit.id]) names.set(alias, each.unit.id);
        // What runs keeps the settings that it can be stopped with, where its file has gone or is broken.
        const usable =
          unit.type === each.unit.type && (unit.loadState === 'loaded' || each.active === 'inactive');
        each.unit = usable ? { ...unit, id: each.unit.id } : { ...each.unit, loadState: unit.loadState };
        options.onLoad(unit);
      }
      for (const each of before) {
        for (const kind of LOADED_ALONG) for (const name of each.unit.dependencies[kind] ?? []) read(name);
      }
    },
  };
  const nodeOf = ({ unit, active }: LiveUnit): Node => ({
    id: unit.id,
    loadState: unit.loadState,
    loadError: unit.loadError,
    state: active,
    canReload:
      unit.service !== null && (unit.service.execReload.length > 0 || unit.service.type === 'notify-reload'),
    canStart: true,
    refuseManualStart: unit.refuseManualStart,
    refuseManualStop: unit.refuseManualStop,
    allowIsolate: unit.allowIsolate,
    ignoreOnIsolate: unit.ignoreOnIsolate,
    job: options.jobOf(unit.id),
  });
  return graph;
}

type Index = Map<AnyRelation, Map<string, Set<string>>>;

/** Pure: every dependency in both directions, and the default order of targets. */
export function index(units: readonly Unit[], idOf: (name: string) => string): Index {
  const edges: Index = new Map();
  const add = (relation: AnyRelation | null, from: string, to: string): void => {
    if (relation === null || from === to) return;
    const map = edges.get(relation) ?? new Map<string, Set<string>>();
    edges.set(relation, map);
    const set = map.get(from) ?? new Set();
    map.set(from, set.add(to));
  };
  for (const { id, dependencies } of units) {
    for (const [kind, [relation, reverse]] of Object.entries(EDGES)) {
      for (const name of dependencies[kind as DependencyKind] ?? []) {
        add(relation, id, idOf(name));
        add(reverse, idOf(name), id);
      }
    }
    for (const name of dependencies.stopPropagatedFrom ?? []) add('propagatesStopTo', idOf(name), id);
    for (const name of dependencies.reloadPropagatedFrom ?? []) add('propagatesReloadTo', idOf(name), id);
  }
  orderTargets(units, edges, add);
  return edges;
}

/** A target comes after what it pulls in, unless one of the two says otherwise (systemd.target(5), default dependencies). */
function orderTargets(
  units: readonly Unit[],
  edges: Index,
  add: (relation: AnyRelation, from: string, to: string) => void,
): void {
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  for (const target of units) {
    if (target.type !== 'target' || !target.defaultDependencies) continue;
    for (const relation of ['requires', 'wants', 'bindsTo', 'requisite'] as const) {
      for (const name of edges.get(relation)?.get(target.id) ?? []) {
        const other = byId.get(name);
        if (other === undefined || !other.defaultDependencies || other.loadState !== 'loaded') continue;
        if (edges.get('before')?.get(target.id)?.has(name) === true) continue;
        add('after', target.id, name);
        add('before', name, target.id);
      }
    }
  }
}
