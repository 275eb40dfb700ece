// The whole supervisor, wired as boot.ts wires it but for its servers, on a kernel on paper; with a referee that
// watches every step and every system call for the invariants of ARCHITECTURE.md.

import * as assert from 'uvu/assert';
import type { Commands } from '../../supervisor/control/commands.ts';
import type { Entry } from '../../supervisor/live/entry.ts';
import { createFcgiSockets } from '../../supervisor/live/fcgi-sockets.ts';
import { createGate } from '../../supervisor/live/gate.ts';
import type { LaunchContext } from '../../supervisor/live/launch.ts';
import { createLifecycle, type Lifecycle } from '../../supervisor/live/lifecycle.ts';
import type { Group, Plan, Program } from '../../supervisor/model.ts';
import { createOperations } from '../../supervisor/live/operations.ts';
import type { SpawnRequest } from '../../supervisor/os/system.ts';
import { named } from '../../supervisor/process/dependencies.ts';
import type { Ending } from '../../supervisor/process/ending.ts';
import { stopWaves } from '../../supervisor/process/order.ts';
import { createSupervisor, type Change, type Supervisor } from '../../supervisor/live/supervisor.ts';
import { createFakeSystem, type Conduct, type FakeProcess, type FakeSystem } from '../fakes/system.ts';

export const CLEANUP = '/cleanup.sh';

export interface Stand {
  readonly fake: FakeSystem;
  readonly supervisor: Supervisor;
  readonly lifecycle: Lifecycle;
  readonly commands: Commands;
  /** The configuration that the next reading gives. */
  groups: readonly Group[];
  /** The world's present moods. */
  readonly moods: { forkFails: boolean; noDescriptors: boolean; refusesSignals: boolean };
  exitCode(): number | null;
  /** Whether a signal was ever refused: then a process may still be there at the end. */
  hasRefused(): boolean;
  /** Sends a signal as a client does, who follows no order. */
  signal(entry: Entry, signal: string): void;
  /** What SIGTERM does. */
  terminate(): void;
  check(): void;
  checkEnd(): void;
}

export interface StandOptions {
  readonly groups: readonly Group[];
  readonly budgetMs: number | null;
  readonly cleanup: boolean;
  readonly conduct: (request: SpawnRequest) => Conduct;
  readonly collectAfter: () => number;
}

interface Stop {
  readonly at: number;
  readonly exitCode: number;
  readonly asked: boolean;
}

/** What the end may take besides its budget: what was killed is collected, and its output is read to its end. */
const AFTERWARDS_MS = 200 + 500;
const LONGEST_CLEANUP_MS = 30_000;

