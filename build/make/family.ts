// Builds a planned family: what is unchanged gets its names, the rest is built along the graph.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testImage } from '../image-tests/test-image.ts';
import type { State } from '../machine/state.ts';
import type { BuildEvent, Engine, LocalImage } from '../model/engine.ts';
import { linesOf } from '../model/errors.ts';
import { parsePlatform, platformSuffix, type Platform } from '../model/platform.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import { crossingKey, type Crossing, type External, type GitFacts, type Image } from '../plan/facts.ts';
import { describeChange } from '../plan/inputs.ts';
import { imageLabels } from '../plan/labels.ts';
import { type BuiltImage, describeTests, ImageTestError, type Tested, UNTESTED } from '../plan/outcome.ts';
import { inputsOf, type PlannedImage } from '../plan/plan.ts';
import { isDirty } from '../plan/refusals.ts';
import { runGraph, type Outcome } from '../plan/schedule.ts';
import { deriveTags, type Tags } from '../plan/tags.ts';
import { isTaken } from '../read/build-args.ts';
import type { ImageUse } from '../read/dockerfile.ts';
import { secretsOf, sshOf, type MountUse } from '../read/mounts.ts';
import { formatBytes } from '../report/table.ts';
import type { Software } from '../software/software.ts';
import { buildImage } from './build-image.ts';
import { nameFailed, nameLocally } from './naming.ts';
import { buildRepeatable } from './repeatable.ts';
import type { Reporter } from './reporter.ts';

export interface FamilyTools {
  readonly root: string;
  readonly platform: Platform;
  /** It is not the engine's own. */
  readonly isForeign: boolean;
  /** The engine can start a container of it. */
  readonly canRun: boolean;
  /** Images of the family for platforms that were built before, by `crossingKey`. */
  readonly siblings: ReadonlyMap<string, LocalImage>;
  /** How an image is called to people. */
  label(name: string): string;
  readonly engine: Engine;
  /** The engine runs on this machine. */
  readonly isLocal: boolean;
  readonly state: State;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly options: BuildOptions;
  readonly git: GitFacts | undefined;
  readonly externals: ReadonlyMap<string, External>;
  /** Images of ours that the engine holds. */
  readonly stored: readonly LocalImage[];
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly software: ReadonlyMap<string, Software>;
  readonly secrets: ReadonlyMap<string, Uint8Array>;
  readonly sshAgents: ReadonlyMap<string, string>;
  /** Undefined where images may differ from build to build. */
  readonly repeatable: { readonly epoch: number; readonly isVerified: boolean } | undefined;
}

