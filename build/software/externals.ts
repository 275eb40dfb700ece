// Finds the images from elsewhere that a family is built on: at hand, from a registry, or made from packages.

import { engineMessage } from '../engine/engine-errors.ts';
import type { Engine } from '../model/engine.ts';
import { ToolError, type Problem } from '../model/errors.ts';
import type { External, Image } from '../plan/facts.ts';
import { credentialsFor } from '../registry/credentials.ts';
import { knownRootfs, makeRootfs, type Rootfs } from './rootfs.ts';

export interface ExternalTools {
  readonly engine: Engine;
  readonly arch: string;
  readonly isFresh: boolean;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

/** A registry that does not answer must not hold up a machine that can do without it. */
const FIRST_ANSWER_MS = 20_000;

export async function resolveExternals(
  images: readonly Image[],
  tools: ExternalTools,
): Promise<Map<string, External>> {
  const found = new Map<string, External>();
  const problems: Problem[] = [];
  for (const image of images) {
    for (const reference of image.externals) {
      if (found.has(reference)) continue;
      try {
        found.set(reference, await resolveOne(reference, image, tools));
      } catch (error) {
        if (!(error instanceof ToolError) || error.kind !== 'registry') throw error;
        const line = image.dockerfile.uses.find((use) => use.image === reference)?.line;
        problems.push(
          ...error.problems.map((problem) => ({ ...problem, file: `${image.place}/Dockerfile`, line })),
        );
      }
    }
  }
  if (problems.length > 0) throw new ToolError('registry', problems);
  return found;
}

async function resolveOne(reference: string, image: Image, tools: ExternalTools): Promise<External> {
  const { engine } = tools;
  const local = await engine.inspect(reference);
  if (local !== undefined) return { reference, id: local.id, content: local.id };
  const fallback = fallbackFor(reference, image);
  // The root file system made before is used without asking a registry again: an unchanged family must be quick.
  const known = fallback !== undefined && !tools.isFresh ? await knownRootfs(fallback, tools) : undefined;
  if (known !== undefined) return rootfsExternal(known);
  const failure = await pull(reference, tools);
  if (failure === undefined) {
    const arrived = await engine.inspect(reference);
    if (arrived !== undefined) return { reference, id: arrived.id, content: arrived.id };
  }
  if (fallback === undefined) {
    const remedy = 'is the name right, and the registry in reach? Private ones need: docker login';
    throw new ToolError('registry', {
      message: `cannot get ${reference}: ${failure ?? 'it was not there after the pull'}`,
      remedy,
    });
  }
  tools.note(
    `${reference} is not in reach (${failure ?? 'unknown reason'}); using Debian's packages instead`,
  );
  const made = await makeRootfs(fallback, tools);
  return rootfsExternal(made);
}

function rootfsExternal({ reference, image }: Rootfs): External {
  return { reference, id: image.id, content: image.layers.join(' ') };
}

/** Only the default of the ARG that [base] names has a fallback; what the user chose must be had as it is. */
function fallbackFor(reference: string, image: Image): Image['config']['base'] {
  const { base } = image.config;
  return base !== undefined && image.dockerfile.args.get(base.arg) === reference ? base : undefined;
}

/** Undefined when it worked, else why not. */
async function pull(reference: string, tools: ExternalTools): Promise<string | undefined> {
  tools.note(`pulling ${reference}`);
  const host = reference.includes('/') ? reference : 'docker.io';
  try {
    const auth = await credentialsFor(host);
    const quick = AbortSignal.any([tools.signal, AbortSignal.timeout(FIRST_ANSWER_MS)]);
    await tools.engine.remoteDigest(reference, auth, quick);
    await tools.engine.pull(reference, auth, tools.signal);
    return undefined;
  } catch (error) {
    if (tools.signal.aborted) throw new ToolError('interrupted', { message: 'interrupted' }, error);
    return engineMessage(error instanceof ToolError ? error.cause : error);
  }
}
