// The methods that start, stop and signal processes, one, a group, or all.

import type { StateName } from '../process/state.ts';
import { bytes, text, truth } from './arguments.ts';
import type { Commands, ProcessSnapshot } from './commands.ts';
import { readSignal } from './describe.ts';
import type { Struct } from './describe.ts';
import { Fault, FAULT_CODES } from './faults.ts';
import { allByPriority, byPriority, find, findGroup, findProcess } from './find.ts';
import { GROUP_PARAMETER, NAME_PARAMETER } from './method.ts';
import type { Context, MethodTable, Parameter } from './method.ts';
import { joinName } from './names.ts';
import { SIGNAL_FAULTS, START_FAULTS, STDIN_FAULTS, STOP_FAULTS, succeed } from './outcome-faults.ts';
import type { Value } from './xmlrpc.ts';

const RUNNING_STATES: readonly StateName[] = ['RUNNING', 'BACKOFF', 'STARTING'];
const SIGNALLABLE_STATES: readonly StateName[] = ['RUNNING', 'STARTING', 'STOPPING'];

const START_WAIT: Parameter = {
  type: 'boolean',
  name: 'wait',
  help: 'answer only when it is RUNNING or has failed; true if not given',
  optional: true,
};
const STOP_WAIT: Parameter = {
  type: 'boolean',
  name: 'wait',
  help: 'answer only when it has stopped; true if not given',
  optional: true,
};
const SIGNAL: Parameter = { type: 'string', name: 'signal', help: 'a name (HUP) or a number (1)' };
const STATUSES = {
  type: 'array',
  help: 'a status struct for each process: name, group, status, description',
} as const;
const TRUE = { type: 'boolean', help: 'always true; a fault otherwise' } as const;

export const PROCESS_METHODS: MethodTable = {
  startProcess: {
    summary: 'Starts a process. For group:* see startProcessGroup.',
    params: [NAME_PARAMETER, START_WAIT],
    returns: TRUE,
    call: ({ commands }, [name, wait]) => {
      const found = find(commands, text(name));
      if (found.kind === 'group') return startEach(commands, byPriority(found.group), waits(wait));
      return startOne(commands, found.process, text(name), waits(wait));
    },
  },
  startProcessGroup: {
    summary: 'Starts every process of a group that does not run.',
    params: [GROUP_PARAMETER, START_WAIT],
    returns: STATUSES,
    call: ({ commands }, [name, wait]) =>
      startEach(commands, byPriority(findGroup(commands, text(name))), waits(wait)),
  },
  startAllProcesses: {
    summary: 'Starts every process that does not run, by priority.',
    params: [START_WAIT],
    returns: STATUSES,
    call: ({ commands }, [wait]) => startEach(commands, allByPriority(commands), waits(wait)),
  },
  stopProcess: {
    summary: 'Stops a process. For group:* see stopProcessGroup.',
    params: [NAME_PARAMETER, STOP_WAIT],
    returns: TRUE,
    call: ({ commands }, [name, wait]) => {
      const found = find(commands, text(name));
      if (found.kind === 'group') return stopEach(commands, byPriority(found.group), waits(wait));
      return stopOne(commands, found.process, text(name), waits(wait));
    },
  },
  stopProcessGroup: {
    summary: 'Stops every process of a group that runs.',
    params: [GROUP_PARAMETER, STOP_WAIT],
    returns: STATUSES,
    call: ({ commands }, [name, wait]) =>
      stopEach(commands, byPriority(findGroup(commands, text(name))), waits(wait)),
  },
  stopAllProcesses: {
    summary: 'Stops every process that runs.',
    params: [STOP_WAIT],
    returns: STATUSES,
    call: ({ commands }, [wait]) => stopEach(commands, allByPriority(commands), waits(wait)),
  },
  signalProcess: {
    summary:
      'Sends a signal to a process, without the intention to stop it. For group:* see signalProcessGroup.',
    params: [NAME_PARAMETER, SIGNAL],
    returns: TRUE,
    call: ({ commands }, [name, signal]) => {
      const found = find(commands, text(name));
      if (found.kind === 'group') return signalEach(commands, byPriority(found.group), signal);
      return signalOne(commands, found.process, text(name), signal);
    },
  },
  signalProcessGroup: {
    summary: 'Sends a signal to every process of a group that has one.',
    params: [GROUP_PARAMETER, SIGNAL],
    returns: STATUSES,
    call: ({ commands }, [name, signal]) =>
      signalEach(commands, byPriority(findGroup(commands, text(name))), signal),
  },
  signalAllProcesses: {
    summary: 'Sends a signal to every process.',
    params: [SIGNAL],
    returns: STATUSES,
    call: ({ commands }, [signal]) => signalEach(commands, allByPriority(commands), signal),
  },
  sendProcessStdin: {
    summary:
      'Writes to the standard input of a process: text as UTF-8, base64 as the bytes that it stands for.',
    params: [NAME_PARAMETER, { type: 'string', name: 'chars', help: 'what to write' }],
    returns: TRUE,
    call: sendStdin,
  },
};

