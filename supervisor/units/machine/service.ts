// What happens to a service when something happens: the transition function, with no effect and no clock of its own.
// The rules are systemd's (service.c); enter.ts knows how each state begins, the other files what an event leads to.

import { leadersAlive, say, setState, type Draft, type Policy } from './draft.ts';
import {
  enterCondition,
  enterDead,
  enterReload,
  enterRunning,
  enterSignal,
  enterStartPost,
  enterStop,
  enterStopPost,
  startFailed,
} from './enter.ts';
import { onExited, onMainVanished } from './exited.ts';
import { demandedPidFile, onMainChecked } from './main-pid.ts';
import { onNotified } from './notified.ts';
import { onWoken } from './woken.ts';
import type { Effect, Event, Service, World } from './state.ts';

export type { Policy } from './draft.ts';

export interface Step {
  readonly service: Service;
  readonly effects: readonly Effect[];
}

/**
 * The next state of a service and what has to be done for it. An event that means nothing in the current state (a start
 * of what runs, a wake-up that came late) changes nothing.
 */
export function step(service: Service, event: Event, policy: Policy, world: World): Step {
  const draft: Draft = { service: { ...service }, effects: [], policy, world };
  apply(draft, event);
  return { service: draft.service, effects: draft.effects };
}

/** Whether a start would be taken now; else it has to wait (systemd's EAGAIN), or is done already. */
export function startable({ sub }: Service): boolean {
  return sub === 'dead' || sub === 'failed';
}

/** When `woken` is due, or null for never. */
export function wakeAt({ deadline, watchdogAt }: Service): number | null {
  if (deadline === null || watchdogAt === null) return deadline ?? watchdogAt;
  return Math.min(deadline, watchdogAt);
}

function apply(draft: Draft, event: Event): void {
  const { service } = draft;
  switch (event.type) {
    case 'startRequested':
      return onStartRequested(draft);
    case 'startLimitHit':
      say(draft, 4, 'Start request repeated too quickly.');
      return enterDead(draft, 'start-limit-hit', false);
    case 'stopRequested':
      return onStopRequested(draft, event.restart);
    case 'reloadRequested':
      if (service.sub === 'running' || service.sub === 'exited') enterReload(draft);
      return;
    case 'failureReset':
      return onFailureReset(draft);
    case 'spawned':
      return onSpawned(draft, event.pid);
    case 'executed':
      return onExecuted(draft, event.pid);
    case 'spawnFailed':
      return onSpawnFailed(draft, event.message);
    case 'exited':
      return onExited(draft, event.pid, event.status);
    case 'mainVanished':
      return onMainVanished(draft);
    case 'mainChecked':
      return onMainChecked(draft);
    case 'groupEmptied':
      return onGroupEmptied(draft);
    case 'pidFileChanged':
      if (service.awaitsPidFile && demandedPidFile(draft)) enterRunning(draft, 'success');
      return;
    case 'notified':
      return onNotified(draft, event.message);
    case 'woken':
      return onWoken(draft);
  }
}

function onStartRequested(draft: Draft): void {
  const { service } = draft;
  if (!startable(service)) return;
  Object.assign(service, {
    result: 'success',
    reloadResult: 'success',
    main: null,
    mainKnown: false,
    control: null,
    mainExit: null,
    controlExit: null,
    statusText: null,
    statusErrno: null,
    notified: 'nothing',
    watchdogMs: null,
    awaitsPidFile: false,
    forbidRestart: false,
    restarting: false,
  } satisfies Partial<Service>);
  if (service.forgetRestarts) Object.assign(service, { restarts: 0, forgetRestarts: false });
  enterCondition(draft);
}

function onStopRequested(draft: Draft, restart: boolean): void {
  const { service } = draft;
  Object.assign(service, { forbidRestart: true, restarting: restart } satisfies Partial<Service>);
  switch (service.sub) {
    case 'auto-restart':
      return setState(draft, 'dead');
    case 'running':
    case 'exited':
      return enterStop(draft, 'success');
    case 'condition':
    case 'start-pre':
    case 'start':
    case 'start-post':
    case 'reload':
    case 'reload-signal':
    case 'reload-notify':
      return enterSignal(draft, 'stop-sigterm', 'success');
    case 'dead':
    case 'failed':
    case 'stop':
    case 'stop-watchdog':
    case 'stop-sigterm':
    case 'stop-sigkill':
    case 'stop-post':
    case 'final-watchdog':
    case 'final-sigterm':
    case 'final-sigkill':
      return;
  }
}

/** `systemctl reset-failed`. */
function onFailureReset(draft: Draft): void {
  const { service } = draft;
  if (service.sub === 'failed') setState(draft, 'dead');
  Object.assign(service, { result: 'success', reloadResult: 'success', restarts: 0, forgetRestarts: false });
}

/** Whether their exec works is nobody's business. */
const STARTED_WHEN_SPAWNED: ReadonlySet<Policy['type']> = new Set(['simple', 'idle', 'dbus']);

function onSpawned(draft: Draft, pid: number): void {
  const { service, policy } = draft;
  const { spawning } = service;
  if (spawning === null) return;
  service.spawning = null;
  const running = { pid, command: { list: spawning.list, index: spawning.index }, alien: false };
  if (spawning.role === 'control') {
    service.control = running;
    return;
  }
  Object.assign(service, { main: running, mainKnown: true, mainExit: null } satisfies Partial<Service>);
  if (service.sub === 'start' && STARTED_WHEN_SPAWNED.has(policy.type)) enterStartPost(draft);
}

function onExecuted(draft: Draft, pid: number): void {
  const { service, policy } = draft;
  if (policy.type === 'exec' && service.sub === 'start' && service.main?.pid === pid) enterStartPost(draft);
}

function onSpawnFailed(draft: Draft, message: string): void {
  const { service } = draft;
  const { spawning } = service;
  if (spawning === null) return;
  service.spawning = null;
  say(draft, 4, `Failed to run '${spawning.list}' task: ${message}`);
  startFailed(draft, spawning.list);
}

/** No process of the unit is left. */
function onGroupEmptied(draft: Draft): void {
  const { service, policy } = draft;
  if (leadersAlive(service)) return;
  switch (service.sub) {
    case 'start':
      if ((policy.type === 'notify' || policy.type === 'notify-reload') && service.mainKnown) {
        return enterStopPost(draft, 'protocol');
      }
      if (policy.exitType === 'cgroup' && service.mainKnown) return enterStartPost(draft);
      return neverWrotePidFile(draft);
    case 'start-post':
      return neverWrotePidFile(draft);
    case 'running':
      return enterRunning(draft, 'success');
    case 'stop-watchdog':
    case 'stop-sigterm':
    case 'stop-sigkill':
      return enterStopPost(draft, 'success');
    case 'stop-post':
    case 'final-watchdog':
    case 'final-sigterm':
    case 'final-sigkill':
      return enterDead(draft, 'success', true);
    case 'dead':
    case 'condition':
    case 'start-pre':
    case 'exited':
    case 'reload':
    case 'reload-signal':
    case 'reload-notify':
    case 'stop':
    case 'failed':
    case 'auto-restart':
      return;
  }
}

function neverWrotePidFile(draft: Draft): void {
  const { service } = draft;
  if (!service.awaitsPidFile) return;
  say(draft, 4, 'Daemon never wrote its PID file. Failing.');
  service.awaitsPidFile = false;
  if (service.sub === 'start') enterStopPost(draft, 'protocol');
  else enterStop(draft, 'protocol');
}
