// The methods about the supervisor itself: state, configuration, groups, and what it knows of processes.

import { printed, text } from './arguments.ts';
import type { Commands } from './commands.ts';
import { configInfo, processInfo, SUPERVISOR_STATE_CODES } from './describe.ts';
import type { Struct } from './describe.ts';
import { Fault } from './faults.ts';
import { allByName, findProcess } from './find.ts';
import { GROUP_PARAMETER, NAME_PARAMETER } from './method.ts';
import type { Method, MethodTable } from './method.ts';
import { compareNames } from './names.ts';

/** What supervisorctl asks for first; it refuses any other. */
const API_VERSION = '3.0';

const TRUE = { type: 'boolean', help: 'always true; a fault otherwise' } as const;

const apiVersion: Method = {
  summary: 'The version of this interface.',
  params: [],
  returns: { type: 'string', help: 'version' },
  call: () => API_VERSION,
};

export const SUPERVISOR_METHODS: MethodTable = {
  getAPIVersion: apiVersion,
  getVersion: apiVersion,
  getSupervisorVersion: {
    summary: 'The version of the supervisor.',
    params: [],
    returns: { type: 'string', help: 'version' },
    call: ({ commands }) => commands.info().version,
  },
  getIdentification: {
    summary: 'The identifier that the configuration gives to the supervisor.',
    params: [],
    returns: { type: 'string', help: 'identifier' },
    call: ({ commands }) => commands.info().identification,
  },
  getState: {
    summary: 'The state of the supervisor: FATAL 2, RUNNING 1, RESTARTING 0, SHUTDOWN -1.',
    params: [],
    returns: { type: 'struct', help: 'statecode and statename' },
    call: ({ commands }) => {
      const { state } = commands.info();
      return { statecode: SUPERVISOR_STATE_CODES[state], statename: state };
    },
  },
  getPID: {
    summary: 'The process id of the supervisor.',
    params: [],
    returns: { type: 'int', help: 'process id' },
    call: ({ commands }) => commands.info().pid,
  },
  shutdown: {
    summary: 'Begins to stop all processes and the supervisor.',
    params: [],
    returns: TRUE,
    call: ({ commands }) => {
      commands.shutdown();
      return true;
    },
  },
  restart: {
    summary: 'Begins to stop all processes, then reads the configuration and starts again.',
    params: [],
    returns: TRUE,
    call: ({ commands }) => {
      commands.restart();
      return true;
    },
  },
  reloadConfig: {
    summary: 'Reads the configuration again, and tells which groups differ from those that are active.',
    params: [],
    returns: { type: 'array', help: '[[added, changed, removed]], each a list of group names' },
    call: async ({ commands }) => {
      const outcome = await commands.reread();
      if (outcome.kind === 'cannot-reread') throw new Fault('CANT_REREAD', outcome.message);
      return [[outcome.added, outcome.changed, outcome.removed]];
    },
  },
  addProcessGroup: {
    summary: 'Activates a group of the configuration.',
    params: [GROUP_PARAMETER],
    returns: TRUE,
    call: async ({ commands }, [name]) => {
      const outcome = await commands.addGroup(text(name));
      if (outcome === 'already-added') throw new Fault('ALREADY_ADDED', text(name));
      if (outcome === 'no-such-group') throw new Fault('BAD_NAME', text(name));
      return true;
    },
  },
  removeProcessGroup: {
    summary: 'Forgets a group whose processes are stopped.',
    params: [GROUP_PARAMETER],
    returns: TRUE,
    call: async ({ commands }, [name]) => {
      const outcome = await commands.removeGroup(text(name));
      if (outcome === 'still-running') throw new Fault('STILL_RUNNING', text(name));
      if (outcome === 'no-such-group') throw new Fault('BAD_NAME', text(name));
      return true;
    },
  },
  getProcessInfo: {
    summary: 'What is known of a process.',
    params: [NAME_PARAMETER],
    returns: { type: 'struct', help: 'name, group, state, pid, times, description, log files' },
    call: ({ commands, nowMs }, [name]) => processInfo(findProcess(commands, text(name)), nowMs()),
  },
  getAllProcessInfo: {
    summary: 'What is known of every process, by group and name.',
    params: [],
    returns: { type: 'array', help: 'structs as of getProcessInfo' },
    call: ({ commands, nowMs }) => allByName(commands).map((process) => processInfo(process, nowMs())),
  },
  getAllConfigInfo: {
    summary: 'The configuration of every process as last read, also of those that are not active.',
    params: [],
    returns: { type: 'array', help: 'a struct for each process' },
    call: ({ commands }) => allConfigInfo(commands),
  },
  sendRemoteCommEvent: {
    summary: 'Sends an event to the listeners that subscribe to REMOTE_COMMUNICATION.',
    params: [
      { type: 'string', name: 'type', help: 'the type in the header of the event' },
      { type: 'string', name: 'data', help: 'the body of the event' },
    ],
    returns: TRUE,
    always: true,
    call: ({ commands }, [type, data]) => {
      commands.sendRemoteCommEvent(printed(type), printed(data));
      return true;
    },
  },
};

function allConfigInfo(commands: Commands): Struct[] {
  const active = new Map(commands.groups().map((group) => [group.name, group]));
  return commands
    .plan()
    .groups.flatMap((group) => group.programs.map((program) => ({ group, program })))
    .toSorted((a, b) => compareNames(a.program.name, b.program.name))
    .map(({ group, program }) => {
      const running = active.get(group.name);
      const process = running?.processes.find((candidate) => candidate.name === program.name);
      const uid = program.user === null ? null : commands.uidOf(program.user);
      return configInfo(program, group, uid, { inUse: running !== undefined, process });
    });
}
