// Which verb does what, with how many words.

import { cat, help } from './cat.ts';
import { listDependencies } from './dependencies.ts';
import { END_CODES, end } from './ends.ts';
import { CTL_EXIT, Failure } from './failure.ts';
import { FILE_VERBS } from './file-verbs.ts';
import { isolate, JOB_VERBS, runJobs } from './jobs.ts';
import { listFiles } from './list-files.ts';
import { listPaths, listSockets, listTimers, listUnits } from './list-units.ts';
import { fullName } from './names.ts';
import type { Options } from './options.ts';
import { managerOf, type Session } from './session.ts';
import { show } from './show.ts';
import {
  cancelJobs,
  importEnvironment,
  isActive,
  isFailed,
  isSystemRunning,
  kill,
  listJobs,
  resetFailed,
  setEnvironment,
  showEnvironment,
  unsetEnvironment,
} from './states.ts';
import { status } from './status.ts';

export interface Verb {
  /** Without the verb itself. */
  readonly atLeast: number;
  readonly atMost: number;
  /** Whether it cannot do without a manager of units, so that one is brought up where none runs. */
  readonly needsManager?: (words: readonly string[], options: Options) => boolean;
  readonly run: (session: Session, words: readonly string[], verb: string) => Promise<number> | number;
}

const MANY = Infinity;

const listing = (run: Verb['run']): Verb => ({ atLeast: 0, atMost: MANY, run });
const naming = (run: Verb['run']): Verb => ({ atLeast: 1, atMost: MANY, run });
const alone = (run: Verb['run']): Verb => ({ atLeast: 0, atMost: 0, run });

/** What is about units that run, or are to. */
const ofManager = (verb: Verb): Verb => ({ ...verb, needsManager: () => true });
/** Without a name these ask how the whole is: nobody is brought up to tell that nothing runs. */
const ofUnits = (verb: Verb): Verb => ({ ...verb, needsManager: (words) => words.length > 0 });

/** Something that no container has; the reason is told. */
const refused = (reason: string): Verb =>
  listing((_session, _words, verb) => {
    throw new Failure(`systemctl ${verb} is not supported by initkit: ${reason}`);
  });

/** The targets that have a verb of their own. */
const target = (name: string): Verb => ofManager(alone((session) => isolate(session, name)));

export const VERBS: Readonly<Record<string, Verb>> = {
  'list-units': listing(listUnits),
  'list-unit-files': listing(listFiles),
  'list-timers': listing(listTimers),
  'list-sockets': listing(listSockets),
  'list-paths': listing(listPaths),
  'list-jobs': listing(listJobs),
  'list-dependencies': listing(listDependencies),
  'list-automounts': refused('automounts are the host’s'),
  'list-machines': refused('there are no machines in a container'),
  ...Object.fromEntries(
    Object.keys(JOB_VERBS).map((verb) => [
      verb,
      ofManager(naming((session, words) => runJobs(session, verb, words))),
    ]),
  ),
  isolate: ofManager({
    atLeast: 1,
    atMost: 1,
    run: (session, [word = '']) => isolate(session, fullName(session, word, '.target')),
  }),
  kill: ofManager(naming(kill)),
  'is-active': naming(isActive),
  check: naming(isActive),
  'is-failed': naming(isFailed),
  'is-system-running': alone(isSystemRunning),
  show: ofUnits(listing(show)),
  status: ofUnits(listing(status)),
  cat: naming(cat),
  help: naming(help),
  'reset-failed': ofUnits(listing(resetFailed)),
  cancel: listing(cancelJobs),
  'daemon-reload': alone(reload),
  'daemon-reexec': alone(reload),
  'show-environment': alone(showEnvironment),
  'set-environment': naming(setEnvironment),
  'unset-environment': naming(unsetEnvironment),
  'import-environment': listing(importEnvironment),
  ...FILE_VERBS,
  ...Object.fromEntries(
    Object.keys(END_CODES).map((verb): [string, Verb] => [
      verb,
      verb === 'exit'
        ? { atLeast: 0, atMost: 1, run: (session, words) => end(session, verb, words) }
        : listing((session, words) => end(session, verb, words)),
    ]),
  ),
  default: target('default.target'),
  rescue: target('rescue.target'),
  emergency: target('emergency.target'),
  'log-level': { atLeast: 0, atMost: 1, run: (session, words) => reading(session, words, 'info') },
  'log-target': { atLeast: 0, atMost: 1, run: (session, words) => reading(session, words, 'journal') },
  'service-watchdogs': { atLeast: 0, atMost: 1, run: (session, words) => reading(session, words, 'yes') },
  'set-property': refused(
    'resources are limited from outside, with docker run --memory, --cpus and their kin',
  ),
  clean: refused('remove the directories of the unit yourself'),
  freeze: refused('docker pause freezes the container'),
  thaw: refused('docker unpause thaws the container'),
  'service-log-level': refused('services have no D-Bus here'),
  'service-log-target': refused('services have no D-Bus here'),
  bind: refused('mount with docker run --volume'),
  'mount-image': refused('mount with docker run --volume'),
  'switch-root': refused('the root is the container’s'),
  suspend: refused('docker pause freezes the container'),
  hibernate: refused('docker pause freezes the container'),
  'hybrid-sleep': refused('docker pause freezes the container'),
  'suspend-then-hibernate': refused('docker pause freezes the container'),
};

/** Throws Failure for a verb that there is not, or too few or too many words. */
export function findVerb(words: readonly string[]): { verb: string; entry: Verb; rest: readonly string[] } {
  const [verb = 'list-units', ...rest] = words;
  const entry = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (entry === undefined) throw new Failure(`Unknown command verb ${verb}.`);
  if (rest.length < entry.atLeast) throw new Failure('Too few arguments.');
  if (rest.length > entry.atMost) throw new Failure('Too many arguments.');
  return { verb, entry, rest };
}

/** Without a manager there is nothing to tell: the next one reads the files as they are. */
async function reload(session: Session): Promise<number> {
  if (session.options.root === null && session.client !== null) await managerOf(session).daemonReload();
  return 0;
}

/** Settings that have one value here: it is told, and may be set to itself. */
function reading({ io }: Session, words: readonly string[], value: string): number {
  if (words.length === 0) io.out(`${value}\n`);
  else if (words[0] !== value) {
    io.err(`initkit knows no other value than ${value}.\n`);
    return CTL_EXIT.failure;
  }
  return 0;
}
