// After a push: bills of materials and provenance go to the images in the registry, and cosign signs them where it is asked to.

import { runProgram } from '../machine/programs.ts';
import { doneImages, makeDocuments, type Done } from '../make/documents.ts';
import type { Engine } from '../model/engine.ts';
import { codeOf, messageOf, ToolError } from '../model/errors.ts';
import type { Pushed } from '../plan/outcome.ts';
import { attach, attachedTo, type Attachment } from '../registry/attach.ts';
import { placeOf } from '../registry/challenge.ts';
import { openRepository } from '../registry/client.ts';
import { credentialsFor } from '../registry/credentials.ts';
import type { RunFacts } from '../report/report.ts';

export interface AttachTools {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

export const SBOM_TYPE = 'application/spdx+json';
export const PROVENANCE_TYPE = 'application/vnd.in-toto+json';

/** A registry must not hold up a run that has pushed everything. */
const ATTACH_MS = 60_000;

/** What a registry does not take is told and changes nothing: the image itself is pushed. */
export async function attachDocuments(run: RunFacts, tools: AttachTools): Promise<void> {
  const done = doneImages(run.families);
  const pushed: Pushed[] = [];
  for (const item of run.pushed) {
    try {
      pushed.push({ ...item, attached: await attachToAll(item, done, run, tools) });
    } catch (error) {
      tools.signal.throwIfAborted();
      tools.note(`nothing is attached to ${item.repository}: ${messageOf(error)}`);
      pushed.push(item);
    }
  }
  run.pushed = pushed;
}

/** To each platform's image; gives, by platform, the kinds of documents and the digests that lead to them. */
async function attachToAll(
  item: Pushed,
  done: readonly Done[],
  run: RunFacts,
  tools: AttachTools,
): Promise<Record<string, Record<string, string>>> {
  const { repository: name } = item;
  const repository = await openRepository(name, {
    auth: await credentialsFor(name),
    isInsecure: await tools.engine.isInsecure(placeOf(name).host),
    signal: AbortSignal.any([tools.signal, AbortSignal.timeout(ATTACH_MS)]),
  });
  const attached: Record<string, Record<string, string>> = {};
  for (const each of done.filter(({ item: { image } }) => image.name === item.name)) {
    const platform = each.family.platform.name;
    const digest = item.platforms?.[platform] ?? item.digest;
    const known = await attachedTo(repository, digest);
    const missing = [SBOM_TYPE, PROVENANCE_TYPE].filter((type) => !known.has(type));
    if (missing.length > 0) {
      const manifest = await repository.manifest(digest);
      if (manifest === undefined) throw new Error(`the registry does not hold ${digest}`);
      const subject = { mediaType: manifest.mediaType, digest, size: manifest.bytes.length };
      const documents = await documentsOf(each, run, `${name}@${digest}`, tools.engine);
      for (const document of documents.filter(({ artifactType }) => missing.includes(artifactType)))
        known.set(document.artifactType, await attach(repository, subject, document));
    }
    attached[platform] = Object.fromEntries(
      [...known].filter(([type]) => type === SBOM_TYPE || type === PROVENANCE_TYPE),
    );
  }
  return attached;
}

async function documentsOf(
  done: Done,
  run: RunFacts,
  reference: string,
  engine: Engine,
): Promise<Attachment[]> {
  const endedAt = new Date();
  const { sbom, provenance } = await makeDocuments(engine, done, run, [reference], endedAt);
  const created = (run.git === undefined ? endedAt : new Date(run.git.committedAt)).toISOString();
  const annotations = { 'org.opencontainers.image.created': created };
  return [
    { artifactType: SBOM_TYPE, bytes: Buffer.from(JSON.stringify(sbom)), annotations },
    {
      artifactType: PROVENANCE_TYPE,
      bytes: Buffer.from(JSON.stringify(provenance)),
      annotations: { ...annotations, 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' },
    },
  ];
}

/** Before anything is built: a signature that is asked for needs the program. */
export async function requireCosign(): Promise<void> {
  await runProgram('cosign', ['version']).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') return;
    throw new ToolError('usage', { message: '--sign: cosign is not installed' });
  });
}

/** `key` is what cosign takes as --key, or `keyless`. A signature that was asked for and is not made is a failure. */
export async function signPushed(
  key: string,
  pushed: readonly Pushed[],
  { signal, note }: AttachTools,
): Promise<void> {
  for (const { repository, digest } of pushed) {
    const reference = `${repository}@${digest}`;
    note(`signing ${reference}`);
    const how = key === 'keyless' ? [] : ['--key', key];
    const parameters = ['sign', '--yes', '--recursive', ...how, reference];
    await runProgram('cosign', parameters, { cancelSignal: signal }).catch((error: unknown) => {
      const stderr =
        typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : '';
      const reason = stderr.trim().split('\n').at(-1) ?? '';
      throw new ToolError(
        'registry',
        { message: `cannot sign ${reference}: cosign: ${reason === '' ? messageOf(error) : reason}` },
        error,
      );
    });
  }
}
