// What a service says of itself (sd_notify(3)): reading a datagram, whether it is to be believed, what it leads to.

import type { NotifyAccess } from '../model.ts';
import { say, type Draft } from './draft.ts';
import {
  enterReloadByNotify,
  enterRunning,
  enterSignal,
  enterStartPost,
  enterStopByNotify,
  feedWatchdog,
} from './enter.ts';
import { setMain } from './main-pid.ts';
import type { Notification, Service } from './state.ts';

/** One datagram: `NAME=value` lines. */
export function parseNotification(text: string, pid: number): Notification {
  const fields = new Map(
    text.split('\n').map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  const number = (name: string): number | null => {
    const value = fields.get(name) ?? '';
    return /^\d+$/.test(value) ? Number(value) : null;
  };
  const micros = (name: string): number | null => {
    const value = number(name);
    return value === null ? null : value / 1000;
  };
  const watchdog = fields.get('WATCHDOG');
  return {
    pid,
    ready: fields.get('READY') === '1',
    reloading: fields.get('RELOADING') === '1',
    stopping: fields.get('STOPPING') === '1',
    status: fields.get('STATUS') ?? null,
    errno: number('ERRNO'),
    mainPid: number('MAINPID'),
    watchdog: watchdog === '1' ? 'ping' : watchdog === 'trigger' ? 'trigger' : null,
    watchdogMs: micros('WATCHDOG_USEC'),
    extendMs: micros('EXTEND_TIMEOUT_USEC'),
    fdStore: fields.get('FDSTORE') === '1',
    fdStoreRemove: fields.get('FDSTOREREMOVE') === '1',
    fdName: fields.get('FDNAME') ?? null,
    barrier: fields.get('BARRIER') === '1',
  };
}

/** Why a message is not to be believed (NotifyAccess=), or null. */
export function whyRefused(service: Service, pid: number, access: NotifyAccess): string | null {
  const main = service.main?.pid ?? null;
  switch (access) {
    case 'none':
      return `Got notification message from PID ${pid}, but reception is disabled.`;
    case 'all':
      return null;
    case 'main':
      if (pid === main) return null;
      return main === null
        ? `Got notification message from PID ${pid}, but reception only permitted for main PID which is currently not known`
        : `Got notification message from PID ${pid}, but reception only permitted for main PID ${main}`;
    case 'exec':
      if (pid === main || pid === service.control?.pid) return null;
      return `Got notification message from PID ${pid}, but reception only permitted for main PID and control PIDs`;
  }
}

export function onNotified(draft: Draft, message: Notification): void {
  const { service, policy } = draft;
  const refusal = whyRefused(service, message.pid, policy.notifyAccess);
  if (refusal !== null) return say(draft, 4, refusal);
  takeMainPid(draft, message);
  if (message.status !== null) service.statusText = message.status || null;
  if (message.errno !== null) service.statusErrno = message.errno;
  if (message.stopping) {
    service.notified = 'stopping';
    if (service.sub === 'running') enterStopByNotify(draft);
  }
  // A message may say both; what was true first comes first.
  if (message.reloading) onReloading(draft);
  if (message.ready && !message.reloading) onReady(draft);
  if (message.extendMs !== null) extend(draft, message.extendMs);
  if (message.watchdogMs !== null) {
    service.watchdogMs = message.watchdogMs;
    feedWatchdog(draft);
  }
  if (message.watchdog === 'ping') feedWatchdog(draft);
  else if (message.watchdog === 'trigger') {
    say(draft, 3, `Watchdog request (last status: ${service.statusText ?? '<unset>'})!`);
    enterSignal(draft, 'stop-watchdog', 'watchdog');
  }
}

function onReady(draft: Draft): void {
  const { service, policy } = draft;
  const before = service.notified;
  service.notified = 'ready';
  const waits = policy.type === 'notify' || policy.type === 'notify-reload';
  if (waits && service.sub === 'start') return enterStartPost(draft);
  const reloads = service.sub === 'reload' || service.sub === 'reload-notify';
  if (reloads && before === 'reloading' && service.control === null) enterRunning(draft, 'success');
}

function onReloading(draft: Draft): void {
  const { service } = draft;
  service.notified = 'reloading';
  if (service.sub === 'running' || service.sub === 'reload-signal') enterReloadByNotify(draft);
}

function takeMainPid(draft: Draft, { mainPid }: Notification): void {
  const { service, world } = draft;
  const open = ['start', 'start-post', 'running', 'reload', 'reload-signal', 'reload-notify'];
  if (mainPid === null || !open.includes(service.sub) || mainPid === service.main?.pid) return;
  const owner = world.owns(mainPid);
  if (owner === 'gone') return say(draft, 4, `New main PID ${mainPid} does not exist or is a zombie.`);
  if (owner === 'alien') {
    return say(draft, 4, `New main PID ${mainPid} does not belong to service, refusing.`);
  }
  setMain(draft, mainPid, owner !== 'child');
}

/** EXTEND_TIMEOUT_USEC=: the time that is left is at least this. */
function extend(draft: Draft, ms: number): void {
  const { service, world } = draft;
  if (service.deadline !== null) service.deadline = Math.max(service.deadline, world.now + ms);
  if (service.watchdogAt !== null) service.watchdogAt = Math.max(service.watchdogAt, world.now + ms);
}
