// One case of the bench in earnest, with one round: what it prints and writes, and that it leaves nothing behind.

import { execFile, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Report } from '../../bench/report/report.ts';
import { mustDocker } from '../support/containers.ts';

const test = suite('bench');

const folder = mkdtempSync(join(tmpdir(), 'initkit-test-'));
const children: ChildProcess[] = [];
test.after(() => {
  for (const child of children) child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly pid: number;
  readonly ended: Promise<{ code: number; stdout: string; stderr: string }>;
  /** Once it has said something like this on stderr. */
  said(pattern: RegExp): Promise<void>;
  interrupt(): void;
}

function start(...parameters: readonly string[]): Run {
  const argv = ['--disable-warning=ExperimentalWarning', 'bench/main.ts', ...parameters];
  const env = { ...process.env, INITKIT_BENCH_BASE: 'base:latest' };
  let finish: (result: Awaited<Run['ended']>) => void = () => {};
  const ended = new Promise<Awaited<Run['ended']>>((resolve) => (finish = resolve));
  const child = execFile(process.execPath, argv, { env }, (error, stdout, stderr) => {
    finish({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
  });
  let told = '';
  const said = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      child.stderr?.on('data', (text: string) => {
        told += text;
        if (pattern.test(told)) resolve();
      });
      void ended.then(() => reject(new Error(`it ended: ${told}`)));
    });
  children.push(child);
  return { pid: child.pid ?? 0, ended, said, interrupt: () => void child.kill('SIGINT') };
}

async function leftovers(pid: number): Promise<{ images: string; containers: string }> {
  const name = `initkit-bench-${pid}`;
  return {
    images: await mustDocker('images', '--quiet', name),
    containers: await mustDocker('ps', '--all', '--quiet', '--filter', `label=${name}`),
  };
}

const NOTHING = { images: '', containers: '' };

test('a case prints its table, writes its samples, and takes image and containers away', async () => {
  const json = join(folder, 'stop.json');
  const run = start('boot', '--rounds', '1', '--json', json);
  const { code, stdout, stderr } = await run.ended;
  assert.is(code, 0, stderr);
  assert.match(stdout, /exec to the first line of the first program: ms/);
  assert.match(stdout, /initkit +[\d.,]+\n/);
  assert.match(stdout, /supervisord +[\d.,]+ +× [\d.]+\n/);
  assert.match(stderr, /boot: round 1 of 1/);
  const report = JSON.parse(readFileSync(json, 'utf8')) as Report;
  const [metric] = report.cases[0]?.metrics ?? [];
  const measured = metric?.measured ?? [];
  assert.is(measured.length, 8);
  for (const { contender, values } of measured) assert.ok((values[0] ?? 0) > 0, contender);
  assert.match(report.peers['supervisor'] ?? '', /^4\./);
  assert.equal(await leftovers(run.pid), NOTHING);
});

test('an interrupted run takes everything away, too', async () => {
  const run = start('boot', '--rounds', '1000');
  await run.said(/boot: round 2 of/);
  assert.is.not((await leftovers(run.pid)).containers, '');
  run.interrupt();
  const { code, stderr } = await run.ended;
  assert.is(code, 130);
  assert.match(stderr, /interrupted: removing what was made/);
  assert.equal(await leftovers(run.pid), NOTHING);
});

test('what cannot be read is said, with the cases that there are', async () => {
  const { code, stderr } = await start('bot').ended;
  assert.is(code, 2);
  assert.match(stderr, /cannot find case bot: there are boot, run, /);
});

test.run();
