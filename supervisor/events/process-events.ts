// Which events a step of a process's state machine leads to.

import type { Program } from '../model.ts';
import { pidOf, type Process, type StateName } from '../process/state.ts';
import type { SupervisorEvent } from './types.ts';

/**
 * The events of a step, oldest first; none where the state's name stays. A step that passes over states that
 * supervisord shows to its listeners (up for startsecs and gone in the same moment; a crash too many, which is FATAL)
 * gives their events as well.
 */
export function eventsOfStep(
  program: Pick<Program, 'name' | 'group'>,
  before: Process,
  after: Process,
): SupervisorEvent[] {
  const from = before.state.name;
  const to = after.state.name;
  if (from === to) return [];
  const pid = pidOf(after.state) ?? pidOf(before.state) ?? 0;
  const make = (state: StateName, previous: StateName, extra: string): SupervisorEvent => ({
    name: `PROCESS_STATE_${state}`,
    payload: `processname:${program.name} groupname:${program.group} from_state:${previous}${extra}`,
  });
  const tries = ` tries:${after.failedStarts}`;
  const ran = from === 'STARTING' ? [make('RUNNING', 'STARTING', ` pid:${pid}`)] : [];
  switch (to) {
    case 'STARTING':
    case 'BACKOFF':
      return [make(to, from, tries)];
    case 'RUNNING':
    case 'STOPPING':
    case 'STOPPED':
      return [make(to, from, ` pid:${pid}`)];
    case 'EXITED': {
      const expected = after.state.name === 'EXITED' && after.state.expected ? 1 : 0;
      const previous = from === 'STOPPING' ? from : 'RUNNING';
      return [...ran, make(to, previous, ` expected:${expected} pid:${pid}`)];
    }
    case 'FATAL': {
      const crashed = pidOf(before.state) !== null;
      if (!crashed) return [make(to, from, '')];
      const previous = from === 'STOPPING' ? from : 'RUNNING';
      return [...ran, make('EXITED', previous, ` expected:0 pid:${pid}`), make(to, 'EXITED', '')];
    }
    case 'UNKNOWN':
      return [make(to, from, '')];
  }
}
