// The graph of a family of images: who is built from whom, in which order, and what a change reaches.

import type { Problem } from '../model/errors.ts';

export interface Node {
  readonly name: string;
  readonly parents: readonly string[];
}

/** Parents before children, names in byte order where the graph leaves a choice. Cycles must be ruled out before. */
export function buildOrder(nodes: readonly Node[]): string[] {
  const waiting = new Map(
    nodes.map((node) => [
      node.name,
      node.parents.filter((parent) => nodes.some((other) => other.name === parent)),
    ]),
  );
  const order: string[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting]
      .filter(([, parents]) => parents.every((parent) => order.includes(parent)))
      .map(([name]) => name);
    if (ready.length === 0) throw new Error(`the graph has a cycle: ${[...waiting.keys()].join(', ')}`);
    for (const name of ready.toSorted()) {
      order.push(name);
      waiting.delete(name);
    }
  }
  return order;
}

/** One cycle per group of images that wait for each other, as the list of names from first to first again. */
export function findCycles(nodes: readonly Node[]): string[][] {
  const parentsOf = new Map(nodes.map((node) => [node.name, node.parents]));
  const done = new Set<string>();
  const cycles: string[][] = [];
  const visit = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name);
    if (start >= 0) {
      cycles.push([...path.slice(start), name]);
      return;
    }
    if (done.has(name)) return;
    for (const parent of parentsOf.get(name) ?? []) visit(parent, [...path, name]);
    done.add(name);
  };
  for (const node of nodes) visit(node.name, []);
  return cycles;
}

/** `place` says in which file and line the first image of a cycle takes from the second. */
export function cycleProblems(
  nodes: readonly Node[],
  place: (name: string, parent: string) => { file: string; line: number | undefined },
): Problem[] {
  return findCycles(nodes).map((cycle) => ({
    ...place(cycle[0] ?? '', cycle[1] ?? ''),
    message: `images wait for each other: ${cycle.join(' -> ')}`,
    remedy: 'one of their FROM or COPY --from lines must go',
  }));
}

/** The named images and everything they are built from. */
export function withAncestors(nodes: readonly Node[], names: Iterable<string>): Set<string> {
  const parentsOf = new Map(nodes.map((node) => [node.name, node.parents]));
  return closure(names, (name) => parentsOf.get(name) ?? []);
}

/** The named images and everything that is built from them. */
export function withDescendants(nodes: readonly Node[], names: Iterable<string>): Set<string> {
  return closure(names, (name) =>
    nodes.filter((node) => node.parents.includes(name)).map((node) => node.name),
  );
}

function closure(names: Iterable<string>, next: (name: string) => readonly string[]): Set<string> {
  const reached = new Set<string>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    queue.push(...next(name));
  }
  return reached;
}
