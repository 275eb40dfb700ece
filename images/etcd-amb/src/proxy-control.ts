// Gives HAProxy a new configuration: checked before it is used, taken over without closing a socket, or taken back.

import {
  addSessions,
  readServers,
  readWorkers,
  statesFor,
  type ServerState,
  type Workers,
} from './decide/proxy-answers.ts';
import { CHECKED_BACKEND, STATES_PATH } from './decide/proxy.ts';
import type { World } from './effects/world.ts';

export const CONFIG_PATH = '/run/etcd-amb/haproxy.cfg';

/** A reload forks, reads the configuration and resolves nothing: milliseconds, unless the machine is busy. */
const RELOAD_MS = 20_000;
const LOOK_AGAIN_MS = 50;

export type Applied =
  | { readonly kind: 'applied' }
  /** HAProxy is not running; it will begin with this configuration. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'refused'; readonly reason: string };

/** After 'refused' the file is as it was, and HAProxy goes on with what it has. */
export async function applyConfig(text: string, world: World, signal: AbortSignal): Promise<Applied> {
  const draft = `${CONFIG_PATH}.new`;
  await world.writeFile(draft, text);
  const mistakes = await world.checkConfig(draft);
  await world.removeFile(draft);
  if (mistakes !== null) return { kind: 'refused', reason: mistakes };
  const before = await world.readFile(CONFIG_PATH);
  await world.writeFile(CONFIG_PATH, text);
  const outcome = await reload(text, world, signal);
  if (outcome.kind === 'refused' && before !== undefined) await world.writeFile(CONFIG_PATH, before);
  return outcome;
}

/**
 * What HAProxy says of the members; undefined while it is not running. Whether one is up is for the current worker to say;
 * connections are counted in those that are coming to their end, too.
 */
export async function memberStates(world: World): Promise<ServerState[] | undefined> {
  const workers = await workersOf(world);
  const csv = await world.askProxy('@1 show stat');
  if (workers === null || csv === undefined || csv === '') return undefined;
  const older = await Promise.all(workers.old.map((pid) => world.askProxy(`@!${pid} show stat`)));
  return addSessions(
    readServers(csv, CHECKED_BACKEND),
    older.map((stat) => readServers(stat ?? '', CHECKED_BACKEND)),
  );
}

/** Closes the connections to a member that is down, whichever worker has them. */
export async function leaveServer(name: string, world: World): Promise<void> {
  const workers = await workersOf(world);
  for (const pid of [...(workers?.current ?? []), ...(workers?.old ?? [])])
    await world.askProxy(`@!${pid} shutdown sessions server ${CHECKED_BACKEND}/${name}`);
}

/** The master takes over its own sockets; its answers stop for a moment while it starts anew. */
async function reload(text: string, world: World, signal: AbortSignal): Promise<Applied> {
  const before = await workersOf(world);
  if (before === null) return { kind: 'waiting' };
  const states = (await world.askProxy('@1 show servers state')) ?? '';
  await world.writeFile(STATES_PATH, statesFor(text, states));
  await world.askProxy('reload');
  const deadline = world.now() + RELOAD_MS;
  while (world.now() < deadline && !signal.aborted) {
    const after = await workersOf(world);
    if (after !== null && after.failedReloads > before.failedReloads)
      return { kind: 'refused', reason: 'haproxy could not load it; its own lines above say why' };
    if (after?.current.some((pid) => !before.current.includes(pid)) === true) return { kind: 'applied' };
    await world.pause(LOOK_AGAIN_MS, signal);
  }
  return signal.aborted ? { kind: 'waiting' } : { kind: 'refused', reason: 'haproxy has no new worker yet' };
}

async function workersOf(world: World): Promise<Workers | null> {
  return readWorkers((await world.askProxy('show proc')) ?? '');
}
