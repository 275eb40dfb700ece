// Reads the command line, runs one command, and ends with that command's exit code.

import { availableParallelism } from 'node:os';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readEngineAddress, type EngineAddress } from '../model/engine-address.ts';
import { describeProblem, EXIT_CODES, messageOf, ToolError, type FailureKind } from '../model/errors.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import { parseCommandLine, type Command } from './arguments.ts';
import type { BuildSurroundings } from './build.ts';
import { helpText } from './help.ts';

/** After this a cancelled run ends even if something does not let go. */
const CANCEL_DEADLINE_MS = 1_900;

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
// A reader that has gone (`| head`) is no defect of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const parsed = parseCommandLine(process.argv.slice(2), process.env, availableParallelism());
if (parsed.ok) process.exitCode = await run(parsed.command);
else {
  for (const problem of parsed.problems) process.stderr.write(`initkit: ${describeProblem(problem)}\n`);
  process.exitCode = EXIT_CODES.usage;
}

async function run(command: Command): Promise<number> {
  try {
    const failure = await dispatch(command);
    return failure === undefined ? 0 : EXIT_CODES[failure];
  } catch (error) {
    if (interruption.signal.aborted) return EXIT_CODES.interrupted;
    if (error instanceof ToolError) {
      for (const problem of error.problems) process.stderr.write(`initkit: ${describeProblem(problem)}\n`);
      return EXIT_CODES[error.kind];
    }
    process.stderr.write(`initkit: a defect of the toolkit: ${messageOf(error)}\n`);
    if (error instanceof Error && process.env['INITKIT_DEBUG'] !== undefined)
      process.stderr.write(`${error.stack}\n`);
    return EXIT_CODES.build;
  }
}

async function dispatch(command: Command): Promise<FailureKind | undefined> {
  const address = readEngineAddress(process.env['DOCKER_HOST']);
  switch (command.name) {
    case 'help':
      process.stdout.write(helpText(command.topic));
      return undefined;
    case 'clean': {
      const { runClean } = await import('./clean.ts');
      return await runClean(command.isConfirmed, findRoot(undefined), address, process.stdout);
    }
    case 'engine': {
      const { runEngine } = await import('./engine.ts');
      return await runEngine(command.action, address, interruption.signal, process.stdout);
    }
    case 'init': {
      const { runInit } = await import('./init.ts');
      return await runInit(command.image, resolve(command.dir ?? '.'), process.stdout);
    }
    case 'lint': {
      const { runLint } = await import('./plan.ts');
      return await runLint(command.options, surroundings(command.options, address));
    }
    case 'build': {
      const around = surroundings(command.options, address);
      if (command.options.isPrint || command.options.isBake) {
        const { runPlan } = await import('./plan.ts');
        return await runPlan(command.options, around);
      }
      const { runBuild } = await import('./build.ts');
      if (!command.options.isWatch) return await runBuild(command.options, around);
      const { runWatch } = await import('./watch.ts');
      return await runWatch(command.options, around);
    }
  }
}

function surroundings(options: BuildOptions, address: EngineAddress): BuildSurroundings {
  return {
    root: findRoot(options.dir),
    address,
    environment: process.env,
    signal: interruption.signal,
    stdout: process.stdout,
    stderr: process.stderr,
  };
}

/** The folder that was named, or the nearest one from here upwards that has images/. */
function findRoot(dir: string | undefined): string {
  if (dir !== undefined) return resolve(dir);
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'images'))) return folder;
    if (folder === dirname(folder)) return process.cwd();
  }
}

function interrupt(): void {
  if (interruption.signal.aborted) process.exit(EXIT_CODES.interrupted);
  process.stderr.write('\ncancelling…\n');
  interruption.abort();
  setTimeout(() => process.exit(EXIT_CODES.interrupted), CANCEL_DEADLINE_MS).unref();
}
