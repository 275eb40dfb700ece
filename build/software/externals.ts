// Finds the images from elsewhere that a family is built on: at hand, from a registry, or made from packages.

import { engineMessage } from '../engine/engine-errors.ts';
import { splitReference, type Engine } from '../model/engine.ts';
import { messageOf, ToolError, type Problem } from '../model/errors.ts';
import { parsePlatform, type Platform } from '../model/platform.ts';
import { crossingKey, type External, type Image } from '../plan/facts.ts';
import { placeOf } from '../registry/challenge.ts';
import { isIndex, manifestsOf, openRepository, type Manifest, type Repository } from '../registry/client.ts';
import { credentialsFor } from '../registry/credentials.ts';
import { knownRootfs, makeRootfs, type Rootfs } from './rootfs.ts';

export interface ExternalTools {
  readonly engine: Engine;
  /** The engine's own platform, and all that it can run. */
  readonly own: Platform;
  readonly runnable: readonly Platform[];
  /** What they were the last time, by the same keys. */
  readonly remembered: ReadonlyMap<string, External>;
  readonly isFresh: boolean;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

/** A registry that does not answer must not hold up a machine that can do without it. */
const FIRST_ANSWER_MS = 20_000;

interface Wanted {
  readonly key: string;
  readonly reference: string;
  readonly platform: Platform;
  readonly line: number | undefined;
}

/** By reference, and those for another platform than the image's by `crossingKey`. */
export async function resolveExternals(
  images: readonly Image[],
  tools: ExternalTools,
): Promise<Map<string, External>> {
  const found = new Map<string, External>();
  const problems: Problem[] = [];
  for (const image of images) {
    for (const wanted of wantedBy(image)) {
      if (found.has(wanted.key)) continue;
      try {
        found.set(wanted.key, await resolveOne(wanted, image, tools));
      } catch (error) {
        if (!(error instanceof ToolError) || error.kind !== 'registry') throw error;
        const { line } = wanted;
        problems.push(
          ...error.problems.map((problem) => ({ ...problem, file: `${image.place}/Dockerfile`, line })),
        );
      }
    }
  }
  if (problems.length > 0) throw new ToolError('registry', problems);
  return found;
}

function wantedBy(image: Image): Wanted[] {
  const own = image.externals.map((reference) => ({
    key: reference,
    reference,
    platform: image.platform,
    line: image.dockerfile.uses.find((use) => use.image === reference)?.line,
  }));
  const others = image.crossing
    .filter(({ isSibling }) => !isSibling)
    .map((crossing) => ({ ...crossing, key: crossingKey(crossing), reference: crossing.image }));
  return [...own, ...others];
}

async function resolveOne(wanted: Wanted, image: Image, tools: ExternalTools): Promise<External> {
  const { engine } = tools;
  const { reference, platform } = wanted;
  const isOwn = platform.name === tools.own.name;
  const local = await engine.inspect(reference);
  if (local !== undefined && (local.platform === undefined ? isOwn : local.platform.name === platform.name))
    return { reference, id: local.id, content: local.id };
  const fallback = fallbackFor(reference, image);
  const rootfs = { ...tools, platform };
  // The root file system made before is used without asking a registry again: an unchanged family must be quick.
  const known = fallback !== undefined && !tools.isFresh ? await knownRootfs(fallback, rootfs) : undefined;
  if (known !== undefined) return rootfsExternal(known);
  // As with what the engine has: another image under the same tag is only looked for with --no-cache.
  const before = tools.remembered.get(wanted.key);
  if (!isOwn && before !== undefined && !tools.isFresh && before.reference.includes('@')) return before;
  const asked = isOwn ? await pullOwn(reference, tools) : await findForeign(reference, platform, tools);
  if ('external' in asked) return asked.external;
  const isMade = fallback !== undefined && tools.runnable.some(({ name }) => name === platform.name);
  if (!isMade) {
    const remedy =
      asked.remedy ?? 'is the name right, and the registry in reach? Private ones need: docker login';
    const what = isOwn ? reference : `${reference} for ${platform.name}`;
    throw new ToolError('registry', { message: `cannot get ${what}: ${asked.failure}`, remedy });
  }
  tools.note(`${reference} is not in reach (${asked.failure}); using Debian's packages instead`);
  return rootfsExternal(await makeRootfs(fallback, rootfs));
}

type Asked = { readonly external: External } | { readonly failure: string; readonly remedy?: string };

async function pullOwn(reference: string, tools: ExternalTools): Promise<Asked> {
  const failure = await pull(reference, tools);
  if (failure !== undefined) return { failure };
  const arrived = await tools.engine.inspect(reference);
  if (arrived === undefined) return { failure: 'it was not there after the pull' };
  return { external: { reference, id: arrived.id, content: arrived.id } };
}

/** Not pulled: the engine keeps one platform under a name. BuildKit takes it by its digest. */
async function findForeign(reference: string, platform: Platform, tools: ExternalTools): Promise<Asked> {
  tools.note(`looking for ${reference} for ${platform.name}`);
  try {
    const signal = AbortSignal.any([tools.signal, AbortSignal.timeout(FIRST_ANSWER_MS)]);
    const { repository, tag } = splitReference(reference);
    const digest = reference.includes('@') ? reference.slice(reference.indexOf('@') + 1) : undefined;
    const registry = await openRepository(repository, {
      auth: await credentialsFor(hostForCredentials(reference)),
      isInsecure: await tools.engine.isInsecure(placeOf(repository).host),
      signal,
    });
    const manifest = await registry.manifest(digest ?? tag);
    if (manifest === undefined) return { failure: 'the registry does not hold it' };
    const held = await platformsHeld(registry, manifest);
    const found = held.find((each) => each.platform?.name === platform.name);
    if (found !== undefined) {
      const id = found.digest;
      return { external: { reference: `${repository}@${id}`, id, content: id } };
    }
    const names = held.map((each) => each.platform?.name ?? 'unknown').join(', ');
    return {
      failure: `it is only there for ${names}`,
      remedy: 'leave that platform out, or take another base',
    };
  } catch (error) {
    if (tools.signal.aborted) throw new ToolError('interrupted', { message: 'interrupted' }, error);
    return { failure: messageOf(error) };
  }
}

/** What an index lists, or the one platform that an image's configuration names. */
async function platformsHeld(
  registry: Repository,
  manifest: Manifest,
): Promise<{ readonly digest: string; readonly platform: Platform | undefined }[]> {
  const nameOf = (
    item: { os?: string; architecture?: string; variant?: string } | undefined,
  ): Platform | undefined =>
    parsePlatform([item?.os, item?.architecture, item?.variant].filter(Boolean).join('/'));
  if (isIndex(manifest)) {
    return manifestsOf(manifest.bytes)
      .map(({ digest, platform }) => ({ digest, platform: nameOf(platform) }))
      .filter(({ platform }) => platform !== undefined && platform.arch !== 'unknown');
  }
  const { config } = JSON.parse(manifest.bytes.toString('utf8')) as { config?: { digest?: string } };
  if (config?.digest === undefined) return [{ digest: manifest.digest, platform: undefined }];
  const facts = JSON.parse((await registry.blob(config.digest)).toString('utf8')) as {
    os?: string;
    architecture?: string;
    variant?: string;
  };
  return [{ digest: manifest.digest, platform: nameOf(facts) }];
}

function rootfsExternal({ reference, image }: Rootfs): External {
  return { reference, id: image.id, content: image.layers.join(' ') };
}

/** Only the default of the ARG that [base] names has a fallback; what the user chose must be had as it is. */
function fallbackFor(reference: string, image: Image): Image['config']['base'] {
  const { base } = image.config;
  return base !== undefined && image.dockerfile.args.get(base.arg) === reference ? base : undefined;
}

/** Undefined when it worked, else why not. */
async function pull(reference: string, tools: ExternalTools): Promise<string | undefined> {
  tools.note(`pulling ${reference}`);
  try {
    const auth = await credentialsFor(hostForCredentials(reference));
    const quick = AbortSignal.any([tools.signal, AbortSignal.timeout(FIRST_ANSWER_MS)]);
    await tools.engine.remoteDigest(reference, auth, quick);
    await tools.engine.pull(reference, auth, tools.signal);
    return undefined;
  } catch (error) {
    if (tools.signal.aborted) throw new ToolError('interrupted', { message: 'interrupted' }, error);
    return engineMessage(error instanceof ToolError ? error.cause : error);
  }
}

function hostForCredentials(reference: string): string {
  return reference.includes('/') ? reference : 'docker.io';
}
