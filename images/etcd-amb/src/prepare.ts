// Before HAProxy starts: the settings are read, and its first configuration is written from what is known already.

import { decide } from './decide/choose.ts';
import type { Surroundings } from './decide/proxy.ts';
import { CERTIFICATE_PATH, STATES_PATH } from './decide/proxy.ts';
import type { Settings } from './decide/settings.ts';
import { fixedSources } from './ask.ts';
import type { World } from './effects/world.ts';
import { recall, type Memory } from './memory.ts';
import { CONFIG_PATH } from './proxy-control.ts';
import { settle, type Settled } from './settle.ts';
import { LINE_PATH, READY_PATH, STATUS_PATH } from './report.ts';

/** Throws where HAProxy would refuse the configuration. Nobody is asked here: a start waits for nobody. */
export async function prepare(settings: Settings, around: Surroundings, world: World): Promise<void> {
  // A container that is started again has the files of its earlier life.
  for (const path of [READY_PATH, LINE_PATH, STATUS_PATH]) await world.removeFile(path);
  // No servers, in the first version of the format, which is the only one.
  await world.writeFile(STATES_PATH, '1\n');
  await writeCertificate(settings, world);
  const { text, members, notes } = (await startingPoint(settings, around, world)).settled;
  for (const note of notes) world.say(`etcd-amb: ${note}`);
  const draft = `${CONFIG_PATH}.new`;
  await world.writeFile(draft, text);
  const mistakes = await world.checkConfig(draft);
  await world.removeFile(draft);
  if (mistakes !== null) throw new Error(`haproxy refuses its configuration: ${mistakes}`);
  await world.writeFile(CONFIG_PATH, text);
  const count = members.length;
  world.say(
    `etcd-amb: starts with ${count === 0 ? 'no' : count} known ${count === 1 ? 'member' : 'members'}`,
  );
}

/** What is known without asking anybody: what was written down, and what an earlier life of the container kept. */
export async function startingPoint(
  settings: Settings,
  around: Surroundings,
  world: World,
): Promise<{ memory: Memory; settled: Settled }> {
  const { known: before, addresses } = await recall(world);
  const known = decide(before, { sources: fixedSources(settings), lists: [], anyUp: true });
  const settled = await settle(known.members, addresses, settings, around, world);
  return { memory: { known, addresses: settled.addresses }, settled };
}

/** Whether the file was written anew: HAProxy then has to be told. */
export async function writeCertificate({ tls }: Settings, world: World): Promise<boolean> {
  if (tls.cert === null || tls.key === null) return false;
  const parts = await Promise.all([tls.cert, tls.key].map((path) => world.readFile(path)));
  const missing = [tls.cert, tls.key].find((_, index) => parts[index] === undefined);
  if (missing !== undefined) throw new Error(`cannot read ${missing}: there is no such file (mount it)`);
  const text = parts.map((part) => `${part?.trim() ?? ''}\n`).join('');
  if ((await world.readFile(CERTIFICATE_PATH)) === text) return false;
  await world.writeFile(CERTIFICATE_PATH, text, 0o600);
  return true;
}
