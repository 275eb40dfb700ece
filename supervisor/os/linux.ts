// The System interface on Linux.

import { closeSync, constants, fchownSync, openSync, readFileSync } from 'node:fs';
import { UserError } from '../errors.ts';
import type { ExitStatus } from '../process/state.ts';
import { credentialsFor } from './accounts.ts';
import * as libc from './libc.ts';
import { reapAll, signalNumber } from './reap.ts';
import { resolveCommand, spawn } from './spawn.ts';
import type { Cancel, SignalResult, System } from './system.ts';

const LOG_FILE_MODE = 0o644;

/** Takes this process into service: it becomes a subreaper unless it is PID 1, and collects its children from now on. */
export function linuxSystem(): System {
  const reaps = process.pid === 1 || libc.becomeSubreaper();
  return {
    now: () => performance.now(),
    wallClock: () => Date.now(),
    after,
    pid: process.pid,
    uid: process.getuid?.() ?? 0,
    reaps,
    resolveCommand,
    credentialsOf: (user) => credentialsFor(readAccounts('/etc/passwd'), readAccounts('/etc/group'), user),
    spawn,
    signal,
    onChildEnd,
    onSignal: (names, listener) => {
      for (const name of names) process.on(name, () => listener(name));
    },
    pipe: () => {
      const [readEnd, writeEnd] = libc.pipe();
      return { readEnd, writeEnd };
    },
    giveAway: (descriptor, uid) => fchownSync(descriptor, uid, -1),
    openForRead: (path) => openSync(path, 'r'),
    openForAppend: (path) =>
      openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, LOG_FILE_MODE),
    close: closeSync,
  };
}

function after(delayMs: number, run: () => void): Cancel {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}

function signal(pid: number, name: string, group: boolean): SignalResult {
  const number = signalNumber(name);
  if (number === null) return 'refused';
  try {
    process.kill(group ? -pid : pid, number);
    return 'sent';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'gone' : 'refused';
  }
}

function onChildEnd(listener: (pid: number, status: ExitStatus) => void): void {
  process.on('SIGCHLD', () => reapAll(listener));
  // A child that ended before the listener was there raised its signal to nobody.
  reapAll(listener);
}

function readAccounts(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`cannot read ${path}`, undefined, { cause: error });
  }
}