export function createStand(options: StandOptions): Stand {
  const moods = { forkFails: false, noDescriptors: false, refusesSignals: false };
  const starts = new Map<Entry, number>();
  let stop: Stop | null = null;
  /** When the first program was told to stop, and the wave of each group by then: a reload may have gone before. */
  let firstStop: { readonly at: number; readonly waves: ReadonlyMap<string, number> } | null = null;
  /** Signals are refused, or sent by somebody who follows no order. */
  let disorder = false;
  let refused = false;
  let cleanups = 0;
  let exit: { readonly code: number; readonly at: number } | null = null;
  /** What the supervisor says of an error in the stop itself, which may be an assertion of ours. */
  let fault: string | null = null;

  const nameOf = (request: SpawnRequest): string =>
    `${request.environment['SUPERVISOR_GROUP_NAME']}:${request.environment['SUPERVISOR_PROCESS_NAME']}`;
  const onSpawn = (request: SpawnRequest): Conduct | string => {
    if (request.file === CLEANUP) {
      cleanups++;
      assert.is(cleanups, 1, 'the cleanup script runs once');
    } else {
      assert.is(stop, null, 'a stopping supervisor starts nothing');
      const running = [...fake.processes.values()].filter((each) => nameOf(each.request) === nameOf(request));
      assert.is(running.length, 0, 'a program has at most one process');
    }
    return moods.forkFails ? 'EAGAIN' : options.conduct(request);
  };
  const onSignal = (process: FakeProcess, signal: string): 'delivered' | 'refused' => {
    if (moods.refusesSignals) {
      disorder = true;
      refused = true;
      return 'refused';
    }
    if (stop !== null && signal === process.request.environment['STOPSIGNAL']) {
      firstStop ??= { at: system.now(), waves: wavesOf(supervisor) };
      const { waves } = firstStop;
      const deadline = (stop.asked ? stop.at : firstStop.at) + (options.budgetMs ?? Infinity);
      // At its end all that is left is stopped at once.
      if (disorder || system.now() >= deadline) return 'delivered';
      const waveOf = (each: FakeProcess): number =>
        waves.get(each.request.environment['SUPERVISOR_GROUP_NAME'] ?? '') ?? -1;
      const earlier = [...fake.processes.values()].filter(
        (each) => each.request.file !== CLEANUP && waveOf(each) < waveOf(process),
      );
      assert.equal(
        earlier.map((each) => nameOf(each.request)),
        [],
        'waves stop in order',
      );
    }
    return 'delivered';
  };
  const fake = createFakeSystem({
    onSpawn,
    onSignal,
    hasDescriptors: () => !moods.noDescriptors,
    collectAfter: options.collectAfter,
  });
  const { system } = fake;
  const log = {
    log(_level: string, text: string) {
      if (text.startsWith('cannot stop in order')) fault ??= text;
    },
    sink: null,
    omits: () => false,
  };
  const launch: LaunchContext = {
    system,
    environment: {},
    serverUrl: null,
    fcgi: createFcgiSockets(system, log),
    runtimeDirectory: () => null,
    devNull: system.openForRead('/dev/null'),
    whyAbsent: () => null,
    pipes: fake.pipes,
  };
  const console = { write: () => true, note: () => {}, whenDrained: (listener: () => void) => listener() };
  const begin = (exitCode: number, asked: boolean): void => {
    stop ??= { at: system.now(), exitCode, asked };
  };
  const onEnding = (ending: Ending): void => {
    assert.is.not(ending.exitCode, null);
    begin(ending.exitCode, false);
    lifecycle.programEnded(ending);
  };
  const supervisor = createSupervisor({
    launch,
    routing: {
      consoles: { stdout: console, stderr: console },
      childLogDir: '/tmp',
      identifier: 'supervisor',
      remember: false,
      wallClock: () => system.wallClock(),
      onTrouble: () => {},
      taps: { logged: () => {}, captured: () => {}, protocol: () => {} },
      stripAnsi: false,
      echo: null,
      syslog: { send: () => {} },
    },
    log,
    onEnding,
    onGroup: () => {},
  });
  supervisor.onChange((change) => watch(change));
  const gate = createGate({ supervisor, launch, log, onEnding });
  const lifecycle = createLifecycle({
    system,
    supervisor,
    log,
    cleanup: options.cleanup ? CLEANUP : null,
    environment: {},
    devNull: launch.devNull,
    stopBudgetMs: options.budgetMs,
    debug: false,
    hurries: true,
    onStopping: () => gate.close(),
    onExit: (code) => {
      assert.is(exit, null, 'there is one exit');
      exit = { code, at: system.now() };
    },
  });
  const operations = createOperations({
    supervisor,
    gate,
    launch,
    log,
    info: { pid: 1, identification: 'supervisor', version: '0', startedAtMs: 0 },
    state: () => 'RUNNING',
    plan: () => ({ groups: stand.groups }) as Plan,
    reload: () => Promise.resolve(),
    shutdown: () => stand.terminate(),
    restart: () => {},
    remoteEvent: () => {},
  });

  const commands: Commands = {
    ...operations,
    stop(ref, how) {
      if (stop !== null) disorder = true;
      return operations.stop(ref, how);
    },
  };

  const watch = ({ entry, before, event }: Change): void => {
    const { program, process } = entry;
    const { state } = process;
    if (event.type === 'startRequested') {
      starts.set(entry, 0);
      for (const needed of dependencies(program)) {
        const { name } = needed.process.state;
        const there = needed.program.type === 'oneshot' ? name === 'EXITED' : name === 'RUNNING';
        assert.ok(there, `${program.name} starts when ${needed.program.name} is there, which is ${name}`);
      }
    }
    if (event.type === 'spawned' || event.type === 'spawnFailed') {
      starts.set(entry, (starts.get(entry) ?? 0) + 1);
    }
    const ran = state.name === 'RUNNING' || (before.state.name === 'STARTING' && state.name === 'EXITED');
    if (ran && program.type !== 'oneshot') starts.set(entry, 0);
    if (state.name === 'FATAL' && before.state.name === 'BACKOFF') {
      assert.is(starts.get(entry), program.startRetries + 1, 'FATAL after exactly startretries+1 starts');
    }
  };
  const dependencies = (program: Program): Entry[] => {
    const entries = supervisor.groups().flatMap((group) => group.entries);
    return program.dependsOn.flatMap((name) => named(name, entries)).filter((each) => each.program.enabled);
  };

  const stand: Stand = {
    fake,
    supervisor,
    lifecycle,
    commands,
    groups: options.groups,
    moods,
    exitCode: () => exit?.code ?? null,
    hasRefused: () => refused,
    signal(entry, signal) {
      const before = disorder;
      disorder = true;
      supervisor.signal(entry, signal);
      disorder = before;
    },
    terminate() {
      if (stop !== null) disorder = true;
      begin(0, true);
      lifecycle.stop('received SIGTERM');
    },
    check() {
      for (const { entries } of supervisor.groups()) for (const entry of entries) checkEntry(entry, fake);
    },
    checkEnd() {
      assert.ok(stop !== null && exit !== null);
      assert.is(fault, null, fault ?? '');
      assert.is(
        exit.code,
        stop.exitCode,
        `the exit code is the first ending's: ${exit.code}, ${stop.exitCode}`,
      );
      if (options.budgetMs === null) return;
      const limit = options.budgetMs + AFTERWARDS_MS + (stop.asked ? 0 : LONGEST_CLEANUP_MS);
      assert.ok(exit.at - stop.at <= limit, `the stop took ${exit.at - stop.at} ms of ${limit} ms`);
    },
  };
  const groups = options.groups.map((group) => supervisor.addGroup(group));
  gate.autostart(groups);
  return stand;
}

function wavesOf(supervisor: Supervisor): Map<string, number> {
  const waves = stopWaves(supervisor.groups());
  return new Map(waves.flatMap((wave, index) => wave.map((group) => [group.config.name, index] as const)));
}

function checkEntry(entry: Entry, fake: FakeSystem): void {
  const { state } = entry.process;
  const pid = 'pid' in state ? state.pid : null;
  const what = `${entry.program.name} is ${state.name}`;
  if (pid === null) assert.is(entry.running, null, `${what} and has no process`);
  else assert.ok(fake.processes.has(pid), `${what} and its process was not collected`);
  const waits = ['STARTING', 'BACKOFF', 'STOPPING'].includes(state.name);
  if (!waits && !(state.name === 'EXITED' && state.restart))
    assert.is(entry.timer, null, `${what} and waits for nothing`);
}
