// Starts a program when what it depends on is there: RUNNING and ready, or, for a oneshot, done. Moved by events alone.

import { startProbe } from '../checks/probe.ts';
import type { Entry } from './entry.ts';
import { named, verdictOf, type Dependency } from '../process/dependencies.ts';
import { endingWithout, type Ending } from '../process/ending.ts';
import { startOrder } from '../process/order.ts';
import type { MainLog } from '../logs/main-log.ts';
import { logOf } from './snapshot.ts';
import type { LaunchContext } from './launch.ts';
import type { LiveGroup, Supervisor } from './supervisor.ts';

export interface Gate {
  /** Starts the programs of some groups that are to start by themselves, in the order of their priorities. */
  autostart(groups: readonly LiveGroup[]): void;
  /** Starts a program, and before it what it depends on and what is not there yet. */
  start(entry: Entry): void;
  /** Resolves when a program that was asked to start waits no longer: it is started, or will not be. */
  decided(entry: Entry): Promise<void>;
  /** Forgets a start that still waits. */
  cancel(entry: Entry): void;
  /** Forgets all of them, and starts nothing any more. */
  close(): void;
}

export interface GateOptions {
  readonly supervisor: Supervisor;
  readonly launch: LaunchContext;
  readonly log: MainLog;
  /** What happens when a program that decides over the container cannot be started. */
  readonly onEnding: (ending: Ending) => void;
}

export function createGate({ supervisor, launch, log, onEnding }: GateOptions): Gate {
  const probes = new Map<Entry, () => void>();
  const waiters = new Map<Entry, (() => void)[]>();
  let closed = false;
  const all = (): Entry[] => supervisor.groups().flatMap((group) => group.entries);

  const start = (entry: Entry): void => {
    for (const name of entry.program.dependsOn) {
      for (const needed of named(name, all())) {
        const idle = ['STOPPED', 'EXITED', 'FATAL'].includes(needed.process.state.name);
        const done =
          asDependency(needed).program.type === 'oneshot' && needed.process.state.name === 'EXITED';
        if (idle && !done && !needed.waits && needed.program.enabled) start(needed);
      }
    }
    entry.waits = true;
    entry.asked++;
    consider(entry);
  };
  const decide = (entry: Entry): void => {
    entry.waits = false;
    const resolvers = waiters.get(entry) ?? [];
    waiters.delete(entry);
    for (const resolve of resolvers) resolve();
  };
  const consider = (entry: Entry): void => {
    if (closed) return decide(entry);
    const verdict = verdictOf(entry.program.dependsOn, all().map(asDependency));
    if (verdict.kind === 'wait') return;
    decide(entry);
    if (verdict.kind === 'go') return supervisor.send(entry, { type: 'startRequested' });
    const { program, process } = verdict.because;
    log.log('error', `cannot start ${entry.program.name}: ${program.name} is ${process.state.name}`);
    const ending = endingWithout(entry.program, verdict.because);
    if (ending !== null) onEnding(ending);
  };
  const considerAll = (): void => {
    for (const entry of all()) if (entry.waits) consider(entry);
  };

  /** Watches over the readiness of each run of a program that has one. */
  const watch = (entry: Entry): void => {
    const { program, process } = entry;
    const pid = process.state.name === 'STARTING' ? process.state.pid : null;
    const up = process.state.name === 'STARTING' || process.state.name === 'RUNNING';
    if (!up) {
      probes.get(entry)?.();
      probes.delete(entry);
      entry.ready = false;
    } else if (program.ready === null) {
      entry.ready = process.state.name === 'RUNNING';
    } else if (pid !== null && !probes.has(entry)) {
      const logs = [logOf(entry, 'stdout'), logOf(entry, 'stderr')].filter((each) => each !== null);
      const context = {
        system: launch.system,
        environment: launch.environment,
        devNull: launch.devNull,
        logs,
        notify: entry.running?.notify ?? null,
      };
      const onReady = (): void => {
        entry.ready = true;
        log.log('info', `ready: ${program.name}`);
        considerAll();
      };
      probes.set(entry, startProbe(program.ready, context, onReady));
    }
  };

  supervisor.onChange(({ entry, event }) => {
    if (event.type === 'stopRequested') decide(entry);
    watch(entry);
    considerAll();
  });

  return {
    start,
    decided: (entry) =>
      new Promise((resolve) => {
        if (entry.waits) waiters.set(entry, [...(waiters.get(entry) ?? []), resolve]);
        else resolve();
      }),
    cancel: decide,
    close() {
      closed = true;
      all().forEach(decide);
    },
    autostart(groups) {
      const entries = new Map(
        groups.flatMap((group) => group.entries).map((entry) => [entry.program, entry]),
      );
      for (const program of startOrder(groups.map((group) => group.config))) {
        const entry = entries.get(program);
        const idle = entry !== undefined && !entry.waits && entry.process.state.name === 'STOPPED';
        const starts = program.autostart && program.schedule === null;
        if (idle && starts && program.enabled) start(entry);
      }
    },
  };
}

function asDependency(entry: Entry): Dependency {
  return { program: entry.program, process: entry.process, ready: entry.ready };
}
