// How each state of a service begins: what is run or killed, by when, and where it goes at once if there is nothing to
// do. After systemd's service_enter_…() functions; a result that is bad already stays.

import {
  blame,
  deadlineIn,
  type Draft,
  isGood,
  say,
  setState,
  spawnControl,
  spawnMain,
  WATCHED,
} from './draft.ts';
import { cannotRestart, restartDelayMs, shallRestart } from './restart.ts';
import type { ExecList, ServiceResult } from './state.ts';

type StopSignalState = 'stop-watchdog' | 'stop-sigterm' | 'stop-sigkill';
type FinalSignalState = 'final-watchdog' | 'final-sigterm' | 'final-sigkill';

export function enterCondition(draft: Draft): void {
  if (draft.policy.execCondition.length === 0) return enterStartPre(draft);
  setState(draft, 'condition');
  spawnControl(draft, 'condition');
}

export function enterStartPre(draft: Draft): void {
  if (draft.policy.execStartPre.length === 0) return enterStart(draft);
  setState(draft, 'start-pre');
  spawnControl(draft, 'start-pre');
}

export function enterStart(draft: Draft): void {
  const { type, execStart } = draft.policy;
  setState(draft, 'start');
  if (execStart.length === 0) return enterStartPost(draft);
  if (type === 'forking') spawnControl(draft, 'start');
  else spawnMain(draft, 0);
}

export function enterStartPost(draft: Draft): void {
  const { service, policy } = draft;
  feedWatchdog(draft);
  if (policy.execStartPost.length === 0) return enterRunning(draft, 'success');
  service.deadline = null;
  setState(draft, 'start-post');
  feedWatchdog(draft);
  spawnControl(draft, 'start-post');
}

export function enterRunning(draft: Draft, result: ServiceResult): void {
  const { service, policy } = draft;
  service.awaitsPidFile = false;
  blame(draft, result);
  if (isGood(draft)) {
    if (service.notified === 'reloading') return enterReloadByNotify(draft);
    if (service.notified === 'stopping') return enterStopByNotify(draft);
    if (service.sub === 'running') return;
    deadlineIn(draft, policy.runtimeMaxMs);
    setState(draft, 'running');
    if (service.watchdogAt === null) feedWatchdog(draft);
  } else if (result !== 'success') enterSignal(draft, 'stop-sigterm', result);
  else if (policy.remainAfterExit) setState(draft, 'exited');
  else enterStop(draft, 'success');
}

/** The service has given a sign of life, or begins to have to. */
export function feedWatchdog(draft: Draft): void {
  const { service, policy, world } = draft;
  const ms = service.watchdogMs ?? policy.watchdogMs;
  service.watchdogAt = ms > 0 && ms !== Infinity && WATCHED.has(service.sub) ? world.now + ms : null;
}

export function enterReload(draft: Draft): void {
  const { service, policy } = draft;
  service.reloadResult = 'success';
  if (policy.execReload.length > 0) {
    setState(draft, 'reload');
    return spawnControl(draft, 'reload');
  }
  if (policy.type !== 'notify-reload' || service.main === null) return enterRunning(draft, 'success');
  setState(draft, 'reload-signal');
  deadlineIn(draft, policy.timeoutStartMs);
  draft.effects.push({
    type: 'kill',
    whom: 'leaders',
    main: service.main.pid,
    control: null,
    signal: policy.reloadSignal,
    sighup: false,
    loud: false,
  });
}

export function enterReloadByNotify(draft: Draft): void {
  deadlineIn(draft, draft.policy.timeoutStartMs);
  setState(draft, draft.service.sub === 'reload-signal' ? 'reload-notify' : 'reload');
}

export function enterStopByNotify(draft: Draft): void {
  deadlineIn(draft, draft.policy.timeoutStopMs);
  setState(draft, 'stop-sigterm');
}

export function enterStop(draft: Draft, result: ServiceResult): void {
  blame(draft, result);
  draft.service.control = null;
  if (draft.policy.execStop.length === 0) return enterSignal(draft, 'stop-sigterm', 'success');
  setState(draft, 'stop');
  spawnControl(draft, 'stop');
}

export function enterStopPost(draft: Draft, result: ServiceResult): void {
  blame(draft, result);
  // One that not even SIGKILL has ended is waited for no longer.
  Object.assign(draft.service, { awaitsPidFile: false, control: null });
  if (draft.policy.execStopPost.length === 0) return enterSignal(draft, 'final-sigterm', 'success');
  setState(draft, 'stop-post');
  spawnControl(draft, 'stop-post');
}

