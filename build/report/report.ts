// The plan and the result of a run as data: JSON for programs, rows for the closing table.

import type { Entry } from '../model/context.ts';
import type { Engine, EngineFacts, LocalImage } from '../model/engine.ts';
import { describeProblem, linesOf, messageOf, ToolError } from '../model/errors.ts';
import type { Platform } from '../model/platform.ts';
import type { External, GitFacts } from '../plan/facts.ts';
import { changedInputs, type Inputs } from '../plan/inputs.ts';
import { softwareOf } from '../plan/labels.ts';
import type { Finding } from '../plan/lint.ts';
import { type BuiltImage, describeTests, ImageTestError, type Pushed } from '../plan/outcome.ts';
import { inputsOf, type PlannedImage } from '../plan/plan.ts';
import type { Outcome } from '../plan/schedule.ts';
import type { Sizes } from './sizes.ts';
import type { TableRow } from './table.ts';

type Outcomes = ReadonlyMap<string, Outcome<BuiltImage>>;

/** What is known of a run, more and more of it while it goes on. */
export interface RunFacts {
  readonly startedAt: Date;
  /** One for each platform. */
  families: readonly FamilyRun[];
  pushed: readonly Pushed[];
  git?: GitFacts | undefined;
  engine?: Engine;
  facts?: EngineFacts;
  /** The images that the engine held before. */
  stored?: readonly LocalImage[];
  error?: unknown;
}

/** The images for one platform. */
export interface FamilyRun {
  readonly platform: Platform;
  readonly planned: readonly PlannedImage[];
  readonly externals: ReadonlyMap<string, External>;
  outcomes: Outcomes;
}

export interface PlanFacts {
  /** As they were when an engine was last asked. */
  readonly externals: ReadonlyMap<string, External>;
  /** What each image was last built from here. */
  readonly before: ReadonlyMap<string, Inputs | undefined>;
  readonly planned: readonly PlannedImage[];
  readonly platform: Platform;
}

/** docs/build.md has the fields. */
export function planReport(families: readonly PlanFacts[], findings: readonly Finding[]): object {
  return {
    schema: 'initkit.plan/1',
    platforms: families.map(({ platform }) => platform.name),
    images: families.flatMap(plannedImages),
    findings: findings.map(({ rule, file, line, message, remedy }) => ({
      rule,
      file,
      line,
      message,
      reason: remedy,
    })),
  };
}

function plannedImages(facts: PlanFacts): object[] {
  const { planned } = facts;
  const changed = new Map(
    planned.map((item) => [item.image.name, changesOf(item, facts.before.get(item.image.name))]),
  );
  return planned.map(({ image, prepared, buildId }) => {
    const isExact = isKnown(image.name, planned, facts.externals);
    return {
      name: image.name,
      platform: image.platform.name,
      folder: image.place,
      parents: image.parents,
      externals: image.externals,
      inputs: isExact ? buildId : null,
      affected: (changed.get(image.name) ?? []).length > 0,
      changed: changed.get(image.name),
      software: image.config.software.map((slot) => ({
        name: slot.name,
        given: prepared.parts[`software:${slot.name}`] !== 'absent',
      })),
      tests: image.tests.map(({ place, checks }) => ({ file: place, checks: checks.length })),
      ...countFiles(prepared.entries),
    };
  });
}

function countFiles(entries: Iterable<Entry>): { files: number; bytes: number } {
  let [files, bytes] = [0, 0];
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    files++;
    bytes += entry.size;
  }
  return { files, bytes };
}

/** A build id is exact once all images from elsewhere, its own and its parents', have been seen. */
function isKnown(
  name: string,
  planned: readonly PlannedImage[],
  externals: ReadonlyMap<string, External>,
): boolean {
  const image = planned.find((item) => item.image.name === name)?.image;
  if (image === undefined) return false;
  return (
    image.externals.every((reference) => externals.has(reference)) &&
    image.parents.every((parent) => isKnown(parent, planned, externals))
  );
}

function changesOf(item: PlannedImage, before: Inputs | undefined): string[] {
  return before === undefined ? ['not built before'] : changedInputs(before, inputsOf(item));
}

