// Builds one planned image: the Dockerfile with its parents pinned, the context, the labels; then its local names.

import { BuildFailure } from '../engine/build-stream.ts';
import { sha256Of } from '../model/context.ts';
import type { Builder, BuildEvent, Engine, LocalImage } from '../model/engine.ts';
import type { PlannedImage } from '../plan/plan.ts';
import { replaceImages, withoutSyntax } from '../read/dockerfile-replace.ts';
import type { ImageUse } from '../read/dockerfile.ts';
import { credentialsForHost } from '../registry/credentials.ts';
import { createStepLog } from '../report/steps.ts';

export interface BuildTools {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly useCache: boolean;
  readonly builder: Builder;
  readonly secrets: ReadonlyMap<string, Uint8Array>;
  readonly sshAgents: ReadonlyMap<string, string>;
  readonly platform: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  onEvent(event: BuildEvent): void;
  note(line: string): void;
}

/** An instruction failed; `lines` are what a person needs to see of it. */
export class ImageBuildError extends Error {
  readonly lines: readonly string[];

  constructor(image: string, lines: readonly string[], cause: unknown) {
    super(`cannot build ${image}: ${lines[0] ?? ''}`, { cause });
    this.name = 'ImageBuildError';
    this.lines = lines;
  }
}

/** `pins` gives the reference that stands for an image of a FROM line in this run. */
export async function buildImage(
  planned: PlannedImage,
  pins: (use: ImageUse) => string | undefined,
  labels: Readonly<Record<string, string>>,
  tools: BuildTools,
): Promise<LocalImage> {
  const { image, prepared } = planned;
  const steps = createStepLog();
  try {
    const text = replaceImages(image.dockerfileText, image.dockerfile, pins);
    const build = (dockerfile: string): Promise<string> =>
      tools.engine.build(
        {
          entries: prepared.entries,
          dockerfile,
          contextKey: sha256Of(image.folder),
          builder: tools.builder,
          secrets: tools.secrets,
          sshAgents: tools.sshAgents,
          platform: tools.platform,
          credentialsFor: credentialsForHost,
          labels,
          buildArgs: tools.buildArgs,
          useCache: tools.useCache,
          signal: tools.signal,
        },
        (event) => {
          steps.observe(event);
          tools.onEvent(event);
        },
      );
    const id = await build(text).catch((error: unknown) => {
      const { syntax, isForeign } = image.dockerfile;
      if (!isFrontendGone(error) || syntax === undefined || isForeign) throw error;
      tools.note(`${image.name}: ${syntax} is not in reach; the engine reads the Dockerfile by itself`);
      return build(withoutSyntax(text));
    });
    const built = await tools.engine.inspect(id);
    if (built === undefined) throw new Error(`the engine built ${id} but does not have it`);
    return built;
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error;
    const lines = steps.explain(error.message, image.dockerfile, `${image.place}/Dockerfile`);
    if (/exec format error/i.test(`${error.message} ${lines.join(' ')}`))
      lines.push(
        `  the engine cannot run a program for another platform; this image is for ${image.platform.name}`,
      );
    throw new ImageBuildError(image.name, lines, error);
  }
}

/** The image of `# syntax=` could not be had; nothing of the build has begun. */
function isFrontendGone(error: unknown): boolean {
  const pattern =
    /frontend gateway\.v0: failed to|failed to resolve source metadata for \S*\bdocker\/dockerfile\b/;
  return error instanceof BuildFailure && pattern.test(error.message);
}
