// Tests one image, unless the very same image has passed the very same tests before.

import type { State } from '../machine/state.ts';
import { sha256Of } from '../model/context.ts';
import type { Engine, LocalImage } from '../model/engine.ts';
import type { Image } from '../plan/facts.ts';
import { ImageTestError, type Tested, type TestResult } from '../plan/outcome.ts';
import { isStatic, runTests } from './run.ts';

export interface TestImageTools {
  readonly engine: Engine;
  readonly state: State;
  readonly signal: AbortSignal;
  readonly software: ReadonlySet<string>;
  readonly isLocal: boolean;
  readonly isForced: boolean;
  /** The engine can start a container of it; else only what needs none is looked at. */
  readonly canRun: boolean;
  /** What this image is remembered by. */
  readonly memoryKey: string;
}

export async function testImage(image: Image, stored: LocalImage, tools: TestImageTools): Promise<Tested> {
  if (image.tests.length === 0) return { outcome: 'none', isRemembered: false, results: [] };
  const key = sha256Of(
    JSON.stringify([stored.id, image.tests, [...tools.software].toSorted(), tools.canRun]),
  );
  const needsRunning = image.tests.some(({ checks }) => checks.some((check) => !isStatic(check)));
  const passed = tools.canRun || !needsRunning ? 'passed' : 'foreign';
  const before = tools.isForced ? undefined : await tools.state.passedTests(tools.memoryKey);
  if (before?.key === key)
    return { outcome: passed, isRemembered: true, results: before.results as TestResult[] };
  const results = await runTests(image.tests, { ...tools, imageId: stored.id });
  if (results.some(({ failures }) => failures.length > 0)) throw new ImageTestError(image.name, results);
  await tools.state.rememberTests(tools.memoryKey, { key, results });
  return {
    outcome: results.length === 0 && passed === 'passed' ? 'none' : passed,
    isRemembered: false,
    results,
  };
}
