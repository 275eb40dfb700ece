// A kernel on paper: processes, pipes, signals and a clock that moves when the test says so. It fails a test at once
// for what a real one would punish later: a descriptor closed twice, a signal to a process that is not ours.

import * as assert from 'uvu/assert';
import { SystemError } from '../../supervisor/errors.ts';
import type { PipeEnds } from '../../supervisor/live/launch.ts';
import type { ExitStatus } from '../../supervisor/process/state.ts';
import type { SpawnRequest, SpawnResult, System } from '../../supervisor/os/system.ts';

/** What a process does about signals, and when it ends by itself; times are milliseconds after its start or the signal. */
export interface Conduct {
  readonly endsAfter: number | null;
  readonly endsWith: ExitStatus;
  /** null: it ignores every signal but SIGKILL. */
  readonly stopsAfter: number | null;
  /** null: not even SIGKILL ends it (a process in an uninterruptible wait). */
  readonly diesAfter: number | null;
  /** How long a grandchild keeps its stdout and stderr open after its end. */
  readonly pipeHeldFor: number;
}

export interface FakeProcess {
  readonly pid: number;
  readonly request: SpawnRequest;
  /** `zombie`: it has ended and was not collected yet. */
  state: 'alive' | 'zombie';
}

export interface FakeSystem {
  readonly system: System;
  readonly pipes: PipeEnds;
  /** All that were started and not yet collected. */
  readonly processes: ReadonlyMap<number, FakeProcess>;
  readonly descriptors: ReadonlySet<number>;
  timers(): number;
  /** How many were started, and how many of them have been collected. */
  readonly counts: { spawned: number; collected: number };
  /** Runs everything that is due within this time, in order, and lets promises settle after each. */
  advance(ms: number): Promise<void>;
  end(pid: number, status: ExitStatus): void;
  /** The wall clock is set, as by a person or by NTP. */
  setWallClock(ms: number): void;
}

