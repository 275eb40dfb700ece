// Attaches documents to an image in a registry, as OCI 1.1 has it: by the subject of their manifest, and by the tag that
// stands in where a registry keeps no list of what refers to an image.

import { digestOf, manifestsOf, type Descriptor, type Repository } from './client.ts';
import { MEDIA_TYPES } from './media-types.ts';

export interface Attachment {
  /** What the document is, for those who look for one: `application/spdx+json`. */
  readonly artifactType: string;
  readonly bytes: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The kinds of documents that are attached to the image already, each with the digest of its manifest. */
export async function attachedTo(repository: Repository, digest: string): Promise<Map<string, string>> {
  const found = (await repository.referrers(digest)) ?? (await fallbackList(repository, digest));
  return new Map(found.map(({ artifactType, digest: own }) => [artifactType ?? '', own]));
}

/** Gives the digest of the document's manifest. `subject` is the image's own. */
export async function attach(
  repository: Repository,
  subject: Descriptor,
  { artifactType, bytes, annotations }: Attachment,
): Promise<string> {
  const document = await repository.putBlob(bytes);
  const config = await repository.putBlob(Buffer.from('{}'));
  const { mediaType, digest, size } = subject;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.manifest,
      artifactType,
      config: { ...config, mediaType: MEDIA_TYPES.empty },
      layers: [{ ...document, mediaType: artifactType }],
      subject: { mediaType, digest, size },
      annotations,
    }),
  );
  const own = digestOf(manifest);
  const { isLinked } = await repository.putManifest(own, MEDIA_TYPES.manifest, manifest);
  if (isLinked) return own;
  const descriptor: Descriptor = {
    mediaType: MEDIA_TYPES.manifest,
    digest: own,
    size: manifest.length,
    artifactType,
    annotations,
  };
  const others = (await fallbackList(repository, digest)).filter((each) => each.digest !== own);
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [...others, descriptor] };
  await repository.putManifest(fallbackTag(digest), MEDIA_TYPES.index, Buffer.from(JSON.stringify(index)));
  return own;
}

async function fallbackList(repository: Repository, digest: string): Promise<readonly Descriptor[]> {
  const found = await repository.manifest(fallbackTag(digest));
  return found === undefined ? [] : manifestsOf(found.bytes);
}

/** `sha256-<hex>`, by the distribution specification's "Referrers Tag Schema". */
export function fallbackTag(digest: string): string {
  return digest.replace(':', '-').slice(0, 128);
}
