// All that a run knows before it needs an engine: the images, what they are made of, and every mistake in them, at once.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { changedSince, readGitFacts } from '../machine/git.ts';
import { openState, type State } from '../machine/state.ts';
import type { Engine } from '../model/engine.ts';
import { ToolError, type Problem } from '../model/errors.ts';
import { remedyFor } from '../model/suggest.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import type { Family, GitFacts, Image, Prepared } from '../plan/facts.ts';
import { withDescendants } from '../plan/graph.ts';
import { selectImages } from '../plan/plan.ts';
import { isTouched } from '../plan/touched.ts';
import type { ImageConfig } from '../read/image-ini.ts';
import { secretProblems } from '../read/secrets.ts';
import { classifyGift, collectGifts, type Gift } from '../read/slots.ts';
import { fetchAllSoftware, type Software } from '../software/software.ts';
import { discoverImages } from './discover.ts';
import { prepareImage } from './prepare.ts';

export interface Found {
  readonly root: string;
  /** Selected, in build order. */
  readonly images: readonly Image[];
  readonly gifts: ReadonlyMap<string, Gift>;
  readonly git: GitFacts | undefined;
  readonly state: State;
  readonly buildArgs: ReadonlyMap<string, string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws one ToolError with all mistakes of Dockerfiles, image.ini, tests, names and options. */
export async function findImages(
  root: string,
  options: BuildOptions,
  environment: Environment,
): Promise<Found> {
  const family = await discoverImages(root, (config) => buildArgsFor(config, options));
  const git = await readGitFacts(root);
  const affected = await affectedNames(root, family, options);
  const { images, problems: nameProblems } = chooseImages(family, options.names, affected.names);
  const slots = [...new Set(images.flatMap((image) => image.config.software.map((slot) => slot.name)))];
  const { gifts, problems: giftProblems } = collectGifts(
    options.software,
    environment,
    await softwareFiles(root),
    slots,
  );
  const mistakes = [
    ...nameProblems,
    ...affected.problems,
    ...family.problems,
    ...giftProblems,
    ...secretProblems(
      options.secrets.map(({ id }) => id),
      images,
    ),
  ];
  if (options.run !== undefined && !images.some((image) => image.name === options.run)) {
    const names = images.map((image) => image.name);
    mistakes.push({
      message: `--run ${options.run}: no selected image`,
      remedy: remedyFor(options.run, names),
    });
  }
  if (mistakes.length > 0) throw new ToolError('usage', mistakes);
  const buildArgs = new Map(images.flatMap((image) => [...buildArgsFor(image.config, options)]));
  return { root, images, gifts, git, state: await openState(root), buildArgs };
}

/** Software out of an image is the one gift that needs an engine. */
export function needsEngine(found: Found): boolean {
  return [...found.gifts.values()].some((gift) => classifyGift(gift.source).kind === 'image');
}

export async function gatherInputs(
  found: Found,
  options: BuildOptions,
  tools: {
    engine: Engine | undefined;
    signal: AbortSignal;
    note(line: string): void;
    moreParts: Readonly<Record<string, string>>;
  },
): Promise<{ prepared: Prepared[]; software: Map<string, Software> }> {
  const { root, state, images } = found;
  const slots = images.flatMap((image) => image.config.software);
  const software = await fetchAllSoftware(slots, found.gifts, { root, state, ...tools });
  const prepared = await Promise.all(
    images.map((image) =>
      prepareImage(image, {
        root,
        state,
        arch: process.arch,
        buildArgs: buildArgsFor(image.config, options),
        moreParts: tools.moreParts,
        softwareFor: (slot) => software.get(slot),
      }),
    ),
  );
  const problems = prepared.flatMap((item) => item.problems);
  if (problems.length > 0) throw new ToolError('usage', problems);
  await state.save();
  return { prepared, software };
}

function buildArgsFor(config: ImageConfig, options: BuildOptions): ReadonlyMap<string, string> {
  return new Map(
    options.base === undefined || config.base === undefined ? [] : [[config.base.arg, options.base]],
  );
}

/** A family with mistakes in it may have no order; its images are then only looked at for more mistakes. */
function chooseImages(
  family: Family,
  names: readonly string[],
  affected: readonly string[] | undefined,
): { images: readonly Image[]; problems: Problem[] } {
  const known = family.images.map((image) => image.name);
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name): Problem => ({ message: `there is no image ${name}`, remedy: remedyFor(name, known) }));
  if (problems.length > 0 || family.problems.length > 0) return { images: family.images, problems };
  if (affected === undefined) return { images: selectImages(family.images, names), problems };
  const wanted = names.length === 0 ? affected : affected.filter((name) => names.includes(name));
  return { images: wanted.length === 0 ? [] : selectImages(family.images, wanted), problems };
}

/** --affected COMMIT: what its difference touches, and everything that is built from that. */
async function affectedNames(
  root: string,
  family: Family,
  options: BuildOptions,
): Promise<{ names: readonly string[] | undefined; problems: Problem[] }> {
  const commit = options.affectedBy;
  if (commit === undefined) return { names: undefined, problems: [] };
  const paths = await changedSince(root, commit);
  if (paths === undefined)
    return { names: [], problems: [{ message: `--affected ${commit}: git knows no such commit` }] };
  const touched = family.images.filter((image) => isTouched(image, paths)).map(({ name }) => name);
  return { names: [...withDescendants(family.images, touched)], problems: [] };
}

async function softwareFiles(root: string): Promise<string[]> {
  const names = await readdir(join(root, 'software')).catch(() => []);
  return names.filter((name) => !name.startsWith('.') && name !== 'README.md').toSorted();
}
