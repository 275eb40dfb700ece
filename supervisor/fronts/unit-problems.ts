// What is wrong with the units that an image starts, for `initkit check`: those of its target, and all that they name.

import { LOADED_ALONG } from '../live/units/unit-graph.ts';
import type { Problem } from '../model.ts';
import type { Unit } from '../units/model.ts';
import { unitReader } from './unit-reader.ts';

/** The problems of every unit that starting the target reads, and a warning for each that it needs and that is not there. */
export function unitProblems(target: string, environment: Readonly<Record<string, string>>): Problem[] {
  const reader = unitReader(environment).read();
  const seen = new Map<string, Unit>();
  const queue = [target];
  for (const name of queue) {
    if (seen.has(name)) continue;
    const unit = reader.load(name);
    for (const each of [name, ...unit.names]) seen.set(each, unit);
    for (const kind of LOADED_ALONG) queue.push(...(unit.dependencies[kind] ?? []));
  }
  const units = [...new Set(seen.values())];
  return [
    ...units.flatMap((unit) => unit.problems),
    ...units.flatMap((unit) => missing(unit, seen)),
    ...(seen.get(target)?.loadState === 'not-found' ? [absentTarget(target)] : []),
  ];
}

function missing(unit: Unit, units: ReadonlyMap<string, Unit>): Problem[] {
  const needed = [...(unit.dependencies.requires ?? []), ...(unit.dependencies.bindsTo ?? [])];
  return needed
    .filter((name) => units.get(name)?.loadState === 'not-found')
    .map((name) => ({
      severity: 'warning',
      message: `${unit.id} needs ${name}, which is not there: it will not start`,
      ...(unit.fragmentPath !== null && { origin: { file: unit.fragmentPath, line: 1 } }),
    }));
}

function absentTarget(target: string): Problem {
  const message = `[units] target = ${target} names a unit that is not there`;
  return { severity: 'error', message, remedy: 'write multi-user.target, or add the unit' };
}
