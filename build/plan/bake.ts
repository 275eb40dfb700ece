// The plan as a file for docker buildx bake: a farm of BuildKit machines can build it without this toolkit.

import type { BuildOptions } from './build-options.ts';
import type { GitFacts } from './facts.ts';
import { imageLabels } from './labels.ts';
import type { PlannedImage } from './plan.ts';
import { isDirty } from './refusals.ts';
import { deriveTags } from './tags.ts';

/** `folders` are contexts that had to be laid out; all others are the images' own. Siblings are linked as `target:`. */
export function bakeFile(
  planned: readonly PlannedImage[],
  git: GitFacts | undefined,
  options: BuildOptions,
  folders: ReadonlyMap<string, string>,
): object {
  const names = planned.map(({ image }) => image.name);
  const targets = planned.map((item) => {
    const { image } = item;
    const isDirtyNow = git !== undefined && isDirty(item, planned, git);
    const tags = deriveTags({ name: image.name, version: image.config.version }, git, {
      isDirty: isDirtyNow,
      buildId: item.buildId,
      extra: options.tags,
    });
    const all = [...new Set(['latest', ...tags.immutable, ...tags.moving])];
    const places = options.registries.length === 0 ? [''] : options.registries.map((place) => `${place}/`);
    const args = Object.entries(item.parts).filter(([key]) => key.startsWith('arg:'));
    const labels = imageLabels(image, {
      buildId: item.buildId,
      git,
      version: tags.version,
      parent: undefined,
      licenses: undefined,
      refName: tags.immutable[0] ?? '',
      softwareVersions: new Map(),
    });
    return [
      targetName(image.name),
      {
        context: folders.get(image.name) ?? image.place,
        dockerfile: 'Dockerfile',
        contexts: Object.fromEntries(
          image.parents
            .filter((parent) => names.includes(parent))
            .map((parent) => [parent, `target:${targetName(parent)}`]),
        ),
        args: Object.fromEntries(args.map(([key, value]) => [key.slice('arg:'.length), value])),
        labels,
        tags: places.flatMap((place) => all.map((tag) => `${place}${image.name}:${tag}`)),
        ...(options.platforms.length === 0 ? {} : { platforms: options.platforms.map(({ name }) => name) }),
      },
    ] as const;
  });
  return {
    group: { default: { targets: names.map(targetName) } },
    target: Object.fromEntries(targets),
  };
}

/** bake knows no dots in the names of targets. */
function targetName(image: string): string {
  return image.replace(/[^a-zA-Z0-9_-]/g, '_');
}
