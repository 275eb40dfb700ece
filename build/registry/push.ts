// Pushes images: names that never move first, their digests read back from the registry, names that move last.

import type { Pushed } from '../plan/outcome.ts';
import { credentialsFor } from './credentials.ts';
import { imagePusher } from './push-image.ts';
import { indexPusher } from './push-index.ts';
import type { Pusher, PushingTools, PushItem, PushTools } from './pusher.ts';

export async function pushImages(items: readonly PushItem[], around: PushTools): Promise<Pushed[]> {
  const tools: PushingTools = { ...around, deadline: AbortSignal.timeout(around.deadlineMs) };
  const pushed: Pushed[] = [];
  const pushers = new Map<PushItem, Pusher>();
  for (const item of items) {
    const auth = await credentialsFor(item.repository);
    const [only, ...others] = item.images;
    if (only === undefined) throw new Error(`${item.name} has no image to push`);
    const pusher =
      others.length === 0
        ? imagePusher(item.repository, only.imageId, auth, tools)
        : await indexPusher(item, auth, tools);
    pushers.set(item, pusher);
    // Without a fixed name (a dirty tree, pushed on purpose) the moving ones are all there is.
    if (!tools.isForced) for (const tag of item.tags.immutable) await pusher.refuse(tag);
    const first = item.tags.immutable.length > 0 ? item.tags.immutable : item.tags.moving.slice(0, 1);
    tools.note(`pushing ${item.repository}`);
    let digest = '';
    for (const tag of first) digest = await pusher.put(tag);
    tools.note(`pushed ${item.repository}@${digest}`);
    const platforms = pusher.platforms();
    pushed.push({
      name: item.name,
      repository: item.repository,
      digest,
      tags: [...new Set([...item.tags.immutable, ...item.tags.moving])],
      ...(platforms === undefined ? {} : { platforms }),
    });
  }
  for (const [item, pusher] of pushers) for (const tag of item.tags.moving) await pusher.put(tag);
  return pushed;
}
