// build --watch: builds, waits for a change of any file that an image is made of, and builds again.

import { join } from 'node:path';
import { watch } from 'chokidar';
import { connectDocker } from '../engine/docker.ts';
import { discoverImages } from '../gather/discover.ts';
import { keepRunning } from '../make/running.ts';
import { describeProblem, ToolError, type FailureKind } from '../model/errors.ts';
import { platformOfNode } from '../model/platform.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import { runBuild, type BuildSurroundings } from './build.ts';

/** Editors and checkouts write many files at once; they are one change. */
const QUIET_MS = 300;

/** Goes on until it is interrupted; a broken Dockerfile is told, and the next change tries again. */
export async function runWatch(options: BuildOptions, around: BuildSurroundings): Promise<FailureKind> {
  const { root, signal, stdout, stderr } = around;
  const changes = watchChanges(await watchedFolders(root), signal);
  const { run } = options;
  const running =
    run === undefined
      ? undefined
      : keepRunning(
          await connectDocker(around.address),
          run,
          (line) => void stdout.write(`${run} | ${line}\n`),
        );
  try {
    while (!signal.aborted) {
      try {
        const failure = await runBuild(options, around);
        // A broken build leaves the one before as it is.
        if (failure === undefined && !signal.aborted) await running?.restart();
      } catch (error) {
        if (!(error instanceof ToolError) || error.kind === 'engine') throw error;
        for (const problem of error.problems) stderr.write(`initkit: ${describeProblem(problem)}\n`);
      }
      if (signal.aborted) break;
      stdout.write('\nwatching for changes; Ctrl-C ends it\n');
      await changes.next();
    }
  } finally {
    await running?.end();
    await changes.close();
  }
  return 'interrupted';
}

/** images/, and the folders of the repository that the images' inputs come from. */
async function watchedFolders(root: string): Promise<string[]> {
  const own = platformOfNode(process.arch);
  const family = await discoverImages(root, { platform: own, own }, () => new Map()).catch(() => undefined);
  const sources = (family?.images ?? []).flatMap((image) =>
    image.config.inputs.map((input) => input.source.split('/')[0] ?? ''),
  );
  const folders = new Set([
    'images',
    'software',
    ...sources.filter((folder) => folder !== '' && folder !== 'node_modules'),
  ]);
  return [...folders].map((folder) => join(root, folder));
}

interface Changes {
  /** Resolves once something has changed since the last call, and nothing more for a moment; or on abort. */
  next(): Promise<void>;
  close(): Promise<void>;
}

function watchChanges(folders: readonly string[], signal: AbortSignal): Changes {
  const ignored = (path: string): boolean => /[\\/](node_modules|\.git|\.initkit)([\\/]|$)/.test(path);
  const watcher = watch([...folders], { ignoreInitial: true, ignored });
  let isChanged = false;
  let timer: NodeJS.Timeout | undefined;
  let wake: (() => void) | undefined;
  watcher.on('all', () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      isChanged = true;
      wake?.();
    }, QUIET_MS);
  });
  signal.addEventListener('abort', () => wake?.(), { once: true });
  return {
    async next() {
      if (!isChanged && !signal.aborted) await new Promise<void>((resolve) => void (wake = resolve));
      isChanged = false;
    },
    async close() {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}
