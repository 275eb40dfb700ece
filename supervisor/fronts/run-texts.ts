// What one-command mode tells of itself: help, version, license, by the name by which it was called.

import { EXIT } from '../errors.ts';
import { VERSION } from '../version.ts';
import type { RunShow } from './run-options.ts';
import type { RunName } from './run-voice.ts';

const RUN_HELP = `usage: initkit run [OPTION…] [--] CMD [ARG…]

Runs one command as PID 1 should: forwards signals, collects orphans, ends with the command's exit code
(128+n after signal n, 127 not found, 126 not executable). No configuration is needed.

  -c, --single-child     signals go to the command alone, not to its process group
  -g                     signals go to the process group (the default; tini's option)
  --session              the command leads a session of its own, as under dumb-init
  -r, --rewrite S:R      send signal R where S was received; R=0 drops it (repeatable)
  -e CODE                the command's exit code CODE counts as 0 (repeatable)
  -p SIGNAL              ask for SIGNAL when our own parent dies
  -s                     collect orphans also when not PID 1 (always done; tini's option)
  -w                     say of each orphan that it was collected
  --drain SECONDS        how long other processes may go on after the command has ended (default 5)
  -v, --verbose          say more; twice, much more
  -l                     the license
  -h, --help, --version

Called as tini or dumb-init (by a link of that name), it has their defaults, reads their variables (TINI_SUBREAPER,
TINI_KILL_PROCESS_GROUP, TINI_VERBOSITY; DUMB_INIT_SETSID, DUMB_INIT_DEBUG) and speaks in their words.
`;

/** The versions whose command lines are taken; scripts compare them. */
const VERSIONS: Readonly<Record<RunName, string>> = {
  initkit: `initkit ${VERSION}`,
  tini: 'tini version 0.19.0',
  'dumb-init': 'dumb-init v1.2.5',
};

/** What follows a wrong command line. */
export const SHORT_USAGE: Readonly<Record<RunName, string>> = {
  initkit: RUN_HELP,
  tini: 'Usage: tini [OPTIONS] PROGRAM -- [ARGS] | --version',
  'dumb-init': 'Usage: dumb-init [option] program [args]\nTry dumb-init --help for full usage.',
};

/** What is said of a wrong -r, by dumb-init's name. */
export const REWRITE_USAGE = `Usage: -r option takes <signum>:<signum>, where <signum> is between 1 and 31.
This option can be specified multiple times.
Use --help for full usage.`;

/** Prints what was asked for, where the command of that name prints it; returns the exit code. */
export function showRunText(name: RunName, { show }: RunShow): number {
  const stream = name === 'dumb-init' ? process.stderr : process.stdout;
  stream.write(textOf(name, show));
  return EXIT.ok;
}

function textOf(name: RunName, show: RunShow['show']): string {
  if (show === 'license') return `initkit ${VERSION}, under the MIT license\n`;
  const version = `${VERSIONS[name]}\n`;
  if (show === 'version') return version;
  if (name === 'initkit') return RUN_HELP;
  const usage = {
    tini: 'Usage: tini [OPTIONS] PROGRAM -- [ARGS] | --version',
    'dumb-init': 'Usage: dumb-init [option] command [[arg] ...]',
  }[name];
  return `${version}${usage}\n\nThis is initkit ${VERSION} by that name.\n\n${RUN_HELP}`;
}
