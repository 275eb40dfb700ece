// All that a run knows before it needs an engine: the images, what they are made of, and every mistake in them, at once.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { changedSince, readGitFacts } from '../machine/git.ts';
import { openState, type State } from '../machine/state.ts';
import type { Engine } from '../model/engine.ts';
import { describeProblem, ToolError, type Problem } from '../model/errors.ts';
import { platformOfNode, type Platform } from '../model/platform.ts';
import { remedyFor } from '../model/suggest.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import type { Family, GitFacts, Image, Prepared } from '../plan/facts.ts';
import { withDescendants } from '../plan/graph.ts';
import { selectImages } from '../plan/plan.ts';
import { isTouched } from '../plan/touched.ts';
import { buildArgProblems } from '../read/build-args.ts';
import type { ImageConfig } from '../read/image-ini.ts';
import { secretProblems } from '../read/secrets.ts';
import { classifyGift, collectGifts, type Gift } from '../read/slots.ts';
import { sshProblems } from '../read/ssh.ts';
import { fetchAllSoftware, type Software } from '../software/software.ts';
import { discoverImages } from './discover.ts';
import { prepareImage } from './prepare.ts';

export interface Found {
  readonly root: string;
  /** The engine's own platform, as far as it is known without asking one: this machine's. */
  readonly own: Platform;
  /** One for each platform, the engine's own first. */
  readonly families: readonly FoundFamily[];
  readonly gifts: ReadonlyMap<string, Gift>;
  readonly git: GitFacts | undefined;
  readonly state: State;
  readonly buildArgs: ReadonlyMap<string, string>;
}

export interface FoundFamily {
  readonly platform: Platform;
  /** Selected, in build order. */
  readonly images: readonly Image[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws one ToolError with all mistakes of Dockerfiles, image.ini, tests, names and options. */
export async function findImages(
  root: string,
  options: BuildOptions,
  environment: Environment,
): Promise<Found> {
  const own = platformOfNode(process.arch);
  const [family, ...others] = await Promise.all(
    platformsOf(options, own).map((platform) =>
      discoverImages(root, { platform, own }, (config) => buildArgsFor(config, options)),
    ),
  );
  if (family === undefined) throw new Error('no platform to build for');
  const git = await readGitFacts(root);
  const affected = await affectedNames(root, family, options);
  const { images, problems: nameProblems } = chooseImages(family, options.names, affected.names);
  const families = [family, ...others].map((each): FoundFamily => ({
    platform: each.platform,
    images: chooseImages(each, options.names, affected.names).images,
  }));
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
    ...distinctProblems([family, ...others].flatMap(({ problems }) => problems)),
    ...crossingProblems(families),
    ...giftProblems,
    ...secretProblems(
      options.secrets.map(({ id }) => id),
      images,
    ),
    ...buildArgProblems(options.buildArgs.keys(), images),
    ...sshProblems(
      options.ssh.map(({ id }) => id),
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
  return { root, own, families, gifts, git, state: await openState(root), buildArgs };
}

/** Software out of an image is the one gift that needs an engine. */
export function needsEngine(found: Found): boolean {
  return [...found.gifts.values()].some((gift) => classifyGift(gift.source).kind === 'image');
}

/** Those that were asked for, the machine's own first: what others take from it is there then. */
function platformsOf(options: BuildOptions, own: Platform): readonly Platform[] {
  if (options.platforms.length === 0) return [own];
  const isOwn = ({ name }: Platform): boolean => name === own.name;
  return [...options.platforms.filter(isOwn), ...options.platforms.filter((platform) => !isOwn(platform))];
}

/** The same mistake is in the Dockerfile of every platform. */
function distinctProblems(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [describeProblem(problem), problem])).values()];
}

/** A sibling for another platform must be built before, in this run. */
function crossingProblems(families: readonly FoundFamily[]): Problem[] {
  return families.flatMap(({ images, platform: target }, index) =>
    images.flatMap((image) =>
      image.crossing
        .filter(({ isSibling }) => isSibling)
        .filter(
          ({ platform }) => !families.slice(0, index).some((other) => other.platform.name === platform.name),
        )
        .map(({ image: name, platform, line }) => ({
          file: `${image.place}/Dockerfile`,
          line,
          message: `needs ${name} for ${platform.name}, which this run does not build before`,
          remedy: `--platform ${platform.name},${target.name}`,
        })),
    ),
  );
}

/** All slots of all images, fetched once for every platform. */
export async function gatherSoftware(
  found: Found,
  tools: GatherTools & { readonly engine: Engine | undefined },
): Promise<Map<string, Software>> {
  const slots = found.families.flatMap(({ images }) => images).flatMap((image) => image.config.software);
  return await fetchAllSoftware(slots, found.gifts, { root: found.root, state: found.state, ...tools });
}

export interface GatherTools {
  readonly signal: AbortSignal;
  note(line: string): void;
}

export async function gatherInputs(
  found: Found,
  options: BuildOptions,
  software: ReadonlyMap<string, Software>,
  moreParts: Readonly<Record<string, string>>,
): Promise<Prepared[][]> {
  const { root, state, families } = found;
  const images = families.flatMap((family) => family.images);
  const prepared = await Promise.all(
    images.map((image) =>
      prepareImage(image, {
        root,
        state,
        buildArgs: buildArgsFor(image.config, options),
        moreParts,
        softwareFor: (slot) => software.get(slot),
      }),
    ),
  );
  const isPlan = options.isPrint || options.isBake;
  const problems = distinctProblems(
    prepared.flatMap((item) => [...item.problems, ...(isPlan ? [] : item.missing)]),
  );
  if (problems.length > 0) throw new ToolError('usage', problems);
  await state.save();
  return families.map((family) => prepared.filter(({ image }) => family.images.includes(image)));
}

function buildArgsFor(config: ImageConfig, options: BuildOptions): ReadonlyMap<string, string> {
  const base =
    options.base === undefined || config.base === undefined ? [] : [[config.base.arg, options.base] as const];
  return new Map([...options.buildArgs, ...base]);
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
