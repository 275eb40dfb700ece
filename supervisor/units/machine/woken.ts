// What happens when a service's time is up (systemd's service_dispatch_timer()).

import { formatTimeSpan } from '../time-span.ts';
import { say, type Draft } from './draft.ts';
import { enterDead, enterRunning, enterSignal, enterStop, enterStopPost } from './enter.ts';

export function onWoken(draft: Draft): void {
  const { service, world } = draft;
  const { deadline, watchdogAt } = service;
  if (deadline !== null && deadline <= world.now) {
    service.deadline = null;
    return timeIsUp(draft);
  }
  if (watchdogAt === null || watchdogAt > world.now) return;
  service.watchdogAt = null;
  const limit = formatTimeSpan(service.watchdogMs ?? draft.policy.watchdogMs);
  say(draft, 3, `Watchdog timeout (limit ${limit})!`);
  enterSignal(draft, 'stop-watchdog', 'watchdog');
}

function timeIsUp(draft: Draft): void {
  const { service, policy } = draft;
  const { sub } = service;
  switch (sub) {
    case 'condition':
    case 'start-pre':
    case 'start':
    case 'start-post':
      return mode(draft, policy.timeoutStartFailureMode, `${sub} operation timed out.`);
    case 'running':
      say(draft, 4, 'Service reached runtime time limit. Stopping.');
      return enterStop(draft, 'timeout');
    case 'reload':
    case 'reload-signal':
    case 'reload-notify':
      return reloadTimedOut(draft);
    case 'stop':
      return mode(draft, policy.timeoutStopFailureMode, 'Stopping timed out.');
    case 'stop-watchdog':
      return killOr(draft, 'stop');
    case 'stop-sigterm':
      if (policy.timeoutStopFailureMode !== 'abort') return killOr(draft, 'stop');
      say(draft, 4, `State '${sub}' timed out. Aborting.`);
      return enterSignal(draft, 'stop-watchdog', 'timeout');
    case 'stop-sigkill':
      say(draft, 4, 'Processes still around after SIGKILL. Ignoring.');
      return enterStopPost(draft, 'timeout');
    case 'stop-post':
      say(draft, 4, `State '${sub}' timed out. Terminating.`);
      return enterSignal(draft, 'final-sigterm', 'timeout');
    case 'final-watchdog':
    case 'final-sigterm':
      return killOr(draft, 'final');
    case 'final-sigkill':
      say(draft, 4, 'Processes still around after final SIGKILL. Entering failed mode.');
      return enterDead(draft, 'timeout', true);
    case 'auto-restart':
      service.restarts += 1;
      service.forgetRestarts = false;
      say(draft, 6, `Scheduled restart job, restart counter is at ${service.restarts}.`);
      draft.effects.push({ type: 'scheduleRestart' });
      return;
    case 'dead':
    case 'failed':
    case 'exited':
      return;
  }
}

function mode(draft: Draft, how: 'terminate' | 'abort' | 'kill', what: string): void {
  switch (how) {
    case 'terminate':
      say(draft, 4, `${what} Terminating.`);
      return enterSignal(draft, 'stop-sigterm', 'timeout');
    case 'abort':
      say(draft, 4, `${what} Aborting.`);
      return enterSignal(draft, 'stop-watchdog', 'timeout');
    case 'kill':
      if (draft.policy.kill.sendSigkill) {
        say(draft, 4, `${what} Killing.`);
        return enterSignal(draft, 'stop-sigkill', 'timeout');
      }
      say(draft, 4, `${what} Skipping SIGKILL.`);
      return enterStopPost(draft, 'timeout');
  }
}

/** The last word is SIGKILL, unless SendSIGKILL= says otherwise. */
function killOr(draft: Draft, phase: 'stop' | 'final'): void {
  const { sub } = draft.service;
  if (draft.policy.kill.sendSigkill) {
    say(draft, 4, `State '${sub}' timed out. Killing.`);
    return enterSignal(draft, phase === 'stop' ? 'stop-sigkill' : 'final-sigkill', 'timeout');
  }
  if (phase === 'stop') {
    say(draft, 4, `State '${sub}' timed out. Skipping SIGKILL.`);
    return enterStopPost(draft, 'timeout');
  }
  say(draft, 4, `State '${sub}' timed out. Skipping SIGKILL. Entering failed mode.`);
  enterDead(draft, 'timeout', false);
}

function reloadTimedOut(draft: Draft): void {
  const { service } = draft;
  say(draft, 4, 'Reload operation timed out. Killing reload process.');
  if (service.control !== null) {
    draft.effects.push({
      type: 'kill',
      whom: 'control',
      main: null,
      control: service.control.pid,
      signal: 'SIGKILL',
      sighup: false,
      loud: false,
    });
  }
  Object.assign(service, { control: null, reloadResult: 'timeout', notified: 'ready' });
  enterRunning(draft, 'success');
}
