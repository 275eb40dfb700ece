// The build command from beginning to end: read, check, plan, build, push, report.

import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BuildOptions } from './arguments.ts';
import { connectDocker } from './docker.ts';
import { ensureEngine } from './daemon.ts';
import { discoverImages, type Family, type Image } from './discover.ts';
import type { Engine } from './engine.ts';
import type { EngineAddress } from './engine-address.ts';
import { ToolError, type FailureKind, type Problem } from './errors.ts';
import { resolveExternals } from './externals.ts';
import { buildFamily, isDirty, type BuiltImage } from './family.ts';
import { readGitFacts, type GitFacts } from './git.ts';
import type { ImageConfig } from './image-ini.ts';
import { INPUTS_LABEL } from './labels.ts';
import { planFamily, selectImages, type PlannedImage } from './plan.ts';
import { prepareImage, type Prepared } from './prepare.ts';
import { pushImages, type Pushed } from './push.ts';
import { readSecrets } from './read-secrets.ts';
import { createBoardReporter, createPlainReporter, type Reporter } from './reporter.ts';
import { buildReport, planReport, tableRows } from './report.ts';
import type { Outcome } from './schedule.ts';
import { secretProblems } from './secrets.ts';
import { classifyGift, collectGifts } from './slots.ts';
import { fetchAllSoftware, type Software } from './software.ts';
import { openState, writeAtomically, type State } from './state.ts';
import { remedyFor } from './suggest.ts';
import { renderTable } from './table.ts';

export interface BuildSurroundings {
  readonly root: string;
  readonly address: EngineAddress;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Gives the kind of failure, or undefined when everything was done. */
export async function runBuild(
  options: BuildOptions,
  around: BuildSurroundings,
): Promise<FailureKind | undefined> {
  const { root, signal } = around;
  const buildArgsFor = (config: ImageConfig): ReadonlyMap<string, string> =>
    new Map(options.base === undefined || config.base === undefined ? [] : [[config.base.arg, options.base]]);
  const family = await discoverImages(root, buildArgsFor);
  const { images, problems: nameProblems } = chooseImages(family, options.names);
  const files = await softwareFiles(root);
  const { gifts, problems: giftProblems } = collectGifts(
    options.software,
    around.environment,
    files,
    slotNames(images),
  );
  const secretMistakes = secretProblems(
    options.secrets.map(({ id }) => id),
    images,
  );
  const mistakes = [...nameProblems, ...family.problems, ...giftProblems, ...secretMistakes];
  if (mistakes.length > 0) throw new ToolError('usage', mistakes);
  const secrets = await readSecrets(options.isPrint ? [] : options.secrets, around.environment);
  const state = await openState(root);
  const git = await readGitFacts(root);
  const engine = connectDocker(around.address);
  const reporter = await createReporter(images, options, around);
  const note = (line: string): void => reporter.note(line);
  try {
    const ensure = (): Promise<boolean> => ensureEngine({ address: around.address, engine, signal, note });
    // Only software out of an image needs the engine this early; all other mistakes are told before one is started.
    if (!options.isPrint && [...gifts.values()].some((gift) => classifyGift(gift.source).kind === 'image'))
      await ensure();
    const slots = images.flatMap((image) => image.config.software);
    const software = await fetchAllSoftware(slots, gifts, {
      root,
      state,
      engine: options.isPrint ? undefined : engine,
      signal,
      note,
    });
    const prepared = await prepareAll(images, software, { root, state, buildArgsFor });
    await state.save();
    if (options.isPrint) {
      around.stdout.write(
        `${JSON.stringify(planReport(planFamily(prepared, new Map(), [], new Set())), undefined, 2)}\n`,
      );
      return undefined;
    }
    await ensure();
    const facts = await engine.facts();
    checkArchitecture(facts.arch);
    const externals = await resolveExternals(images, {
      engine,
      arch: facts.arch,
      isFresh: !options.useCache,
      signal,
      note,
    });
    const stored = await engine.imagesWithLabel(INPUTS_LABEL);
    const planned = planFamily(prepared, externals, stored, forcedNames(images, options));
    if (options.isPush) refusePush(planned, git, options, software);
    const buildArgs = new Map(images.flatMap((image) => [...buildArgsFor(image.config)]));
    const outcomes = await buildFamily(planned, {
      root,
      engine,
      isLocal: around.address.kind === 'socket',
      state,
      reporter,
      signal,
      options,
      git,
      externals,
      stored,
      buildArgs,
      software,
      secrets,
    });
    const failed = failureOf(outcomes, signal);
    const pushed =
      options.isPush && failed === undefined
        ? await settle(push(planned, outcomes, options, { engine, signal, note }))
        : undefined;
    reporter.close();
    if (options.isPush && failed !== undefined)
      around.stderr.write('nothing was pushed, because not everything was built\n');
    around.stdout.write(`\n${renderTable(tableRows(planned, outcomes))}\n`);
    if (options.jsonPath !== undefined) {
      const report = buildReport(planned, outcomes, pushed?.value ?? [], git, pushed?.error);
      await writeAtomically(resolve(options.jsonPath), `${JSON.stringify(report, undefined, 2)}\n`);
    }
    if (pushed?.error !== undefined) throw pushed.error;
    return failed;
  } finally {
    reporter.close();
  }
}

/** A family with mistakes in it may have no order; its images are then only looked at for more mistakes. */
function chooseImages(
  family: Family,
  names: readonly string[],
): { images: readonly Image[]; problems: Problem[] } {
  const known = family.images.map((image) => image.name);
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name): Problem => ({ message: `there is no image ${name}`, remedy: remedyFor(name, known) }));
  const isSound = problems.length === 0 && family.problems.length === 0;
  return { images: isSound ? selectImages(family.images, names) : family.images, problems };
}

