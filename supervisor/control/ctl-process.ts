// supervisorctl's actions on processes: status, pid, start, stop, restart, signal, clear.

import type { Action, Session } from './ctl-session.ts';
import { faultCodeOf } from './ctl-session.ts';
import { CTL_EXIT, isStopped, resultLine, statusLines } from './ctl-text.ts';
import type { Verb } from './ctl-text.ts';
import { FAULT_CODES } from './faults.ts';
import { joinName, splitName } from './names.ts';
import type { ProcessInfo } from './rpc-client.ts';
import type { Value } from './xmlrpc.ts';

export const status: Action = {
  help: [
    'status <name>\t\tGet status for a single process',
    'status <gname>:*\tGet status for all processes in a group',
    'status <name> <name>\tGet status for multiple named processes',
    'status\t\t\tGet all process status info',
  ],
  run: async (session, rest) => {
    if (!(await session.isUp())) {
      session.exitCode = CTL_EXIT.statusUnknown;
      return;
    }
    const infos = select(session, await session.rpc.allProcessInfo(), words(rest));
    for (const line of statusLines(infos)) session.output(line);
    if (infos.some(isStopped)) session.exitCode = CTL_EXIT.statusNotRunning;
  },
};

export const pid: Action = {
  help: [
    'pid\t\t\tGet the PID of supervisord.',
    'pid <name>\t\tGet the PID of a single child process by name.',
    'pid all\t\t\tGet the PID of every child process, one per line.',
  ],
  run: async (session, rest) => {
    if (!(await session.isUp())) return;
    const names = words(rest);
    if (names.length === 0) return session.output(String(await session.rpc.number('getPID')));
    if (names.includes('all')) {
      for (const info of await session.rpc.allProcessInfo()) session.output(String(info.pid));
      return;
    }
    for (const name of names) await showPid(session, name);
  },
};

export const start: Action = {
  help: [
    'start <name>\t\tStart a process',
    'start <gname>:*\t\tStart all processes in a group',
    'start <name> <name>\tStart multiple processes or groups',
    'start all\t\tStart all processes',
  ],
  run: async (session, rest) => {
    if (!(await session.isUp())) return;
    const names = words(rest);
    if (names.length === 0) {
      session.misuse('Error: start requires a process name', start, CTL_EXIT.invalidArguments);
      return;
    }
    await actOn(session, names, START);
  },
};

export const stop: Action = {
  help: [
    'stop <name>\t\tStop a process',
    'stop <gname>:*\t\tStop all processes in a group',
    'stop <name> <name>\tStop multiple processes or groups',
    'stop all\t\tStop all processes',
  ],
  run: async (session, rest) => {
    if (!(await session.isUp())) return;
    const names = words(rest);
    if (names.length === 0) return session.misuse('Error: stop requires a process name', stop);
    await actOn(session, names, STOP);
  },
};

export const restart: Action = {
  help: [
    'restart <name>\t\tRestart a process',
    'restart <gname>:*\tRestart all processes in a group',
    'restart <name> <name>\tRestart multiple processes or groups',
    'restart all\t\tRestart all processes',
    'Note: restart does not reread config files. For that, see reread and update.',
  ],
  run: async (session, rest) => {
    if (!(await session.isUp())) return;
    if (words(rest).length === 0) return session.misuse('Error: restart requires a process name', restart);
    await stop.run(session, rest);
    await start.run(session, rest);
  },
};

export const signal: Action = {
  help: [
    'signal <signal name> <name>\t\tSignal a process',
    'signal <signal name> <gname>:*\t\tSignal all processes in a group',
    'signal <signal name> <name> <name>\tSignal multiple processes or groups',
    'signal <signal name> all\t\tSignal all processes',
  ],
  run: async (session, rest) => {
    if (!(await session.isUp())) return;
    const [name, ...names] = words(rest);
    if (name === undefined || names.length === 0) {
      return session.misuse('Error: signal requires a signal name and a process name', signal);
    }
    await actOn(session, names, { ...SIGNAL, params: [name] });
  },
};

export const clear: Action = {
  help: [
    "clear <name>\t\tClear a process' log files.",
    "clear <name> <name>\tClear multiple process' log files",
    "clear all\t\tClear all process' log files",
  ],
  run: async (session, rest) => {
    if (!(await session.isUp())) return;
    const names = words(rest);
    if (names.length === 0) return session.misuse('Error: clear requires a process name', clear);
    await actOn(session, names, CLEAR);
  },
};

