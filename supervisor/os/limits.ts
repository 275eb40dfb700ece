// Open files and processes: what the supervisor itself needs, and what its programs are to have.
//
// Node raises its own soft limit of open files to the hard one when it starts. Programs would inherit that, and those
// that select(2), or that close every possible descriptor, suffer from it: they get back what was there before.

import { readFileSync } from 'node:fs';
import { SystemError } from '../errors.ts';
import { getLimit, setLimit, UNLIMITED, type LimitName } from './libc.ts';

/** The soft limit of open files that programs get; null leaves them ours, undefined was not looked for yet. */
let programFiles: bigint | null | undefined;

/** Sees to it that our limit is at least this; the hard limit that does not allow it, or null where all is well. */
export function ensureLimit(name: LimitName, least: number): bigint | null {
  const wanted = BigInt(least);
  const { soft, hard } = getLimit(name);
  if (soft >= wanted) return null;
  try {
    setLimit(name, { soft: wanted, hard: hard >= wanted ? hard : wanted });
    return null;
  } catch (error) {
    if (error instanceof SystemError) return hard;
    throw error;
  }
}

/** Gives programs at least this many open files; true where that is more than we were started with. */
export function ensureProgramFiles(least: number): boolean {
  const before = originalFiles();
  if (before === null || before >= BigInt(least)) return false;
  programFiles = BigInt(least);
  return true;
}

/** Runs `start`, which starts a program, with the soft limit of open files that programs are to have. */
export function withProgramFiles<T>(start: () => T): T {
  const soft = originalFiles();
  if (soft === null) return start();
  const own = getLimit('nofile');
  if (soft >= own.soft) return start();
  setLimit('nofile', { soft, hard: own.hard });
  try {
    return start();
  } finally {
    setLimit('nofile', own);
  }
}

/**
 * Runs `start`, which starts a program, with a mark that all that descends from it inherits, whatever it does to its
 * environment, session and parent: the soft limit of file locks, which has had no effect since Linux 2.4 (setrlimit(2)).
 */
export function withMark<T>(mark: number | undefined, start: () => T): T {
  if (mark === undefined) return start();
  const own = getLimit('locks');
  if (own.hard < BigInt(mark)) return start();
  setLimit('locks', { soft: BigInt(mark), hard: own.hard });
  try {
    return start();
  } finally {
    setLimit('locks', own);
  }
}

/** Our parent's limit, which was ours before node raised it; PID 1 cannot see its parent's. */
function originalFiles(): bigint | null {
  if (programFiles === undefined) programFiles = softFilesOf(process.ppid);
  return programFiles;
}

function softFilesOf(pid: number): bigint | null {
  try {
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
    const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
    if (soft === undefined) return null;
    return soft === 'unlimited' ? UNLIMITED : BigInt(soft);
  } catch {
    return null;
  }
}
