// The Commands of the control interface, carried out on the live supervisor.

import type {
  Commands,
  ControlEvent,
  ProcessRef,
  SupervisorInfo,
  SupervisorState,
} from '../control/commands.ts';
import type { Entry } from './entry.ts';
import type { Gate } from './gate.ts';
import { checkCommand, type LaunchContext } from './launch.ts';
import type { MainLog } from '../logs/main-log.ts';
import type { Group, Plan } from '../model.ts';
import type { StateName } from '../process/state.ts';
import { groupSnapshot, healthOf, logOf, spawnErrorOf } from './snapshot.ts';
import type { Change, LiveGroup, Supervisor } from './supervisor.ts';

/** supervisord's RUNNING_STATES and SIGNALLABLE_STATES (states.py). */
const STARTED: ReadonlySet<StateName> = new Set(['STARTING', 'RUNNING', 'BACKOFF']);
const SIGNALLABLE: ReadonlySet<StateName> = new Set(['STARTING', 'RUNNING', 'STOPPING']);

export interface OperationsOptions {
  readonly supervisor: Supervisor;
  readonly gate: Gate;
  readonly launch: LaunchContext;
  readonly log: MainLog;
  readonly info: Omit<SupervisorInfo, 'state'>;
  readonly state: () => SupervisorState;
  readonly plan: () => Plan;
  /** Reads the configuration anew; plan() gives the new one from then on. Throws UserError where it cannot be read. */
  readonly reload: () => Promise<void>;
  readonly shutdown: () => void;
  readonly restart: () => void;
  readonly remoteEvent: (type: string, data: string) => void;
}

