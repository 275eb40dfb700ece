// Which npm packages the files that went into an image belong to, with version and license.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NpmPackage } from '../plan/facts.ts';

/** `paths` are relative to the repository; those that are not below node_modules are its own. */
export async function npmPackages(root: string, paths: Iterable<string>): Promise<NpmPackage[]> {
  const folders = new Set<string>();
  for (const path of paths) {
    const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    if (folder !== undefined) folders.add(folder);
  }
  const found = await Promise.all(
    [...folders].toSorted().map(async (folder) => {
      const text = await readFile(join(root, folder, 'package.json'), 'utf8').catch(() => '{}');
      const { name, version, license } = JSON.parse(text) as Partial<NpmPackage>;
      return name === undefined || version === undefined ? [] : [{ name, version, license }];
    }),
  );
  return found.flat();
}
