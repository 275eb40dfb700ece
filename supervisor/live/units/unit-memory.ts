// Which units systemd would have dropped from memory by now. Ours stay, for what they tell of their last run; but where
// systemd would read a unit anew, so do we, and how often it was started before no longer counts.

import type { LiveUnit } from './live-unit.ts';
import type { JobQueue } from './job-queue.ts';
import type { Reader } from './manager.ts';
import type { UnitGraph } from './unit-graph.ts';

export interface UnitMemoryOptions {
  readonly graph: UnitGraph;
  readonly queue: Pick<JobQueue, 'jobOf'>;
  readonly reader: () => Reader;
  /** Forgets a unit, and all that is known of its earlier runs. */
  readonly drop: (id: string) => void;
}

export interface UnitMemory {
  /** The unit of a full name that a client has written: as its files are now, where nothing holds it in memory. */
  recall(name: string): LiveUnit;
  /** It is down, and no other unit names it. */
  isForgotten(live: LiveUnit): boolean;
  /** Drops what was asked for and is not there. */
  tidy(live: LiveUnit): void;
}

export function createUnitMemory({ graph, queue, reader, drop }: UnitMemoryOptions): UnitMemory {
  const isAtRest = ({ active, unit }: LiveUnit): boolean =>
    active === 'inactive' && queue.jobOf(unit.id) === null;
  const isMissing = (live: LiveUnit): boolean => live.unit.loadState === 'not-found' && isAtRest(live);
  const isNamed = (live: LiveUnit): boolean => {
    const names: ReadonlySet<string> = new Set([live.unit.id, ...live.unit.names]);
    return graph
      .units()
      .some(
        (other) =>
          other !== live &&
          Object.values(other.unit.dependencies).some((list) => list.some((name) => names.has(name))),
      );
  };
  const isForgotten = (live: LiveUnit): boolean => isAtRest(live) && !isNamed(live);

  return {
    isForgotten,
    recall(name) {
      // What was missing when it was last looked for may have been installed, whoever names it.
      if (!reader().isListed()) {
        reader().renew();
        for (const live of graph.units()) if (isMissing(live)) drop(live.unit.id);
      }
      const live = graph.known(name);
      if (live === undefined || !isForgotten(live) || !reader().isOutdated(live.unit)) {
        return live ?? graph.live(name);
      }
      drop(live.unit.id);
      reader().renew();
      return graph.live(name);
    },
    tidy(live) {
      if (isMissing(live) && !isNamed(live)) drop(live.unit.id);
    },
  };
}
