// Pure: the types of jobs, what two of them for one unit become, and which are of no use (systemd's job.c).

import type { ActiveState } from '../machine/state.ts';

export type JobType = 'start' | 'verify-active' | 'stop' | 'reload' | 'restart';

/** What may be asked for; the last three depend on the state of the unit when they are asked for. */
export type Request = JobType | 'try-restart' | 'try-reload' | 'reload-or-start';

export type JobResult =
  | 'done'
  | 'canceled'
  | 'timeout'
  | 'failed'
  | 'dependency'
  | 'skipped'
  /** A reload of what is not active. */
  | 'invalid'
  | 'assert'
  | 'unsupported';

const isDown = (state: ActiveState): boolean => state === 'inactive' || state === 'failed';
const isDownOrGoing = (state: ActiveState): boolean => isDown(state) || state === 'deactivating';

/** The job that a request means for a unit in this state, or null where it means nothing. */
export function collapse(request: Request, state: ActiveState): JobType | null {
  switch (request) {
    case 'try-restart':
      return isDownOrGoing(state) ? null : 'restart';
    case 'try-reload':
      return isDownOrGoing(state) ? null : 'reload';
    case 'reload-or-start':
      return isDownOrGoing(state) ? 'start' : 'reload';
    case 'start':
    case 'verify-active':
    case 'stop':
    case 'reload':
    case 'restart':
      return request;
  }
}

/** What two jobs of one unit become; null where they exclude each other. */
export function merge(one: JobType, other: JobType): Request | null {
  if (one === other) return one;
  if (one === 'stop' || other === 'stop') return null;
  const pair = new Set([one, other]);
  if (pair.has('restart')) return 'restart';
  if (pair.has('start')) return pair.has('reload') ? 'reload-or-start' : 'start';
  return 'reload';
}

/** Whether a unit in this state is already where the job would bring it. */
export function isRedundant(type: JobType, state: ActiveState): boolean {
  switch (type) {
    case 'start':
    case 'verify-active':
      return state === 'active' || state === 'reloading';
    case 'stop':
      return isDown(state);
    case 'reload':
      return state === 'reloading';
    case 'restart':
      // It was just started by somebody else; but not so one that waits to be restarted.
      return false;
  }
}

/** Whether a job that runs does all that another would, so that the other may just wait for it. */
export function includes(running: JobType, other: JobType): boolean {
  if (running === other) return other !== 'reload';
  return merge(running, other) === running && (other === 'verify-active' || other === 'start');
}

/**
 * Of two jobs of units of which `earlier` is ordered before `later`: whether the later one's has to wait for the earlier
 * one's (`later`), or the other way round. What stops goes first, in the reverse order (systemd's job_compare()).
 */
export function whoWaits(earlier: JobType, later: JobType): 'earlier' | 'later' {
  void earlier;
  return later === 'stop' || later === 'restart' ? 'earlier' : 'later';
}
