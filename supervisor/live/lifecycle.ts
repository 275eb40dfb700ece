// The life of the container from its first start to its exit code: what signals mean, what ends it, and in which order.

import type { Entry } from './entry.ts';
import { EXIT } from '../errors.ts';
import type { MainLog } from '../logs/main-log.ts';
import { lastLines } from '../logs/ring.ts';
import type { Cancel, System } from '../os/system.ts';
import { describeFailure, type Ending } from '../process/ending.ts';
import { STILL, stopAll, type OrderedStop } from './stop.ts';
import { bothStops } from './units/lazy-units.ts';
import type { Supervisor } from './supervisor.ts';

/** How long a cleanup script may take where no one waits for us, and its share of the budget where someone does. */
const CLEANUP_MS = 30_000;
const CLEANUP_SHARE = 0.4;

/** How long the last output of programs that have ended is waited for: an orphan may hold the pipe for ever. */
const DRAIN_MS = 500;

/** How often it is said which programs are waited for, as supervisord says it. */
const REPORT_MS = 3000;

/** What a FATAL program's last words are, under ENVIRONMENT=debug. */
const LAST_WORDS = 50;

export interface LifecycleOptions {
  readonly system: System;
  readonly supervisor: Supervisor;
  readonly log: MainLog;
  /** The script to run, without arguments, before the programs are stopped; null for none. */
  readonly cleanup: string | null;
  readonly environment: Readonly<Record<string, string>>;
  /** A descriptor of /dev/null. */
  readonly devNull: number;
  /** Bound of the whole stop in milliseconds, or null for none. */
  readonly stopBudgetMs: number | null;
  /** ENVIRONMENT=debug: nothing but a signal ends the container. */
  readonly debug: boolean;
  /** A stop that is asked for again kills what still runs; else it changes nothing, as with supervisord. */
  readonly hurries: boolean;
  /** Stops the systemd units, at the same time as the programs; null where there are none. */
  readonly stopUnits?: (budgetMs: number | null) => OrderedStop | null;
  /** Called when the programs are about to be stopped, be it for an end or for a restart. */
  readonly onStopping: () => void;
  /** Called once everything has stopped. */
  readonly onExit: (exitCode: number) => void;
}

export interface Lifecycle {
  /** A program's state asks for the end. */
  programEnded(ending: Ending): void;
  /** A signal, or a client, asks for the end; asked again, the wait is cut short. */
  stop(reason: string): void;
  /** A defect of ours: stop in order and exit with this code. */
  abort(exitCode: number): void;
  /** Stops everything, without an end; for a restart. */
  stopPrograms(): Promise<void>;
  isEnding(): boolean;
}

