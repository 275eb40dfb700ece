// Wires it up: files and standard input → spool → publisher, acknowledgements → registry.

import { hostname } from 'node:os';
import type { Arguments } from '../decide/arguments.ts';
import type { Config } from '../decide/config.ts';
import { ConfigError } from '../decide/document.ts';
import { createFiles, type FileGroup } from './files.ts';
import type { Source } from './source.ts';
import { createKeeper } from './keeper.ts';
import { absolutePattern, parsePattern } from '../decide/patterns.ts';
import { createPublisher } from './publisher.ts';
import { loadRegistry, makeRegistryFolder, saveRegistry, type Registry } from './registry.ts';
import { createSpool } from './spool.ts';
import { readStdin } from './stdin.ts';
import { readCertificates } from './tls.ts';
import { watchDirectories } from './watch.ts';

/** inotify's queue can overflow, and network file systems do not tell: now and again everything is looked at. */
const SWEEP_MS = 60_000;
const SHORTEST_SWEEP_MS = 250;
/** Where inotify has no watches left, looking is all there is. */
const POLL_MS = 1000;

/** In place of a path. */
const EVERYTHING = '';

/** Less than supervisord's stopwaitsecs. */
const STOP_MS = 5000;

export interface Running {
  /** Waits for what is on its way, and saves how far everything is. */
  stop(): Promise<void>;
}

/** Starts to forward. `onDone`: standard input was all there is to read, it has ended, and everything has arrived. */
export function forward(
  config: Config,
  options: Arguments,
  log: (message: string) => void,
  onDone: () => void,
): Running {
  const groups = config.files.map(groupOf);
  const patterns = groups.flatMap((group) => group.patterns);
  try {
    readCertificates(config.network);
  } catch (error) {
    throw new ConfigError((error as Error).message, { cause: error });
  }
  const registry = openRegistry(options.registry, log);
  if (registry.damaged) log(`${options.registry} is damaged: all files are sent from their beginnings`);

  const host = hostname();
  const now = (): number => performance.now();
  const spool = createSpool(options.spoolSize, () => wakePublisher());
  const wake = (source: Source): void => spool.wake(source);
  const common = { host, longestLine: options.longestLine, onWake: wake };
  const files = createFiles({
    ...common,
    groups,
    registry,
    onArrived: () => keeper.changed(),
    log,
    now,
    wallClock: Date.now,
  });
  const keeper = createKeeper(options.registry, () => files.positions(), log);
  const input = config.files.find((group) => group.paths.includes('-'));
  const stdin = input && readStdin(process.stdin, { ...common, fields: input.fields });

  const publisher = createPublisher({
    network: config.network,
    largestWindow: options.spoolSize,
    take: () => {
      const batch = spool.take();
      if (batch.length === 0) finishIfDone();
      return batch;
    },
    onArrived: () => keeper.save(),
    log,
    random: Math.random,
  });
  let waking = false;
  const wakePublisher = (): void => {
    if (waking) return;
    waking = true;
    // What one moment brings goes into one batch.
    setImmediate(() => {
      waking = false;
      publisher.wake();
    });
  };
  const finishIfDone = (): void => {
    if (patterns.length > 0 || stdin?.isDone() !== true) return;
    setImmediate(() => {
      if (publisher.isIdle()) onDone();
    });
  };

  const dirty = new Set<string>();
  let looking = false;
  /** Looks at a path, or at everything, once for all that one moment brings. */
  const look = (path: string): void => {
    // The watcher knows only the text of a name, which does not lead to one that is no UTF-8.
    dirty.add(path.includes('\uFFFD') ? EVERYTHING : path);
    if (looking) return;
    looking = true;
    setImmediate(() => {
      looking = false;
      const paths = [...dirty];
      dirty.clear();
      if (paths.includes(EVERYTHING)) files.scan();
      for (const each of paths) files.examine(each);
    });
  };
  files.scan();
  let watchFailed = false;
  const onFailure = (message: string): void => {
    if (!watchFailed) log(`cannot watch directories: ${message}; looking once a second instead`);
    watchFailed = true;
  };
  const watch =
    patterns.length === 0
      ? null
      : watchDirectories(patterns, { onPath: look, onDirectories: () => look(EVERYTHING), onFailure });
  const shortest = Math.min(...config.files.map((group) => group.deadTimeMs));
  let sweep: NodeJS.Timeout | undefined;
  const sweepSoon = (): void => {
    const isBlind = watchFailed || files.hasUnwatched();
    const pauseMs = isBlind ? POLL_MS : Math.max(SHORTEST_SWEEP_MS, Math.min(SWEEP_MS, shortest));
    sweep = setTimeout(() => {
      files.scan();
      files.tidy();
      sweepSoon();
    }, pauseMs);
  };
  sweepSoon();
  return {
    async stop() {
      clearTimeout(sweep);
      await watch?.close();
      await publisher.stop(STOP_MS);
      keeper.flush();
      files.close();
    },
  };
}

function groupOf(config: Config['files'][number]): FileGroup {
  const patterns = config.paths
    .filter((path) => path !== '-')
    .map((path) => parsePattern(absolutePattern(path, process.cwd())));
  // The configuration was refused where one of them is malformed.
  return { config, patterns: patterns.filter((pattern) => pattern !== null) };
}

/** A full disk may have room again soon; a place where nobody may write never has. */
const FULL = ['ENOSPC', 'EDQUOT'];

/** Proves that it can be written, too: a forwarder that forgets would send everything again after each restart. */
function openRegistry(path: string, log: (message: string) => void): Registry {
  try {
    makeRegistryFolder(path);
    const registry = loadRegistry(path);
    if (!registry.damaged) writeOnce(path, registry, log);
    return registry;
  } catch (error) {
    const remedy = 'name another place with -registry=PATH, or let this user write there';
    throw new ConfigError(`cannot keep the registry ${path}: ${messageOf(error)}; ${remedy}`, {
      cause: error,
    });
  }
}

function writeOnce(path: string, { positions }: Registry, log: (message: string) => void): void {
  try {
    saveRegistry(path, positions, true);
  } catch (error) {
    if (!FULL.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    log(`cannot write the registry: ${messageOf(error)}; lines may be sent twice after a restart`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