async function startOne(
  commands: Commands,
  ref: ProcessSnapshot,
  given: string,
  wait: boolean,
): Promise<true> {
  const outcome = await commands.start(ref, { wait });
  const message =
    outcome.kind === 'unknown-state' ? `${given} is in an unknown process state` : messageOf(outcome);
  return succeed(START_FAULTS[outcome.kind], given, message);
}

async function stopOne(
  commands: Commands,
  ref: ProcessSnapshot,
  given: string,
  wait: boolean,
): Promise<true> {
  const outcome = await commands.stop(ref, { wait });
  return succeed(STOP_FAULTS[outcome.kind], given, messageOf(outcome));
}

async function signalOne(
  commands: Commands,
  ref: ProcessSnapshot,
  given: string,
  signal: Value | undefined,
): Promise<true> {
  const asked = typeof signal === 'number' ? signal : text(signal);
  const name = readSignal(asked);
  if (name === null) throw new Fault('BAD_SIGNAL', String(asked));
  const outcome = await commands.signal(ref, name);
  return succeed(SIGNAL_FAULTS[outcome.kind], given, messageOf(outcome));
}

async function sendStdin({ commands }: Context, [name, chars]: readonly Value[]): Promise<true> {
  const input = bytes(chars);
  const process = findProcess(commands, text(name));
  const outcome = await commands.writeStdin(process, input);
  return succeed(STDIN_FAULTS[outcome.kind], text(name), '');
}

function startEach(
  commands: Commands,
  processes: readonly ProcessSnapshot[],
  wait: boolean,
): Promise<Struct[]> {
  const idle = processes.filter((process) => !RUNNING_STATES.includes(process.state));
  return forEach(idle, (process, name) => startOne(commands, process, name, wait));
}

function stopEach(
  commands: Commands,
  processes: readonly ProcessSnapshot[],
  wait: boolean,
): Promise<Struct[]> {
  const running = processes.filter((process) => RUNNING_STATES.includes(process.state));
  return forEach(running, (process, name) => stopOne(commands, process, name, wait));
}

function signalEach(
  commands: Commands,
  processes: readonly ProcessSnapshot[],
  signal: Value | undefined,
): Promise<Struct[]> {
  const alive = processes.filter((process) => SIGNALLABLE_STATES.includes(process.state));
  return forEach(alive, (process, name) => signalOne(commands, process, name, signal));
}

/** Acts on all at once; the statuses are in the order in which they are known, as supervisord lists them. */
export async function forEach(
  processes: readonly ProcessSnapshot[],
  act: (process: ProcessSnapshot, name: string) => Promise<unknown>,
): Promise<Struct[]> {
  const statuses: Struct[] = [];
  const one = async (process: ProcessSnapshot): Promise<void> => {
    const { name, group } = process;
    try {
      await act(process, joinName(group, name));
      statuses.push({ name, group, status: FAULT_CODES.SUCCESS, description: 'OK' });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      statuses.push({ name, group, status: error.code, description: error.message });
    }
  };
  await Promise.all(processes.map(one));
  return statuses;
}

function messageOf(outcome: { readonly kind: string; readonly message?: string }): string {
  return outcome.message ?? outcome.kind;
}

function waits(value: Value | undefined): boolean {
  return value === undefined ? true : truth(value);
}
