// What the end of a service's process leads to (systemd's service_sigchld_event()).

import type { ExitStatus } from '../../process/state.ts';
import { blame, commandsOf, say, spawnControl, spawnMain, type Draft, type Policy } from './draft.ts';
import {
  enterDead,
  enterRunning,
  enterSignal,
  enterStart,
  enterStartPost,
  enterStartPre,
  enterStop,
  enterStopPost,
} from './enter.ts';
import { describeStatus, resultOf, type Cleanness } from './exit-status.ts';
import { demandPidFile, guessMain, loadPidFile } from './main-pid.ts';
import type { ExecList, Running, ServiceResult } from './state.ts';

export function onExited(draft: Draft, pid: number, status: ExitStatus): void {
  const { main, control } = draft.service;
  if (main?.pid === pid) onMainExited(draft, main, status);
  else if (control?.pid === pid) onControlExited(draft, control, status);
}

/** Its end counts as a good one: systemd would not even notice it. */
export function onMainVanished(draft: Draft): void {
  const { service } = draft;
  if (service.main === null || loadPidFile(draft, false)) return;
  service.main = null;
  afterMain(draft, 'success');
}

function onMainExited(draft: Draft, main: Running, status: ExitStatus): void {
  const { service, policy, world } = draft;
  // A daemon may hand over to another process, if it writes the new one's number before it ends.
  if (loadPidFile(draft, false)) return;
  Object.assign(service, { main: null, mainExit: status });
  const index = main.command?.index ?? 0;
  const ignored = policy.execStart[index]?.ignoreFailure === true;
  const found = resultOf(status, cleannessOf(policy, 'start'), policy.successExitStatus);
  const result = ignored ? 'success' : found;
  if (result !== 'success') {
    say(draft, status.code === null ? 4 : 5, `Main process exited, ${describeStatus(status)}`);
  }
  blame(draft, result);
  const next = index + 1;
  const more = main.command !== null && policy.type === 'oneshot' && next < policy.execStart.length;
  if (more && result === 'success' && service.sub === 'start') return spawnMain(draft, next);
  if (policy.exitType === 'cgroup' && world.othersAlive) return;
  afterMain(draft, result);
}

/** SIGTERM is a clean end of a daemon; a oneshot's command, and what is run around a daemon, has to end by itself. */
function cleannessOf({ type }: Policy, list: ExecList): Cleanness {
  return type === 'oneshot' || list !== 'start' ? 'command' : 'daemon';
}

function afterMain(draft: Draft, result: ServiceResult): void {
  const { service, policy } = draft;
  const alone = service.control === null;
  switch (service.sub) {
    case 'start-post':
    case 'reload':
    case 'reload-signal':
    case 'reload-notify':
      if (alone) enterStop(draft, result);
      return;
    case 'stop':
      if (alone) enterSignal(draft, 'stop-sigterm', result);
      return;
    case 'stop-post':
      if (alone) enterSignal(draft, 'final-sigterm', result);
      return;
    case 'start':
      if (policy.type === 'oneshot') {
        return result === 'success' ? enterStartPost(draft) : enterSignal(draft, 'stop-sigterm', result);
      }
      if (policy.type === 'notify' || policy.type === 'notify-reload') {
        if (result !== 'success') return enterSignal(draft, 'stop-sigterm', result);
        const neverReady = !policy.remainAfterExit || policy.notifyAccess === 'main';
        return neverReady ? enterSignal(draft, 'stop-sigterm', 'protocol') : undefined;
      }
      return enterRunning(draft, result);
    case 'running':
      return enterRunning(draft, result);
    case 'stop-watchdog':
    case 'stop-sigterm':
    case 'stop-sigkill':
      if (alone) enterStopPost(draft, result);
      return;
    case 'final-watchdog':
    case 'final-sigterm':
    case 'final-sigkill':
      if (alone) leftAlone(draft, result);
      return;
    case 'dead':
    case 'condition':
    case 'start-pre':
    case 'exited':
    case 'failed':
    case 'auto-restart':
      return;
  }
}

