// Pure: what one-command mode says, in the words of the command by whose name it was called: people search logs for them.

import type { ExitStatus } from '../process/state.ts';
import { signalNumber } from '../process/signals.ts';

export type RunName = 'initkit' | 'tini' | 'dumb-init';

export type RunNote =
  | { readonly kind: 'terminal-left'; readonly asLeader: boolean }
  | { readonly kind: 'no-terminal-to-leave' }
  | {
      readonly kind: 'spawned';
      readonly pid: number;
      readonly command: string;
      readonly session: 'with terminal' | 'without terminal' | null;
    }
  | { readonly kind: 'cannot-run'; readonly command: string; readonly errno: string }
  | { readonly kind: 'received'; readonly signal: string }
  | { readonly kind: 'hand-off-ignored'; readonly signal: string }
  | { readonly kind: 'rewritten'; readonly signal: string; readonly by: string | null }
  | { readonly kind: 'forwarded'; readonly signal: string }
  | { readonly kind: 'suspending' }
  | { readonly kind: 'reaped'; readonly pid: number; readonly status: ExitStatus; readonly warn: boolean }
  | { readonly kind: 'ended'; readonly pid: number; readonly status: ExitStatus }
  | { readonly kind: 'leaving'; readonly code: number }
  | { readonly kind: 'cannot-reap' };

/** From which verbosity on it is said; 1 is where everyone begins. */
export const VERBOSITY = { fatal: 0, warn: 1, info: 2, debug: 3 } as const;

type Level = keyof typeof VERBOSITY;

/** The lines of a note at a verbosity, without their newlines. `pid` is our own. */
export function wording(name: RunName, note: RunNote, verbosity: number, pid: number): string[] {
  const [level, ...lines] = SPEAKERS[name](note);
  if (VERBOSITY[level] > verbosity) return [];
  const label = level.toUpperCase().padEnd(5);
  const prefix = { initkit: 'initkit: ', tini: `[${label} tini (${pid})] `, 'dumb-init': '[dumb-init] ' }[
    name
  ];
  return lines.map((line) => prefix + line);
}

type Speaker = (note: RunNote) => [Level, ...string[]];

const SPEAKERS: Readonly<Record<RunName, Speaker>> = { initkit, tini, 'dumb-init': dumbInit };

function initkit(note: RunNote): [Level, ...string[]] {
  switch (note.kind) {
    case 'terminal-left':
      return ['debug', 'gave the terminal away'];
    case 'spawned':
      return ['info', `started ${note.command} with pid ${note.pid}`];
    case 'cannot-run':
      return ['fatal', `cannot run ${note.command}: ${reasonOf(note.errno)}`];
    case 'received':
      return ['debug', `received ${note.signal}`];
    case 'hand-off-ignored':
      return ['debug', `${note.signal} is of the terminal's hand-over: not forwarded`];
    case 'rewritten':
      return ['debug', note.by === null ? `${note.signal} is dropped` : `${note.signal} becomes ${note.by}`];
    case 'forwarded':
      return ['debug', `sent ${note.signal}`];
    case 'suspending':
      return ['debug', 'stopping ourselves, as the command was stopped'];
    case 'reaped':
      return [note.warn ? 'warn' : 'debug', `reaped zombie process with pid=${note.pid}`];
    case 'ended':
      return ['info', `the command ${endOf(note.status)}`];
    case 'leaving':
      return ['debug', `leaving with ${note.code}`];
    case 'cannot-reap':
      return ['warn', 'cannot become a subreaper: orphaned processes will not be collected'];
    case 'no-terminal-to-leave':
      return ['debug'];
  }
}

