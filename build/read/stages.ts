// Which stages of a Dockerfile the image is made from: BuildKit leaves the others out.

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
  const needed = new Set<number>();
  const queue = [stages.length - 1];
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    const stage = stages[index];
    if (stage === undefined || needed.has(index)) continue;
    needed.add(index);
    if (typeof stage.from === 'object' && 'stage' in stage.from) queue.push(stage.from.stage);
    for (const { keyword, text, firstLine } of instructions) {
      if (stageAt(stages, firstLine) !== index || !/^(COPY|ADD|RUN)$/.test(keyword)) continue;
      for (const [, word = ''] of text.matchAll(/\bfrom=([^\s,]+)/g)) {
        const named = stages.findIndex(({ name }) => name === word.toLowerCase());
        const at = /^\d+$/.test(word) ? Number(word) : named;
        if (at >= 0) queue.push(at);
      }
    }
  }
  return needed;
}
