// What became of an image: built or unchanged, tested, pushed.

import type { LocalImage } from '../model/engine.ts';
import type { Tags } from './tags.ts';

export interface BuiltImage {
  readonly stored: LocalImage;
  readonly isUnchanged: boolean;
  readonly seconds: number;
  readonly tags: Tags;
  /** Its name in the engine: `latest`, or `linux-arm64` where it is for another platform than the engine's. */
  readonly localTag: string;
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
  /** `foreign`: only what needs no running container was looked at, and has passed. */
  readonly outcome: 'passed' | 'none' | 'not run' | 'foreign';
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
  if (tested.outcome === 'foreign') return `${tested.results.length} passed, others not run`;
  return `${tested.results.length} passed`;
}

export interface Pushed {
  readonly name: string;
  readonly repository: string;
  /** Of the image, or of the index of its platforms. */
  readonly digest: string;
  readonly tags: readonly string[];
  /** Of an index: where each platform's image is in it. */
  readonly platforms?: Readonly<Record<string, string>>;
  /** What is attached to it: platform → kind of document → digest of the manifest that leads to it. */
  readonly attached?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
