// The event types of supervisord (events.py) and which subscription covers which.

/** Each type that is ever sent, with the abstract type that it belongs to; every one of them is an EVENT as well. */
const FAMILIES = {
  PROCESS_STATE_STOPPED: 'PROCESS_STATE',
  PROCESS_STATE_STARTING: 'PROCESS_STATE',
  PROCESS_STATE_RUNNING: 'PROCESS_STATE',
  PROCESS_STATE_BACKOFF: 'PROCESS_STATE',
  PROCESS_STATE_STOPPING: 'PROCESS_STATE',
  PROCESS_STATE_EXITED: 'PROCESS_STATE',
  PROCESS_STATE_FATAL: 'PROCESS_STATE',
  PROCESS_STATE_UNKNOWN: 'PROCESS_STATE',
  PROCESS_COMMUNICATION_STDOUT: 'PROCESS_COMMUNICATION',
  PROCESS_COMMUNICATION_STDERR: 'PROCESS_COMMUNICATION',
  PROCESS_LOG_STDOUT: 'PROCESS_LOG',
  PROCESS_LOG_STDERR: 'PROCESS_LOG',
  REMOTE_COMMUNICATION: 'REMOTE_COMMUNICATION',
  SUPERVISOR_STATE_CHANGE_RUNNING: 'SUPERVISOR_STATE_CHANGE',
  SUPERVISOR_STATE_CHANGE_STOPPING: 'SUPERVISOR_STATE_CHANGE',
  TICK_5: 'TICK',
  TICK_60: 'TICK',
  TICK_3600: 'TICK',
  PROCESS_GROUP_ADDED: 'PROCESS_GROUP',
  PROCESS_GROUP_REMOVED: 'PROCESS_GROUP',
} as const;

export type EventName = keyof typeof FAMILIES;

export const EVENT_NAMES = Object.keys(FAMILIES) as readonly EventName[];

export interface SupervisorEvent {
  readonly name: EventName;
  readonly payload: string;
}

/** Whether a name of an `events=` line asks for this type. */
export function covers(subscription: string, name: EventName): boolean {
  return subscription === name || subscription === FAMILIES[name] || subscription === 'EVENT';
}
