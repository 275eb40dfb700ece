// In which order programs are started and stopped.

import type { Group, Program } from '../model.ts';

/** Programs in the order of their start: groups by priority, then the programs of each by priority; ties as written. */
export function startOrder(groups: readonly Group[]): Program[] {
  return byPriority(groups).flatMap((group) => byPriority(group.programs));
}

/**
 * Groups in the order of their stop, as waves: highest priority number first, and groups of one priority side by side
 * (supervisord stops even those one after the other, which is what makes its stop slow).
 */
export function stopWaves<G extends Pick<Group, 'priority'>>(groups: readonly G[]): G[][] {
  const priorities = [...new Set(groups.map((group) => group.priority))].toSorted((a, b) => b - a);
  return priorities.map((priority) => groups.filter((group) => group.priority === priority));
}

function byPriority<T extends { readonly priority: number }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => a.priority - b.priority);
}
