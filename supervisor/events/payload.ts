// What the body of each event says, letter by letter as supervisord writes it.

import type { Program } from '../model.ts';
import { textOf } from './text.ts';
import type { SupervisorEvent } from './types.ts';

type Source = Pick<Program, 'name' | 'group'>;
type StreamName = 'stdout' | 'stderr';

export const TICK_PERIODS = [5, 60, 3600] as const;
export type TickPeriod = (typeof TICK_PERIODS)[number];

const OF_STREAM = { stdout: 'STDOUT', stderr: 'STDERR' } as const;

/** A piece of a program's output, where its …_events_enabled asks for it. */
export function outputLogged(
  source: Source,
  pid: number,
  stream: StreamName,
  data: Uint8Array,
): SupervisorEvent {
  const header = `processname:${source.name} groupname:${source.group} pid:${pid} channel:${stream}`;
  return { name: `PROCESS_LOG_${OF_STREAM[stream]}`, payload: `${header}\n${textOf(data)}` };
}

/** What a program wrote between the two tokens of capture mode. */
export function outputCaptured(
  source: Source,
  pid: number,
  stream: StreamName,
  data: Uint8Array,
): SupervisorEvent {
  const header = `processname:${source.name} groupname:${source.group} pid:${pid}`;
  return { name: `PROCESS_COMMUNICATION_${OF_STREAM[stream]}`, payload: `${header}\n${textOf(data)}` };
}

/** What a client sent with sendRemoteCommEvent. */
export function remoteSent(type: string, data: string): SupervisorEvent {
  return { name: 'REMOTE_COMMUNICATION', payload: `type:${type}\n${data}` };
}

export function supervisorMoved(to: 'RUNNING' | 'STOPPING'): SupervisorEvent {
  return { name: `SUPERVISOR_STATE_CHANGE_${to}`, payload: '' };
}

export function groupMoved(change: 'ADDED' | 'REMOVED', group: string): SupervisorEvent {
  return { name: `PROCESS_GROUP_${change}`, payload: `groupname:${group}\n` };
}

/** `when` is the beginning of the period that has begun, in seconds since 1970. */
export function ticked(period: TickPeriod, when: number): SupervisorEvent {
  return { name: `TICK_${period}`, payload: `when:${when}` };
}