/** A command of this list could not be started at all. */
export function startFailed(draft: Draft, list: ExecList): void {
  const { service } = draft;
  switch (list) {
    case 'condition':
    case 'start-pre':
      return enterDead(draft, 'resources', true);
    case 'start':
    case 'stop':
      return enterSignal(draft, 'stop-sigterm', 'resources');
    case 'start-post':
      return enterStop(draft, 'resources');
    case 'reload':
      service.reloadResult = 'resources';
      return enterRunning(draft, 'success');
    case 'stop-post':
      return enterSignal(draft, 'final-sigterm', 'resources');
  }
}

/** Kills what there is and waits for it, or goes on at once where there is nothing to wait for. */
export function enterSignal(
  draft: Draft,
  state: StopSignalState | FinalSignalState,
  result: ServiceResult,
): void {
  const { policy } = draft;
  const { sendSigkill } = policy.kill;
  blame(draft, result);
  draft.service.awaitsPidFile = false;
  forgetVanished(draft);
  if (kill(draft, state)) {
    const aborts = state === 'stop-watchdog' || state === 'final-watchdog';
    deadlineIn(draft, aborts ? (policy.timeoutAbortMs ?? policy.timeoutStopMs) : policy.timeoutStopMs);
    return setState(draft, state);
  }
  switch (state) {
    case 'stop-watchdog':
    case 'stop-sigterm':
      return sendSigkill ? enterSignal(draft, 'stop-sigkill', 'success') : enterStopPost(draft, 'success');
    case 'stop-sigkill':
      return enterStopPost(draft, 'success');
    case 'final-watchdog':
    case 'final-sigterm':
      return sendSigkill ? enterSignal(draft, 'final-sigkill', 'success') : enterDead(draft, 'success', true);
    case 'final-sigkill':
      return enterDead(draft, 'success', true);
  }
}

/** A main process that is no child of ours may have ended without our being told. */
function forgetVanished({ service, world }: Draft): void {
  if (service.main?.alien === true && world.owns(service.main.pid) === 'gone') service.main = null;
}

/** systemd's unit_kill_context(): who gets which signal, and whether there is anybody to wait for. */
function kill(draft: Draft, state: StopSignalState | FinalSignalState): boolean {
  const { service, policy, world } = draft;
  const { killMode, killSignal, restartKillSignal, finalKillSignal, watchdogSignal, sendSighup } =
    policy.kill;
  if (killMode === 'none') return false;
  const kills = state === 'stop-sigkill' || state === 'final-sigkill';
  const aborts = state === 'stop-watchdog' || state === 'final-watchdog';
  const terminates =
    state === 'stop-sigterm' && service.restarting ? (restartKillSignal ?? killSignal) : killSignal;
  const signal = kills ? finalKillSignal : aborts ? watchdogSignal : terminates;
  const group = (killMode === 'control-group' || (killMode === 'mixed' && kills)) && world.othersAlive;
  if (service.main === null && service.control === null && !group) return false;
  draft.effects.push({
    type: 'kill',
    whom: group ? 'group' : 'leaders',
    main: service.main?.pid ?? null,
    control: service.control?.pid ?? null,
    signal,
    sighup: sendSighup && !kills && !aborts && signal !== 'SIGHUP',
    loud: kills || aborts,
  });
  // That of an alien nobody tells us; one of our own group ends with its parents, of which we are told.
  const mainTells = service.main !== null && (!service.main.alien || world.owns(service.main.pid) === 'own');
  return group || service.control !== null || mainTells;
}

/** It is over: dead, failed, or waiting to be started again. */
export function enterDead(draft: Draft, result: ServiceResult, mayRestart: boolean): void {
  const { service, policy, world } = draft;
  blame(draft, result);
  Object.assign(service, { control: null, main: null, awaitsPidFile: false, deadline: null });
  const failed = service.result !== 'success' && service.result !== 'exec-condition';
  if (service.result === 'success') say(draft, 6, 'Deactivated successfully.');
  else if (failed) say(draft, 4, `Failed with result '${service.result}'.`);
  else say(draft, 6, `Skipped due to '${service.result}'.`);
  const restarts = mayRestart && !cannotRestart(service, world) && shallRestart(service, policy);
  service.willRestart = restarts;
  // RestartMode=direct: nobody sees that it was down.
  const passes = !(restarts && policy.restartMode === 'direct');
  if (passes) setState(draft, failed ? 'failed' : 'dead');
  service.willRestart = false;
  if (restarts) {
    deadlineIn(draft, restartDelayMs(policy, service.restarts + 1));
    setState(draft, 'auto-restart');
  } else service.forgetRestarts = true;
  draft.effects.push({ type: 'release', restarts: restarts || service.restarting });
  Object.assign(service, { forbidRestart: false, restarting: false });
}
