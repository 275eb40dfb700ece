// Pushes one image by the engine, and looks at what the registry then holds.

import type { RegistryAuth } from '../model/engine.ts';
import { ToolError } from '../model/errors.ts';
import { takenError, type Pusher, type PushingTools } from './pusher.ts';
import { withRetry } from './retry.ts';

export function imagePusher(
  repository: string,
  imageId: string,
  auth: RegistryAuth | undefined,
  tools: PushingTools,
): Pusher {
  return {
    platforms: () => undefined,
    async refuse(tag) {
      const reference = `${repository}:${tag}`;
      const held = await withRetry(reference, tools, (signal) =>
        tools.engine.remoteDigest(reference, auth, signal),
      );
      if (held === undefined) return;
      if ((await idOf(`${repository}@${held}`, auth, tools)) !== imageId) throw takenError(reference, held);
    },
    async put(tag) {
      const reference = `${repository}:${tag}`;
      await tools.engine.tag(imageId, reference);
      const digest = await withRetry(reference, tools, (signal) =>
        tools.engine.push(reference, auth, () => {}, signal),
      ).catch(async (error: unknown) => {
        // A name of a registry that does not hold it would be a lie.
        await tools.engine.untag(reference).catch(() => {});
        throw error;
      });
      const held = await withRetry(reference, tools, (signal) =>
        tools.engine.remoteDigest(reference, auth, signal),
      );
      if (held !== digest) throw heldError(reference, digest, held);
      return digest;
    },
  };
}

export function heldError(reference: string, digest: string, held: string | undefined): ToolError {
  return new ToolError('registry', {
    message: `pushed ${reference} as ${digest}, but the registry holds ${held ?? 'nothing'} under that name`,
  });
}

/** Which image a digest stands for; of one that came from here, the pull fetches only the manifest. */
async function idOf(
  reference: string,
  auth: RegistryAuth | undefined,
  tools: PushingTools,
): Promise<string | undefined> {
  const known = await tools.engine.inspect(reference);
  if (known !== undefined) return known.id;
  await withRetry(reference, tools, (signal) => tools.engine.pull(reference, auth, signal));
  const pulled = await tools.engine.inspect(reference);
  await tools.engine.untag(reference);
  return pulled?.id;
}
