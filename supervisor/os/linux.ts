// The System interface on Linux.

import { access, closeSync, fchownSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { isRealTime, signalName, signalNumber } from '../process/signals.ts';
import type { ExitStatus } from '../process/state.ts';
import { credentialsFor, findGroup } from './accounts.ts';
import { earlySignals } from './early-signals.ts';
import * as libc from './libc.ts';
import { enlargePipe, pipe, readNow } from './libc-pipes.ts';
import { onSignalNumbers } from './libc-signals.ts';
import { openMailbox } from './mailbox.ts';
import { openOutput } from './output.ts';
import { listProcesses, setNice, setOomScore } from './processes.ts';
import { onReadable, tellReadable } from './readiness.ts';
import { reapSome } from './reap.ts';
import { resolveCommand, spawn } from './spawn.ts';
import { datagramSender, openListener, openNotifySocket } from './sockets.ts';
import { acceptNow, openSocket } from './unit-sockets.ts';
import { watchPath } from './watch-path.ts';
import type { Cancel, SignalResult, System } from './system.ts';

/**
 * Takes this process into service: it collects its children from now on and, unless it is PID 1, becomes a subreaper;
 * with `adopts` false only if it is one already.
 */
export function linuxSystem({ adopts = true } = {}): System {
  const reaps = process.pid === 1 || (adopts ? libc.becomeSubreaper() : libc.isSubreaper());
  startThreads();
  const children = new Map<number, (status: ExitStatus) => void>();
  let onOrphan: (pid: number, status: ExitStatus) => void = () => {};
  let collecting = false;
  const collect = (): void => {
    const more = reapSome((pid, status) => {
      const onEnd = children.get(pid);
      children.delete(pid);
      if (onEnd === undefined) onOrphan(pid, status);
      else onEnd(status);
    });
    if (!more || collecting) return;
    collecting = true;
    setImmediate(() => {
      collecting = false;
      collect();
    });
  };
  process.on('SIGCHLD', () => {
    // What a process has said before its end is heard before the end is told.
    tellReadable();
    collect();
  });
  return {
    now,
    wallClock: () => Date.now(),
    after,
    pid: process.pid,
    // Read anew: the supervisor may become another user while it starts.
    get uid() {
      return process.getuid?.() ?? 0;
    },
    reaps,
    resolveCommand,
    credentialsOf: (user, gid) =>
      credentialsFor(readAccounts('/etc/passwd'), readAccounts('/etc/group'), user, gid),
    groupOf: (group) => {
      const gid = findGroup(readAccounts('/etc/group'), group);
      if (gid === null) throw new UserError(`cannot find group ${group} in /etc/group`);
      return gid;
    },
    spawn: (request, onEnd) => {
      const result = spawn(request);
      if (result.kind === 'spawned') children.set(result.pid, onEnd);
      return result;
    },
    signal,
    onOrphanEnd: (listener) => {
      onOrphan = listener;
      // An orphan that ended before SIGCHLD was heard raised its signal to nobody.
      collect();
    },
    hasChildren: libc.hasChildren,
    processes: listProcesses,
    setNice,
    setOomScore,
    leaveTerminal,
    signalOnParentDeath: (name) => libc.signalOnParentDeath(signalNumber(name) ?? 0),
    onSignal: (names, listener) => {
      const early = earlySignals().filter((name) => names.includes(name));
      for (const name of names) if (!isRealTime(name)) process.on(name, () => listener(name));
      const numbers = names.filter(isRealTime).map((name) => signalNumber(name) ?? 0);
      if (numbers.length > 0) onSignalNumbers(numbers, (number) => listener(signalName(number)));
      for (const name of early) queueMicrotask(() => listener(name));
    },
    openOutput,
    openNotifySocket,
    openMailbox,
    openSocket,
    acceptNow,
    onReadable,
    watchPath,
    pipe: () => {
      const [readEnd, writeEnd] = pipe();
      highest = Math.max(highest, readEnd, writeEnd);
      return { readEnd, writeEnd };
    },
    readNow,
    enlargePipe,
    giveAway,
    hasDescriptors,
    openListener,
    sendDatagram: datagramSender(),
    openForRead: (path) => openSync(path, 'r'),
    close: closeSync,
    readText,
  };
}

/**
 * libuv starts its threads at the first work for them, and aborts the process where the kernel refuses: by then the
 * programs may have used up the container's limit of processes. Whatever the work, it starts them before it returns.
 */
function startThreads(): void {
  access('/', () => {});
}

/** Of the same clock as performance.now(), which would load node:perf_hooks. */
function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

function after(delayMs: number, run: () => void): Cancel {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}

function signal(pid: number, name: string, group: boolean): SignalResult {
  const number = signalNumber(name);
  if (number === null) return 'refused';
  try {
    // kill(-1) is everyone but us: the group of PID 1 is its whole namespace.
    process.kill(group ? -pid : pid, number);
    return 'sent';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'gone' : 'refused';
  }
}

function leaveTerminal(): ReturnType<System['leaveTerminal']> {
  const leads = libc.ownSession() === process.pid;
  if (!libc.leaveTerminal(0)) return 'none';
  return leads ? 'left as leader' : 'left';
}

/** Without the capability to do so (docker run --cap-drop) the program has its pipe all the same, and cannot open it anew. */
function giveAway(descriptor: number, uid: number): void {
  try {
    fchownSync(descriptor, uid, -1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

/** The highest descriptor that was seen: while it is far from the limit nobody has to count. */
let highest = 0;
const FAR = 64;

function hasDescriptors(count: number): boolean {
  try {
    const next = openSync('/dev/null', 'r');
    closeSync(next);
    highest = Math.max(highest, next);
    const { soft } = libc.getLimit('nofile');
    if (BigInt(highest + count + FAR) < soft) return true;
    return BigInt(readdirSync('/proc/self/fd').length + count) <= soft;
  } catch {
    return false;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function readAccounts(path: string): string {
  const text = readText(path);
  if (text === null) throw new UserError(`cannot read ${path}`);
  return text;
}
