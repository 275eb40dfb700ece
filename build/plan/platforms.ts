// What a list of platforms asks of an engine, and why it cannot be had.

import type { Problem } from '../model/errors.ts';

/** Images are built by the engine, and hold the node of this machine: both must be of the platform that is asked for. */
export function platformProblems(
  platforms: readonly string[],
  engineArch: string,
  ownArch: string,
): Problem[] {
  if (engineArch !== ownArch) {
    const remedy = 'build on a machine of the same architecture, or set DOCKER_HOST to an engine of this one';
    return [{ message: `the engine is ${engineArch}, this machine ${ownArch}`, remedy }];
  }
  const foreign = platforms.filter((platform) => platform.split('/')[1] !== engineArch);
  return foreign.map((platform) => ({
    message: `--platform ${platform}: this engine builds linux/${engineArch} and emulates no other`,
    remedy: `run the build on a machine of that platform, or give the file of "plan --bake --platform ${platforms.join(',')}" to a BuildKit farm`,
  }));
}