export function createOperations(options: OperationsOptions): Commands {
  const { supervisor, log } = options;
  const { system } = options.launch;
  const listeners = new Set<(event: ControlEvent) => void>();
  const tell = (event: ControlEvent): void => {
    for (const listener of listeners) listener(event);
  };
  supervisor.onChange((change) => {
    const event = processEvent(change, system.wallClock());
    if (event !== null) tell(event);
  });

  const groupNamed = (name: string): LiveGroup | undefined =>
    supervisor.groups().find((group) => group.config.name === name);
  const find = (ref: ProcessRef): Entry | undefined =>
    groupNamed(ref.group)?.entries.find((entry) => entry.program.name === ref.name);
  /** Resolves when the process is in a state that `done` accepts; at once if it is already. */
  const settled = (entry: Entry, done: (state: StateName) => boolean): Promise<StateName> =>
    new Promise((resolve) => {
      if (done(entry.process.state.name)) return resolve(entry.process.state.name);
      const unsubscribe = supervisor.onChange(() => {
        if (!done(entry.process.state.name)) return;
        unsubscribe();
        resolve(entry.process.state.name);
      });
    });

  return {
    info: () => ({ ...options.info, state: options.state() }),
    plan: options.plan,
    groups: () => supervisor.groups().map((group) => groupSnapshot(group)),
    health: () => healthOf(supervisor.groups()),
    uidOf(user) {
      try {
        return system.credentialsOf(user).uid;
      } catch {
        return null;
      }
    },

    async start(ref, { wait }) {
      const entry = find(ref);
      if (entry === undefined) return { kind: 'no-such-process' };
      const before = entry.process.state.name;
      if (before === 'UNKNOWN') return { kind: 'unknown-state' };
      if (STARTED.has(before) || before === 'STOPPING') return { kind: 'already-started' };
      const problem = checkCommand(entry.program, options.launch);
      if (problem !== null) {
        const kind = problem.errno === 'ENOENT' ? 'no-file' : 'not-executable';
        return { kind, message: problem.message };
      }
      options.gate.start(entry);
      if (wait) await options.gate.decided(entry);
      const state = wait ? await settled(entry, (name) => name !== 'STARTING') : entry.process.state.name;
      if (!wait && entry.waits) return { kind: 'started' };
      if (state === 'RUNNING' || state === 'STARTING') return { kind: 'started' };
      if (state === 'BACKOFF' || state === 'FATAL') {
        return { kind: 'spawn-error', message: spawnErrorOf(entry.process) ?? '' };
      }
      return { kind: 'abnormal-termination' };
    },
    async stop(ref, { wait }) {
      const entry = find(ref);
      if (entry === undefined) return { kind: 'no-such-process' };
      options.gate.cancel(entry);
      const runs = STARTED.has(entry.process.state.name);
      // One that has EXITED, and is about to be started again, is not.
      supervisor.send(entry, { type: 'stopRequested' });
      if (!runs) return { kind: 'not-running' };
      const state = wait ? await settled(entry, (name) => name !== 'STOPPING') : entry.process.state.name;
      return state === 'UNKNOWN'
        ? { kind: 'failed', message: `cannot signal ${entry.program.name}` }
        : { kind: 'stopped' };
    },
    signal(ref, signal) {
      const entry = find(ref);
      if (entry === undefined) return Promise.resolve({ kind: 'no-such-process' });
      if (!SIGNALLABLE.has(entry.process.state.name)) return Promise.resolve({ kind: 'not-running' });
      const result = supervisor.signal(entry, signal);
      if (result === 'not-running') return Promise.resolve({ kind: 'not-running' });
      return Promise.resolve(
        result === 'sent'
          ? { kind: 'signalled' }
          : { kind: 'failed', message: `cannot send ${signal} to ${entry.program.name}` },
      );
    },
    async writeStdin(ref, bytes) {
      const entry = find(ref);
      if (entry === undefined) return { kind: 'no-such-process' };
      if (entry.running === null) return { kind: 'not-running' };
      return { kind: await entry.running.stdin.write(bytes) };
    },

    async reread() {
      try {
        await options.reload();
      } catch (error) {
        return { kind: 'cannot-reread', message: (error as Error).message };
      }
      return { kind: 'reread', ...difference(supervisor.groups(), options.plan().groups) };
    },
    addGroup(name) {
      const group = options.plan().groups.find((each) => each.name === name);
      if (groupNamed(name) !== undefined) return Promise.resolve('already-added');
      if (group === undefined) return Promise.resolve('no-such-group');
      const live = supervisor.addGroup(group);
      tell({ type: 'group', atMs: system.wallClock(), group: name, change: 'added' });
      options.gate.autostart([live]);
      return Promise.resolve('added');
    },
    removeGroup(name) {
      const group = groupNamed(name);
      if (group === undefined) return Promise.resolve('no-such-group');
      // Also one in the UNKNOWN state, which supervisord forgets: added again, it would run twice.
      const runs = group.entries.some(
        ({ process, running }) => STARTED.has(process.state.name) || running !== null,
      );
      if (runs) return Promise.resolve('still-running');
      group.entries.forEach((entry) => options.gate.cancel(entry));
      supervisor.removeGroup(name);
      tell({ type: 'group', atMs: system.wallClock(), group: name, change: 'removed' });
      return Promise.resolve('removed');
    },

    shutdown: options.shutdown,
    restart: options.restart,
    sendRemoteCommEvent: options.remoteEvent,
    mainLog: () => log.sink,
    processLog(ref, stream) {
      const entry = find(ref);
      return entry === undefined ? null : logOf(entry, stream);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    log: (level, message) => log.log(level, message),
  };
}

/** Which groups a new configuration adds, changes and removes; where a group was written does not matter. */
export function difference(
  active: readonly LiveGroup[],
  wanted: readonly Group[],
): { added: string[]; changed: string[]; removed: string[] } {
  const now = new Map(active.map((group) => [group.config.name, group.config]));
  const then = new Map(wanted.map((group) => [group.name, group]));
  return {
    added: [...then.keys()].filter((name) => !now.has(name)),
    changed: [...then]
      .filter(([name, group]) => now.has(name) && essence(now.get(name)) !== essence(group))
      .map(([name]) => name),
    removed: [...now.keys()].filter((name) => !then.has(name)),
  };
}

function essence(group: Group | undefined): string {
  return JSON.stringify(group, (key, value: unknown) => (key === 'origin' ? undefined : value));
}

function processEvent({ entry, before, event }: Change, atMs: number): ControlEvent | null {
  const from = before.state.name;
  const { state, lastExit } = entry.process;
  if (from === state.name) return null;
  const pid = 'pid' in before.state ? before.state.pid : 'pid' in state ? state.pid : null;
  return {
    type: 'process',
    atMs,
    group: entry.program.group,
    name: entry.program.name,
    from,
    to: state.name,
    pid,
    exit: event.type === 'exited' ? lastExit : null,
    expected: state.name === 'EXITED' ? state.expected : null,
  };
}
