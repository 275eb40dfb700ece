// Pure: the lines of the main log that a transition leads to, in supervisord's words, which people search for.

import type { LogLevel, Program } from '../model.ts';
import { describeExit } from './ending.ts';
import type { Event, Process } from './state.ts';

export interface Message {
  readonly level: LogLevel;
  readonly text: string;
}

/** What to say of a step from `before` to `after` because of `event`. */
export function messagesOf(
  program: Pick<Program, 'name' | 'type' | 'startSecs' | 'exitCodes'>,
  before: Process,
  event: Event,
  after: Process,
): Message[] {
  const { name } = program;
  const entered = after.state.name !== before.state.name;
  switch (event.type) {
    case 'spawned':
      return [info(`spawned: '${name}' with pid ${event.pid}`)];
    case 'spawnFailed': {
      const message = info(`spawnerr: ${event.failure.message}`);
      return after.state.name === 'FATAL' ? [message, gaveUp(name, 'trying again is of no use')] : [message];
    }
    case 'exited':
      return exitMessages(program, before, event, after);
    case 'stopRequested':
      // A shutdown, which sets a latest moment for the kill, has one line for all.
      return entered && after.state.name === 'STOPPING' && event.killAt === undefined
        ? [info(`waiting for ${name} to stop`)]
        : [];
    case 'woken':
      return wokenMessages(program, before, after);
    case 'restartRequested':
      return entered ? [info(`waiting for ${name} to stop`)] : [];
    case 'startRequested':
      return [];
    case 'signalRefused':
      return entered
        ? [{ level: 'critical', text: `cannot signal ${name}: it is in an unknown state now` }]
        : [];
  }
}

function exitMessages(
  program: Pick<Program, 'name' | 'type' | 'startSecs' | 'exitCodes'>,
  before: Process,
  event: Event & { readonly type: 'exited' },
  after: Process,
): Message[] {
  const { name } = program;
  const how = describeExit(event.status);
  if (before.state.name === 'STOPPING') {
    const text = `stopped: ${name} (${how})`;
    const stopped = program.exitCodes.includes(event.status.code ?? -1) ? info(text) : warn(text);
    return after.state.name === 'FATAL' ? [stopped, tooManyRestarts(name)] : [stopped];
  }
  if (after.state.name === 'FATAL') {
    return [warn(`exited: ${name} (${how}; not expected)`), tooManyRestarts(name)];
  }
  const expected = after.state.name === 'EXITED' && after.state.expected;
  const line = `exited: ${name} (${how}; ${expected ? 'expected' : 'not expected'})`;
  const exited = expected ? info(line) : warn(line);
  // A oneshot is done whenever it ends; it need not have stayed.
  const stayed =
    before.state.name === 'STARTING' && after.state.name === 'EXITED' && program.type !== 'oneshot';
  return stayed ? [success(program), exited] : [exited];
}

function wokenMessages(
  program: Pick<Program, 'name' | 'startSecs'>,
  before: Process,
  after: Process,
): Message[] {
  if (after.state.name === 'RUNNING') return [success(program)];
  if (after.state.name === 'FATAL') return [gaveUp(program.name, 'too many start retries too quickly')];
  if (before.state.name === 'STOPPING') {
    return [warn(`killing '${program.name}' (${before.state.pid}) with SIGKILL`)];
  }
  return [];
}

function success(program: Pick<Program, 'name' | 'startSecs'>): Message {
  const stayed = `process has stayed up for > than ${program.startSecs} seconds (startsecs)`;
  return info(`success: ${program.name} entered RUNNING state, ${stayed}`);
}

function gaveUp(name: string, why: string): Message {
  return info(`gave up: ${name} entered FATAL state, ${why}`);
}

function tooManyRestarts(name: string): Message {
  return gaveUp(name, 'too many restarts in its window');
}

function info(text: string): Message {
  return { level: 'info', text };
}

function warn(text: string): Message {
  return { level: 'warn', text };
}
