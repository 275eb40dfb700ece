// What must not be pushed, known before anything is built.

import type { Problem } from '../model/errors.ts';
import type { BuildOptions } from './build-options.ts';
import type { GitFacts } from './facts.ts';
import type { PlannedImage } from './plan.ts';
import { isTouched } from './touched.ts';

/** The images for one platform stand for those for all. */
export function pushProblems(
  families: readonly { readonly planned: readonly PlannedImage[] }[],
  git: GitFacts | undefined,
  options: BuildOptions,
  software: ReadonlySet<string>,
): Problem[] {
  const problems: Problem[] = [];
  const planned = families[0]?.planned ?? [];
  if (git === undefined)
    problems.push({ message: '--push needs a git commit to name the images by', remedy: 'commit first' });
  const dirty =
    git === undefined || options.allowDirty ? [] : planned.filter((item) => isDirty(item, planned, git));
  if (dirty.length > 0) {
    const names = dirty.map(({ image }) => image.name).join(', ');
    problems.push({
      message: `--push: files of ${names} differ from the commit`,
      remedy: 'commit them, or --allow-dirty',
    });
  }
  for (const { image } of options.allowAbsentSoftware ? [] : planned) {
    const absent = image.config.software.filter(({ name }) => !software.has(name)).map(({ name }) => name);
    if (absent.length === 0) continue;
    const remedy = `--software ${absent[0]}=SOURCE, or --allow-absent-software`;
    problems.push({ message: `--push: ${image.name} is without ${absent.join(', ')}`, remedy });
  }
  return problems;
}

/** An image is as dirty as its own folder, its parents' and everything it takes from the rest of the repository. */
export function isDirty(item: PlannedImage, planned: readonly PlannedImage[], git: GitFacts): boolean {
  if (isTouched(item.image, git.dirtyPaths)) return true;
  return planned.some(
    (parent) => item.image.parents.includes(parent.image.name) && isDirty(parent, planned, git),
  );
}
