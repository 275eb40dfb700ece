// The processes of a service's run: who they are, whose children, and the signals that they get.

import type { System } from '../../os/system.ts';
import type { Effect, Service, World } from '../../units/machine/state.ts';
import type { UnitHost } from './live-unit.ts';
import { createProcessSet, lookUp, remember, type ProcessSet } from './process-set.ts';

export interface ServiceProcesses {
  /** Of the run that is, or was, the last one; null before the first. */
  readonly invocation: string | null;
  /** A new run. What an earlier one has left behind is told, and left alone, as systemd does it. */
  begin(invocation: string): void;
  started(pid: number): void;
  /** The run is over; what it leaves behind (KillMode=) is told. */
  leave(): void;
  members(): number[];
  /** Those that are neither the main process nor the control process. */
  others(service: Service): number[];
  /** Those that are children of ours, without the control process. */
  orphans(service: Service): number[];
  owns: World['owns'];
  isChild: World['isChild'];
  /** Of a process that is no child of ours nobody tells the end: it is looked for when others have ended. */
  isGone(pid: number): boolean;
  /** The signals of a stop. */
  signal(effect: Effect & { type: 'kill' }, service: Service): void;
  /** A signal that a client asks for; false where there is no process of that kind. */
  kill(service: Service, signal: string, whom: 'main' | 'control' | 'all'): boolean;
}

const UNCLEAN =
  'This usually indicates unclean termination of a previous run, or service implementation deficiencies.';

/** A process that ended before its exec has a number that no process has. */
export function realPid(running: Service['main']): number | null {
  return running === null || running.pid < 0 ? null : running.pid;
}

export function createServiceProcesses(id: string, system: System, say: UnitHost['say']): ServiceProcesses {
  let set: ProcessSet | null = null;

  const entries = (): ReturnType<typeof lookUp> => (set === null ? [] : lookUp(system, set));
  const members = (): number[] => entries().map(({ pid }) => pid);
  const others = (service: Service): number[] =>
    members().filter((pid) => pid !== service.main?.pid && pid !== service.control?.pid);
  const find = (wanted: number): ReturnType<System['processes']>[number] | undefined =>
    system.processes().find(({ pid }) => pid === wanted);

  return {
    get invocation() {
      return set?.invocation ?? null;
    },
    begin(invocation) {
      for (const { pid, name } of entries()) {
        const text = `${id}: Found left-over process ${pid} (${name}) in control group while starting unit. Ignoring.`;
        say(id, 4, text);
        say(id, 4, UNCLEAN);
      }
      set = createProcessSet(invocation);
    },
    started(pid) {
      if (set !== null) remember(set, pid);
    },
    leave() {
      for (const { pid, name } of entries())
        say(id, 6, `${id}: Unit process ${pid} (${name}) remains running after unit stopped.`);
    },
    members,
    others,
    orphans: (service) =>
      entries()
        .filter(({ pid, parent }) => parent === system.pid && pid !== service.control?.pid)
        .map(({ pid }) => pid),
    owns(pid) {
      const entry = find(pid);
      if (entry === undefined || entry.state === 'Z') return 'gone';
      if (!members().includes(pid)) return 'alien';
      return entry.parent === system.pid ? 'child' : 'own';
    },
    isChild: (pid) => find(pid)?.parent === system.pid,
    isGone(pid) {
      const entry = find(pid);
      return entry === undefined || (entry.state === 'Z' && entry.parent !== system.pid);
    },
    signal(effect, service) {
      const leaders = [effect.main, effect.control].filter((pid): pid is number => pid !== null && pid > 0);
      const found = effect.whom === 'group' ? others(service) : [];
      const names = new Map(system.processes().map(({ pid, name }) => [pid, name]));
      for (const pid of new Set([...leaders, ...found])) {
        const name = names.get(pid);
        if (effect.loud && name !== undefined) {
          say(id, 5, `${id}: Killing process ${pid} (${name}) with signal ${effect.signal}.`);
        }
        system.signal(pid, effect.signal, false);
        // A stopped process would never see it (systemd does the same).
        if (effect.signal !== 'SIGKILL') system.signal(pid, 'SIGCONT', false);
        if (effect.sighup) system.signal(pid, 'SIGHUP', false);
      }
    },
    kill(service, signal, whom) {
      const main = realPid(service.main);
      const control = realPid(service.control);
      const wanted =
        whom === 'main' ? [main] : whom === 'control' ? [control] : [main, control, ...members()];
      const there = new Set(wanted.filter((pid) => pid !== null));
      for (const pid of there) {
        if (system.signal(pid, signal, false) !== 'sent') continue;
        const role = pid === main ? 'main process' : pid === control ? 'control process' : 'process';
        const comm = system.readText(`/proc/${pid}/comm`)?.trim() ?? 'n/a';
        say(id, 5, `${id}: Sent signal ${signal} to ${role} ${pid} (${comm}) on client request.`);
      }
      return there.size > 0;
    },
  };
}
