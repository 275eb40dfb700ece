// supervisorctl's actions on output and input: tail, maintail, fg.

import { STATE_CODES } from '../process/state.ts';
import { follow, StatusError } from './client.ts';
import { words } from './ctl-process.ts';
import { faultCodeOf } from './ctl-session.ts';
import type { Action, Session } from './ctl-session.ts';
import { CTL_EXIT } from './ctl-text.ts';
import { FAULT_CODES } from './faults.ts';

const DEFAULT_TAIL_BYTES = 1600;

export const tail: Action = {
  help: [
    'tail [-f] <name> [stdout|stderr] (default stdout)',
    'Ex:',
    'tail -f <name>\t\tContinuous tail of named process stdout',
    '\t\t\tCtrl-C to exit.',
    'tail -100 <name>\tlast 100 *bytes* of process stdout',
    'tail <name> stderr\tlast 1600 *bytes* of process stderr',
  ],
  run: async (session, rest) => {
    if (!(await session.isUp())) return;
    const args = words(rest);
    if (args.length < 1) return session.misuse('Error: too few arguments', tail);
    if (args.length > 3) return session.misuse('Error: too many arguments', tail);
    const modifier = args[0]?.startsWith('-') === true ? (args.shift() ?? null) : null;
    const [name, last] = [args[0], args.at(-1)];
    if (name === undefined || last === undefined) {
      return session.misuse('Error: tail requires process name', null);
    }
    const channel = args.length === 1 ? 'stdout' : last.toLowerCase();
    if (channel !== 'stdout' && channel !== 'stderr') {
      return session.misuse(`Error: bad channel '${channel}'`, null);
    }
    if (modifier === '-f') return followPath(session, `/logtail/${name}/${channel}`);
    const count = modifier === null ? DEFAULT_TAIL_BYTES : byteCount(modifier);
    if (count === null) return session.misuse(`Error: bad argument ${modifier}`, null);
    const method = channel === 'stdout' ? 'readProcessStdoutLog' : 'readProcessStderrLog';
    await show(session, name, () => session.rpc.text(method, name, -count, 0));
  },
};

export const maintail: Action = {
  help: [
    'maintail -f \tContinuous tail of supervisor main log file (Ctrl-C to exit)',
    'maintail -100\tlast 100 *bytes* of supervisord main log file',
    'maintail\tlast 1600 *bytes* of supervisor main log file',
    '',
  ],
  run: async (session, rest) => {
    if (!(await session.isUp())) return;
    const [modifier, ...more] = words(rest);
    if (more.length > 0) return session.misuse('Error: too many arguments', maintail);
    if (modifier === '-f') return followPath(session, '/mainlogtail');
    const count = modifier === undefined ? DEFAULT_TAIL_BYTES : byteCount(modifier);
    if (count === null) return session.misuse(`Error: bad argument ${modifier}`, null);
    await show(session, 'supervisord', () => session.rpc.text('readLog', -count, 0));
  },
};

export const fg: Action = {
  help: ['fg <process>\tConnect to a process in foreground mode', '\t\tCtrl-C to exit'],
  run: async (session, rest) => {
    if (!(await session.isUp())) return;
    const [name, ...more] = words(rest);
    if (name === undefined) return session.misuse('ERROR: no process name supplied', fg);
    if (more.length > 0) return session.misuse('ERROR: too many process names supplied', null);
    try {
      const info = await session.rpc.processInfo(name);
      if (info.state !== STATE_CODES.RUNNING) return session.misuse('ERROR: process not running', null);
    } catch (error) {
      const fault = faultCodeOf(error);
      if (fault === null) throw error;
      if (fault === FAULT_CODES.BAD_NAME) return session.misuse('ERROR: bad process name supplied', null);
      return session.output(`ERROR: <Fault ${fault}: '${(error as Error).message}'>`);
    }
    session.output('==> Press Ctrl-C to exit <==');
    await foreground(session, name);
    session.output('Exiting foreground');
  },
};

/** Shows what a process writes and sends it what is typed, until Ctrl-C, the end of the input, or its end. */
async function foreground(session: Session, name: string): Promise<void> {
  const abort = new AbortController();
  const { lines } = session;
  const interrupted = new Promise<null>((resolve) => {
    abort.signal.addEventListener('abort', () => resolve(null));
  });
  const release = session.onInterrupt(() => abort.abort());
  const streams = ['stdout', 'stderr'].map((channel) =>
    pump(session, `/logtail/${name}/${channel}`, abort.signal),
  );
  try {
    for (;;) {
      const line = await Promise.race([lines.next(), interrupted]);
      if (line === null || (await sendLine(session, name, line))) break;
    }
  } finally {
    release();
    abort.abort();
    if (!session.interactive) lines.close();
  }
  await Promise.all(streams);
}

/** Whether the process has gone. */
async function sendLine(session: Session, name: string, line: string): Promise<boolean> {
  try {
    await session.rpc.call('sendProcessStdin', name, `${line}\n`);
    const info = await session.rpc.processInfo(name);
    if (info.state === STATE_CODES.RUNNING) return false;
    session.output('Process got killed');
  } catch (error) {
    const fault = faultCodeOf(error);
    if (fault === null) throw error;
    if (fault === FAULT_CODES.NOT_RUNNING) session.output('Process got killed');
    else session.output(`ERROR: <Fault ${fault}: '${(error as Error).message}'>`);
  }
  return true;
}

async function followPath(session: Session, path: string): Promise<void> {
  session.output('==> Press Ctrl-C to exit <==');
  const abort = new AbortController();
  const release = session.onInterrupt(() => abort.abort());
  try {
    await pump(session, path, abort.signal);
  } finally {
    release();
  }
  if (abort.signal.aborted) session.output('');
}

async function pump(session: Session, path: string, signal: AbortSignal): Promise<void> {
  const { io, target } = session;
  try {
    await follow(target, path, (text) => io.stdout.write(text), signal);
  } catch (error) {
    const reason = error instanceof StatusError ? `Cannot read, status code ${error.status}` : String(error);
    io.stderr.write(`${target.url}${path} ${reason}\n`);
  }
}

async function show(session: Session, name: string, read: () => Promise<string>): Promise<void> {
  try {
    session.output(await read());
  } catch (error) {
    session.exitCode = CTL_EXIT.generic;
    const reason = READ_FAULTS.get(faultCodeOf(error) ?? 0);
    if (reason === undefined) throw error;
    session.output(`${name}: ERROR (${reason})`);
  }
}

const READ_FAULTS: ReadonlyMap<number, string> = new Map([
  [FAULT_CODES.NO_FILE, 'no log file'],
  [FAULT_CODES.FAILED, 'unknown error reading log'],
  [FAULT_CODES.BAD_NAME, 'no such process name'],
]);

/** `-100` is 100 bytes. */
function byteCount(modifier: string): number | null {
  return /^-\d{1,12}$/.test(modifier) ? Number(modifier.slice(1)) : null;
}
