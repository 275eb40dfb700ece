// Runs test files, each in a process of its own with a deadline, and prints one closing line for all of them.
//
//   node test/run.ts all             both of these
//   node test/run.ts unit            everything under test/ but test/e2e
//   node test/run.ts e2e             test/e2e: real containers on a real engine
//   node test/run.ts unit xml order  only the files whose path contains one of the words

import { spawn } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { prepare } from './prepare.ts';

const FILE_DEADLINE_MS = { unit: 120_000, e2e: 600_000 };

/** Tests that starve the machine, measure it or move its engine: nothing else runs beside them. */
const ALONE = /under-fire|bench|build-engine|build-base|million/;

/** Tests that build an image of the family with other software, or use one of those: one of each group at a time. */
const SHARING = [/e2e\/(mesos-slave|log-forwarder-image)\./, /e2e\/dcos-/];

type Suite = keyof typeof FILE_DEADLINE_MS;

interface Outcome {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly output: string;
  readonly seconds: number;
}

const [suite, ...words] = process.argv.slice(2);
if (suite !== 'all' && suite !== 'unit' && suite !== 'e2e') {
  console.error('usage: node test/run.ts all|unit|e2e [part of a file name…]');
  process.exit(2);
}

const files = globSync('test/**/*.test.ts')
  .filter((file) => suite === 'all' || suiteOf(file) === suite)
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  // A long file mostly runs for long: begun last, it would keep one processor busy after all the others are done.
  .toSorted((one, other) => statSync(other).size - statSync(one).size);
if (files.length === 0) {
  console.error(`cannot run tests: no test file matches ${words.join(', ')}`);
  process.exit(2);
}

await prepare(suite);
const outcomes = [...(await againAlone(await runAll(files, 'unit'))), ...(await runAll(files, 'e2e'))];
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * Runs once more, one at a time, what failed beside the real supervisord: it looks at its world once a second, and on a busy
 * machine two of its looks may fall to where its test does not expect them. Its first failure stays in the output.
 */
async function againAlone(first: readonly Outcome[]): Promise<Outcome[]> {
  const final: Outcome[] = [];
  for (const outcome of first) {
    const isBesideOracle = /differential|supervisorctl|real-client/.test(outcome.file);
    if (outcome.failed === 0 || !isBesideOracle) {
      final.push(outcome);
      continue;
    }
    console.log(`again, alone: ${outcome.file}`);
    const second = await runFile(outcome.file, 'unit');
    report(second);
    final.push(second);
  }
  return final;
}

function suiteOf(file: string): Suite {
  return file.startsWith('test/e2e/') ? 'e2e' : 'unit';
}

/** Runs every file of one kind side by side, and then those that want the machine for themselves. */
async function runAll(queue: readonly string[], kind: Suite): Promise<Outcome[]> {
  const results: Outcome[] = [];
  const ofKind = queue.filter((file) => suiteOf(file) === kind);
  const wantsAll = (file: string): boolean => kind === 'e2e' && ALONE.test(file);
  const waiting = ofKind.filter((file) => !wantsAll(file));
  const running = new Set<string>();
  const worker = async (files: string[]): Promise<void> => {
    for (let file = takeFrom(files, running); file !== undefined; file = takeFrom(files, running)) {
      running.add(file);
      const outcome = await runFile(file, kind);
      running.delete(file);
      report(outcome);
      results.push(outcome);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, () => worker(waiting)));
  await worker(ofKind.filter(wantsAll));
  return results;
}

/** The next file that shares no image with one that runs; where all do, who runs those takes what is left. */
function takeFrom(files: string[], running: ReadonlySet<string>): string | undefined {
  const shares = (file: string): boolean =>
    SHARING.some((group) => group.test(file) && [...running].some((other) => group.test(other)));
  const index = files.findIndex((file) => !shares(file));
  return index < 0 ? undefined : files.splice(index, 1)[0];
}

function runFile(file: string, kind: Suite): Promise<Outcome> {
  // compare() of the differential tests makes a suite and runs it.
  if (!/\.run\(\)|^\s*compare\(/m.test(readFileSync(file, 'utf8'))) {
    return Promise.resolve({
      file,
      passed: 0,
      failed: 1,
      output: `${file} never calls .run(), so it runs nothing`,
      seconds: 0,
    });
  }
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FORCE_COLOR: '0' },
      detached: true,
    });
    let output = '';
    const collect = (chunk: string): void => {
      output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    const deadline = setTimeout(() => {
      output += `\n${file} took longer than ${FILE_DEADLINE_MS[kind] / 1000} s and was ended\n`;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, FILE_DEADLINE_MS[kind]);
    child.on('close', (code) => {
      clearTimeout(deadline);
      const seconds = (performance.now() - startedAt) / 1000;
      resolve({ file, ...count(output, code), output, seconds });
    });
  });
}

/** Reads uvu's closing lines ("Total: 12", "Passed: 12"); a file that ends without them counts as one failure. */
function count(output: string, code: number | null): { passed: number; failed: number } {
  const total = sumOf(output, /^\s*Total:\s+(\d+)/gm);
  const passed = sumOf(output, /^\s*Passed:\s+(\d+)/gm);
  const skipped = sumOf(output, /^\s*Skipped:\s+(\d+)/gm);
  if (total === 0) return { passed: 0, failed: 1 };
  const failed = total - passed - skipped;
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}

function sumOf(output: string, pattern: RegExp): number {
  return [...output.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
}

function report(outcome: Outcome): void {
  const mark = outcome.failed === 0 ? 'ok  ' : 'FAIL';
  console.log(`${mark} ${outcome.file}  ${outcome.passed} tests  ${outcome.seconds.toFixed(1)} s`);
  if (outcome.failed > 0) console.log(outcome.output.replace(/^/gm, '     '));
}
