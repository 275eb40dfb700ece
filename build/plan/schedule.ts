// Runs work along a graph: each image once, parents first, N at a time, going on past a failure.

import type { Node } from './graph.ts';

export type Outcome<Result> =
  | { readonly state: 'done'; readonly result: Result }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'skipped'; readonly because: string }
  | { readonly state: 'cancelled' };

export interface ScheduleOptions {
  readonly jobs: number;
  readonly failFast: boolean;
  readonly signal: AbortSignal;
}

/** Parents that are not among the nodes count as there. Resolves when nothing runs any more, whatever happened. */
export async function runGraph<Result>(
  nodes: readonly Node[],
  options: ScheduleOptions,
  work: (name: string) => Promise<Result>,
): Promise<Map<string, Outcome<Result>>> {
  const outcomes = new Map<string, Outcome<Result>>();
  const waiting = new Map(
    nodes.map((node) => [
      node.name,
      node.parents.filter((parent) => nodes.some(({ name }) => name === parent)),
    ]),
  );
  const running = new Set<Promise<void>>();
  const hasFailed = (): boolean => [...outcomes.values()].some((outcome) => outcome.state === 'failed');
  while (waiting.size > 0 || running.size > 0) {
    const isStopping = options.signal.aborted || (options.failFast && hasFailed());
    for (const [name, parents] of waiting) {
      const lost = parents.find((parent) => outcomes.has(parent) && outcomes.get(parent)?.state !== 'done');
      if (lost !== undefined) settle(name, { state: 'skipped', because: lost });
      else if (isStopping) settle(name, { state: 'cancelled' });
      else if (
        running.size < options.jobs &&
        parents.every((parent) => outcomes.get(parent)?.state === 'done')
      )
        start(name);
    }
    if (running.size > 0) await Promise.race(running);
  }
  return outcomes;

  function settle(name: string, outcome: Outcome<Result>): void {
    waiting.delete(name);
    outcomes.set(name, outcome);
  }

  function start(name: string): void {
    waiting.delete(name);
    const task = work(name).then(
      (result) => void outcomes.set(name, { state: 'done', result }),
      (error: unknown) =>
        void outcomes.set(name, options.signal.aborted ? { state: 'cancelled' } : { state: 'failed', error }),
    );
    const tracked: Promise<void> = task.finally(() => running.delete(tracked));
    running.add(tracked);
  }
}