export interface FakeWorld {
  /** How the process will behave, or the errno of why it cannot be started. */
  onSpawn(request: SpawnRequest): Conduct | string;
  onSignal(process: FakeProcess, signal: string): 'delivered' | 'refused';
  /** Whether there is a descriptor left for a pipe. */
  hasDescriptors(): boolean;
  /** Milliseconds until a process that has ended is collected. */
  collectAfter(): number;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

const ENDED_BY = (signal: string): ExitStatus => ({ code: null, signal });

export function createFakeSystem(world: FakeWorld): FakeSystem {
  let now = 1000;
  let wallOffset = 1_700_000_000_000;
  let nextPid = 2;
  let nextDescriptor = 3;
  const timers = new Set<Timer>();
  /** What the world does by itself: not a timer of ours. */
  const happenings = new Set<Timer>();
  const processes = new Map<number, FakeProcess>();
  const conducts = new Map<number, Conduct>();
  const listeners = new Map<number, (status: ExitStatus) => void>();
  const descriptors = new Set<number>();
  const writers = new Map<number, number>();
  const atEnd = new Map<number, () => void>();
  const counts = { spawned: 0, collected: 0 };

  const open = (): number => {
    descriptors.add(nextDescriptor);
    return nextDescriptor++;
  };
  const close = (descriptor: number): void => {
    assert.ok(descriptors.delete(descriptor), `descriptor ${descriptor} is open when it is closed`);
  };
  const schedule = (queue: Set<Timer>, delay: number, run: () => void): (() => void) => {
    const timer: Timer = { at: now + delay, run };
    queue.add(timer);
    return () => void queue.delete(timer);
  };
  const end = (pid: number, status: ExitStatus): void => {
    const process = processes.get(pid);
    if (process?.state !== 'alive') return;
    process.state = 'zombie';
    const held = conducts.get(pid)?.pipeHeldFor ?? 0;
    for (const [readEnd, writer] of writers) {
      if (writer === pid) schedule(happenings, held, () => endPipe(readEnd));
    }
    schedule(happenings, world.collectAfter(), () => {
      processes.delete(pid);
      counts.collected++;
      listeners.get(pid)?.(status);
    });
  };
  const endPipe = (readEnd: number): void => {
    writers.delete(readEnd);
    atEnd.get(readEnd)?.();
    atEnd.delete(readEnd);
  };
  const spawn = (request: SpawnRequest, onEnd: (status: ExitStatus) => void): SpawnResult => {
    for (const each of request.descriptors) {
      assert.ok(each <= 2 || descriptors.has(each), `descriptor ${each} is open when it is inherited`);
    }
    const conduct = world.onSpawn(request);
    if (typeof conduct === 'string') return { kind: 'failed', errno: conduct, message: conduct };
    const pid = nextPid++;
    counts.spawned++;
    processes.set(pid, { pid, request, state: 'alive' });
    conducts.set(pid, conduct);
    listeners.set(pid, onEnd);
    if (conduct.endsAfter !== null) {
      schedule(happenings, conduct.endsAfter, () => end(pid, conduct.endsWith));
    }
    return { kind: 'spawned', pid };
  };
  const signal: System['signal'] = (pid, name) => {
    const process = processes.get(pid);
    assert.ok(process, `process ${pid}, which gets ${name}, is a child of ours that was not collected`);
    if (world.onSignal(process, name) === 'refused') return 'refused';
    const { stopsAfter, diesAfter } = conducts.get(pid) ?? { stopsAfter: 0, diesAfter: 0 };
    const delay = name === 'SIGKILL' ? diesAfter : stopsAfter;
    const deadly = name === 'SIGKILL' || name === process.request.environment['STOPSIGNAL'];
    if (deadly && delay !== null) schedule(happenings, delay, () => end(pid, ENDED_BY(name)));
    return 'sent';
  };

  const system: System = {
    now: () => now,
    wallClock: () => wallOffset + now,
    after: (delay, run) => schedule(timers, Math.max(1, delay), run),
    pid: 1,
    uid: 0,
    reaps: true,
    resolveCommand: (command) => ({ kind: 'found', file: command }),
    credentialsOf: (user) => ({ uid: 1, gid: 1, groups: [1], name: user, home: '/', shell: '/bin/sh' }),
    groupOf: () => 1,
    spawn,
    signal,
    onOrphanEnd: () => {},
    hasChildren: () => processes.size > 0,
    leaveTerminal: () => 'none',
    signalOnParentDeath: () => {},
    onSignal: () => {},
    openOutput: () => ({ write: (bytes) => bytes.length, pollable: null }),
    pipe() {
      if (!world.hasDescriptors()) throw new SystemError('cannot make a pipe: EMFILE', 'EMFILE');
      return { readEnd: open(), writeEnd: open() };
    },
    readNow: () => 0,
    enlargePipe: () => {},
    giveAway: () => {},
    openForRead: open,
    hasDescriptors: () => world.hasDescriptors(),
    openListener: open,
    sendDatagram: () => null,
    close,
    processes: () =>
      [...processes.values()].map(({ pid, state }) => ({
        pid,
        parent: 1,
        session: pid,
        state: state === 'alive' ? 'S' : 'Z',
        startedAt: pid,
        name: 'fake',
      })),
    setNice: () => true,
    setOomScore: () => true,
    openMailbox: () => ({ onDatagram: () => {}, close: () => {} }),
    openSocket: open,
    acceptNow: () => null,
    onReadable: () => () => {},
    watchPath: () => () => {},
    openNotifySocket: () => ({ receive: () => null, close: () => {} }),
    readText: () => null,
  };

  return {
    system,
    processes,
    descriptors,
    counts,
    timers: () => timers.size,
    end,
    setWallClock(ms) {
      wallOffset = ms - now;
    },
    pipes: {
      read(descriptor, sink) {
        const writer = nextPid - 1;
        sink.write(Buffer.from(`${writer}\n`));
        writers.set(descriptor, writer);
        const ended = new Promise<void>((resolve) =>
          atEnd.set(descriptor, () => {
            close(descriptor);
            resolve();
          }),
        );
        return { ended, drain: () => {}, close: () => endPipe(descriptor) };
      },
      feed(descriptor) {
        return { write: () => Promise.resolve('written'), close: () => close(descriptor) };
      },
    },
    async advance(ms) {
      const until = now + ms;
      await settled();
      for (;;) {
        const next = earliest(timers, happenings);
        if (next === null || next.timer.at > until) break;
        now = Math.max(now, next.timer.at);
        next.queue.delete(next.timer);
        next.timer.run();
        await settled();
      }
      now = until;
      await settled();
    },
  };
}

/** Lets every promise that can go on go on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function earliest(...queues: readonly Set<Timer>[]): { queue: Set<Timer>; timer: Timer } | null {
  let found: { queue: Set<Timer>; timer: Timer } | null = null;
  for (const queue of queues) {
    for (const timer of queue) if (found === null || timer.at < found.timer.at) found = { queue, timer };
  }
  return found;
}
