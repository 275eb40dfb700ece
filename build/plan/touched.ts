// Which images a set of changed paths touches: their own folders, and what they take from the rest of the repository.

import type { Image } from './facts.ts';

/** Folders of the repository that go into an image; of what is installed, package-lock.json speaks. */
export function sourcePaths(image: Image): string[] {
  const sources = image.config.inputs
    .filter(({ source }) => !source.startsWith(`${image.place}/`))
    .map(({ source }) => source.split('/')[0] ?? '');
  return [
    ...new Set([
      image.place,
      ...sources.map((folder) => (folder === 'node_modules' ? 'package-lock.json' : folder)),
    ]),
  ];
}

/** A path with a slash at the end is a folder that git does not know yet. */
export function isTouched(image: Image, paths: readonly string[]): boolean {
  return sourcePaths(image).some((source) =>
    paths.some(
      (path) =>
        path === source ||
        path.startsWith(`${source}/`) ||
        (path.endsWith('/') && `${source}/`.startsWith(path)),
    ),
  );
}
