// Pure: what the journal says of jobs, in systemd's words.

import type { JobResult, JobType } from '../../units/jobs/types.ts';
import type { Unit } from '../../units/model.ts';

/** `nginx.service - A web server`, as Debian's systemd writes it. */
export function titleOf({ id, description }: Unit): string {
  return description === id ? id : `${id} - ${description}`;
}

/** Said when a job has begun and is not yet done; only services take their time. */
export function beginning(unit: Unit, type: JobType): string | null {
  if (unit.type !== 'service') return null;
  if (type === 'start') return `Starting ${titleOf(unit)}...`;
  if (type === 'stop' || type === 'restart') return `Stopping ${titleOf(unit)}...`;
  if (type === 'reload') return `Reloading ${titleOf(unit)}...`;
  return null;
}

export interface Told {
  readonly priority: number;
  readonly text: string;
}

const told = (priority: number, text: string): Told => ({ priority, text });

export function ending(unit: Unit, type: JobType, result: JobResult, skipped = false): Told | null {
  const title = titleOf(unit);
  switch (type) {
    case 'start':
      if (result === 'done' && skipped) {
        return told(6, `Condition check resulted in ${title} being skipped.`);
      }
      return startEnding(unit, title, result);
    case 'stop':
    case 'restart':
      return stopEnding(unit, title, result);
    case 'reload':
      if (result === 'done') return told(6, `Reloaded ${title}.`);
      if (result === 'timeout') return told(4, `Timed out reloading ${title}.`);
      return result === 'failed' ? told(4, `Reload failed for ${title}.`) : null;
    case 'verify-active':
      return null;
  }
}

function startEnding(unit: Unit, title: string, result: JobResult): Told | null {
  switch (result) {
    case 'done':
      return told(6, `${startedWord(unit)} ${title}.`);
    case 'failed':
      return told(3, `Failed to ${unit.type === 'socket' ? 'listen on' : 'start'} ${title}.`);
    case 'timeout':
      return told(3, `Timed out ${unit.type === 'socket' ? 'listening on' : 'starting'} ${title}.`);
    case 'dependency':
      return told(4, `Dependency failed for ${title}.`);
    case 'assert':
      return told(4, `Assertion failed for ${title}.`);
    case 'unsupported':
      return told(4, `Starting of ${title} unsupported.`);
    case 'canceled':
    case 'skipped':
    case 'invalid':
      return null;
  }
}

function startedWord(unit: Unit): string {
  if (unit.type === 'target') return 'Reached target';
  if (unit.type === 'socket') return 'Listening on';
  return unit.service?.type === 'oneshot' ? 'Finished' : 'Started';
}

function stopEnding(unit: Unit, title: string, result: JobResult): Told | null {
  const word = unit.type === 'target' ? 'Stopped target' : unit.type === 'socket' ? 'Closed' : 'Stopped';
  if (result === 'done') return told(6, `${word} ${title}.`);
  if (result === 'failed') return told(6, `Stopped (with error) ${title}.`);
  return result === 'timeout' ? told(4, `Timed out stopping ${title}.`) : null;
}
