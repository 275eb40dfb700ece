// Which stages of a Dockerfile the image is made from: BuildKit leaves the others out.

import { sourcesOf } from './dockerfile-flags.ts';
import type { Instruction } from './dockerfile-lines.ts';
import type { Stage } from './dockerfile.ts';

/** The number of the stage that a line is in. */
export function stageAt(stages: readonly Stage[], line: number): number {
  return stages.findLastIndex((stage) => stage.line <= line);
}

/** The last stage, and all that it comes from, copies from or mounts, as numbers. */
export function neededStages(
  stages: readonly Stage[],
  instructions: readonly Instruction[],
): ReadonlySet<number> {
  const sources = sourceStages(stages, instructions);
  const needed = new Set<number>();
  const queue = [stages.length - 1];
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    if (stages[index] === undefined || needed.has(index)) continue;
    needed.add(index);
    queue.push(...(sources[index] ?? []));
  }
  return needed;
}

/** Stages that are, over however many others, made from themselves. */
export function stageCycles(
  stages: readonly Stage[],
  instructions: readonly Instruction[],
): { readonly line: number; readonly name: string }[] {
  const sources = sourceStages(stages, instructions);
  return stages.flatMap(({ line, name }, start) => {
    const seen = new Set<number>();
    const queue = [...(sources[start] ?? [])];
    for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
      if (index === start) return [{ line, name: name ?? String(start) }];
      if (!seen.has(index)) queue.push(...(sources[index] ?? []));
      seen.add(index);
    }
    return [];
  });
}

/** For each stage the numbers of those that it takes from. Of several of one name the last one is meant. */
function sourceStages(stages: readonly Stage[], instructions: readonly Instruction[]): number[][] {
  const sources = stages.map(({ from }) => (typeof from === 'object' && 'stage' in from ? [from.stage] : []));
  for (const instruction of instructions) {
    for (const word of sourcesOf(instruction)) {
      const named = stages.findLastIndex(({ name }) => name === word.toLowerCase());
      const index = /^\d+$/.test(word) ? Number(word) : named;
      if (index >= 0) sources[stageAt(stages, instruction.firstLine)]?.push(index);
    }
  }
  return sources;
}