export async function buildFamily(
  planned: readonly PlannedImage[],
  tools: FamilyTools,
): Promise<Map<string, Outcome<BuiltImage>>> {
  const { options } = tools;
  const built = new Map<string, LocalImage>();
  const localTag = tools.isForeign ? platformSuffix(tools.platform) : 'latest';
  const memoryKey = (name: string): string => (tools.isForeign ? `${name}@${localTag}` : name);
  // Only for this run, and under names of its own: another run at the same time must not move what our FROM lines mean.
  const pinTag = `pin-${process.pid}-${Date.now().toString(36)}`;
  const pinned: string[] = [];
  const licenses = await readLicense(tools.root);
  const parentNames = new Set(planned.flatMap(({ image }) => image.parents));
  const work = async (name: string): Promise<BuiltImage> => {
    const item = planned.find(({ image }) => image.name === name);
    if (item === undefined) throw new Error(`${name} is not planned`);
    const startedAt = performance.now();
    const tags = tagsOf(item, planned, tools);
    const stored = item.existing ?? (await buildOne(item, tags));
    const tested = await testOne(item, stored);
    await nameLocally(name, stored, localTag, tags, { ...tools, isPush: tools.options.isPush });
    built.set(name, stored);
    if (parentNames.has(name)) {
      await tools.engine.tag(stored.id, `${name}:${pinTag}`);
      pinned.push(`${name}:${pinTag}`);
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const isUnchanged = item.existing !== undefined;
    const what = isUnchanged
      ? 'unchanged'
      : `built in ${seconds.toFixed(1)} s, ${formatBytes(stored.sizeBytes)}`;
    const isTestedNow = /^(passed|foreign)$/.test(tested.outcome) && !tested.isRemembered;
    tools.reporter.finished(tools.label(name), [isTestedNow ? `${what}, ${describeTests(tested)}` : what]);
    const previousBytes = tools.stored.find((image) => image.tags.includes(`${name}:${localTag}`))?.sizeBytes;
    // A question to the engine that only a build, or a report, has a use for.
    const isSized = !isUnchanged || options.jsonPath !== undefined || options.reportFolder !== undefined;
    const parentBytes = isSized ? ((await parentOf(item))?.sizeBytes ?? 0) : 0;
    return { stored, isUnchanged, seconds, tags, localTag, tested, previousBytes, parentBytes };
  };
  const buildOne = async (item: PlannedImage, tags: Tags): Promise<LocalImage> => {
    const { image } = item;
    const reason = item.isForced
      ? 'forced'
      : describeChange(await tools.state.lastInputs(memoryKey(image.name)), inputsOf(item));
    tools.reporter.note(`building ${tools.label(image.name)} (${reason})`);
    tools.reporter.started(tools.label(image.name));
    for (const crossing of image.crossing.filter(({ isSibling }) => isSibling)) await pinCrossing(crossing);
    const pins = (use: ImageUse): string | undefined => {
      const name = use.image.replace(/:latest$/, '');
      const platform = use.platform === undefined ? tools.platform : parsePlatform(use.platform);
      if (platform !== undefined && platform.name !== tools.platform.name) {
        const key = crossingKey({ image: name, platform });
        return tools.siblings.has(key)
          ? `${name}:${pinTag}-${platformSuffix(platform)}`
          : tools.externals.get(crossingKey({ image: use.image, platform }))?.reference;
      }
      return built.has(name) ? `${name}:${pinTag}` : tools.externals.get(use.image)?.reference;
    };
    const labels = labelsOf(item, tags, built, licenses, tools);
    const buildTools = {
      engine: tools.engine,
      signal: tools.signal,
      builder: tools.options.builder,
      secrets: askedFor(secretsOf(image.dockerfile), tools.secrets),
      sshAgents: askedFor(sshOf(image.dockerfile), tools.sshAgents),
      platform: tools.isForeign ? tools.platform.name : undefined,
      buildArgs: Object.fromEntries([...tools.buildArgs].filter(([name]) => isTaken(name, image.dockerfile))),
      onEvent: (event: BuildEvent) => tools.reporter.event(tools.label(image.name), event),
      note: (line: string) => tools.reporter.note(line),
    };
    const build = (useCache: boolean): Promise<LocalImage> =>
      buildImage(item, pins, labels, { ...buildTools, useCache });
    const { repeatable } = tools;
    const stored =
      repeatable === undefined
        ? await build(tools.options.useCache)
        : await buildRepeatable(
            tools.label(image.name),
            (await parentOf(item))?.layers ?? [],
            () => build(false),
            {
              ...tools,
              ...repeatable,
            },
          );
    await tools.state.rememberInputs(memoryKey(image.name), inputsOf(item));
    return stored;
  };
  const pinCrossing = async ({ image, platform }: Crossing): Promise<void> => {
    const sibling = tools.siblings.get(crossingKey({ image, platform }));
    if (sibling === undefined) throw new Error(`${image} for ${platform.name} could not be built`);
    const reference = `${image}:${pinTag}-${platformSuffix(platform)}`;
    await tools.engine.tag(sibling.id, reference);
    pinned.push(reference);
  };
  const parentOf = async ({ image }: PlannedImage): Promise<LocalImage | undefined> => {
    const reference = lastFrom(image);
    if (reference === undefined) return undefined;
    const sibling = built.get(reference.replace(/:latest$/, ''));
    return await tools.engine.inspect(sibling?.id ?? tools.externals.get(reference)?.reference ?? reference);
  };
  const testOne = async ({ image, isForced }: PlannedImage, stored: LocalImage): Promise<Tested> => {
    if (!tools.options.isTested)
      return image.tests.length === 0 ? { ...UNTESTED, outcome: 'none' } : UNTESTED;
    try {
      return await testImage(image, stored, {
        engine: tools.engine,
        state: tools.state,
        signal: tools.signal,
        software: new Set(tools.software.keys()),
        isLocal: tools.isLocal,
        isForced,
        canRun: tools.canRun,
        memoryKey: memoryKey(image.name),
      });
    } catch (error) {
      if (error instanceof ImageTestError) await nameFailed(image.name, stored, tools.engine);
      throw error;
    }
  };
  const guarded = async (name: string): Promise<BuiltImage> => {
    try {
      return await work(name);
    } catch (error) {
      if (!tools.signal.aborted) tools.reporter.finished(tools.label(name), ['FAILED', ...linesOf(error)]);
      throw error;
    }
  };
  const nodes = planned.map(({ image }) => image);
  const schedule = { jobs: tools.options.jobs, failFast: tools.options.isFailFast, signal: tools.signal };
  try {
    return await runGraph(nodes, schedule, guarded);
  } finally {
    await Promise.allSettled(pinned.map((reference) => tools.engine.untag(reference)));
  }
}

/** An image gets what its own RUN lines ask for, and nothing else. */
function askedFor<Value>(
  uses: readonly MountUse[],
  given: ReadonlyMap<string, Value>,
): ReadonlyMap<string, Value> {
  const asked = new Set(uses.map((use) => use.id));
  return new Map([...given].filter(([id]) => asked.has(id)));
}

function tagsOf(item: PlannedImage, planned: readonly PlannedImage[], tools: FamilyTools): Tags {
  const isDirtyNow = tools.git !== undefined && isDirty(item, planned, tools.git);
  const options = { isDirty: isDirtyNow, buildId: item.buildId, extra: tools.options.tags };
  return deriveTags({ name: item.image.name, version: item.image.config.version }, tools.git, options);
}

/** What the image that comes out stands on, by way of its stages; undefined where that is nothing. */
function lastFrom(image: Image): string | undefined {
  const { stages } = image.dockerfile;
  let from = stages.at(-1)?.from;
  while (typeof from === 'object' && 'stage' in from) from = stages[from.stage]?.from;
  return typeof from === 'object' ? from.image : undefined;
}

function labelsOf(
  item: PlannedImage,
  tags: Tags,
  built: ReadonlyMap<string, LocalImage>,
  licenses: string | undefined,
  tools: FamilyTools,
): Record<string, string> {
  const reference = lastFrom(item.image);
  const name = reference?.replace(/:latest$/, '');
  const sibling = name === undefined ? undefined : built.get(name);
  const external = reference === undefined ? undefined : tools.externals.get(reference);
  return imageLabels(item.image, {
    buildId: item.buildId,
    git: tools.git,
    version: tags.version,
    parent:
      sibling !== undefined && name !== undefined
        ? { name, id: sibling.id }
        : external && { name: external.reference, id: external.id },
    licenses,
    refName: tags.immutable[0] ?? tags.moving[0] ?? '',
    softwareVersions: new Map([...tools.software].map(([slot, software]) => [slot, software.version])),
  });
}

async function readLicense(root: string): Promise<string | undefined> {
  try {
    const { license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      license?: string;
    };
    return license;
  } catch {
    return undefined;
  }
}