export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { system, supervisor, log, debug } = options;
  let ending: { readonly exitCode: number } | null = null;
  let stopping: OrderedStop | null = null;
  let stopCleanup: Cancel | null = null;

  const begin = (exitCode: number, waitedFor: boolean): void => {
    end(exitCode, waitedFor).catch((error: unknown) => {
      log.log('critical', `cannot stop in order: ${error instanceof Error ? error.stack : String(error)}`);
      for (const { running } of supervisor.groups().flatMap((group) => group.entries)) {
        if (running !== null) system.signal(running.pid, 'SIGKILL', true);
      }
      options.onExit(EXIT.defect);
    });
  };
  const end = async (exitCode: number, waitedFor: boolean): Promise<void> => {
    ending = { exitCode };
    supervisor.startNothing(true);
    options.onStopping();
    const startedAt = system.now();
    await runCleanup(
      waitedFor && options.stopBudgetMs !== null ? options.stopBudgetMs * CLEANUP_SHARE : CLEANUP_MS,
    );
    const spent = waitedFor ? system.now() - startedAt : 0;
    const stopReporting = report();
    const left = options.stopBudgetMs === null ? null : Math.max(0, options.stopBudgetMs - spent);
    stopping = bothStops(stopAll(supervisor, system, left), options.stopUnits?.(left) ?? null);
    await stopping.done;
    stopReporting();
    await settled(...supervisor.groups().flatMap((group) => group.entries));
    options.onExit(exitCode);
  };

  /** Says what is waited for, now and again, until it is cancelled. */
  const report = (): Cancel => {
    const names = supervisor
      .groups()
      .toSorted((one, two) => one.config.priority - two.config.priority)
      .flatMap((group) => group.entries)
      .filter((entry) => !STILL.has(entry.process.state.name))
      .map((entry) => entry.program.name);
    if (names.length > 0) log.log('info', `waiting for ${names.join(', ')} to die`);
    let cancel = system.after(REPORT_MS, () => (cancel = report()));
    return () => cancel();
  };

  /** Runs the script to its end, or kills it and its children after `limitMs`. Its failure is said and changes nothing. */
  const runCleanup = (limitMs: number): Promise<void> =>
    new Promise((resolve) => {
      const { cleanup } = options;
      if (cleanup === null) return resolve();
      log.log('info', `running the cleanup script ${cleanup}`);
      let cancelLimit: Cancel = () => {};
      const result = system.spawn(
        {
          file: cleanup,
          argv: [cleanup],
          environment: options.environment,
          directory: null,
          umask: null,
          credentials: null,
          descriptors: [options.devNull, 1, 2],
          leads: 'group',
          limits: {},
        },
        (status) => {
          cancelLimit();
          stopCleanup = null;
          if (status.code !== 0)
            log.log('warn', `the cleanup script ended with ${status.code ?? status.signal}`);
          resolve();
        },
      );
      if (result.kind === 'failed') {
        log.log('error', `cannot run the cleanup script: ${result.message}`);
        return resolve();
      }
      stopCleanup = () => {
        system.signal(result.pid, 'SIGKILL', true);
        // Not even that may end it: it has had its time.
        cancelLimit();
        resolve();
      };
      cancelLimit = system.after(limitMs, () => {
        log.log('warn', `the cleanup script took longer than ${limitMs / 1000} s and is killed`);
        stopCleanup?.();
      });
    });

  /** Resolves when what has ended has been read to its end. */
  const settled = async (...entries: readonly Entry[]): Promise<void> => {
    const pipelines = entries.flatMap((entry) => entry.draining);
    if (pipelines.length === 0) return;
    const limit = new Promise<void>((resolve) => system.after(DRAIN_MS, resolve));
    await Promise.race([Promise.all(pipelines.map((pipeline) => pipeline.ended)), limit]);
  };

  if (debug) {
    supervisor.onChange(({ entry, before }) => {
      const failed = entry.process.state.name === 'FATAL' && before.state.name !== 'FATAL';
      // The last words may still be in the pipe.
      if (failed) void settled(entry).then(() => showFailure(entry, log));
    });
  }

  return {
    programEnded(why) {
      if (ending !== null || debug) return;
      log.log('warn', `${why.reason}; ending the container with exit code ${why.exitCode}`);
      begin(why.exitCode, false);
    },
    stop(reason) {
      if (ending === null) {
        log.log('warn', reason);
        begin(0, true);
        return;
      }
      if (!options.hurries) return log.log('warn', reason);
      log.log('warn', `${reason}; killing what is still running`);
      stopCleanup?.();
      stopping?.hurry();
    },
    abort(exitCode) {
      if (ending === null) return begin(exitCode, true);
      // It may be the stop itself that is broken.
      system.after(options.stopBudgetMs ?? CLEANUP_MS, () => options.onExit(exitCode));
    },
    async stopPrograms() {
      supervisor.startNothing(true);
      options.onStopping();
      const stopReporting = report();
      await bothStops(stopAll(supervisor, system, null), options.stopUnits?.(null) ?? null).done;
      stopReporting();
      // An end may have been asked for meanwhile.
      supervisor.startNothing(ending !== null);
    },
    isEnding: () => ending !== null,
  };
}

/** Under ENVIRONMENT=debug a failure is shown, with the program's last words, and the container stays. */
function showFailure(entry: Entry, log: MainLog): void {
  const { name } = entry.program;
  log.log('error', `${name} is ${entry.process.state.name}: ${describeFailure(entry.process)}`);
  for (const [stream, route] of Object.entries(entry.routes ?? {})) {
    if (route?.kind !== 'pipe' || route.log?.place.kind !== 'memory') continue;
    const lines = lastLines(route.log.place.bytes(), LAST_WORDS);
    if (lines.length > 0) log.log('error', `the last ${lines.length} lines of ${name}'s ${stream}:`);
    for (const line of lines) log.log('error', `  ${line}`);
  }
  log.log('error', `ENVIRONMENT=debug: the container stays up; look into it with docker exec`);
}
