// The commands that need no engine: plan (JSON), plan --bake, and lint.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackEntries } from '../context/unpack.ts';
import { findImages, gatherInputs, gatherSoftware, type Found } from '../gather/gather.ts';
import { runProgram } from '../machine/programs.ts';
import { readEpoch, repeatableParts } from '../make/repeatable.ts';
import { describeProblem, messageOf, type FailureKind } from '../model/errors.ts';
import { platformSuffix } from '../model/platform.ts';
import { bakeFile } from '../plan/bake.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import { crossingKey } from '../plan/facts.ts';
import { lintImage, type Finding } from '../plan/lint.ts';
import { planFamily, type PlannedImage } from '../plan/plan.ts';
import { planReport, type PlanFacts } from '../report/report.ts';
import type { BuildSurroundings } from './build.ts';

export async function runPlan(options: BuildOptions, around: BuildSurroundings): Promise<undefined> {
  const { root, signal, stdout, stderr } = around;
  const found = await findImages(root, options, around.environment);
  const { git, state } = found;
  const note = (line: string): void => void stderr.write(`${line}\n`);
  const software = await gatherSoftware(found, { engine: undefined, signal, note });
  const epoch = readEpoch(around.environment['SOURCE_DATE_EPOCH'], git);
  const prepared = await gatherInputs(found, options, software, repeatableParts(options, git, epoch));
  const siblings = new Map<string, string>();
  const families: PlanFacts[] = [];
  for (const [index, { platform }] of found.families.entries()) {
    const externals = await state.externals(platform);
    const planned = planFamily(prepared[index] ?? [], externals, [], new Set(), siblings);
    for (const { image, buildId } of planned)
      siblings.set(crossingKey({ image: image.name, platform }), buildId);
    const isOwn = platform.name === found.own.name;
    const lastInputs = planned.map(async ({ image: { name } }) => {
      const inputs = await state.lastInputs(isOwn ? name : `${name}@${platformSuffix(platform)}`);
      return [name, inputs] as const;
    });
    families.push({ platform, planned, externals, before: new Map(await Promise.all(lastInputs)) });
  }
  const planned = families[0]?.planned ?? [];
  const print = (value: object): void => void stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
  if (options.isBake) {
    print(bakeFile(planned, git, options, await exportContexts(planned, found)));
    return undefined;
  }
  const findings = planned.flatMap(({ image, prepared: { missing } }) => [
    ...missing.map((problem): Finding => ({ rule: 'missing-source', ...problem })),
    ...lintImage(image),
  ]);
  for (const { missing } of prepared.flat()) for (const problem of missing) note(describeProblem(problem));
  print(planReport(families, findings));
  return undefined;
}

/** Exit code 1 when there is something to say, as linters do. */
export async function runLint(
  options: BuildOptions,
  around: BuildSurroundings,
): Promise<FailureKind | undefined> {
  const { families } = await findImages(around.root, options, around.environment);
  const images = families[0]?.images ?? [];
  const findings = images.flatMap(lintImage);
  for (const finding of findings) around.stdout.write(`${describeProblem(finding)}\n`);
  const files = images.map((image) => `${image.place}/Dockerfile`);
  const theirs = await runHadolint(around.root, files);
  for (const line of theirs) around.stdout.write(`${line}\n`);
  const count = findings.length + theirs.length;
  around.stdout.write(count === 0 ? `${images.length} image(s), nothing to say\n` : `${count} finding(s)\n`);
  return count === 0 ? undefined : 'build';
}

/** hadolint's own findings, where it is installed. */
async function runHadolint(root: string, files: readonly string[]): Promise<string[]> {
  try {
    const parameters = ['--no-fail', '--format', 'json', ...files];
    const { stdout } = await runProgram('hadolint', parameters, { cwd: root });
    const found = JSON.parse(stdout) as { file: string; line: number; code: string; message: string }[];
    return found.map(({ file, line, code, message }) => `${file}:${line}: ${code}: ${message}`);
  } catch (error) {
    return /ENOENT/.test(messageOf(error)) ? [] : [`hadolint: ${messageOf(error)}`];
  }
}

/** Contexts that are more than a folder of the repository are laid out below .initkit/bake. */
async function exportContexts(
  planned: readonly PlannedImage[],
  { root }: Found,
): Promise<Map<string, string>> {
  const folders = new Map<string, string>();
  for (const { image, prepared } of planned) {
    if (image.config.inputs.length === 0 && image.config.software.length === 0) continue;
    const place = join('.initkit', 'bake', image.name);
    await rm(join(root, place), { recursive: true, force: true });
    await mkdir(join(root, place), { recursive: true });
    await unpackEntries(prepared.entries, join(root, place));
    await writeFile(join(root, place, 'Dockerfile'), image.dockerfileText);
    folders.set(image.name, place);
  }
  return folders;
}
