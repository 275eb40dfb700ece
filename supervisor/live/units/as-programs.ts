// Services as clients of supervisord see them: one more group of one process each, named as the unit without `.service`,
// in supervisord's states. What such a client asks for becomes a job of the manager of units.

import type {
  Commands,
  ControlEvent,
  GroupSnapshot,
  Log,
  ProcessRef,
  ProcessSnapshot,
} from '../../control/commands.ts';
import type { Program, StreamConfig } from '../../model.ts';
import type { StateName } from '../../process/state.ts';
import type { LiveUnit } from './live-unit.ts';
import type { UnitManager } from './manager.ts';
import { isService, type ServiceUnit } from './service-unit.ts';

/** supervisord's default; units are no part of its order of starts and stops. */
const PRIORITY = 999;

/** Commands that answer for services too, where a manager of units is there. */
export function withUnits(commands: Commands, present: () => UnitManager | null): Commands {
  const services = (): ServiceUnit[] => {
    const units = present()?.live() ?? [];
    return units.filter((live) => isService(live)).filter((live) => isShown(live));
  };
  const taken = (): Set<string> => new Set(commands.groups().map((group) => group.name));
  /** A program of the same name keeps it; the service is then shown with its type. */
  const nameOf = (live: LiveUnit, names: ReadonlySet<string>): string => {
    const short = live.unit.id.replace(/\.service$/, '');
    return names.has(short) ? live.unit.id : short;
  };
  const find = ({ group, name }: ProcessRef): ServiceUnit | undefined => {
    const names = taken();
    if (names.has(group)) return undefined;
    return services().find((live) => nameOf(live, names) === group && group === name);
  };
  const act = async (live: ServiceUnit, action: 'start' | 'stop', wait: boolean): Promise<void> => {
    await present()?.act(action, [live.unit.id], { mode: 'replace', wait });
  };

  return {
    ...commands,
    groups() {
      const names = taken();
      const units = services().map((live): GroupSnapshot => {
        const name = nameOf(live, names);
        return { name, priority: PRIORITY, processes: [snapshotOf(live, name)] };
      });
      return [...commands.groups(), ...units];
    },
    health() {
      const { healthy, reasons } = commands.health();
      const failed = services()
        .filter((live) => stateOf(live) === 'FATAL' || stateOf(live) === 'BACKOFF')
        .map((live) => `${live.unit.id} is ${live.active === 'failed' ? 'failed' : live.sub}`);
      return { healthy: healthy && failed.length === 0, reasons: [...reasons, ...failed] };
    },
    async start(ref, options) {
      const known = find(ref);
      if (known === undefined) return commands.start(ref, options);
      if (['STARTING', 'RUNNING', 'STOPPING'].includes(stateOf(known))) return { kind: 'already-started' };
      await act(known, 'start', options.wait);
      // Its files may have been read anew.
      const live = find(ref) ?? known;
      const state = stateOf(live);
      if (state === 'FATAL' || state === 'BACKOFF') {
        return { kind: 'spawn-error', message: `${live.unit.id} failed with result '${live.result}'` };
      }
      return state === 'STOPPED' && options.wait && live.service.mainExit === null
        ? { kind: 'abnormal-termination' }
        : { kind: 'started' };
    },
    async stop(ref, options) {
      const live = find(ref);
      if (live === undefined) return commands.stop(ref, options);
      const runs =
        ['STARTING', 'RUNNING', 'BACKOFF', 'STOPPING'].includes(stateOf(live)) || live.active === 'active';
      await act(live, 'stop', options.wait);
      return runs ? { kind: 'stopped' } : { kind: 'not-running' };
    },
    signal(ref, signal) {
      const live = find(ref);
      if (live === undefined) return commands.signal(ref, signal);
      return Promise.resolve({ kind: live.kill(signal, 'main') ? 'signalled' : 'not-running' });
    },
    writeStdin(ref, bytes) {
      return find(ref) === undefined ? commands.writeStdin(ref, bytes) : Promise.resolve({ kind: 'closed' });
    },
    processLog(ref, stream) {
      const live = find(ref);
      const manager = present();
      if (live === undefined || manager === null) return commands.processLog(ref, stream);
      return stream === 'stdout' ? logOf(manager, live.unit.id) : null;
    },
    subscribe(listener) {
      const unsubscribe = commands.subscribe(listener);
      const manager = present();
      const forget =
        manager?.onChange(({ id }) => {
          const live = manager.find(id);
          const event = live !== undefined && isService(live) ? eventOf(live) : null;
          if (event !== null) listener(event);
        }) ?? (() => {});
      return () => {
        unsubscribe();
        forget();
      };
    },
  };

  function eventOf(live: ServiceUnit): ControlEvent | null {
    const name = nameOf(live, taken());
    const to = stateOf(live);
    const from = lastStates.get(live) ?? 'STOPPED';
    lastStates.set(live, to);
    if (from === to) return null;
    const exit = live.service.mainExit;
    const gone = to === 'EXITED' || to === 'FATAL' || to === 'BACKOFF' || to === 'STOPPED';
    return {
      type: 'process',
      atMs: live.runs.endedAtMs ?? live.runs.startedAtMs ?? 0,
      group: name,
      name,
      from,
      to,
      pid: live.mainPid,
      exit: gone ? exit : null,
      expected: to === 'EXITED' ? true : null,
    };
  }
}

