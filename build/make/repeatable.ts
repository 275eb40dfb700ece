// --reproducible and --verify-reproducible: one image id for one commit, and the paths that stand in the way of it.

import { makeRepeatable, type RepeatableImage } from '../layers/archive.ts';
import { differences } from '../layers/differences.ts';
import type { Engine, LocalImage } from '../model/engine.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import type { GitFacts } from '../plan/facts.ts';
import { ImageBuildError } from './build-image.ts';

export interface RepeatableTools {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  /** No file and no image is younger, in seconds. */
  readonly epoch: number;
  readonly isVerified: boolean;
}

const SHOWN = 20;

/** A release that is pushed is repeatable without being asked to. */
export function isRepeatable(options: BuildOptions, git: GitFacts | undefined): boolean {
  return (
    options.reproducible !== 'no' ||
    (options.isPush && (git?.tags.some((tag) => /^v\d|@\d/.test(tag)) ?? false))
  );
}

/** The commit is in the labels and its time in the layers: another commit makes another image of the same files. */
export function repeatableParts(
  options: BuildOptions,
  git: GitFacts | undefined,
  epoch: number,
): Record<string, string> {
  return isRepeatable(options, git) ? { 'target:repeatable': `${git?.commit ?? 'none'} ${epoch}` } : {};
}

/** SOURCE_DATE_EPOCH, or the time of the commit, or 1980 where there is none. */
export function readEpoch(given: string | undefined, git: GitFacts | undefined): number {
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  return git === undefined ? 315_532_800 : Math.floor(Date.parse(git.committedAt) / 1000);
}

/**
 * Built without the engine's cache: a layer out of it may be older than the commit, and times are only cut at that.
 * `build` is called a second time where that is to be verified.
 */
export async function buildRepeatable(
  name: string,
  parentLayers: readonly string[],
  build: () => Promise<LocalImage>,
  tools: RepeatableTools,
): Promise<LocalImage> {
  const first = await normalise(await build(), parentLayers, tools);
  if (tools.isVerified) {
    const second = await normalise(await build(), parentLayers, tools);
    if (second.id !== first.id) {
      const paths = differences(first.layers, second.layers);
      await tools.engine.untag(second.id).catch(() => {});
      const lines = [
        `two builds gave two images: ${first.id.slice(7, 19)} and ${second.id.slice(7, 19)}`,
        ...(paths.length === 0 ? ['  only their configuration differs'] : []),
        ...paths.slice(0, SHOWN).map((path) => `  ${path}`),
        ...(paths.length > SHOWN ? [`  and ${paths.length - SHOWN} more`] : []),
      ];
      throw new ImageBuildError(name, lines, undefined);
    }
  }
  const made = await tools.engine.inspect(first.id);
  if (made === undefined) throw new Error(`the engine loaded ${first.id} but does not have it`);
  return made;
}

async function normalise(
  built: LocalImage,
  parentLayers: readonly string[],
  tools: RepeatableTools,
): Promise<RepeatableImage> {
  const made = await makeRepeatable(tools.engine, built.id, parentLayers, tools.epoch, tools.signal);
  // What the builder left has no name and no more use.
  if (made.id !== built.id && built.tags.length === 0) await tools.engine.untag(built.id).catch(() => {});
  return made;
}
