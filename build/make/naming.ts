// The names of an image in the engine's own store: given when it is built and tested, taken from what it replaces.

import { isNameOf, splitReference, type Engine, type LocalImage } from '../model/engine.ts';
import { INPUTS_LABEL } from '../plan/labels.ts';
import type { Tags } from '../plan/tags.ts';

/** An image that did not pass its tests has this name alone, so that it can be looked into. */
export const FAILED_TAG = 'test-failed';

export interface NamingTools {
  readonly engine: Engine;
  /** Images of ours that the engine held before. */
  readonly stored: readonly LocalImage[];
  readonly isPush: boolean;
}

/** `latest` is what `docker run NAME` takes; where a release moves it, that is the registry's affair. */
export async function nameLocally(
  name: string,
  stored: LocalImage,
  localTag: string,
  tags: Tags,
  tools: NamingTools,
): Promise<void> {
  const isOwn = localTag === 'latest';
  const more = [...tags.immutable, ...tags.moving.filter((tag) => tag !== 'edge' || tools.isPush)];
  const names = new Set([localTag, ...(isOwn ? more : [])]);
  const references = [...names].map((tag) => `${name}:${tag}`);
  const outdated = tools.stored
    .flatMap((image) => image.tags)
    .filter(
      (reference) =>
        isPassing(reference, name) && !reference.endsWith(`:${tags.moving[0] ?? tags.immutable[0] ?? ''}`),
    );
  for (const reference of references.filter((each) => !stored.tags.includes(each)))
    await moveName(reference, stored, tools.engine);
  for (const reference of outdated) await tools.engine.untag(reference).catch(() => {});
}

export async function nameFailed(name: string, stored: LocalImage, engine: Engine): Promise<void> {
  await moveName(`${name}:${FAILED_TAG}`, stored, engine);
}

async function moveName(reference: string, stored: LocalImage, engine: Engine): Promise<void> {
  const before = await engine.inspect(reference);
  await engine.tag(stored.id, reference);
  if (before === undefined || before.id === stored.id || before.labels[INPUTS_LABEL] === undefined) return;
  // An image of ours that has just lost its last name; one that a container still uses stays.
  const image = await engine.inspect(before.id);
  if (image !== undefined && image.tags.length === 0) await engine.untag(before.id).catch(() => {});
}

/** Names of a tree that no commit keeps: nothing can ask for them again once the tree has moved on. */
function isPassing(reference: string, image: string): boolean {
  return (
    isNameOf(reference, image) &&
    /^(sha-[0-9a-f]{12}-dirty|0\.0\.0-[0-9a-f]{12}|test-failed)$/.test(splitReference(reference).tag)
  );
}
