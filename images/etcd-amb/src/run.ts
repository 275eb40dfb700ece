// The ambassador's two loops: who are the members, asked now and then; which of them are up, looked at all the time.

import { askMembers, askSources } from './ask.ts';
import { decide, type Known } from './decide/choose.ts';
import { describeMembers, sameMembers } from './decide/member.ts';
import { pauseMs } from './decide/pace.ts';
import { serversToLeave, type ServerState } from './decide/proxy-answers.ts';
import type { ResolvedMember, Surroundings } from './decide/proxy.ts';
import type { Settings } from './decide/settings.ts';
import { messageOf } from './effects/errors.ts';
import type { World } from './effects/world.ts';
import { remember, writeMemory, type Memory } from './memory.ts';
import { startingPoint, writeCertificate } from './prepare.ts';
import { applyConfig, CONFIG_PATH, leaveServer, memberStates } from './proxy-control.ts';
import { makeReport, publish, type Report } from './report.ts';
import { settle } from './settle.ts';

/** HAProxy tells nobody that a server went down. */
const LOOK_MS = 1000;

/** A member that has gone down may have been replaced: the list is asked for at once, but no more often than this. */
const SOONEST_POLL_MS = 5000;

/** Until the signal comes. `wakes` gives a signal that is aborted when there is reason to ask before the time. */
export async function run(
  settings: Settings,
  around: Surroundings,
  world: World,
  signal: AbortSignal,
  onWake: (wake: () => void) => void,
): Promise<void> {
  const live = await begin(settings, around, world);
  onWake(() => live.wake());
  await Promise.all([pollMembers(live, signal), watchStates(live, signal)]);
}

interface Live {
  readonly settings: Settings;
  readonly around: Surroundings;
  readonly world: World;
  memory: Memory;
  /** What HAProxy was given. */
  members: readonly ResolvedMember[];
  text: string | undefined;
  refused: string | undefined;
  /** What was last written to /data. */
  kept: string | undefined;
  states: readonly ServerState[];
  told: ReadonlySet<string>;
  report: Report | undefined;
  wake(): void;
}

async function begin(settings: Settings, around: Surroundings, world: World): Promise<Live> {
  const { memory, settled } = await startingPoint(settings, around, world);
  return {
    settings,
    around,
    world,
    memory,
    members: settled.members,
    text: await world.readFile(CONFIG_PATH),
    refused: undefined,
    kept: undefined,
    states: [],
    told: new Set(),
    report: undefined,
    wake: () => {},
  };
}

async function pollMembers(live: Live, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const startedAt = live.world.now();
    failures = (await pollSafely(live, signal)) ? 0 : failures + 1;
    const woken = new AbortController();
    live.wake = () => woken.abort();
    const either = AbortSignal.any([signal, woken.signal]);
    await live.world.pause(pauseMs(failures, live.settings.pollMs, live.world.random()), either);
    const restMs = startedAt + Math.min(SOONEST_POLL_MS, live.settings.pollMs) - live.world.now();
    if (woken.signal.aborted && restMs > 0) await live.world.pause(restMs, signal);
  }
}

/** A full disk, say, is no reason to end: HAProxy goes on with what it has. */
async function pollSafely(live: Live, signal: AbortSignal): Promise<boolean> {
  try {
    return await pollOnce(live, signal);
  } catch (error) {
    tell(live, [messageOf(error)]);
    return false;
  }
}

/** Whether anybody who knows the members has answered. */
async function pollOnce(live: Live, signal: AbortSignal): Promise<boolean> {
  const { settings, world } = live;
  const before = live.memory.known;
  const sources = await askSources(settings, world);
  const notes = Object.entries(sources).flatMap(([source, listing]) =>
    listing.kind === 'unusable' ? [`${source}: ${listing.reason}`] : listing.notes,
  );
  const seeds = Object.values(sources).flatMap((listing) =>
    listing.kind === 'members' ? listing.members : [],
  );
  const candidates = [...before.members, ...seeds, ...Object.values(before.seeds).flat()];
  const answers = settings.follow ? await askMembers(candidates, settings, world) : { lists: [], notes: [] };
  if (signal.aborted) return true;
  const anyUp = live.states.some(({ isUp }) => isUp);
  const known = decide(before, { sources, lists: answers.lists, anyUp });
  notes.push(
    ...answers.notes,
    ...answers.lists.flatMap(({ listing }) => (listing.kind === 'members' ? listing.notes : [])),
  );
  await use(known, live, notes, signal);
  tell(live, notes);
  const asked = Object.keys(sources).filter((source) => source === 'discovery' || source === 'srv');
  const hasList = answers.lists.length > 0;
  return hasList || (!settings.follow && asked.every((source) => sources[source]?.kind === 'members'));
}

async function use(known: Known, live: Live, notes: string[], signal: AbortSignal): Promise<void> {
  const { settings, around, world } = live;
  const before = live.memory;
  const settled = await settle(known.members, before.addresses, settings, around, world);
  notes.push(...settled.notes);
  if (settled.members.length === 0 && live.members.length > 0) {
    notes.push('none of the members can be used; those before stay');
    return;
  }
  if (!sameMembers(before.known.members, known.members)) {
    world.say(`etcd-amb: ${describeMembers(before.known.members, known.members)}`);
  }
  const renewed = await writeCertificate(settings, world).catch((error: unknown) => {
    notes.push(messageOf(error));
    return false;
  });
  if (settled.text !== live.text || renewed) {
    if (settled.text === live.refused) return;
    const applied = await applyConfig(settled.text, world, signal);
    if (applied.kind === 'refused') {
      live.refused = settled.text;
      world.say(`etcd-amb: cannot use the new members, those before stay: ${applied.reason}`);
      return;
    }
    if (applied.kind === 'applied') world.say('etcd-amb: haproxy has its new configuration');
    live.text = settled.text;
    live.refused = undefined;
  }
  live.members = settled.members;
  live.memory = { known, addresses: { ...settled.addresses } };
  const memory = writeMemory(live.memory);
  if (memory === live.kept) return;
  live.kept = memory;
  await remember(world, live.memory).catch((error: unknown) => {
    notes.push(
      `the members cannot be kept for the next start: ${messageOf(error)} (mount a volume at /data)`,
    );
  });
}

async function watchStates(live: Live, signal: AbortSignal): Promise<void> {
  const { world } = live;
  while (!signal.aborted) {
    try {
      const states = await memberStates(world);
      if (states !== undefined) {
        for (const name of serversToLeave(live.states, states)) {
          world.say(`etcd-amb: connections to ${name} are closed, so that their clients find another member`);
          await leaveServer(name, world);
        }
        const wasUp = live.states.filter(({ isUp }) => isUp).length;
        live.states = states;
        const report = makeReport(live.members, states);
        if (report.line !== live.report?.line) world.say(`etcd-amb: ${report.line}`);
        await publish(report, live.report, world);
        live.report = report;
        if (states.filter(({ isUp }) => isUp).length < wasUp) live.wake();
      }
    } catch (error) {
      tell(live, [...live.told, messageOf(error)]);
    }
    await world.pause(LOOK_MS, signal);
  }
}

/** Each trouble once, and again only after it had gone. */
function tell(live: Live, notes: readonly string[]): void {
  for (const note of new Set(notes)) if (!live.told.has(note)) live.world.say(`etcd-amb: ${note}`);
  live.told = new Set(notes);
}
