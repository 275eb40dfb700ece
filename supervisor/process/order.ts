// In which order programs are started and stopped.

import type { Group, Program } from '../model.ts';
import { named } from './dependencies.ts';

/** Programs in the order of their start: groups by priority, then the programs of each by priority; ties as written. */
export function startOrder(groups: readonly Group[]): Program[] {
  return byPriority(groups).flatMap((group) => byPriority(group.programs));
}

/**
 * Groups in the order of their stop, as waves: what depends on others before these, then by priority, the highest
 * number first; groups of one priority side by side (supervisord stops even those one after the other, which is what
 * makes its stop slow).
 */
export function stopWaves<G extends { readonly config: Group }>(groups: readonly G[]): G[][] {
  const waves: G[][] = [];
  let left = groups;
  while (left.length > 0) {
    const needed = dependenciesOf(left.map((group) => group.config));
    const free = left.filter((group) => !needed.has(group.config.name));
    // A cycle between groups leaves none free: then priority alone decides.
    const candidates = free.length > 0 ? free : left;
    const highest = Math.max(...candidates.map((group) => group.config.priority));
    const wave = candidates.filter((group) => group.config.priority === highest);
    waves.push(wave);
    left = left.filter((group) => !wave.includes(group));
  }
  return waves;
}

/** The names of the groups that a program of another group depends on. */
function dependenciesOf(groups: readonly Group[]): Set<string> {
  const programs = groups.flatMap((group) => group.programs).map((program) => ({ program }));
  const needed = programs.flatMap(({ program }) =>
    program.dependsOn
      .flatMap((name) => named(name, programs))
      .map((target) => target.program.group)
      .filter((group) => group !== program.group),
  );
  return new Set(needed);
}

function byPriority<T extends { readonly priority: number }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => a.priority - b.priority);
}
