// The clean command: what earlier builds have left in the engine, shown with its size, and removed when that is wanted.

import { connectDocker } from '../engine/docker.ts';
import { describeAddress, type EngineAddress } from '../model/engine-address.ts';
import type { FailureKind } from '../model/errors.ts';
import { INPUTS_LABEL } from '../plan/labels.ts';
import { findLeftovers } from '../plan/leftovers.ts';
import { formatBytes } from '../report/table.ts';

export async function runClean(
  isConfirmed: boolean,
  address: EngineAddress,
  stdout: NodeJS.WritableStream,
): Promise<FailureKind | undefined> {
  const engine = await connectDocker(address);
  const say = (line: string): void => void stdout.write(`${line}\n`);
  const leftovers = findLeftovers(
    await engine.imagesWithLabel(INPUTS_LABEL),
    await engine.imagesWithLabel('initkit.rootfs'),
  );
  const containers = isConfirmed ? await engine.removeLeftContainers() : 0;
  if (containers > 0) say(`${containers} container(s) of ended runs removed`);
  if (leftovers.length === 0) {
    say(`nothing to remove at ${describeAddress(address)}`);
    return undefined;
  }
  for (const image of leftovers) {
    say(
      `${formatBytes(image.sizeBytes).padStart(9)}  ${image.id.slice(7, 19)}  ${image.tags.join(' ') || '(no name)'}`,
    );
  }
  say('sizes include layers that other images share');
  if (!isConfirmed) {
    say(`${leftovers.length} image(s) would go; remove them with: initkit clean --yes`);
    return undefined;
  }
  let removed = 0;
  for (const image of leftovers) {
    // Without force: an image that a container uses stays, and is counted as such.
    const names = image.tags.length > 0 ? image.tags : [image.id];
    const gone = await Promise.all(
      names.map((name) =>
        engine.untag(name).then(
          () => true,
          () => false,
        ),
      ),
    );
    if (gone.every(Boolean)) removed++;
  }
  await engine.dropContexts(new Date(0));
  const used = leftovers.length - removed;
  say(`${removed} image(s) removed${used === 0 ? '' : `; ${used} in use by containers stay`}`);
  return undefined;
}