/** docs/build.md has the fields. */
/** `sizes` by the id of the image. */
export function buildReport(run: RunFacts, endedAt: Date, sizes: ReadonlyMap<string, Sizes>): object {
  const { families, pushed, git, error } = run;
  return {
    schema: 'initkit.report/1',
    startedAt: run.startedAt.toISOString(),
    seconds: (endedAt.getTime() - run.startedAt.getTime()) / 1000,
    commit: git?.commit,
    engine: run.facts && { version: run.facts.version, arch: run.facts.arch },
    error: error === undefined ? undefined : messageOf(error),
    problems:
      error instanceof ToolError
        ? error.problems.map((problem) => ({ ...problem, text: describeProblem(problem) }))
        : [],
    images: families.flatMap(({ planned, outcomes, platform }) =>
      planned.map(({ image, buildId }) => {
        const outcome = outcomes.get(image.name);
        const done = outcome?.state === 'done' ? outcome.result : undefined;
        const inRegistries = pushed.filter((item) => item.name === image.name);
        return {
          name: image.name,
          platform: platform.name,
          folder: image.place,
          outcome: outcomeText(outcome),
          error: outcome?.state === 'failed' ? linesOf(outcome.error) : undefined,
          inputs: buildId,
          id: done?.stored.id,
          sizeBytes: done?.stored.sizeBytes,
          sizes: done === undefined ? undefined : sizes.get(done.stored.id),
          seconds: done === undefined ? undefined : Number(done.seconds.toFixed(3)),
          tags: done === undefined ? [] : tagsOf(done),
          software: done === undefined ? {} : Object.fromEntries(ownSoftware(image.config.software, done)),
          tests: testResults(outcome),
          pushed: inRegistries.map((item) => ({
            reference: `${item.repository}@${item.digest}`,
            tags: item.tags,
            ...(item.platforms === undefined ? {} : { platforms: item.platforms }),
            ...(item.attached === undefined ? {} : { attached: item.attached }),
          })),
        };
      }),
    ),
  };
}

export function tableRows(families: readonly FamilyRun[]): TableRow[] {
  const isOne = families.length === 1;
  return families.flatMap(({ planned, outcomes, platform }) =>
    planned.map(({ image }) => {
      const outcome = outcomes.get(image.name);
      const done = outcome?.state === 'done' ? outcome.result : undefined;
      return {
        image: isOne ? image.name : `${image.name} ${platform.name}`,
        outcome: outcomeText(outcome),
        tags: done === undefined ? [] : tagsOf(done),
        sizeBytes: done?.stored.sizeBytes,
        previousBytes: done?.previousBytes,
        seconds: done?.seconds,
        tests: testsText(outcome),
        software: done === undefined ? new Map() : ownSoftware(image.config.software, done),
      };
    }),
  );
}

function tagsOf({ tags, localTag }: BuiltImage): string[] {
  // Under its tags the registry has the index of all platforms.
  return localTag === 'latest' ? [...new Set([localTag, ...tags.immutable, ...tags.moving])] : [localTag];
}

/** Labels are inherited: a slot of the parent is not one of ours. */
function ownSoftware(slots: readonly { readonly name: string }[], done: BuiltImage): Map<string, string> {
  const all = softwareOf(done.stored.labels);
  return new Map(slots.map(({ name }) => [name, all.get(name) ?? 'absent']));
}

function testsText(outcome: Outcome<BuiltImage> | undefined): string {
  if (outcome?.state === 'done') return describeTests(outcome.result.tested);
  if (outcome?.state !== 'failed' || !(outcome.error instanceof ImageTestError)) return '-';
  const { results } = outcome.error;
  return `${results.filter(({ failures }) => failures.length > 0).length} of ${results.length} FAILED`;
}

/** All results, of a failed run, too. */
function testResults(outcome: Outcome<BuiltImage> | undefined): object[] {
  const results =
    outcome?.state === 'done'
      ? outcome.result.tested.results
      : outcome?.state === 'failed' && outcome.error instanceof ImageTestError
        ? outcome.error.results
        : [];
  return results.map(({ name, place, line, failures, seconds }) => ({
    name,
    file: place,
    line,
    passed: failures.length === 0,
    failures,
    seconds: Number(seconds.toFixed(3)),
  }));
}

export function outcomeText(outcome: Outcome<BuiltImage> | undefined): string {
  switch (outcome?.state) {
    case 'done':
      return outcome.result.isUnchanged ? 'unchanged' : 'built';
    case 'failed':
      return 'FAILED';
    case 'skipped':
      return `skipped (${outcome.because} failed)`;
    case 'cancelled':
    case undefined:
      return 'cancelled';
  }
}