function tini(note: RunNote): [Level, ...string[]] {
  switch (note.kind) {
    case 'spawned':
      return ['info', `Spawned child process '${note.command}' with pid '${note.pid}'`];
    case 'cannot-run':
      return ['fatal', `exec ${note.command} failed: ${reasonOf(note.errno)}`];
    case 'received':
      return ['debug', `Passing signal: '${note.signal}'`];
    case 'reaped':
      return [note.warn ? 'warn' : 'debug', `Reaped zombie process with pid=${note.pid}`];
    case 'ended': {
      const { code } = note.status;
      const how = code === null ? 'with signal (with signal' : 'normally (with status';
      return ['info', `Main child exited ${how} '${code ?? note.status.signal}')`];
    }
    case 'cannot-reap':
      return [
        'warn',
        "not PID 1 and no subreaper: orphans go elsewhere, so zombie reaping won't work here",
        'use -s, set TINI_SUBREAPER, or run this as PID 1',
      ];
    case 'forwarded':
    case 'hand-off-ignored':
    case 'leaving':
    case 'no-terminal-to-leave':
    case 'rewritten':
    case 'suspending':
    case 'terminal-left':
      return ['debug'];
  }
}

function dumbInit(note: RunNote): [Level, ...string[]] {
  switch (note.kind) {
    case 'no-terminal-to-leave':
      return ['info', `Unable to detach from controlling tty (${NO_TERMINAL}).`];
    case 'terminal-left':
      return [
        'info',
        note.asLeader
          ? 'Detached from controlling tty, ignoring the first SIGHUP and SIGCONT we receive.'
          : 'Detached from controlling tty, but was not session leader.',
      ];
    case 'spawned':
      return [
        'info',
        `Child spawned with PID ${note.pid}.`,
        ...(note.session === 'without terminal'
          ? [`Unable to attach to controlling tty (${NO_TERMINAL}).`]
          : []),
        ...(note.session === null ? [] : ['setsid complete.']),
      ];
    case 'cannot-run':
      return ['fatal', `${note.command}: ${reasonOf(note.errno)}`];
    case 'received':
      return ['info', `Received signal ${signalNumber(note.signal)}.`];
    case 'hand-off-ignored':
      return ['info', `Ignoring tty hand-off signal ${signalNumber(note.signal)}.`];
    case 'rewritten': {
      const translated = `Translating signal ${signalNumber(note.signal)} to ${note.by === null ? 0 : signalNumber(note.by)}.`;
      return [
        'info',
        translated,
        ...(note.by === null ? ['Not forwarding signal 0 to children (ignored).'] : []),
      ];
    }
    case 'forwarded':
      return ['info', `Forwarded signal ${signalNumber(note.signal)} to children.`];
    case 'suspending':
      return ['info', 'Suspending self due to TTY signal.'];
    case 'reaped':
      return [note.warn ? 'warn' : 'info', 'Received signal 17.', childEnd(note.pid, note.status)];
    case 'ended':
      return [
        'info',
        'Received signal 17.',
        childEnd(note.pid, note.status),
        `Forwarded signal ${signalNumber('SIGTERM')} to children.`,
      ];
    case 'leaving':
      return ['info', `Child exited with status ${note.code}. Goodbye.`];
    case 'cannot-reap':
      return ['info'];
  }
}

const NO_TERMINAL = 'errno=25 Inappropriate ioctl for device';

function childEnd(pid: number, { code, signal }: ExitStatus): string {
  const how =
    code === null
      ? `was terminated by signal ${signalNumber(signal ?? '')}`
      : `exited with exit status ${code}`;
  return `A child with PID ${pid} ${how}.`;
}

function endOf({ code, signal }: ExitStatus): string {
  return code === null ? `was ended by ${signal}` : `ended with ${code}`;
}

/** As strerror(3) has it. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  // What exec(3) says of a directory.
  EISDIR: 'Permission denied',
  ENOEXEC: 'Exec format error',
  E2BIG: 'Argument list too long',
  EAGAIN: 'Resource temporarily unavailable',
  ENOMEM: 'Cannot allocate memory',
};

function reasonOf(errno: string): string {
  return REASONS[errno] ?? errno;
}
