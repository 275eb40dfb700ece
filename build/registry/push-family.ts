// Pushes a built family to every registry that was named, side by side: one that is sick does not keep the others.

import type { Engine } from '../model/engine.ts';
import { ToolError, type Problem } from '../model/errors.ts';
import type { Platform } from '../model/platform.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import { withDescendants } from '../plan/graph.ts';
import type { BuiltImage, Pushed } from '../plan/outcome.ts';
import type { PlannedImage } from '../plan/plan.ts';
import type { Outcome } from '../plan/schedule.ts';
import { pushImages } from './push.ts';
import type { PushItem } from './pusher.ts';

/** The images for one platform. */
export interface BuiltFamily {
  readonly platform: Platform;
  readonly planned: readonly PlannedImage[];
  readonly outcomes: ReadonlyMap<string, Outcome<BuiltImage>>;
}

export async function pushFamily(
  families: readonly BuiltFamily[],
  options: BuildOptions,
  tools: { engine: Engine; signal: AbortSignal; note(line: string): void },
): Promise<{ pushed: Pushed[]; error: ToolError | undefined }> {
  const untested = [...new Set(families.flatMap(untestedNames))];
  if (untested.length > 0)
    tools.note(`names that move stay where they are, because tests were not run: ${untested.join(', ')}`);
  const runs = options.registries.map((registry) =>
    pushImages(itemsFor(registry, families, new Set(untested)), {
      ...tools,
      isForced: options.isForced,
      deadlineMs: options.pushSeconds * 1000,
    }),
  );
  const settled = await Promise.allSettled(runs);
  const pushed = settled.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  const errors = settled.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const problems: Problem[] = [];
  for (const error of errors) {
    if (!(error instanceof ToolError)) throw error;
    if (error.kind === 'interrupted') return { pushed, error };
    problems.push(...error.problems);
  }
  return { pushed, error: problems.length === 0 ? undefined : new ToolError('registry', problems) };
}

function itemsFor(
  registry: string,
  families: readonly BuiltFamily[],
  untested: ReadonlySet<string>,
): PushItem[] {
  const names = families[0]?.planned.map(({ image }) => image.name) ?? [];
  return names.flatMap((name) => {
    const built = families.flatMap(({ platform, outcomes }) => {
      const outcome = outcomes.get(name);
      return outcome?.state === 'done' ? [{ platform, ...outcome.result }] : [];
    });
    const [first] = built;
    if (first === undefined || built.length < families.length) return [];
    const tags = { ...first.tags, moving: untested.has(name) ? [] : first.tags.moving };
    const images = built.map(({ platform, stored }) => ({ platform, imageId: stored.id }));
    return [{ name, repository: `${registry}/${name}`, tags, images }];
  });
}

/** An image whose own tests, or those of something built from it, were left out. */
function untestedNames({ planned, outcomes }: BuiltFamily): string[] {
  const isUntested = (name: string): boolean => {
    const outcome = outcomes.get(name);
    return outcome?.state === 'done' && outcome.result.tested.outcome === 'not run';
  };
  const nodes = planned.map(({ image }) => image);
  return nodes.map(({ name }) => name).filter((name) => [...withDescendants(nodes, [name])].some(isUntested));
}
