// The documents of a built image: what is in it, and what it was made from.

import { join } from 'node:path';
import type { Engine } from '../model/engine.ts';
import { softwareOf } from '../plan/labels.ts';
import type { BuiltImage } from '../plan/outcome.ts';
import type { PlannedImage } from '../plan/plan.ts';
import { isDirty } from '../plan/refusals.ts';
import { provenanceStatement } from '../report/provenance.ts';
import type { FamilyRun, RunFacts } from '../report/report.ts';
import { parseDpkgStatus, spdxDocument } from '../report/sbom.ts';

export interface Done {
  readonly item: PlannedImage;
  readonly family: FamilyRun;
  readonly built: BuiltImage;
}

/** Every image that there is now, platform by platform. */
export function doneImages(families: readonly FamilyRun[]): Done[] {
  return families.flatMap((family) =>
    family.planned.flatMap((item) => {
      const outcome = family.outcomes.get(item.image.name);
      return outcome?.state === 'done' ? [{ item, family, built: outcome.result }] : [];
    }),
  );
}

/** `references` are where it is in registries, as `repository@sha256:…`. */
export async function makeDocuments(
  engine: Engine,
  { item, family, built }: Done,
  run: RunFacts,
  references: readonly string[],
  endedAt: Date,
): Promise<{ readonly sbom: object; readonly provenance: object }> {
  const { image, prepared } = item;
  const { git } = run;
  const created = git === undefined ? endedAt.toISOString() : new Date(git.committedAt).toISOString();
  const inherited = ancestors(item, family.planned).flatMap((parent) => parent.prepared.packages);
  const npm = new Map(
    [...inherited, ...prepared.packages].map((each) => [`${each.name}@${each.version}`, each]),
  );
  const software = [...softwareOf(built.stored.labels)].filter(([, version]) => version !== 'absent');
  const sbom = spdxDocument({
    image: image.name,
    imageId: built.stored.id,
    created,
    distribution: await readText(engine, built.stored.id, '/etc/os-release').then(
      (text) => /^ID=(.*)$/m.exec(text)?.[1]?.replaceAll('"', '') ?? 'debian',
    ),
    debian: parseDpkgStatus(await readText(engine, built.stored.id, '/var/lib/dpkg/status')),
    npm: [...npm.values()],
    software: new Map(software),
  });
  const idOf = (name: string): string => {
    const outcome = family.outcomes.get(name);
    return outcome?.state === 'done' ? outcome.result.stored.id : '';
  };
  const provenance = provenanceStatement(item, {
    imageId: built.stored.id,
    references,
    git,
    isDirty: git !== undefined && isDirty(item, family.planned, git),
    engine: run.facts,
    externals: family.externals,
    parents: new Map(image.parents.map((parent) => [parent, idOf(parent)])),
    startedAt: run.startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
  });
  return { sbom, provenance };
}

function ancestors(item: PlannedImage, planned: readonly PlannedImage[]): PlannedImage[] {
  return planned
    .filter(({ image }) => item.image.parents.includes(image.name))
    .flatMap((parent) => [...ancestors(parent, planned), parent]);
}

/** A file of an image; empty where it is not there. */
async function readText(engine: Engine, imageId: string, path: string): Promise<string> {
  const container = await engine.createContainer({
    image: imageId,
    command: ['none'],
    environment: [],
    ports: [],
  });
  try {
    const archive = await container.read(path);
    if (archive === undefined) return '';
    const { extract } = await import('tar-stream');
    const tar = extract();
    tar.end(archive);
    for await (const entry of tar) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      // os-release is a link; what it leads to is asked for instead.
      const { type, linkname } = entry.header;
      if (type === 'symlink' && linkname !== undefined && linkname !== null)
        return await readText(engine, imageId, join(path, '..', linkname));
      return Buffer.concat(chunks).toString('utf8');
    }
    return '';
  } finally {
    await container.remove();
  }
}
