// Where we are; also where that has been removed under us, as deploy scripts do with the release that they stand in.

import { orElse } from './or-else.ts';

/** The working directory; where it is gone, a name by which the kernel finds nothing in it: only relative paths fail then. */
export function workingDirectory(): string {
  return orElse(() => process.cwd(), '/proc/self/cwd');
}
