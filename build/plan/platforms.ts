// What a list of platforms asks of an engine, and why it cannot be had: told before anything is built, where it can be known.

import type { Problem } from '../model/errors.ts';
import { parsePlatform, type Platform } from '../model/platform.ts';
import type { Dockerfile } from '../read/dockerfile.ts';
import { neededStages, stageAt } from '../read/stages.ts';
import type { Image } from './facts.ts';

export interface PlatformFacts {
  /** The engine's own. */
  readonly engine: Platform;
  /** Of this machine: what it bundles and copies without being asked is for that. */
  readonly own: Platform;
  /** What the engine's RUN lines can run on. */
  readonly runnable: readonly Platform[];
  readonly isClassic: boolean;
}

/** None asked for: images are for the engine, and hold what this machine has, so that both must be the same. */
export function engineProblems(asked: readonly Platform[], { engine, own }: PlatformFacts): Problem[] {
  if (engine.name === own.name || asked.length > 0) return [];
  return [
    {
      message: `the engine is ${engine.name}, this machine ${own.name}`,
      remedy: `say which one is meant: --platform ${engine.name}`,
    },
  ];
}

/** RUN lines that would run on a platform that the engine has not, each with its line. */
export function platformProblems(images: readonly Image[], facts: PlatformFacts): Problem[] {
  const canRun = ({ name }: Platform): boolean => facts.runnable.some((each) => each.name === name);
  return images.flatMap((image) => {
    const file = `${image.place}/Dockerfile`;
    if (facts.isClassic && image.platform.name !== facts.engine.name) {
      const remedy = 'leave --builder classic away, or use an engine with BuildKit (18.09 and later)';
      return [{ file, message: `only BuildKit builds for ${image.platform.name}`, remedy }];
    }
    const [first] = runsOf(image.dockerfile)
      .map(({ line, platform }) => ({
        line,
        platform: platform === undefined ? image.platform : parsePlatform(platform),
      }))
      .filter(({ platform }) => platform !== undefined && !canRun(platform));
    if (first === undefined) return [];
    const { line, platform } = first;
    return [
      {
        file,
        line,
        message: `RUN needs ${platform?.name}, and the engine runs ${facts.runnable.map(({ name }) => name).join(', ')}`,
        remedy: `install qemu on its machine (docker run --privileged --rm tonistiigi/binfmt --install ${platform?.arch}), do it in a stage FROM --platform=$BUILDPLATFORM, or give "plan --bake" to a farm`,
      },
    ];
  });
}

/** RUN lines of the stages that the last one is made from; others BuildKit leaves out. `platform` as written. */
export function runsOf({
  stages,
  instructions,
}: Dockerfile): { readonly line: number; readonly platform: string | undefined }[] {
  const needed = neededStages(stages, instructions);
  return instructions
    .filter(({ keyword, firstLine }) => keyword === 'RUN' && needed.has(stageAt(stages, firstLine)))
    .map(({ firstLine }) => ({ line: firstLine, platform: stages[stageAt(stages, firstLine)]?.platform }));
}
