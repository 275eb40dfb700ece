// One step of a service while it is made: what the functions that enter a state, in enter.ts, do to it.

import type { ExecCommand, ServiceSettings } from '../model.ts';
import type { Effect, ExecList, Service, ServiceResult, SubState, World } from './state.ts';

/** The part of a service's settings that decides. */
export type Policy = Omit<
  ServiceSettings,
  'exec' | 'sockets' | 'permissionsStartOnly' | 'rootDirectoryStartOnly'
>;

/** One step under way: the next state as far as it is known, and the effects so far. */
export interface Draft {
  readonly service: { -readonly [Key in keyof Service]: Service[Key] };
  readonly effects: Effect[];
  readonly policy: Policy;
  readonly world: World;
}

/** States in which a command of ours may still become the main process's end: the watchdog bites there alone. */
export const WATCHED: ReadonlySet<SubState> = new Set([
  'start-post',
  'running',
  'reload',
  'reload-signal',
  'reload-notify',
]);

export function commandsOf(policy: Policy, list: ExecList): readonly ExecCommand[] {
  switch (list) {
    case 'condition':
      return policy.execCondition;
    case 'start-pre':
      return policy.execStartPre;
    case 'start':
      return policy.execStart;
    case 'start-post':
      return policy.execStartPost;
    case 'reload':
      return policy.execReload;
    case 'stop':
      return policy.execStop;
    case 'stop-post':
      return policy.execStopPost;
  }
}

export function say(draft: Draft, priority: number, text: string): void {
  draft.effects.push({ type: 'log', priority, text });
}

export function setState(draft: Draft, sub: SubState): void {
  const { service } = draft;
  const from = service.sub;
  service.sub = sub;
  if (!WATCHED.has(sub)) service.watchdogAt = null;
  if (sub === 'dead' || sub === 'failed' || sub === 'exited') service.deadline = null;
  draft.effects.push({ type: 'moved', from, service: { ...service } });
}

/** The first reason for a failure is the one that is told. */
export function blame(draft: Draft, result: ServiceResult): void {
  if (draft.service.result === 'success') draft.service.result = result;
}

export function deadlineIn(draft: Draft, ms: number): void {
  draft.service.deadline = ms === Infinity ? null : draft.world.now + ms;
}

/** Starts a command of a list; the moment by which it must be done is the list's own, anew for each command. */
export function spawnControl(draft: Draft, list: ExecList, index = 0): void {
  const stops = list === 'stop' || list === 'stop-post';
  deadlineIn(draft, stops ? draft.policy.timeoutStopMs : draft.policy.timeoutStartMs);
  draft.service.spawning = { role: 'control', list, index };
  draft.effects.push({ type: 'spawn', role: 'control', list, index });
}

export function spawnMain(draft: Draft, index: number): void {
  const { type, timeoutStartMs } = draft.policy;
  deadlineIn(draft, type === 'simple' || type === 'idle' ? Infinity : timeoutStartMs);
  draft.service.spawning = { role: 'main', list: 'start', index };
  draft.effects.push({ type: 'spawn', role: 'main', list: 'start', index });
}

export function leadersAlive({ main, control }: Service): boolean {
  return main !== null || control !== null;
}

/** systemd's service_good(): the main process is there, or, where none is known, any process. */
export function isGood({ service, world }: Draft): boolean {
  if (service.mainKnown) return service.main !== null;
  return world.othersAlive || service.main !== null;
}