function onControlExited(draft: Draft, control: Running, status: ExitStatus): void {
  const { service, policy } = draft;
  const { list, index } = control.command ?? { list: 'start' as const, index: 0 };
  Object.assign(service, { control: null, controlExit: status });
  const ignored = commandsOf(policy, list)[index]?.ignoreFailure === true;
  const found = resultOf(status, cleannessOf(policy, list), policy.successExitStatus);
  let result: ServiceResult = ignored ? 'success' : found;
  let kind = 'Control process';
  if (service.sub === 'condition') {
    kind = 'Condition check process';
    if (result === 'exit-code' && status.code !== null && status.code < 255) result = 'exec-condition';
  }
  if (result !== 'success' && result !== 'exec-condition') {
    say(draft, status.code === null ? 4 : 5, `${kind} exited, ${describeStatus(status)}`);
  }
  if (service.sub !== 'reload') blame(draft, result);
  // The next of the list, unless the service is being stopped meanwhile.
  if (result === 'success' && service.sub === list && index + 1 < commandsOf(policy, list).length) {
    return spawnControl(draft, list, index + 1);
  }
  afterControl(draft, result);
}

function afterControl(draft: Draft, result: ServiceResult): void {
  const { service, policy } = draft;
  const ok = result === 'success';
  switch (service.sub) {
    case 'condition':
      return ok ? enterStartPre(draft) : enterSignal(draft, 'stop-sigterm', result);
    case 'start-pre':
      return ok ? enterStart(draft) : enterSignal(draft, 'stop-sigterm', result);
    case 'start':
      return ok ? forked(draft) : enterSignal(draft, 'stop-sigterm', result);
    case 'start-post':
      return ok ? startPostDone(draft) : enterSignal(draft, 'stop-sigterm', result);
    case 'reload':
      if (ok && policy.pidFile !== null) loadPidFile(draft, false);
      service.reloadResult = result;
      if (policy.type === 'notify-reload' && service.notified === 'reloading') return;
      return enterRunning(draft, 'success');
    case 'stop':
      return enterSignal(draft, 'stop-sigterm', result);
    case 'stop-watchdog':
    case 'stop-sigterm':
    case 'stop-sigkill':
      if (service.main === null) enterStopPost(draft, result);
      return;
    case 'stop-post':
      return enterSignal(draft, 'final-sigterm', result);
    case 'final-watchdog':
    case 'final-sigterm':
    case 'final-sigkill':
      if (service.main === null) leftAlone(draft, result);
      return;
    case 'dead':
    case 'running':
    case 'exited':
    case 'reload-signal':
    case 'reload-notify':
    case 'failed':
    case 'auto-restart':
      return;
  }
}

/** Main and control process are gone; what else there is in the group is waited for. */
function leftAlone(draft: Draft, result: ServiceResult): void {
  blame(draft, result);
  const { killMode } = draft.policy.kill;
  const waits =
    draft.world.othersAlive &&
    (killMode === 'control-group' || (killMode === 'mixed' && draft.service.sub === 'final-sigkill'));
  if (!waits) enterDead(draft, result, true);
}

/** The process that was to daemonise itself has ended well. */
function forked(draft: Draft): void {
  const { policy, world } = draft;
  if (policy.type !== 'forking') return;
  const hasStartPost = policy.execStartPost.length > 0;
  if (policy.pidFile === null) guessMain(draft);
  else if (!loadPidFile(draft, !hasStartPost) && !hasStartPost) {
    if (world.othersAlive) return demandPidFile(draft);
    return enterSignal(draft, 'stop-sigterm', 'protocol');
  }
  enterStartPost(draft);
}

function startPostDone(draft: Draft): void {
  const { policy, service, world } = draft;
  if (policy.type === 'forking' && service.main === null) {
    if (policy.pidFile === null) guessMain(draft);
    else if (!loadPidFile(draft, true)) {
      if (world.othersAlive) return demandPidFile(draft);
      return enterStop(draft, 'protocol');
    }
  }
  enterRunning(draft, 'success');
}
