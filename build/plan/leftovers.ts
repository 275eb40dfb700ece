// Decides which images of ours nothing needs any more: pure, from what the engine lists.

import type { LocalImage } from '../model/engine.ts';
import { PARENT_LABEL } from './labels.ts';

/** Names that the toolkit gives by itself, commit by commit: they keep nothing alive. */
const PASSING_TAG = /^(sha-[0-9a-f]{12}(-dirty)?|0\.0\.0-[0-9a-f]{12}|pin-\d+-[0-9a-z]+|test-failed)$/;

/** `rootfs` are root file systems made here; one stays as long as an image that stays was built on it. */
export function findLeftovers(images: readonly LocalImage[], rootfs: readonly LocalImage[]): LocalImage[] {
  const isKept = (image: LocalImage): boolean =>
    image.tags.some((reference) => !PASSING_TAG.test(tagOf(reference)));
  const kept = images.filter(isKept);
  const parents = new Set(kept.map((image) => image.labels[PARENT_LABEL]));
  const ids = new Set(images.map((image) => image.id));
  // A label is inherited: what was built on a root file system carries its label, too.
  const unused = rootfs.filter((image) => !ids.has(image.id) && !parents.has(image.id));
  return [...images.filter((image) => !isKept(image)), ...unused];
}

function tagOf(reference: string): string {
  return reference.slice(reference.lastIndexOf(':') + 1);
}
