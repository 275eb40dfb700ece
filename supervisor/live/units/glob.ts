// Paths that match a pattern (glob(7)), for EnvironmentFile=, PathExistsGlob= and ConditionPathExistsGlob=.

import { existsSync, globSync } from 'node:fs';

/** What is there, in the order of the alphabet; a path without a pattern is itself, if it is there. */
export function listGlob(pattern: string): string[] {
  if (!/[*?[]/.test(pattern)) return existsSync(pattern) ? [pattern] : [];
  return globSync(pattern).toSorted();
}