/** node goes into the images as it is on this machine. */
function checkArchitecture(engineArch: string): void {
  const own = process.arch === 'x64' ? 'amd64' : process.arch;
  if (engineArch === own) return;
  const remedy = 'build on a machine of the same architecture, or set DOCKER_HOST to an engine of this one';
  throw new ToolError('engine', { message: `the engine is ${engineArch}, this machine ${own}`, remedy });
}

async function prepareAll(
  images: readonly Image[],
  software: ReadonlyMap<string, Software>,
  tools: { root: string; state: State; buildArgsFor: (config: ImageConfig) => ReadonlyMap<string, string> },
): Promise<Prepared[]> {
  const prepared = await Promise.all(
    images.map((image) =>
      prepareImage(image, {
        root: tools.root,
        state: tools.state,
        arch: process.arch,
        buildArgs: tools.buildArgsFor(image.config),
        softwareFor: (slot) => software.get(slot),
      }),
    ),
  );
  const problems = prepared.flatMap((item) => item.problems);
  if (problems.length > 0) throw new ToolError('usage', problems);
  return prepared;
}

/** Before anything is built: what must not be pushed is known by now. */
function refusePush(
  planned: readonly PlannedImage[],
  git: GitFacts | undefined,
  options: BuildOptions,
  software: ReadonlyMap<string, Software>,
): void {
  const problems: Problem[] = [];
  if (git === undefined)
    problems.push({ message: '--push needs a git commit to name the images by', remedy: 'commit first' });
  const dirty =
    git === undefined || options.allowDirty ? [] : planned.filter((item) => isDirty(item, planned, git));
  if (dirty.length > 0) {
    const names = dirty.map(({ image }) => image.name).join(', ');
    problems.push({
      message: `--push: files of ${names} differ from the commit`,
      remedy: 'commit them, or --allow-dirty',
    });
  }
  for (const { image } of options.allowAbsentSoftware ? [] : planned) {
    const absent = image.config.software.filter((slot) => !software.has(slot.name)).map((slot) => slot.name);
    if (absent.length === 0) continue;
    const remedy = `--software ${absent[0]}=SOURCE, or --allow-absent-software`;
    problems.push({ message: `--push: ${image.name} is without ${absent.join(', ')}`, remedy });
  }
  if (problems.length > 0) throw new ToolError('usage', problems);
}

async function push(
  planned: readonly PlannedImage[],
  outcomes: ReadonlyMap<string, Outcome<BuiltImage>>,
  options: BuildOptions,
  tools: { engine: Engine; signal: AbortSignal; note(line: string): void },
): Promise<Pushed[]> {
  const items = planned.flatMap(({ image }) => {
    const outcome = outcomes.get(image.name);
    if (outcome?.state !== 'done') return [];
    const { stored, tags } = outcome.result;
    return [
      { name: image.name, imageId: stored.id, repository: `${options.registries[0]}/${image.name}`, tags },
    ];
  });
  return await pushImages(items, { ...tools, isForced: options.isForced });
}

/** The named images, or all; what they are built from stays, and what is built from them follows by itself. */
function forcedNames(images: readonly Image[], options: BuildOptions): Set<string> {
  if (!options.isForced && options.useCache) return new Set();
  return new Set(options.names.length === 0 ? images.map((image) => image.name) : options.names);
}

/** What became of it, to be thrown only after the table and the report are out. */
async function settle<Value>(task: Promise<Value>): Promise<{ value?: Value; error?: unknown }> {
  return await task.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

function failureOf(
  outcomes: ReadonlyMap<string, Outcome<BuiltImage>>,
  signal: AbortSignal,
): FailureKind | undefined {
  if (signal.aborted) return 'interrupted';
  const failed = [...outcomes.values()].find((outcome) => outcome.state === 'failed');
  if (failed === undefined) return undefined;
  return failed.state === 'failed' && failed.error instanceof ToolError ? failed.error.kind : 'build';
}

async function createReporter(
  images: readonly Image[],
  options: BuildOptions,
  around: BuildSurroundings,
): Promise<Reporter> {
  const width = Math.max(...images.map((image) => image.name.length));
  if (options.isPrint) return createPlainReporter((line) => void around.stderr.write(`${line}\n`), width);
  // A terminal without a size cannot be drawn on.
  if (around.stdout.isTTY && around.stdout.rows > 0 && around.environment['CI'] === undefined)
    return await createBoardReporter(around.stdout, images.length, width);
  return createPlainReporter((line) => void around.stdout.write(`${line}\n`), width);
}

function slotNames(images: readonly Image[]): string[] {
  return [...new Set(images.flatMap((image) => image.config.software.map((slot) => slot.name)))];
}

async function softwareFiles(root: string): Promise<string[]> {
  const names = await readdir(join(root, 'software')).catch(() => []);
  return names.filter((name) => !name.startsWith('.') && name !== 'README.md').toSorted();
}
