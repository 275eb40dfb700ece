// The manager that systemctl speaks to. Where no init of ours runs (while an image is built, beside a command that somebody
// else has started), one that runs units alone is brought up by the first command that needs it, and stays.

import { closeSync, openSync, readFileSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { unitsClient, type UnitsClient } from '../../control/units-client.ts';
import { candidates, makeRuntimeDirectory } from '../../live/runtime-directory.ts';
import { ownSystem } from './own-system.ts';

/** How long it may take to come up; generators of packages run before that. */
const DEADLINE_MS = 30_000;
const POLL_MS = 50;
/** An init that has just been started gets this long to open its socket. */
const STARTING_MS = 1000;

const socketIn = (directory: string): string => join(directory, 'supervisor.sock');

/** Null where nobody answers. */
export async function findManager(): Promise<UnitsClient | null> {
  for (const directory of candidates()) {
    const path = socketIn(directory);
    if (await answers(path)) return unitsClient({ url: `unix://${path}`, credentials: null });
  }
  return null;
}

/** A socket that nobody listens on is left of one that has ended; what we may not ask is somebody's all the same. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EACCES'));
  });
}

/** Null where it does not come up. */
export async function bringUp(): Promise<UnitsClient | null> {
  if (isInit()) {
    const found = await untilFound(STARTING_MS, () => false);
    if (found !== null) return found;
  }
  const directory = makeRuntimeDirectory();
  if (directory === null) return null;
  const config = join(directory, 'units-only.conf');
  writeFileSync(config, configOf(directory), { mode: 0o600 });
  const system = ownSystem();
  const devNull = openSync('/dev/null', 'r+');
  let ended = false;
  const started = system.spawn(
    {
      file: process.execPath,
      argv: [
        process.execPath,
        ...process.execArgv,
        realpathSync(process.argv[1] ?? ''),
        'init',
        '--image',
        join(directory, 'no-image.ini'),
        '-c',
        config,
      ],
      environment: Object.fromEntries(
        Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
      directory: '/',
      umask: 0o022,
      credentials: null,
      descriptors: [devNull, devNull, devNull],
      leads: 'session',
      limits: {},
    },
    () => (ended = true),
  );
  closeSync(devNull);
  if (started.kind === 'failed') return null;
  return untilFound(DEADLINE_MS, () => ended);
}

/** An init without programs, of which nothing is kept but its socket. */
function configOf(directory: string): string {
  return `[supervisord]
logfile=/dev/null
logfile_maxbytes=0
pidfile=${join(directory, 'units-only.pid')}
[unix_http_server]
file=${socketIn(directory)}
chmod=0700
`;
}

/** Whether PID 1 is one of ours. */
function isInit(): boolean {
  try {
    const isOurs = readlinkSync('/proc/1/exe') === process.execPath;
    return isOurs && readFileSync('/proc/1/cmdline', 'utf8').includes('initkit');
  } catch {
    return false;
  }
}

async function untilFound(deadlineMs: number, isOver: () => boolean): Promise<UnitsClient | null> {
  const until = Date.now() + deadlineMs;
  for (;;) {
    const found = await findManager();
    if (found !== null || isOver() || Date.now() >= until) return found;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
