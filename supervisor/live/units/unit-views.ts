// What clients see of the units: lists, snapshots, properties, and how the whole is.

import type { Units, UnitSnapshot } from '../../control/units.ts';
import { mangleUnitName } from '../../units/unit-names.ts';
import type { JobQueue } from './job-queue.ts';
import type { LiveUnit } from './live-unit.ts';
import type { Reader } from './manager.ts';
import { matchesPattern } from './patterns.ts';
import { unitProperties } from './properties.ts';
import type { UnitGraph } from './unit-graph.ts';
import type { UnitMemory } from './unit-memory.ts';
import type { UnitStamps } from './unit-stamps.ts';

export interface UnitViewsOptions {
  readonly graph: UnitGraph;
  readonly memory: UnitMemory;
  readonly queue: Pick<JobQueue, 'jobOf'>;
  readonly stamps: UnitStamps;
  readonly reader: () => Reader;
}

/** The full name of a unit as a client wrote it. */
export function named(name: string): string {
  return mangleUnitName(name) ?? name;
}

export function createUnitViews(options: UnitViewsOptions): Pick<Units, 'list' | 'snapshot' | 'properties'> {
  const { graph, memory, queue, stamps, reader } = options;

  const snapshot = (live: LiveUnit): UnitSnapshot => {
    const { unit } = live;
    const at = stamps.of(unit.id);
    return {
      id: unit.id,
      names: unit.names,
      description: unit.description,
      loadState: unit.loadState,
      activeState: live.active,
      subState: live.sub,
      unitFileState: reader().fileState(unit),
      fragmentPath: unit.fragmentPath,
      dropInPaths: unit.dropInPaths,
      mainPid: live.mainPid,
      pids: live.pids(),
      statusText: live.statusText,
      activeEnterAtMs: at.activeEnter,
      inactiveEnterAtMs: at.inactiveEnter,
      job: queue.jobOf(unit.id)?.type ?? null,
    };
  };

  return {
    list(patterns) {
      const all = graph.units().map((live) => snapshot(live));
      if (patterns.length === 0) return all;
      return all.filter((each) =>
        patterns.some((pattern) => each.names.some((name) => matchesPattern(named(pattern), name))),
      );
    },
    snapshot(name) {
      const live = memory.recall(named(name));
      const found = snapshot(live);
      memory.tidy(live);
      return found;
    },
    properties(name) {
      const live = memory.recall(named(name));
      const { unit } = live;
      const found = unitProperties(live, {
        snapshot: snapshot(live),
        stamps: stamps.of(unit.id),
        related: (relation) => graph.related(unit.id, relation),
        preset: reader().preset(unit),
        isOutdated: reader().isOutdated(unit),
      });
      memory.tidy(live);
      return found;
    },
  };
}
