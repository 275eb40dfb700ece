// Writes what a run leaves for programs: the report, bills of materials, provenance, and what GitHub Actions shows.

import { appendFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { extract } from 'tar-stream';
import { readLayers } from '../layers/read-layers.ts';
import { writeAtomically } from '../machine/state.ts';
import type { Engine } from '../model/engine.ts';
import { messageOf } from '../model/errors.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import { softwareOf } from '../plan/labels.ts';
import type { BuiltImage } from '../plan/outcome.ts';
import type { PlannedImage } from '../plan/plan.ts';
import { isDirty } from '../plan/refusals.ts';
import { annotationsOf, summaryTable } from '../report/github.ts';
import { provenanceStatement } from '../report/provenance.ts';
import { buildReport, tableRows, type FamilyRun, type RunFacts } from '../report/report.ts';
import { parseDpkgStatus, spdxDocument } from '../report/sbom.ts';
import { sizesOf, wasteOf, type Sizes } from '../report/sizes.ts';
import type { BuildSurroundings } from './build.ts';

/** Also of a failed run. What cannot be written is told, and changes nothing about how the run ended. */
export async function writeReports(
  options: BuildOptions,
  around: BuildSurroundings,
  run: RunFacts,
): Promise<void> {
  const { environment, stdout, stderr } = around;
  try {
    const done = run.families.flatMap((family) =>
      family.planned.flatMap((item) => {
        const outcome = family.outcomes.get(item.image.name);
        return outcome?.state === 'done' ? [{ item, family, built: outcome.result }] : [];
      }),
    );
    const isWanted = options.jsonPath !== undefined || options.reportFolder !== undefined;
    const sizes = isWanted ? await allSizes(done, run, options) : new Map<string, Sizes>();
    const endedAt = new Date();
    const report = json(buildReport(run, endedAt, sizes));
    if (options.jsonPath !== undefined) await writeAtomically(resolve(options.jsonPath), report);
    if (options.reportFolder !== undefined) {
      const folder = resolve(options.reportFolder);
      await writeAtomically(join(folder, 'report.json'), report);
      for (const each of done) await writeDocuments(folder, each, run, endedAt);
    }
    if (environment['GITHUB_ACTIONS'] === 'true') {
      const failures = run.families
        .flatMap(({ outcomes }) => [...outcomes.values()])
        .flatMap((outcome) => (outcome.state === 'failed' ? [outcome.error] : []));
      for (const line of annotationsOf(run.error, failures)) stdout.write(`${line}\n`);
      const path = environment['GITHUB_STEP_SUMMARY'];
      const references = new Map(run.pushed.map((item) => [item.name, `${item.repository}@${item.digest}`]));
      if (path !== undefined && path !== '')
        await appendFile(path, summaryTable(tableRows(run.families), references));
    }
  } catch (error) {
    stderr.write(`initkit: cannot write the report: ${messageOf(error)}\n`);
  }
}

interface Done {
  readonly item: PlannedImage;
  readonly family: FamilyRun;
  readonly built: BuiltImage;
}

/** Waste is only looked for where a folder of reports is wanted: it needs all layers to be read. */
async function allSizes(
  done: readonly Done[],
  run: RunFacts,
  options: BuildOptions,
): Promise<Map<string, Sizes>> {
  const sizes = new Map<string, Sizes>();
  const { engine } = run;
  if (engine === undefined) return sizes;
  for (const { built } of done) {
    const history = await engine.history(built.stored.id);
    const waste =
      options.reportFolder === undefined ? undefined : wasteOf(await readLayers(engine, built.stored.id));
    sizes.set(built.stored.id, sizesOf(history, built.parentBytes, built.previousBytes, waste));
  }
  return sizes;
}

async function writeDocuments(
  folder: string,
  { item, family, built }: Done,
  run: RunFacts,
  endedAt: Date,
): Promise<void> {
  const { image, prepared } = item;
  const { engine, git } = run;
  if (engine === undefined) return;
  const created = git === undefined ? endedAt.toISOString() : new Date(git.committedAt).toISOString();
  const inherited = ancestors(item, family.planned).flatMap((parent) => parent.prepared.packages);
  const npm = new Map(
    [...inherited, ...prepared.packages].map((each) => [`${each.name}@${each.version}`, each]),
  );
  const software = [...softwareOf(built.stored.labels)].filter(([, version]) => version !== 'absent');
  const document = spdxDocument({
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
  const statement = provenanceStatement(item, {
    imageId: built.stored.id,
    references: run.pushed
      .filter(({ name }) => name === image.name)
      .map(({ repository, digest }) => `${repository}@${digest}`),
    git,
    isDirty: git !== undefined && isDirty(item, family.planned, git),
    engine: run.facts,
    externals: family.externals,
    parents: new Map(image.parents.map((parent) => [parent, idOf(parent)])),
    startedAt: run.startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
  });
  const name = built.localTag === 'latest' ? image.name : `${image.name}.${built.localTag}`;
  await writeAtomically(join(folder, `${name}.spdx.json`), json(document));
  await writeAtomically(join(folder, `${name}.provenance.json`), json(statement));
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

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
