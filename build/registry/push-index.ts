// Pushes the images of several platforms, and under their common names an index that leads to each.

import type { RegistryAuth } from '../model/engine.ts';
import { platformSuffix } from '../model/platform.ts';
import { placeOf } from './challenge.ts';
import { digestOf, openRepository, type Repository } from './client.ts';
import { indexOf, type IndexImage } from './image-index.ts';
import { heldError, imagePusher } from './push-image.ts';
import { takenError, type Pusher, type PushingTools, type PushItem } from './pusher.ts';
import { withRetry } from './retry.ts';

/**
 * The engine pushes nothing without a tag: each image gets the first of the item's names with its platform behind it
 * (`sha-…-linux-arm64`), which the index does not need and registries cannot take back.
 */
export async function indexPusher(
  item: PushItem,
  auth: RegistryAuth | undefined,
  tools: PushingTools,
): Promise<Pusher> {
  const { repository, tags } = item;
  const isInsecure = await tools.engine.isInsecure(placeOf(repository).host);
  const ask = async <Result>(
    tag: string,
    action: (registry: Repository) => Promise<Result>,
  ): Promise<Result> =>
    await withRetry(`${repository}:${tag}`, tools, async (signal) =>
      action(await openRepository(repository, { auth, isInsecure, signal })),
    );
  const first = tags.immutable[0] ?? tags.moving[0] ?? 'latest';
  let made: Promise<{ mediaType: string; bytes: Buffer; images: readonly IndexImage[] }> | undefined;

  const pushPlatforms = async (): Promise<Awaited<NonNullable<typeof made>>> => {
    const images: IndexImage[] = [];
    for (const { platform, imageId } of item.images) {
      const tag = `${first}-${platformSuffix(platform)}`;
      const pusher = imagePusher(repository, imageId, auth, tools);
      if (!tools.isForced && tags.immutable.length > 0) await pusher.refuse(tag);
      const digest = await pusher.put(tag);
      const manifest = await ask(tag, (registry) => registry.manifest(digest));
      if (manifest === undefined) throw heldError(`${repository}:${tag}`, digest, undefined);
      images.push({ platform, digest, mediaType: manifest.mediaType, size: manifest.bytes.length });
    }
    return { ...indexOf(images), images };
  };
  const index = (): NonNullable<typeof made> => (made ??= pushPlatforms());
  let platforms: Record<string, string> | undefined;

  return {
    platforms: () => platforms,
    async refuse(tag) {
      const held = await ask(tag, (registry) => registry.manifest(tag));
      if (held === undefined) return;
      const { bytes } = await index();
      if (held.digest !== digestOf(bytes)) throw takenError(`${repository}:${tag}`, held.digest);
    },
    async put(tag) {
      const { mediaType, bytes, images } = await index();
      platforms = Object.fromEntries(images.map((image) => [image.platform.name, image.digest]));
      await ask(tag, (registry) => registry.putManifest(tag, mediaType, bytes));
      const held = await ask(tag, (registry) => registry.manifest(tag));
      if (held?.digest !== digestOf(bytes))
        throw heldError(`${repository}:${tag}`, digestOf(bytes), held?.digest);
      return held.digest;
    },
  };
}
