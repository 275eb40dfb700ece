// What happens to a process when something happens: the transition function, with no effect and no clock of its own.
// Every state is listed under every event it can meet; the rules are supervisord's (process.py) unless a comment says why not.

import type { Program } from '../model.ts';
import { backoffMs } from './backoff.ts';
import type { Effect, Event, ExitStatus, Process, SpawnFailure, State } from './state.ts';

/** The part of a Program that decides; the rest is for those who spawn it. */
export type Policy = Pick<
  Program,
  | 'type'
  | 'startSecs'
  | 'startRetries'
  | 'exitCodes'
  | 'autorestart'
  | 'stopSignal'
  | 'stopWaitSecs'
  | 'stopAsGroup'
  | 'killAsGroup'
  | 'maxRestarts'
  | 'restartWindowSecs'
  | 'backoffMaxSecs'
>;

/**
 * The least between two starts of a program that startsecs calls RUNNING at once, and between two SIGKILLs: where a
 * configuration asks for no pause at all, we would do nothing else. supervisord's own pauses are of this length.
 */
const LEAST_PAUSE_MS = 1000;

/** The least pause in BACKOFF, for backoff_max=0. */
const LEAST_BACKOFF_MS = 10;

export interface Step {
  readonly process: Process;
  readonly effects: readonly Effect[];
}

/**
 * The next state of a process and what has to be done for it. `now` is in milliseconds of a monotonic clock.
 * An event that means nothing in the current state (a wake-up that came late, a stop of what is stopped) changes nothing.
 */
export function step(process: Process, event: Event, policy: Policy, now: number): Step {
  const { state } = process;
  switch (event.type) {
    case 'startRequested':
      return onStartRequested(process, now);
    case 'spawned':
      return state.name === 'STARTING'
        ? moved(process, { ...state, pid: event.pid, since: now })
        : unchanged(process);
    case 'spawnFailed':
      return state.name === 'STARTING'
        ? onSpawnFailed(process, event.failure, policy, now)
        : unchanged(process);
    case 'woken':
      return onWoken(process, policy, now);
    case 'exited':
      return onExited(process, event.status, policy, now);
    case 'stopRequested':
      return onStopRequested(process, policy, now, event.killAt);
    case 'restartRequested':
      return onRestartRequested(process, policy, now);
    case 'signalRefused':
      return state.name === 'STOPPING'
        ? moved(process, { name: 'UNKNOWN', pid: state.pid })
        : unchanged(process);
  }
}

/** When `woken` is due for this state (it may be in the past: then it is due at once), or null for never. */
export function wakeAt(state: State, policy: Policy): number | null {
  switch (state.name) {
    case 'STARTING':
      return state.pid === null ? null : state.since + policy.startSecs * 1000;
    case 'BACKOFF':
      return state.retryAt;
    case 'STOPPING':
      return state.killAt;
    case 'EXITED':
      return state.restart ? state.at : null;
    case 'STOPPED':
    case 'RUNNING':
    case 'FATAL':
    case 'UNKNOWN':
      return null;
  }
}

function onStartRequested(process: Process, now: number): Step {
  switch (process.state.name) {
    case 'STOPPED':
    case 'EXITED':
    case 'FATAL':
      return starting({ ...process, failedStarts: 0, restartedAt: [] }, now);
    case 'STARTING':
    case 'RUNNING':
    case 'BACKOFF':
    case 'STOPPING':
    case 'UNKNOWN':
      return unchanged(process);
  }
}

function onSpawnFailed(process: Process, failure: SpawnFailure, policy: Policy, now: number): Step {
  const failed: Process = { ...process, spawnFailure: failure, lastExit: null };
  return failure.permanent ? moved(failed, { name: 'FATAL' }) : backedOff(failed, policy, now);
}

function onWoken(process: Process, policy: Policy, now: number): Step {
  const { state } = process;
  const due = wakeAt(state, policy);
  if (due === null || now < due) return unchanged(process);
  switch (state.name) {
    case 'STARTING':
      return state.pid === null
        ? unchanged(process)
        : moved(
            { ...process, failedStarts: policy.type === 'oneshot' ? process.failedStarts : 0 },
            { name: 'RUNNING', pid: state.pid, since: state.since },
          );
    case 'BACKOFF':
      return process.failedStarts > policy.startRetries
        ? moved(process, { name: 'FATAL' })
        : starting(process, now);
    case 'STOPPING':
      return {
        process: {
          ...process,
          state: {
            ...state,
            killAt: now + Math.max(LEAST_PAUSE_MS, policy.stopWaitSecs * 1000),
            killed: true,
          },
        },
        effects: [{ type: 'signal', pid: state.pid, signal: 'SIGKILL', group: policy.killAsGroup }],
      };
    case 'EXITED':
      return starting(process, now);
    case 'STOPPED':
    case 'RUNNING':
    case 'FATAL':
    case 'UNKNOWN':
      return unchanged(process);
  }
}

