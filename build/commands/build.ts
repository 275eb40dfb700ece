// The build command from beginning to end: read, check, plan, build, test, push, report.

import { ensureEngine } from '../engine/daemon.ts';
import { connectDocker } from '../engine/docker.ts';
import { findImages, gatherInputs, gatherSoftware, needsEngine, type Found } from '../gather/gather.ts';
import { readSecrets } from '../machine/read-secrets.ts';
import { openSshAgents } from '../machine/ssh-agents.ts';
import { boundCache } from '../make/bound-cache.ts';
import { doneImages } from '../make/documents.ts';
import { buildFamily } from '../make/family.ts';
import { isRepeatable, readEpoch, repeatableParts } from '../make/repeatable.ts';
import { createBoardReporter, createPlainReporter, type Reporter } from '../make/reporter.ts';
import type { EngineAddress } from '../model/engine-address.ts';
import type { Engine, EngineFacts, LocalImage } from '../model/engine.ts';
import { ToolError, type FailureKind } from '../model/errors.ts';
import { parsePlatform, platformOfNode } from '../model/platform.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import { crossingKey, type Prepared } from '../plan/facts.ts';
import { INPUTS_LABEL } from '../plan/labels.ts';
import { planFamily } from '../plan/plan.ts';
import { engineProblems, platformProblems, type PlatformFacts } from '../plan/platforms.ts';
import { pushProblems } from '../plan/refusals.ts';
import { pushFamily } from '../registry/push-family.ts';
import { tableRows, type FamilyRun, type RunFacts } from '../report/report.ts';
import { renderTable } from '../report/table.ts';
import { resolveExternals, type ExternalTools } from '../software/externals.ts';
import { attachDocuments, requireCosign, signPushed } from './attach.ts';
import { writeReports } from './write-report.ts';

