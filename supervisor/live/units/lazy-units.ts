// The manager of units where there is one: made at the start for an image that names a target, else when a client first
// asks for it, so that an image without units does not pay for them.

import type { MainLog } from '../../logs/main-log.ts';
import type { LogFormat } from '../../model.ts';
import type { System } from '../../os/system.ts';
import type { Ending } from '../../process/ending.ts';
import { randomBytes } from '../../random.ts';
import type { Consoles } from '../consoles.ts';
import type { PipeEnds } from '../launch.ts';
import type { OrderedStop } from '../stop.ts';
import type { ManagerOptions, UnitManager } from './manager.ts';

export interface LazyUnitsOptions {
  readonly system: System;
  readonly log: MainLog;
  readonly consoles: Consoles;
  readonly pipes: PipeEnds;
  readonly devNull: number;
  readonly container: Readonly<Record<string, string>>;
  readonly runtimeDirectory: () => string | null;
  readonly format: LogFormat;
  /** What reads unit files, and what their specifiers stand for; loaded when it is needed. */
  readonly source: () => Promise<Pick<ManagerOptions, 'generate' | 'read' | 'probe'>>;
  /** Units whose failure ends the container, and the one whose end does. */
  readonly monitor: readonly string[];
  readonly main: string | null;
  readonly onEnding: (ending: Ending) => void;
}

export interface LazyUnits {
  manager(): Promise<UnitManager>;
  /** Starts these, and the image's main unit, be it wanted by them or not. */
  boot(targets: readonly string[]): Promise<void>;
  /** The manager, where somebody has asked for it already. */
  present(): UnitManager | null;
  /** A child that was not started as a program has ended. */
  orphanEnded(pid: number, status: { readonly code: number | null; readonly signal: string | null }): boolean;
  /** Stops all units; null where there are none. */
  stop(budgetMs: number | null): OrderedStop | null;
}

/** POSIX sh: a command that was not found. */
const NOT_FOUND = 127;

const UNIT_NAME = /\.(service|socket|timer|path|target)$/;

/** What is left at the deadline is killed; a process that even SIGKILL does not end is given up after this. */
const GIVE_UP_MS = 200;

export function createLazyUnits(options: LazyUnitsOptions): LazyUnits {
  const { system, log } = options;
  let making: Promise<UnitManager> | null = null;
  let made: UnitManager | null = null;

  const make = async (): Promise<UnitManager> => {
    const [{ createUnitManager }, { createJournal }, { BASE_ENVIRONMENT }, source] = await Promise.all([
      import('./manager.ts'),
      import('./journal.ts'),
      import('./unit-environment.ts'),
      options.source(),
    ]);
    await source.generate();
    made = createUnitManager({
      context: {
        system,
        log,
        consoles: options.consoles,
        journal: createJournal(),
        format: options.format,
        container: options.container,
        environment: new Map(Object.entries(BASE_ENVIRONMENT)),
        runtimeDirectory: options.runtimeDirectory,
        devNull: options.devNull,
        pipes: options.pipes,
        startedAt: 0,
        localZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        random: Math.random,
        newInvocation: () => randomBytes(16).toString('hex'),
      },
      probe: source.probe,
      generate: source.generate,
      read: source.read,
      onEnd: (exitCode, reason) => options.onEnding({ exitCode, reason }),
      onRest: (live, how) => {
        const isNamed = (name: string): boolean => live.unit.names.includes(name);
        const isMain = options.main !== null && isNamed(options.main);
        if (!isMain && !(how === 'failed' && options.monitor.some((name) => isNamed(name)))) return;
        const failed = how === 'failed';
        const exitCode = live.exitCode ?? (failed ? 1 : 0);
        const reason = failed ? `has failed (${live.result})` : 'has ended';
        options.onEnding({
          exitCode: failed && exitCode === 0 ? 1 : exitCode,
          reason: `${live.unit.id} ${reason}`,
        });
      },
    });
    return made;
  };

  /** Without its main unit there is nothing to run: a container that cannot start it ends. */
  const startMain = async (manager: UnitManager, main: string): Promise<void> => {
    const [outcome] = await manager.act('start', [main], { mode: 'replace', wait: true });
    if (outcome?.kind === 'refused') {
      const isAbsent = manager.snapshot(main).loadState === 'not-found';
      options.onEnding({
        exitCode: isAbsent ? NOT_FOUND : 1,
        reason: `cannot start ${main}: ${outcome.message}`,
      });
    } else if (outcome?.result === 'dependency' || outcome?.result === 'assert') {
      options.onEnding({ exitCode: 1, reason: `cannot start ${main}: ${outcome.result}` });
    }
  };

  const manager = (): Promise<UnitManager> => (making ??= make());
  return {
    manager,
    async boot(targets) {
      const live = await manager();
      const { main } = options;
      const isUnit = main !== null && UNIT_NAME.test(main);
      const starts = targets.map((name) => live.boot(name));
      await Promise.all([...starts, ...(isUnit ? [startMain(live, main)] : [])]);
    },
    present: () => made,
    orphanEnded: (pid, status) => made?.orphanEnded(pid, status) ?? false,
    stop(budgetMs) {
      if (made === null) return null;
      const manager = made;
      let finish = (): void => {};
      const done = new Promise<void>((resolve) => (finish = resolve));
      const hurry = (): void => {
        manager.killAll();
        system.after(GIVE_UP_MS, finish);
      };
      const cancel = budgetMs === null ? () => {} : system.after(budgetMs, hurry);
      void manager.stopAll().then(() => {
        cancel();
        finish();
      });
      return { done, hurry };
    },
  };
}

/** Two stops at the same time, as one. */
export function bothStops(one: OrderedStop, other: OrderedStop | null): OrderedStop {
  if (other === null) return one;
  return {
    done: Promise.all([one.done, other.done]).then(() => {}),
    hurry() {
      one.hurry();
      other.hurry();
    },
  };
}
