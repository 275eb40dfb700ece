// Where we are; also where that has been removed under us, as deploy scripts do with the release that they stand in.

/** The working directory; where it is gone, a name by which the kernel finds nothing in it: only relative paths fail then. */
export function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '/proc/self/cwd';
  }
}
