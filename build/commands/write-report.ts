// Writes what a run leaves for programs: the report, bills of materials, provenance, and what GitHub Actions shows.

import { appendFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readLayers } from '../layers/read-layers.ts';
import { writeAtomically } from '../machine/state.ts';
import { doneImages, makeDocuments, type Done } from '../make/documents.ts';
import { messageOf } from '../model/errors.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import { annotationsOf, summaryTable } from '../report/github.ts';
import { buildReport, tableRows, type RunFacts } from '../report/report.ts';
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
    const done = doneImages(run.families);
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

async function writeDocuments(folder: string, done: Done, run: RunFacts, endedAt: Date): Promise<void> {
  if (run.engine === undefined) return;
  const { image } = done.item;
  const references = run.pushed
    .filter(({ name }) => name === image.name)
    .map(
      ({ repository, digest, platforms }) => `${repository}@${platforms?.[image.platform.name] ?? digest}`,
    );
  const documents = await makeDocuments(run.engine, done, run, references, endedAt);
  const { localTag } = done.built;
  const name = localTag === 'latest' ? image.name : `${image.name}.${localTag}`;
  await writeAtomically(join(folder, `${name}.spdx.json`), json(documents.sbom));
  await writeAtomically(join(folder, `${name}.provenance.json`), json(documents.provenance));
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
