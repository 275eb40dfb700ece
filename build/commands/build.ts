// The build command from beginning to end: read, check, plan, build, test, push, report.

import { ensureEngine } from '../engine/daemon.ts';
import { connectDocker } from '../engine/docker.ts';
import { findImages, gatherInputs, needsEngine, type Found } from '../gather/gather.ts';
import { readSecrets } from '../machine/read-secrets.ts';
import { buildFamily } from '../make/family.ts';
import { isRepeatable, readEpoch, repeatableParts } from '../make/repeatable.ts';
import { createBoardReporter, createPlainReporter, type Reporter } from '../make/reporter.ts';
import type { EngineAddress } from '../model/engine-address.ts';
import type { EngineFacts } from '../model/engine.ts';
import { ToolError, type FailureKind } from '../model/errors.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import { INPUTS_LABEL } from '../plan/labels.ts';
import type { BuiltImage } from '../plan/outcome.ts';
import { planFamily } from '../plan/plan.ts';
import { platformProblems } from '../plan/platforms.ts';
import { pushProblems } from '../plan/refusals.ts';
import type { Outcome } from '../plan/schedule.ts';
import { pushFamily } from '../registry/push-family.ts';
import { tableRows, type RunFacts } from '../report/report.ts';
import { renderTable } from '../report/table.ts';
import { resolveExternals } from '../software/externals.ts';
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
  const run: RunFacts = { startedAt: new Date(), planned: [], outcomes: new Map(), pushed: [] };
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
  const found = await findImages(root, options, environment);
  const { images, git, state } = found;
  run.git = git;
  if (images.length === 0) {
    around.stdout.write(`nothing is affected by what differs from ${options.affectedBy}\n`);
    return undefined;
  }
  const secrets = await readSecrets(options.secrets, environment);
  const engine = connectDocker(around.address);
  run.engine = engine;
  const reporter = await createReporter(found, around);
  const note = (line: string): void => reporter.note(line);
  try {
    const ensure = (): Promise<boolean> => ensureEngine({ address: around.address, engine, signal, note });
    // All other mistakes are told before an engine is started.
    if (needsEngine(found)) await ensure();
    const epoch = readEpoch(environment['SOURCE_DATE_EPOCH'], git);
    const moreParts = repeatableParts(options, git, epoch);
    const { prepared, software } = await gatherInputs(found, options, { engine, signal, note, moreParts });
    await ensure();
    const facts = await engine.facts();
    checkArchitecture(facts, options);
    const isFresh = !options.useCache;
    const externals = await resolveExternals(images, { engine, arch: facts.arch, isFresh, signal, note });
    await state.rememberExternals(externals);
    const stored = await engine.imagesWithLabel(INPUTS_LABEL);
    const planned = planFamily(prepared, externals, stored, forcedNames(found, options));
    const refusals = options.isPush ? pushProblems(planned, git, options, new Set(software.keys())) : [];
    if (refusals.length > 0) throw new ToolError('usage', refusals);
    Object.assign(run, { planned, stored, externals, facts });
    run.outcomes = await buildFamily(planned, {
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
      buildArgs: found.buildArgs,
      software,
      secrets,
      repeatable: isRepeatable(options, git)
        ? { epoch, isVerified: options.reproducible === 'verify' }
        : undefined,
    });
    const failed = failureOf(run.outcomes, signal);
    if (options.isPush && failed === undefined) {
      const { pushed, error } = await pushFamily(planned, run.outcomes, options, { engine, signal, note });
      Object.assign(run, { pushed, error });
    }
    reporter.close();
    if (options.isPush && failed !== undefined)
      around.stderr.write('nothing was pushed, because not everything was built\n');
    around.stdout.write(`\n${renderTable(tableRows(planned, run.outcomes))}\n`);
    return failed;
  } finally {
    reporter.close();
  }
}

/** node goes into the images as it is on this machine. */
function checkArchitecture(facts: EngineFacts, options: BuildOptions): void {
  const own = process.arch === 'x64' ? 'amd64' : process.arch;
  const problems = platformProblems(options.platforms, facts.arch, own);
  if (problems.length > 0) throw new ToolError('engine', problems);
}

/** The named images, or all; what they are built from stays, and what is built from them follows by itself. */
function forcedNames({ images }: Found, options: BuildOptions): Set<string> {
  if (!options.isForced && options.useCache && options.reproducible !== 'verify') return new Set();
  return new Set(options.names.length === 0 ? images.map((image) => image.name) : options.names);
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

async function createReporter({ images }: Found, around: BuildSurroundings): Promise<Reporter> {
  const width = Math.max(...images.map((image) => image.name.length));
  // A terminal without a size cannot be drawn on.
  if (around.stdout.isTTY && around.stdout.rows > 0 && around.environment['CI'] === undefined)
    return await createBoardReporter(around.stdout, images.length, width);
  return createPlainReporter((line) => void around.stdout.write(`${line}\n`), width);
}
