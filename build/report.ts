// The plan and the result of a run as data: JSON for programs, rows for the closing table.

import { messageOf } from './errors.ts';
import type { BuiltImage } from './family.ts';
import type { GitFacts } from './git.ts';
import { softwareOf } from './labels.ts';
import type { PlannedImage } from './plan.ts';
import type { Pushed } from './push.ts';
import type { Outcome } from './schedule.ts';
import type { TableRow } from './table.ts';
import { describeTests, ImageTestError } from './test-image.ts';

type Outcomes = ReadonlyMap<string, Outcome<BuiltImage>>;

export function planReport(planned: readonly PlannedImage[]): object {
  return {
    schema: 'initkit.plan/1',
    images: planned.map(({ image, prepared }) => ({
      name: image.name,
      folder: image.place,
      parents: image.parents,
      externals: image.externals,
      software: image.config.software.map((slot) => ({
        name: slot.name,
        given: prepared.parts[`software:${slot.name}`] !== 'absent',
      })),
      files: prepared.entries.filter((entry) => entry.kind === 'file').length,
      bytes: prepared.entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0),
    })),
  };
}

export function buildReport(
  planned: readonly PlannedImage[],
  outcomes: Outcomes,
  pushed: readonly Pushed[],
  git: GitFacts | undefined,
  pushError: unknown,
): object {
  return {
    schema: 'initkit.report/1',
    commit: git?.commit,
    pushError: pushError === undefined ? undefined : messageOf(pushError),
    images: planned.map(({ image, buildId }) => {
      const outcome = outcomes.get(image.name);
      const done = outcome?.state === 'done' ? outcome.result : undefined;
      const inRegistry = pushed.find((item) => item.name === image.name);
      return {
        name: image.name,
        outcome: outcomeText(outcome),
        inputs: buildId,
        id: done?.stored.id,
        sizeBytes: done?.stored.sizeBytes,
        seconds: done === undefined ? undefined : Number(done.seconds.toFixed(3)),
        tags: done === undefined ? [] : ['latest', ...done.tags.immutable, ...done.tags.moving],
        software: done === undefined ? {} : Object.fromEntries(ownSoftware(image.config.software, done)),
        tests: testResults(outcome),
        pushed:
          inRegistry === undefined
            ? undefined
            : { reference: `${inRegistry.repository}@${inRegistry.digest}`, tags: inRegistry.tags },
      };
    }),
  };
}

export function tableRows(planned: readonly PlannedImage[], outcomes: Outcomes): TableRow[] {
  return planned.map(({ image }) => {
    const outcome = outcomes.get(image.name);
    const done = outcome?.state === 'done' ? outcome.result : undefined;
    return {
      image: image.name,
      outcome: outcomeText(outcome),
      tags: done === undefined ? [] : [...new Set(['latest', ...done.tags.immutable, ...done.tags.moving])],
      sizeBytes: done?.stored.sizeBytes,
      seconds: done?.seconds,
      tests: testsText(outcome),
      software: done === undefined ? new Map() : ownSoftware(image.config.software, done),
    };
  });
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

function outcomeText(outcome: Outcome<BuiltImage> | undefined): string {
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
