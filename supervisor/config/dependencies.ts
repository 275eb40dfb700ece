// depends_on=: that every name is a program's, and that nothing waits for itself.

import type { Group, Problem, Program } from '../model.ts';
import { didYouMean } from './suggest.ts';

/** Errors for unknown names and for cycles, and a warning for a dependency that is disabled. */
export function dependencyProblems(groups: readonly Group[], sections: Iterable<string>): Problem[] {
  const programs = groups.flatMap((group) => group.programs);
  // A program whose section is faulty is in no group, but it is no unknown name either.
  const names = Array.from(sections, (name) => /^(?:fcgi-)?program:(.*)$/s.exec(name)?.[1] ?? '');
  const byName = new Map<string, readonly Program[]>(names.map((name) => [name, []]));
  for (const group of groups) byName.set(group.name, group.programs);
  for (const program of programs) {
    byName.set(`${program.group}:${program.name}`, [program]);
    if (!byName.get(program.name)?.length) byName.set(program.name, [program]);
  }
  return [...programs.flatMap((program) => unresolved(program, byName)), ...cycles(programs, byName)];
}

function unresolved(program: Program, byName: ReadonlyMap<string, readonly Program[]>): Problem[] {
  return program.dependsOn.flatMap((name): Problem[] => {
    const targets = byName.get(name);
    if (targets === undefined) {
      const remedy = didYouMean(name, byName.keys());
      const message = `depends_on of ${program.name} names ${name}, which is no program`;
      return [{ severity: 'error', message, ...(remedy && { remedy }), origin: program.origin }];
    }
    if (!program.enabled || targets.length === 0 || targets.some((target) => target.enabled)) return [];
    const message = `${program.name} depends on ${name}, which is disabled`;
    return [{ severity: 'warning', message, origin: program.origin }];
  });
}

function cycles(programs: readonly Program[], byName: ReadonlyMap<string, readonly Program[]>): Problem[] {
  const done = new Set<Program>();
  const problems: Problem[] = [];
  const visit = (program: Program, path: readonly Program[]): void => {
    const start = path.indexOf(program);
    if (start !== -1) {
      const names = [...path.slice(start), program].map(({ name }) => name);
      const message = `programs wait for each other: ${names.join(' -> ')}`;
      problems.push({
        severity: 'error',
        message,
        remedy: 'take one depends_on= out',
        origin: program.origin,
      });
      return;
    }
    if (done.has(program)) return;
    for (const name of program.dependsOn) {
      for (const target of byName.get(name) ?? []) visit(target, [...path, program]);
    }
    done.add(program);
  };
  for (const program of programs) visit(program, []);
  return problems;
}
