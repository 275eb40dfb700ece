// The clean command: what earlier builds have left in the engine, shown with its size, and removed when that is wanted.

import { connectDocker } from '../engine/docker.ts';
import { openState } from '../machine/state.ts';
import { describeAddress, type EngineAddress } from '../model/engine-address.ts';
import type { CacheRecord, Engine, LocalImage } from '../model/engine.ts';
import type { FailureKind } from '../model/errors.ts';
import { INPUTS_LABEL } from '../plan/labels.ts';
import { findLeftovers } from '../plan/leftovers.ts';
import { spentRecords } from '../plan/spent-cache.ts';
import { formatBytes } from '../report/table.ts';

export async function runClean(
  isConfirmed: boolean,
  root: string,
  address: EngineAddress,
  stdout: NodeJS.WritableStream,
): Promise<FailureKind | undefined> {
  const engine = await connectDocker(address);
  const state = await openState(root);
  const say = (line: string): void => void stdout.write(`${line}\n`);
  const leftovers = findLeftovers(
    await engine.imagesWithLabel(INPUTS_LABEL),
    await engine.imagesWithLabel('initkit.rootfs'),
  );
  const { spans } = await state.builds();
  const records = spans.length === 0 ? [] : spentRecords(await engine.cacheRecords(), spans, 0);
  const containers = isConfirmed ? await engine.removeLeftContainers() : 0;
  if (containers > 0) say(`${containers} container(s) of ended runs removed`);
  if (leftovers.length + records.length === 0) {
    say(`nothing to remove at ${describeAddress(address)}`);
    return undefined;
  }
  for (const image of leftovers) {
    say(
      `${formatBytes(image.sizeBytes).padStart(9)}  ${image.id.slice(7, 19)}  ${image.tags.join(' ') || '(no name)'}`,
    );
  }
  if (leftovers.length > 0) say('sizes include layers that other images share');
  if (records.length > 0) say(`${cacheBytes(records).padStart(9)}  ${describeCache(records)}`);
  if (!isConfirmed) {
    say(`${describeAll(leftovers, records)} would go; remove them with: initkit clean --yes`);
    return undefined;
  }
  const removed = await removeImages(engine, leftovers);
  // What those images shared with the cache nobody needs any more.
  const spent = spans.length === 0 ? [] : spentRecords(await engine.cacheRecords(), spans, 0);
  for (const { id } of spent) await engine.dropCacheRecord(id).catch(() => {});
  await state.rememberBuilds({ spans, grownBytes: 0 });
  const used = leftovers.length - removed;
  say(`${removed} image(s) removed${used === 0 ? '' : `; ${used} in use by containers stay`}`);
  if (spent.length > 0) say(`${cacheBytes(spent)} of the build cache removed`);
  return undefined;
}

/** Without force: an image that a container uses stays, and is counted as such. */
async function removeImages(engine: Engine, images: readonly LocalImage[]): Promise<number> {
  let removed = 0;
  for (const image of images) {
    const names = image.tags.length > 0 ? image.tags : [image.id];
    let isGone = true;
    // One after the other: the engine refuses the second name of an image that it is removing.
    for (const name of names) {
      isGone &&= await engine.untag(name).then(
        () => true,
        () => false,
      );
    }
    if (isGone) removed++;
  }
  return removed;
}

function cacheBytes(records: readonly CacheRecord[]): string {
  return formatBytes(records.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
}

function describeCache(records: readonly CacheRecord[]): string {
  return `build cache: ${records.length} layer(s) of earlier builds here that no image has`;
}

function describeAll(images: readonly LocalImage[], records: readonly CacheRecord[]): string {
  return [
    ...(images.length === 0 ? [] : [`${images.length} image(s)`]),
    ...(records.length === 0 ? [] : ['the build cache']),
  ].join(' and ');
}