const lastStates = new WeakMap<ServiceUnit, StateName>();

/** What is only named by another unit, or was never asked for, is not shown. */
function isShown(live: ServiceUnit): boolean {
  return live.unit.loadState === 'loaded' || live.active !== 'inactive';
}

/** supervisord's state for a service's. */
export function stateOf(live: Pick<ServiceUnit, 'active' | 'sub'>): StateName {
  switch (live.active) {
    case 'active':
      return live.sub === 'exited' ? 'EXITED' : 'RUNNING';
    case 'reloading':
      return 'RUNNING';
    case 'activating':
      return live.sub === 'auto-restart' ? 'BACKOFF' : 'STARTING';
    case 'deactivating':
      return 'STOPPING';
    case 'failed':
      return 'FATAL';
    case 'inactive':
    case 'maintenance':
      return 'STOPPED';
  }
}

function snapshotOf(live: ServiceUnit, name: string): ProcessSnapshot {
  const state = stateOf(live);
  const { service, runs } = live;
  return {
    group: name,
    name,
    state,
    pid: live.mainPid,
    startedAtMs: runs.startedAtMs,
    stoppedAtMs: runs.endedAtMs ?? (state === 'EXITED' ? runs.startedAtMs : null),
    exit: service.main === null ? service.mainExit : null,
    spawnError: state === 'FATAL' || state === 'BACKOFF' ? `failed with result '${live.result}'` : null,
    restarts: service.restarts,
    ready: live.active === 'active',
    nextRunAtMs: null,
    stdoutLogfile: null,
    stderrLogfile: null,
    program: asProgram(live, name),
  };
}

const NO_STREAM: StreamConfig = {
  target: { kind: 'none' },
  maxBytes: 0,
  backups: 0,
  captureMaxBytes: 0,
  eventsEnabled: false,
  syslog: false,
};

/** The part of a service that supervisord has words for. */
function asProgram({ unit }: ServiceUnit, name: string): Program {
  const [command] = unit.service?.execStart ?? [];
  return {
    kind: 'program',
    name,
    group: name,
    origin: { file: unit.fragmentPath ?? '', line: 1 },
    commandLine: command?.argv.join(' ') ?? '',
    argv: command?.argv ?? [],
    priority: PRIORITY,
    autostart: false,
    autorestart:
      unit.service?.restart === 'always' ? 'always' : unit.service?.restart === 'no' ? 'never' : 'unexpected',
    startSecs: 0,
    startRetries: 0,
    exitCodes: [0],
    stopSignal: unit.service?.kill.killSignal ?? 'SIGTERM',
    stopWaitSecs: (unit.service?.timeoutStopMs ?? 0) / 1000,
    stopAsGroup: true,
    killAsGroup: true,
    user: unit.service?.exec.user ?? null,
    directory: unit.service?.exec.workingDirectory?.path ?? null,
    umask: unit.service?.exec.umask ?? null,
    environment: {},
    redirectStderr: true,
    stdout: NO_STREAM,
    stderr: NO_STREAM,
    serverUrl: null,
    enabled: true,
    type: unit.service?.type === 'oneshot' ? 'oneshot' : 'service',
    dependsOn: [],
    ready: null,
    check: null,
    watch: null,
    exitOn: 'never',
    logFormat: null,
    maxRestarts: 0,
    restartWindowSecs: 0,
    backoffMaxSecs: null,
    limits: {},
    environmentFiles: [],
    setHome: false,
    statusFile: null,
    schedule: null,
  };
}

/** A unit's journal as the log of a process: its own lines, without what the manager said. */
function logOf(manager: UnitManager, unit: string): Log {
  const query = { units: [unit], lines: null, sinceMs: null, untilMs: null, maxPriority: 7 };
  return {
    place: {
      kind: 'memory',
      bytes: () =>
        Buffer.from(
          manager
            .journal(query)
            .filter(({ identifier }) => identifier !== 'systemd')
            .map(({ message }) => `${message}\n`)
            .join(''),
        ),
    },
    clear: () => Promise.resolve({ kind: 'failed', message: 'the journal of a unit is not cleared' }),
    follow: (listener) =>
      manager.followJournal((line) => {
        if (line.unit !== unit || line.identifier === 'systemd') return;
        listener({ kind: 'data', chunk: Buffer.from(`${line.message}\n`) });
      }),
  };
}
