// Pure: what depends_on= means: whether a program may start, waits, or never will, and in which order groups stop.

import type { Program } from '../model.ts';
import type { Process } from './state.ts';

/** One process that others may depend on. */
export interface Dependency {
  readonly program: Pick<Program, 'name' | 'group' | 'type' | 'enabled'>;
  readonly process: Process;
  /** What it says of itself by `ready=`; true where it says nothing. */
  readonly ready: boolean;
}

export type Verdict =
  | { readonly kind: 'go' }
  | { readonly kind: 'wait'; readonly for: string }
  | { readonly kind: 'never'; readonly because: Dependency };

/** Those that a name in depends_on= means: a program, `group:program`, or all of a group. */
export function named<D extends Pick<Dependency, 'program'>>(name: string, all: readonly D[]): D[] {
  const exact = all.filter(
    ({ program }) => name === program.name || name === `${program.group}:${program.name}`,
  );
  return exact.length > 0 ? exact : all.filter(({ program }) => name === program.group);
}

/** Whether a program with these dependencies may be started now. A disabled dependency is none. */
export function verdictOf(dependsOn: readonly string[], all: readonly Dependency[]): Verdict {
  const wanted = dependsOn.flatMap((name) => named(name, all)).filter(({ program }) => program.enabled);
  const failed = wanted.find((each) => hasFailed(each));
  if (failed !== undefined) return { kind: 'never', because: failed };
  const missing = wanted.find((each) => !isSatisfied(each));
  return missing === undefined ? { kind: 'go' } : { kind: 'wait', for: missing.program.name };
}

/** A service satisfies when it is RUNNING and ready, a oneshot when it has ended as expected. */
export function isSatisfied({ program, process, ready }: Dependency): boolean {
  const { state } = process;
  if (program.type === 'oneshot') return state.name === 'EXITED' && state.expected;
  return state.name === 'RUNNING' && ready;
}

function hasFailed({ program, process: { state } }: Dependency): boolean {
  if (state.name === 'FATAL') return true;
  return program.type === 'oneshot' && state.name === 'EXITED' && !state.expected;
}
