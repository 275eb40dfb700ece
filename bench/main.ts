// `npm run bench`: runs the cases one after the other, and reports.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Case, Sample } from './case.ts';
import { CASES } from './cases.ts';
import { buildBenchImage, cleanUp, runInside } from './engine.ts';
import { describeMachine, peerVersions } from './machine.ts';
import { HELP, readOptions, type Options } from './options.ts';
import { chart } from './report/chart.ts';
import { intoDocument, markdown } from './report/markdown.ts';
import type { CaseReport, Report } from './report/report.ts';
import { caseTable } from './report/table.ts';
import { resultOf } from './statistics.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** No case takes half of that; one that hangs must not take everything. */
const CASE_LIMIT_MS = 6 * 60_000;
const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 };

const options = readOptions(
  process.argv.slice(2),
  CASES.map((each) => each.name),
);
if (typeof options === 'string') {
  console.error(`bench: ${options}`);
  process.exit(EXIT.usage);
}
if (options.help) {
  const names = CASES.map(({ name, title }) => `  ${name.padEnd(12)}  ${title}\n`);
  process.stdout.write(`${HELP}cases\n${names.join('')}`);
  process.exit(EXIT.ok);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    note('interrupted: removing what was made');
    void end(EXIT.interrupted);
  });
}
let ending = false;

try {
  await end(await runAll(options));
} catch (error) {
  if (!ending) console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  await end(EXIT.failed);
}

async function runAll({ cases, rounds, json, docs }: Options): Promise<number> {
  prepare();
  note('building the image with the peers');
  await buildBenchImage();
  const machine = await describeMachine();
  const peers = await peerVersions();
  const chosen = CASES.filter((each) => cases.length === 0 || cases.includes(each.name));
  const reports: CaseReport[] = [];
  const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };
  for (const each of chosen) {
    const report = await runCase(each, rounds ?? each.rounds);
    if (ending) return EXIT.interrupted;
    reports.push(report);
    console.log(caseTable(report));
    // After each case: a run that is broken off leaves what it has measured.
    const missing = CASES.map(({ name }) => name).filter(
      (name) => !reports.some((done) => done.name === name),
    );
    keep({ date: new Date().toISOString(), version, machine, peers, cases: reports, missing }, json, docs);
  }
  return reports.some((each) => each.failure !== null) ? EXIT.failed : EXIT.ok;
}

async function runCase(each: Case, rounds: number): Promise<CaseReport> {
  const startedAt = performance.now();
  const samples: Sample[] = [];
  let failure: string | null = null;
  note(`${each.name}: ${each.title}`);
  try {
    if (each.place === 'container') {
      await runInside(each.name, rounds, CASE_LIMIT_MS, (line) => {
        const event = JSON.parse(line) as { sample?: Sample; note?: string };
        if (event.sample !== undefined) samples.push(event.sample);
        if (event.note !== undefined) note(`${each.name}: ${event.note}`);
      });
    } else {
      const sample = (one: Sample): void => void samples.push(one);
      const tell = (text: string): void => note(`${each.name}: ${text}`);
      await withLimit(CASE_LIMIT_MS, each.run({ rounds, sample, note: tell }));
    }
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const metrics = each.metrics.map((metric) => resultOf(metric, samples));
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return { name: each.name, title: each.title, seconds, metrics, failure };
}

/** What hangs is left behind: the other cases are run all the same, and the end takes its containers away. */
async function withLimit(limitMs: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it took longer than ${limitMs / 1000} s`)), limitMs);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}

/** The image that the bench's image is made from, as the sources are now. */
function prepare(): void {
  if (process.env['INITKIT_BENCH_BASE'] !== undefined) return;
  note('building the base image');
  const argv = ['--disable-warning=ExperimentalWarning', 'build/main.ts', 'build', 'base', '--no-test'];
  const { status, stderr, stdout } = spawnSync(process.execPath, argv, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot build the base image:\n${stdout}${stderr}`);
}

function keep(report: Report, json: string | null, docs: boolean): void {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (json !== null) writeFileSync(json, text);
  if (docs) writeDocs(report, text);
}

function writeDocs(report: Report, json: string): void {
  const document = `${ROOT}docs/bench.md`;
  writeFileSync(`${ROOT}docs/bench.json`, json);
  writeFileSync(`${ROOT}docs/bench.svg`, chart(report));
  writeFileSync(document, intoDocument(readFileSync(document, 'utf8'), markdown(report)));
}

/** Progress is for the person, and stdout for the result. */
function note(text: string): void {
  if (!ending) process.stderr.write(`${text}\n`);
}

async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  try {
    await cleanUp();
  } catch (error) {
    // Where the engine has gone, there is nothing left to remove.
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(EXIT.failed);
  }
  process.exit(code);
}