export interface BuildSurroundings {
  readonly root: string;
  readonly address: EngineAddress;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Gives the kind of failure, or undefined when everything was done. Reports are written in any case. */
export async function runBuild(
  options: BuildOptions,
  around: BuildSurroundings,
): Promise<FailureKind | undefined> {
  const run: RunFacts = { startedAt: new Date(), families: [], pushed: [] };
  let failure: FailureKind | undefined;
  try {
    failure = await buildAndPush(options, around, run);
    if (run.error !== undefined) throw run.error;
    return failure;
  } catch (error) {
    run.error ??= error;
    throw error;
  } finally {
    await writeReports(options, around, run);
  }
}

async function buildAndPush(
  options: BuildOptions,
  around: BuildSurroundings,
  run: RunFacts,
): Promise<FailureKind | undefined> {
  const { root, signal, environment } = around;
  // Loading its client takes as long as git takes to answer.
  const connecting = connectDocker(around.address);
  connecting.catch(() => {});
  const found = await findImages(root, options, environment);
  const { git, state } = found;
  run.git = git;
  if (found.families.every(({ images }) => images.length === 0)) {
    around.stdout.write(`nothing is affected by what differs from ${options.affectedBy}\n`);
    return undefined;
  }
  const secrets = await readSecrets(options.secrets, environment);
  if (options.signKey !== undefined) await requireCosign();
  const engine = await connecting;
  run.engine = engine;
  const agents = await openSshAgents(options.ssh, environment);
  const reporter = await createReporter(found, around);
  const note = (line: string): void => reporter.note(line);
  try {
    const ensure = (): Promise<boolean> => ensureEngine({ address: around.address, engine, signal, note });
    // All other mistakes are told before an engine is started.
    if (needsEngine(found)) await ensure();
    const epoch = readEpoch(environment['SOURCE_DATE_EPOCH'], git);
    const software = await gatherSoftware(found, { engine, signal, note });
    const prepared = await gatherInputs(found, options, software, repeatableParts(options, git, epoch));
    await ensure();
    run.facts = await engine.facts();
    const platforms = await platformFacts(engine, run.facts, options);
    checkPlatforms(found, platforms, options);
    const stored = (run.stored = await engine.imagesWithLabel(INPUTS_LABEL));
    const { engine: own, runnable } = platforms;
    const externalTools = { engine, own, runnable, isFresh: !options.useCache, signal, note };
    run.families = await planFamilies(found, prepared, stored, forcedNames(found, options), externalTools);
    const refusals = options.isPush ? pushProblems(run.families, git, options, new Set(software.keys())) : [];
    if (refusals.length > 0) throw new ToolError('usage', refusals);
    const siblings = new Map<string, LocalImage>();
    for (const family of run.families) {
      const { planned, platform, externals } = family;
      const isForeign = platform.name !== platforms.engine.name;
      family.outcomes = await buildFamily(planned, {
        root,
        platform,
        isForeign,
        canRun: platforms.runnable.some(({ name }) => name === platform.name),
        siblings,
        label: (name) => (run.families.length === 1 ? name : `${name} ${platform.name}`),
        engine,
        isLocal: around.address.kind === 'socket',
        state,
        reporter,
        signal,
        options,
        git,
        externals,
        stored,
        buildArgs: found.buildArgs,
        software,
        secrets,
        sshAgents: agents.sockets,
        repeatable: isRepeatable(options, git)
          ? { epoch, isVerified: options.reproducible === 'verify' }
          : undefined,
      });
      for (const [image, outcome] of family.outcomes)
        if (outcome.state === 'done') siblings.set(crossingKey({ image, platform }), outcome.result.stored);
      if (options.isFailFast && failureOf(run.families, signal) !== undefined) break;
    }
    const added = doneImages(run.families)
      .filter(({ built }) => !built.isUnchanged)
      .reduce((sum, { built }) => sum + Math.max(0, built.stored.sizeBytes - built.parentBytes), 0);
    const span = [run.startedAt.getTime(), Date.now()] as const;
    if (added > 0) await boundCache(engine, state, span, added);
    const failed = failureOf(run.families, signal);
    if (options.isPush && failed === undefined) {
      const { pushed, error } = await pushFamily(run.families, options, { engine, signal, note });
      Object.assign(run, { pushed, error });
      if (options.isAttached) await attachDocuments(run, { engine, signal, note });
      if (options.signKey !== undefined)
        await signPushed(options.signKey, run.pushed, { engine, signal, note });
    }
    reporter.close();
    if (options.isPush && failed !== undefined)
      around.stderr.write('nothing was pushed, because not everything was built\n');
    around.stdout.write(`\n${renderTable(tableRows(run.families))}\n`);
    return failed;
  } finally {
    await agents.close();
    reporter.close();
  }
}

/** Only where another platform than the engine's is asked for is it asked what it emulates. */
async function platformFacts(
  engine: Engine,
  facts: EngineFacts,
  options: BuildOptions,
): Promise<PlatformFacts> {
  const own = platformOfNode(process.arch);
  const its = parsePlatform(`${facts.os}/${facts.arch}`) ?? own;
  const isForeign = options.platforms.some(({ name }) => name !== its.name);
  const runnable = isForeign ? await engine.platforms() : [its];
  return { engine: its, own, runnable, isClassic: options.builder === 'classic' };
}

function checkPlatforms(found: Found, facts: PlatformFacts, options: BuildOptions): void {
  const problems = [
    ...engineProblems(options.platforms, facts),
    ...found.families.flatMap(({ images }) => platformProblems(images, facts)),
  ];
  if (problems.length > 0) throw new ToolError('engine', problems);
}

/** Platform after platform: what one takes from another's images is planned before. */
async function planFamilies(
  found: Found,
  prepared: readonly (readonly Prepared[])[],
  stored: readonly LocalImage[],
  forced: ReadonlySet<string>,
  tools: Omit<ExternalTools, 'remembered'>,
): Promise<FamilyRun[]> {
  const siblings = new Map<string, string>();
  const families: FamilyRun[] = [];
  for (const [index, { platform, images }] of found.families.entries()) {
    const remembered = await found.state.externals(platform);
    const externals = await resolveExternals(images, { ...tools, remembered });
    await found.state.rememberExternals(platform, externals);
    const planned = planFamily(prepared[index] ?? [], externals, stored, forced, siblings);
    for (const { image, buildId } of planned)
      siblings.set(crossingKey({ image: image.name, platform }), buildId);
    families.push({ platform, planned, externals, outcomes: new Map() });
  }
  return families;
}

/** The named images, or all; what they are built from stays, and what is built from them follows by itself. */
function forcedNames({ families }: Found, options: BuildOptions): Set<string> {
  if (!options.isForced && options.useCache && options.reproducible !== 'verify') return new Set();
  const all = families.flatMap(({ images }) => images.map((image) => image.name));
  return new Set(options.names.length === 0 ? all : options.names);
}

function failureOf(families: readonly FamilyRun[], signal: AbortSignal): FailureKind | undefined {
  if (signal.aborted) return 'interrupted';
  const outcomes = families.flatMap((family) => [...family.outcomes.values()]);
  const failed = outcomes.find((outcome) => outcome.state === 'failed');
  if (failed === undefined) return undefined;
  return failed.state === 'failed' && failed.error instanceof ToolError ? failed.error.kind : 'build';
}

async function createReporter({ families }: Found, around: BuildSurroundings): Promise<Reporter> {
  const labels = families.flatMap(({ images, platform }) =>
    images.map(({ name }) => (families.length === 1 ? name : `${name} ${platform.name}`)),
  );
  const width = Math.max(...labels.map((label) => label.length));
  // A terminal without a size cannot be drawn on.
  if (around.stdout.isTTY && around.stdout.rows > 0 && around.environment['CI'] === undefined)
    return await createBoardReporter(around.stdout, labels.length, width);
  return createPlainReporter((line) => void around.stdout.write(`${line}\n`), width);
}
