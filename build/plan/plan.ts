// Decides, without any effect, which images are built, in which order, under which build ids, and which stay as they are.

import { isNameOf, type LocalImage } from '../model/engine.ts';
import { crossingKey, type External, type Image, type Prepared } from './facts.ts';
import { buildOrder, withAncestors, withDescendants } from './graph.ts';
import { buildId, linesOfFiles, type InputParts, type Inputs } from './inputs.ts';
import { INPUTS_LABEL, PARENT_LABEL } from './labels.ts';

export interface PlannedImage {
  readonly image: Image;
  readonly prepared: Prepared;
  readonly parts: InputParts;
  readonly buildId: string;
  /** The image in the engine's store that these very inputs have made before. */
  readonly existing: LocalImage | undefined;
  readonly isForced: boolean;
}

/** What it is built from, as it is remembered and compared. */
export function inputsOf({ parts, prepared }: PlannedImage): Inputs {
  return { parts, files: linesOfFiles(prepared.entries) };
}

/** The images that are named, with all that they are built from; none named is all of them. */
export function selectImages(images: readonly Image[], names: readonly string[]): Image[] {
  const selected =
    names.length === 0 ? new Set(images.map((image) => image.name)) : withAncestors(images, names);
  return buildOrder(images)
    .filter((name) => selected.has(name))
    .map((name) => images.find((image) => image.name === name))
    .filter((image) => image !== undefined);
}

/**
 * `prepared` in build order. Forced names, and what is built from them, are built whatever the store holds. `siblings` are the
 * build ids of the family for other platforms, by `crossingKey`.
 */
export function planFamily(
  prepared: readonly Prepared[],
  externals: ReadonlyMap<string, External>,
  stored: readonly LocalImage[],
  forced: ReadonlySet<string>,
  siblings: ReadonlyMap<string, string> = new Map(),
): PlannedImage[] {
  const planned = new Map<string, PlannedImage>();
  for (const item of prepared) {
    const { image } = item;
    const parts: Record<string, string> = { ...item.parts };
    for (const parent of image.parents) parts[`parent:${parent}`] = planned.get(parent)?.buildId ?? 'unknown';
    for (const reference of image.externals)
      parts[`image:${reference}`] = externals.get(reference)?.content ?? 'unknown';
    for (const crossing of image.crossing) {
      const key = crossingKey(crossing);
      parts[`image:${key}`] =
        (crossing.isSibling ? siblings.get(key) : externals.get(key)?.content) ?? 'unknown';
    }
    const id = buildId(parts);
    const existing = forced.has(image.name) ? undefined : findExisting(item, id, planned, stored);
    planned.set(image.name, {
      image,
      prepared: item,
      parts,
      buildId: id,
      existing,
      isForced: forced.has(image.name),
    });
  }
  return [...planned.values()];
}

/** Everything that must be built again when one of the named images is. */
export function reachedBy(planned: readonly PlannedImage[], names: Iterable<string>): Set<string> {
  return withDescendants(
    planned.map(({ image }) => image),
    names,
  );
}

/**
 * Same inputs, under a name of its own (an image that somebody else has made FROM this one inherits the label, and nothing
 * but its names tells it apart), and made from the very parent that the store holds now: else the family would not share its layers.
 */
function findExisting(
  item: Prepared,
  id: string,
  planned: ReadonlyMap<string, PlannedImage>,
  stored: readonly LocalImage[],
): LocalImage | undefined {
  const { image } = item;
  const parents = image.parents.map((parent) => planned.get(parent)?.existing);
  if (parents.includes(undefined)) return undefined;
  const last = image.dockerfile.stages.at(-1)?.from;
  const parentName =
    typeof last === 'object' && 'image' in last ? last.image.replace(/:latest$/, '') : undefined;
  const parent = parentName === undefined ? undefined : planned.get(parentName)?.existing;
  const candidates = stored.filter(
    (candidate) =>
      candidate.labels[INPUTS_LABEL] === id &&
      candidate.tags.some((reference) => isNameOf(reference, image.name)) &&
      (parent === undefined || candidate.labels[PARENT_LABEL] === parent.id),
  );
  return candidates.find((candidate) => candidate.tags.includes(`${image.name}:latest`)) ?? candidates[0];
}