/** What start, stop, signal and clear differ in. */
interface Act {
  readonly verb: Verb;
  readonly one: string;
  /** Null where a group is named to the method for one, as clear does. */
  readonly group: string | null;
  readonly all: string;
  readonly params: readonly Value[];
  /** A fault that leaves the exit code as it is: the process was as asked for already. */
  readonly ignored: number | null;
  readonly unknownGroupExit: number;
}

const START: Act = {
  verb: 'started',
  one: 'startProcess',
  group: 'startProcessGroup',
  all: 'startAllProcesses',
  params: [],
  ignored: FAULT_CODES.ALREADY_STARTED,
  unknownGroupExit: CTL_EXIT.invalidArguments,
};

const STOP: Act = {
  verb: 'stopped',
  one: 'stopProcess',
  group: 'stopProcessGroup',
  all: 'stopAllProcesses',
  params: [],
  ignored: FAULT_CODES.NOT_RUNNING,
  unknownGroupExit: CTL_EXIT.generic,
};

const SIGNAL: Act = {
  verb: 'signalled',
  one: 'signalProcess',
  group: 'signalProcessGroup',
  all: 'signalAllProcesses',
  params: [],
  ignored: null,
  unknownGroupExit: CTL_EXIT.generic,
};

const CLEAR: Act = {
  verb: 'cleared',
  one: 'clearProcessLogs',
  group: null,
  all: 'clearAllProcessLogs',
  params: [],
  ignored: null,
  unknownGroupExit: CTL_EXIT.generic,
};

async function actOn(session: Session, names: readonly string[], act: Act): Promise<void> {
  if (names.includes('all')) return actOnMany(session, act.all, [], act);
  for (const given of names) {
    const { group, name } = splitName(given);
    if (name === null && act.group !== null) await actOnGroup(session, group, act.group, act);
    else await actOnOne(session, given, act);
  }
}

async function actOnMany(session: Session, method: string, names: readonly Value[], act: Act): Promise<void> {
  for (const result of await session.rpc.results(method, ...names, ...act.params)) {
    session.output(resultLine(act.verb, result));
    session.note(result.status, act.ignored);
  }
}

async function actOnGroup(session: Session, group: string, method: string, act: Act): Promise<void> {
  try {
    await actOnMany(session, method, [group], act);
  } catch (error) {
    session.exitCode = CTL_EXIT.generic;
    if (faultCodeOf(error) !== FAULT_CODES.BAD_NAME) throw error;
    session.output(`${group}: ERROR (no such group)`);
    session.exitCode = act.unknownGroupExit;
  }
}

async function actOnOne(session: Session, given: string, act: Act): Promise<void> {
  const { group, name } = splitName(given);
  try {
    await session.rpc.call(act.one, given, ...act.params);
    session.output(`${joinName(group, name ?? 'None')}: ${act.verb}`);
  } catch (error) {
    const status = faultCodeOf(error);
    if (status === null) throw error;
    const description = error instanceof Error ? error.message : '';
    session.output(resultLine(act.verb, { group, name: name ?? 'None', status, description }));
    session.note(status, act.ignored);
  }
}

async function showPid(session: Session, name: string): Promise<void> {
  try {
    const info = await session.rpc.processInfo(name);
    session.output(String(info.pid));
    if (info.pid === 0) session.exitCode = CTL_EXIT.notRunning;
  } catch (error) {
    session.exitCode = CTL_EXIT.generic;
    if (faultCodeOf(error) !== FAULT_CODES.BAD_NAME) throw error;
    session.output(`No such process ${name}`);
  }
}

function select(
  session: Session,
  infos: readonly ProcessInfo[],
  names: readonly string[],
): readonly ProcessInfo[] {
  if (names.length === 0 || names.includes('all')) return infos;
  return names.flatMap((given) => {
    const { group, name } = splitName(given);
    const matching = infos.filter((info) => info.group === group && (name === null || info.name === name));
    if (matching.length === 0) {
      session.output(name === null ? `${group}: ERROR (no such group)` : `${given}: ERROR (no such process)`);
      session.exitCode = CTL_EXIT.statusUnknown;
    }
    return matching;
  });
}

export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
