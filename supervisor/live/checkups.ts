// Asks running programs their `check=`, and does what their answers ask for.

import { HEALTHY, judge } from '../checks/health.ts';
import { answers } from '../checks/probe.ts';
import type { MainLog } from '../logs/main-log.ts';
import type { HealthCheck } from '../model.ts';
import type { Cancel } from '../os/system.ts';
import type { Entry } from './entry.ts';
import type { LaunchContext } from './launch.ts';
import type { Supervisor } from './supervisor.ts';

export interface CheckupOptions {
  readonly supervisor: Supervisor;
  readonly launch: LaunchContext;
  readonly log: MainLog;
}

/** From now on; each run of a program begins with a clean slate. */
export function startCheckups({ supervisor, launch, log }: CheckupOptions): void {
  const visits = new Map<Entry, Cancel>();

  const visit = (entry: Entry, check: HealthCheck): Cancel => {
    const { program } = entry;
    let health = HEALTHY;
    let over = false;
    let cancelPause: Cancel = () => {};
    const ask = async (): Promise<void> => {
      const passed = await answers(check.ask, launch, check.timeoutMs);
      if (over) return;
      const before = health;
      // What has not been ready yet cannot fail.
      if (passed || entry.ready) health = judge(health, passed, check);
      entry.failing = health.failing;
      if (health.failing && !before.failing) {
        log.log('warn', `unhealthy: ${program.name} failed its check ${health.failures} times in a row`);
        if (check.action === 'restart') return supervisor.send(entry, { type: 'restartRequested' });
      }
      if (before.failing && !health.failing)
        log.log('info', `healthy: ${program.name} passes its check again`);
      pause();
    };
    const pause = (): void => {
      cancelPause = launch.system.after(check.intervalMs, () => void ask());
    };
    pause();
    return () => {
      over = true;
      cancelPause();
    };
  };

  supervisor.onChange(({ entry }) => {
    const { check } = entry.program;
    if (check === null) return;
    const up = entry.process.state.name === 'RUNNING';
    if (up && !visits.has(entry)) visits.set(entry, visit(entry, check));
    if (up) return;
    visits.get(entry)?.();
    visits.delete(entry);
    entry.failing = false;
  });
}
