// Runs the tests of one image: a container for each file, one more for each command that wants an image as it stands.

import { setTimeout as pause } from 'node:timers/promises';
import type { Container, Engine } from '../model/engine.ts';
import { messageOf } from '../model/errors.ts';
import type { TestResult } from '../plan/outcome.ts';
import { readSeconds, type Check, type TestFile } from '../read/test-spec.ts';
import { judgeCommand, judgeFile, judgeImage, judgeText, lastLines, words } from './judge.ts';
import { commandOf, portAnswers, programState, readFile } from './probes.ts';

export interface TestTools {
  readonly engine: Engine;
  readonly imageId: string;
  readonly signal: AbortSignal;
  /** Software slots that are filled: a file may be for an image with, or without, one. */
  readonly software: ReadonlySet<string>;
  /** Containers can be reached under their own address, not only by published ports. */
  readonly isLocal: boolean;
  /** A container can be started, not only made and looked into. */
  readonly canRun: boolean;
}

const LOOK_AGAIN_MS = 100;
const DEFAULT_SECONDS = 30;
/** Containers of one image's commands that run at the same time. */
const SIDE_BY_SIDE = 3;

export async function runTests(files: readonly TestFile[], tools: TestTools): Promise<TestResult[]> {
  const results: TestResult[] = [];
  for (const file of files.filter(({ container }) => applies(container, tools.software)))
    results.push(...(await runFile(file, tools)));
  return results;
}

function applies(container: Readonly<Record<string, string>>, software: ReadonlySet<string>): boolean {
  return (
    words(container['with']).every((slot) => software.has(slot)) &&
    words(container['without']).every((slot) => !software.has(slot))
  );
}

async function runFile(file: TestFile, tools: TestTools): Promise<TestResult[]> {
  const { engine, imageId } = tools;
  const running = inStartedContainer(file);
  const isStarted = tools.canRun && running.length > 0;
  const command = file.container['command'];
  const container = await engine.createContainer({
    image: imageId,
    environment: words(file.container['environment']),
    ports: file.checks.filter(({ kind }) => kind === 'port').map(({ subject }) => Number(subject)),
    // An image of files alone has no command, and the engine makes no container without one; it is never started.
    ...(isStarted ? (command === undefined ? {} : { command: words(command) }) : { command: ['none'] }),
  });
  const stop = (): void => void container.remove().catch(() => {});
  tools.signal.addEventListener('abort', stop, { once: true });
  try {
    const told = async (check: Check): Promise<TestResult> => await timed(check, file, container, tools);
    const isAlone = ({ kind }: Check): boolean => kind === 'run';
    // Files first, in the container as it was made: nothing that runs has touched them.
    const results: TestResult[] = [];
    for (const check of file.checks.filter(isStatic)) results.push(await told(check));
    if (!tools.canRun) return results;
    const waiting = file.checks.filter(isAlone);
    const worker = async (): Promise<void> => {
      for (let check = waiting.shift(); check !== undefined; check = waiting.shift())
        results.push(await told(check));
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
    if (running.length > 0) await container.start();
    for (const check of running) results.push(await told(check));
    return results.toSorted((left, right) => left.line - right.line);
  } finally {
    tools.signal.removeEventListener('abort', stop);
    await container.remove();
  }
}

/** What is asked of the one container that runs; how it ends comes last. */
function inStartedContainer({ checks }: TestFile): Check[] {
  return [
    ...checks.filter(({ kind }) => !/^(file|image|run|container)$/.test(kind)),
    ...checks.filter(
      ({ kind, values }) => kind === 'container' && (values['exit'] ?? values['logs']) !== undefined,
    ),
  ];
}

/** It is looked up in the image; nothing of it runs. */
export function isStatic({ kind }: Check): boolean {
  return kind === 'file' || kind === 'image';
}

async function timed(
  check: Check,
  file: TestFile,
  container: Container,
  tools: TestTools,
): Promise<TestResult> {
  const startedAt = performance.now();
  const failures = await runCheck(check, file, container, tools).catch((error: unknown) => {
    tools.signal.throwIfAborted();
    return [messageOf(error)];
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const name = `${file.name}: ${`${check.kind} ${check.subject}`.trim()}`;
  return { name, place: file.place, line: check.line, failures, seconds };
}

async function runCheck(
  check: Check,
  file: TestFile,
  container: Container,
  tools: TestTools,
): Promise<string[]> {
  const within = readSeconds(check.values['within'] ?? file.container['within'] ?? '') ?? DEFAULT_SECONDS;
  const eventually = (probe: () => Promise<string[]>): Promise<string[]> =>
    waitFor(probe, container, within, tools.signal);
  switch (check.kind) {
    case 'run':
      return judgeCommand(check, await runAlone(check, file, tools, within));
    case 'exec': {
      const once = async (): Promise<string[]> =>
        judgeCommand(check, await container.exec(commandOf(check.values['command'] ?? '')));
      return check.values['within'] === undefined ? await once() : await eventually(once);
    }
    case 'file':
      return judgeFile(check, await readFile(container, check.subject));
    case 'image':
      return judgeImage(check, await tools.engine.imageConfig(tools.imageId));
    case 'program':
      return await eventually(() => programState(check, container));
    case 'port':
      return await eventually(() => portAnswers(check, container, tools.isLocal));
    case 'container':
      return await eventually(async () => {
        const { exit, logs } = check.values;
        const { isRunning, exitCode } = await container.inspect();
        if (exit !== undefined && isRunning) return [`still runs, expected it to end with ${exit}`];
        const { stdout, stderr } = await container.logs();
        return [
          ...(exit === undefined || exitCode === Number(exit)
            ? []
            : [`ended with ${exitCode}, expected ${exit}`, ...lastLines(stdout + stderr)]),
          ...judgeText('logs', logs, stdout + stderr),
        ];
      });
  }
}

/** Tries again until it holds, the container has ended, or the time is over. */
async function waitFor(
  probe: () => Promise<string[]>,
  container: Container,
  seconds: number,
  signal: AbortSignal,
): Promise<string[]> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    // Looked at before: one that ends meanwhile gets a last probe.
    const { isRunning, exitCode } = await container.inspect();
    const failures = await probe().catch((error: unknown) => [messageOf(error)]);
    if (failures.length === 0) return [];
    if (!isRunning || performance.now() > deadline) {
      const { stdout, stderr } = await container.logs();
      const end = isRunning ? `after ${seconds} s` : `the container has ended with ${exitCode}`;
      return [...failures, end, ...lastLines(stdout + stderr)];
    }
    await pause(LOOK_AGAIN_MS, undefined, { signal });
  }
}

async function runAlone(
  check: Check,
  file: TestFile,
  tools: TestTools,
  seconds: number,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [program = '', ...parameters] = commandOf(check.values['command'] ?? '');
  const container = await tools.engine.createContainer({
    image: tools.imageId,
    entrypoint: [program],
    command: parameters,
    environment: words(file.container['environment']),
    ports: [],
  });
  try {
    await container.start();
    const deadline = AbortSignal.any([tools.signal, AbortSignal.timeout(seconds * 1000)]);
    const ended = Promise.withResolvers<number>();
    const giveUp = (): void => ended.reject(new Error(`did not end within ${seconds} s`));
    deadline.addEventListener('abort', giveUp, { once: true });
    container.wait().then(ended.resolve, ended.reject);
    const code = await ended.promise;
    return { code, ...(await container.logs()) };
  } finally {
    await container.remove();
  }
}
