// What the change of one unit asks of others: what comes and goes along with it, what its end starts, and what ends the container.

import type { JobMode } from '../../control/units.ts';
import type { Request } from '../../units/jobs/types.ts';
import { actionOf } from './actions.ts';
import { isDown, isDownOrGoing, isUp, isUpOrComing } from './active-states.ts';
import type { JobQueue } from './job-queue.ts';
import type { LiveUnit, StateChange } from './live-unit.ts';
import type { RequestJobs } from './manager.ts';
import type { UnitGraph } from './unit-graph.ts';

export interface FollowUpsOptions {
  readonly graph: UnitGraph;
  readonly queue: Pick<JobQueue, 'jobOf'>;
  readonly request: RequestJobs;
  readonly say: (unit: string, priority: number, text: string) => void;
  readonly limitHit: (id: string) => boolean;
  /** The container's end is asked for. */
  readonly onEnd: (exitCode: number, reason: string) => void;
}

export interface FollowUps {
  /** `unasked`: no job wanted the change. */
  requestJobs(change: StateChange, unasked: boolean): void;
  startRelated(id: string, relation: 'onFailure' | 'onSuccess'): void;
  /** FailureAction= and its kin: what they end, in a container, is the container. */
  act(action: string, live: LiveUnit, why: 'failure' | 'success'): void;
}

const NEEDS = ['requires', 'requisite', 'wants', 'bindsTo', 'upholds'] as const;

export function createFollowUps(options: FollowUpsOptions): FollowUps {
  const { graph, queue, request, say } = options;

  /** A unit that came up, or went down, of itself takes along what belongs to it (systemd's unit_notify()). */
  const retroactively = ({ id, from, to }: StateChange): void => {
    const bring = (
      relation: 'requires' | 'bindsTo' | 'wants' | 'conflicts' | 'boundBy',
      what: Request,
    ): void => {
      for (const name of graph.related(id, relation)) {
        const { active } = graph.live(name);
        const needed = what === 'start' ? !isUpOrComing(active) : !isDownOrGoing(active);
        const ordered = what === 'start' && graph.related(id, 'after').includes(name);
        if (needed && !ordered) request(name, what, relation === 'wants' ? 'fail' : 'replace', false);
      }
    };
    if (isDown(from) && isUpOrComing(to)) {
      bring('requires', 'start');
      bring('bindsTo', 'start');
      bring('wants', 'start');
      bring('conflicts', 'stop');
    }
    if (isUpOrComing(from) && isDownOrGoing(to)) bring('boundBy', 'stop');
  };

  /** Those that StopWhenUnneeded= keeps only as long as somebody wants them. */
  const stopUnneeded = (names: readonly string[]): void => {
    const neededBy = ['requiredBy', 'requisiteOf', 'wantedBy', 'boundBy', 'upheldBy'] as const;
    for (const name of new Set(names)) {
      const live = graph.live(name);
      if (!live.unit.stopWhenUnneeded || !isUpOrComing(live.active) || queue.jobOf(name) !== null) continue;
      const wanted = neededBy
        .flatMap((relation) => graph.related(live.unit.id, relation))
        .some((other) => !isDownOrGoing(graph.live(other).active) || queue.jobOf(other)?.type === 'start');
      if (wanted) continue;
      say(name, 7, `${name}: Unit not needed anymore. Stopping.`);
      request(name, 'stop', 'fail', false);
    }
  };

  /** One that an active unit upholds comes back, as often as its start limit lets it. */
  const startUpheld = (id: string): void => {
    const holder = graph.related(id, 'upheldBy').find((name) => isUpOrComing(graph.live(name).active));
    if (holder === undefined || queue.jobOf(id) !== null) return;
    if (options.limitHit(id)) return;
    say(id, 6, `${id}: Unit is upheld by ${holder}, starting.`);
    request(id, 'start', 'fail', false);
  };

  const startRelated: FollowUps['startRelated'] = (id, relation) => {
    const names = graph.related(id, relation);
    if (names.length === 0) return;
    const label = relation === 'onFailure' ? 'OnFailure=' : 'OnSuccess=';
    say(id, 6, `${id}: Triggering ${label} dependencies.`);
    const mode = graph.live(id).unit.onFailureJobMode as JobMode;
    for (const name of names) {
      const transaction = request(name, 'start', mode, false);
      if (transaction.kind === 'jobs') continue;
      say(id, 4, `${id}: Failed to enqueue ${label} job, ignoring: ${transaction.message}`);
    }
  };

  return {
    requestJobs(change, unasked) {
      const { id, from, to, willRestart } = change;
      if (from === to) return;
      if (unasked) retroactively(change);
      if (to === 'failed' && !willRestart) startRelated(id, 'onFailure');
      if (to === 'inactive' && from !== 'failed' && !willRestart) startRelated(id, 'onSuccess');
      if (isDownOrGoing(to)) stopUnneeded(NEEDS.flatMap((relation) => graph.related(id, relation)));
      if (isUp(to)) stopUnneeded([id]);
      if (isDown(to) && !willRestart) startUpheld(id);
    },
    startRelated,
    act(action, live, why) {
      const { unit } = live;
      const status = why === 'failure' ? unit.failureActionExitStatus : unit.successActionExitStatus;
      const exitCode = actionOf(action, why, status, live.exitCode);
      if (exitCode === null) return;
      const how = why === 'failure' ? 'failed' : 'succeeded';
      options.onEnd(exitCode, `${unit.id}: ${how}, which asks for ${action}`);
    },
  };
}