function onExited(process: Process, status: ExitStatus, policy: Policy, now: number): Step {
  const { state } = process;
  const ended: Process = { ...process, lastExit: status, spawnFailure: null };
  switch (state.name) {
    case 'STARTING':
      if (state.pid === null) return unchanged(process);
      if (policy.type === 'oneshot') return oneshotEnded(ended, status, policy, now);
      // Up for startsecs, and the wake-up that would have said so comes after the exit: it has been RUNNING.
      return now - state.since < policy.startSecs * 1000
        ? backedOff(ended, policy, now)
        : exitedAfterRunning({ ...ended, failedStarts: 0 }, state.since, status, policy, now);
    case 'RUNNING':
      return policy.type === 'oneshot'
        ? oneshotEnded(ended, status, policy, now)
        : exitedAfterRunning(ended, state.since, status, policy, now);
    case 'STOPPING':
      return state.again === true
        ? exitedAfterRunning(ended, -Infinity, status, { ...policy, autorestart: 'always' }, now)
        : moved(ended, { name: 'STOPPED' });
    case 'UNKNOWN':
      return moved(ended, { name: 'STOPPED' });
    case 'STOPPED':
    case 'BACKOFF':
    case 'EXITED':
    case 'FATAL':
      return unchanged(process);
  }
}

/** A oneshot is done when it has ended as expected, however soon; otherwise it has failed to start. */
function oneshotEnded(process: Process, status: ExitStatus, policy: Policy, now: number): Step {
  const expected = status.code !== null && policy.exitCodes.includes(status.code);
  return expected
    ? moved({ ...process, failedStarts: 0 }, { name: 'EXITED', expected, restart: false, at: now })
    : backedOff(process, policy, now);
}

function exitedAfterRunning(
  process: Process,
  since: number,
  status: ExitStatus,
  policy: Policy,
  now: number,
): Step {
  const expected = status.code !== null && policy.exitCodes.includes(status.code);
  const restart = policy.autorestart === 'always' || (policy.autorestart === 'unexpected' && !expected);
  const windowStart = now - policy.restartWindowSecs * 1000;
  const restartedAt = policy.maxRestarts > 0 ? process.restartedAt.filter((at) => at >= windowStart) : [];
  if (restart && policy.maxRestarts > 0 && restartedAt.length >= policy.maxRestarts) {
    return moved({ ...process, restartedAt }, { name: 'FATAL' });
  }
  const counted = restart && policy.maxRestarts > 0 ? [...restartedAt, now] : restartedAt;
  const at = Math.max(now, since + LEAST_PAUSE_MS);
  return moved({ ...process, restartedAt: counted }, { name: 'EXITED', expected, restart, at });
}

function onStopRequested(process: Process, policy: Policy, now: number, latestKillAt?: number): Step {
  const { state } = process;
  switch (state.name) {
    case 'STARTING':
    case 'RUNNING': {
      if (state.pid === null) return unchanged(process);
      const killAt = Math.min(now + policy.stopWaitSecs * 1000, latestKillAt ?? Infinity);
      return {
        process: { ...process, state: { name: 'STOPPING', pid: state.pid, killAt, killed: false } },
        effects: [{ type: 'signal', pid: state.pid, signal: policy.stopSignal, group: policy.stopAsGroup }],
      };
    }
    case 'STOPPING': {
      const sooner = latestKillAt !== undefined && latestKillAt < state.killAt;
      if (!sooner && state.again !== true) return unchanged(process);
      // Whoever asks for a stop does not want it back.
      const { again: _, ...stopping } = state;
      return moved(process, sooner ? { ...stopping, killAt: latestKillAt } : stopping);
    }
    case 'BACKOFF':
      return moved(process, { name: 'STOPPED' });
    case 'EXITED':
      return moved(process, { ...state, restart: false });
    case 'STOPPED':
    case 'FATAL':
    case 'UNKNOWN':
      return unchanged(process);
  }
}

/** Only what is up can be restarted; everything else is on its way to a start, or is not wanted. */
function onRestartRequested(process: Process, policy: Policy, now: number): Step {
  if (process.state.name !== 'RUNNING') return unchanged(process);
  const { process: stopping, effects } = onStopRequested(process, policy, now);
  const { state } = stopping;
  return {
    process: state.name === 'STOPPING' ? { ...stopping, state: { ...state, again: true } } : stopping,
    effects,
  };
}

function starting(process: Process, now: number): Step {
  const state: State = { name: 'STARTING', pid: null, since: now };
  return { process: { ...process, state, spawnFailure: null }, effects: [{ type: 'spawn' }] };
}

/** One more failed start; after startretries+1 of them there is no pause before FATAL. */
function backedOff(process: Process, policy: Policy, now: number): Step {
  const failedStarts = process.failedStarts + 1;
  const pauseMs =
    failedStarts > policy.startRetries
      ? 0
      : Math.max(LEAST_BACKOFF_MS, backoffMs(failedStarts, policy.backoffMaxSecs));
  return moved({ ...process, failedStarts }, { name: 'BACKOFF', retryAt: now + pauseMs });
}

function moved(process: Process, state: State): Step {
  return { process: { ...process, state }, effects: [] };
}

function unchanged(process: Process): Step {
  return { process, effects: [] };
}
