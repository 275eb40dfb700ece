// What became of an image: built or unchanged, tested, pushed.

import type { LocalImage } from '../model/engine.ts';
import type { Tags } from './tags.ts';

export interface BuiltImage {
  readonly stored: LocalImage;
  readonly isUnchanged: boolean;
  readonly seconds: number;
  readonly tags: Tags;
  readonly tested: Tested;
  /** Size of the image that had the name before. */
  readonly previousBytes: number | undefined;
  /** Layers and size of what it stands on. */
  readonly parentBytes: number;
}

export interface TestResult {
  /** `web.ini: run prints its version` */
  readonly name: string;
  readonly place: string;
  readonly line: number;
  /** Empty for a pass. */
  readonly failures: readonly string[];
  readonly seconds: number;
}

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

/** For the closing table: `5 passed`, `-`, `not run`. */
export function describeTests(tested: Tested): string {
  if (tested.outcome === 'none') return '-';
  if (tested.outcome === 'not run') return 'not run';
  return `${tested.results.length} passed`;
}

export interface Pushed {
  readonly name: string;
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly string[];
}
