// Tests one image, unless the very same image has passed the very same tests before.

import { sha256Of } from './context.ts';
import type { Image } from './discover.ts';
import type { Engine, LocalImage } from './engine.ts';
import { runTests, type TestResult } from './image-tests/run.ts';
import type { State } from './state.ts';

export interface Tested {
  readonly outcome: 'passed' | 'none' | 'not run';
  readonly isRemembered: boolean;
  readonly results: readonly TestResult[];
}

export const UNTESTED: Tested = { outcome: 'not run', isRemembered: false, results: [] };

/** A test failed; `lines` are what a person needs to see of it. */
export class ImageTestError extends Error {
  readonly lines: readonly string[];
  readonly results: readonly TestResult[];

  constructor(image: string, results: readonly TestResult[]) {
    const failed = results.filter(({ failures }) => failures.length > 0);
    super(`${failed.length} of ${results.length} tests of ${image} failed`);
    this.name = 'ImageTestError';
    this.results = results;
    this.lines = [
      this.message,
      ...failed.flatMap(({ name, place, line, failures: [first = '', ...rest] }) => [
        `  ${place}:${line}: ${name.replace(/^[^:]*: /, '')}: ${first}`,
        ...rest.map((text) => `  ${text}`),
      ]),
    ];
  }
}

export interface TestImageTools {
  readonly engine: Engine;
  readonly state: State;
  readonly signal: AbortSignal;
  readonly software: ReadonlySet<string>;
  readonly isLocal: boolean;
  readonly isForced: boolean;
}

export async function testImage(image: Image, stored: LocalImage, tools: TestImageTools): Promise<Tested> {
  if (image.tests.length === 0) return { outcome: 'none', isRemembered: false, results: [] };
  const key = sha256Of(JSON.stringify([stored.id, image.tests, [...tools.software].toSorted()]));
  const before = tools.isForced ? undefined : await tools.state.passedTests(image.name);
  if (before?.key === key)
    return { outcome: 'passed', isRemembered: true, results: before.results as TestResult[] };
  const results = await runTests(image.tests, { ...tools, imageId: stored.id });
  if (results.some(({ failures }) => failures.length > 0)) throw new ImageTestError(image.name, results);
  await tools.state.rememberTests(image.name, { key, results });
  return { outcome: results.length === 0 ? 'none' : 'passed', isRemembered: false, results };
}

/** For the closing table: `5 passed`, `-`, `not run`. */
export function describeTests(tested: Tested): string {
  if (tested.outcome === 'none') return '-';
  if (tested.outcome === 'not run') return 'not run';
  return `${tested.results.length} passed`;
}
