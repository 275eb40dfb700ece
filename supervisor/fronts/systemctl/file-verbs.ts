// enable, disable, mask and all that changes unit files: links are made and removed here, with or without a manager.

import { changeText, failureText, type InstallResult } from '../../units/install-changes.ts';
import type { InstallContext } from '../../units/install-info.ts';
import {
  disable,
  enable,
  link,
  mask,
  reenable,
  setDefault,
  unmask,
  type InstallOptions,
} from '../../units/install.ts';
import { preset } from '../../units/presets.ts';
import { findFragment } from '../../units/search.ts';
import { unitFileState } from '../../units/unit-file-state.ts';
import { isGlob } from '../../units/unit-names.ts';
import { addDependencies } from './add-dependencies.ts';
import { CTL_EXIT, Failure } from './failure.ts';
import { carryOut, fileContext, isOnline } from './file-context.ts';
import { changeScripts, isScriptEnabled } from './init-scripts.ts';
import { makeJobs } from './jobs.ts';
import { expandNames, fullName } from './names.ts';
import { editUnit, revert } from './overrides.ts';
import type { Session } from './session.ts';
import type { Verb } from './verbs.ts';

type Operation = (
  context: InstallContext,
  names: readonly string[],
  options: InstallOptions,
  session: Session,
) => InstallResult;

/** What `--now` does besides. */
type Now = 'start' | 'stop' | null;

const changing = (operation: Operation, now: Now): Verb => ({
  atLeast: 1,
  atMost: Infinity,
  needsManager: (_words, options) => options.now && now !== null,
  run: (session, words, verb) => change(session, words, verb, operation, now),
});

const presetting: Operation = (context, names, options, { options: given }) =>
  preset(context, names, options, given.presetMode);

export const FILE_VERBS: Readonly<Record<string, Verb>> = {
  enable: changing(enable, 'start'),
  disable: changing(disable, 'stop'),
  reenable: changing(reenable, 'start'),
  mask: changing(mask, 'stop'),
  unmask: changing(unmask, null),
  link: changing(link, null),
  preset: changing(presetting, 'start'),
  'preset-all': {
    atLeast: 0,
    atMost: 0,
    run: (session) => change(session, allNames(session), 'preset', presetting, null),
  },
  revert: { atLeast: 1, atMost: Infinity, run: revert },
  edit: { atLeast: 1, atMost: Infinity, run: editUnit },
  'add-wants': { atLeast: 2, atMost: Infinity, run: addDependencies },
  'add-requires': { atLeast: 2, atMost: Infinity, run: addDependencies },
  'is-enabled': { atLeast: 1, atMost: Infinity, run: isEnabled },
  'get-default': { atLeast: 0, atMost: 0, run: getDefault },
  'set-default': { atLeast: 1, atMost: 1, run: setDefaultTarget },
};

async function change(
  session: Session,
  words: readonly string[],
  verb: string,
  operation: Operation,
  now: Now,
): Promise<number> {
  const { io, options, client } = session;
  const given = (await namesOf(session, words)).map((name) => {
    if (verb !== 'disable' || !name.includes('/')) return name;
    io.err(`Warning: Can't execute disable on the unit file path. Proceeding with the unit name.\n`);
    return name.slice(name.lastIndexOf('/') + 1);
  });
  const names = verb === 'enable' || verb === 'disable' ? await changeScripts(session, given, verb) : given;
  if (names.length === 0 && given.length > 0) {
    if (client !== null && isOnline(session) && options.reload) await client.daemonReload();
    return 0;
  }
  const context = fileContext(session);
  if (verb === 'mask' && !options.quiet && isOnline(session)) {
    for (const name of names) {
      if (findFragment(context.files, name).kind === 'none') {
        io.err(`Unit ${name} does not exist, proceeding anyway.\n`);
      }
    }
  }
  const result = operation(context, names, { runtime: options.runtime, force: options.force > 0 }, session);
  const code = carryOut(session, result, verb);
  // Without a manager systemd's own goes on here, having said what is wrong.
  if (code !== 0) return verb === 'disable' && !isOnline(session) ? 0 : code;
  if (!result.carriesInstall && !options.quiet && (verb !== 'disable' || isOnline(session)))
    io.err(NOT_MEANT_TO_BE_ENABLED);
  if (client === null || !isOnline(session)) return 0;
  if (options.reload) await client.daemonReload();
  if (now === null || !options.now) return 0;
  const units = names
    .map((name) => name.slice(name.lastIndexOf('/') + 1))
    .filter((name) => !name.includes('@.'));
  return makeJobs(session, now, units, options.jobMode);
}

/** Paths stay: enable and link take them. */
async function namesOf(session: Session, words: readonly string[]): Promise<string[]> {
  if (words.some(isGlob) && isOnline(session)) return expandNames(session, words);
  return words.map((word) => (word.includes('/') ? absolute(word) : fullName(session, word)));
}

function absolute(path: string): string {
  return path.startsWith('/') ? path : `${process.cwd()}/${path}`;
}

const NOT_MEANT_TO_BE_ENABLED = `The unit files have no installation config (WantedBy=, RequiredBy=, Also=,
Alias= settings in the [Install] section, and DefaultInstance= for template
units). This means they are not meant to be enabled using systemctl.
 
Possible reasons for having this kind of units are:
• A unit may be statically enabled by being symlinked from another unit's
  .wants/ or .requires/ directory.
• A unit's purpose may be to act as a helper for some other unit which has
  a requirement dependency on it.
• A unit may be started when needed via activation (socket, path, timer,
  D-Bus, udev, scripted systemctl call, ...).
• In case of template units, the unit is meant to be enabled with some
  instance name specified.
`;

function allNames(session: Session): string[] {
  const context = fileContext(session);
  return [...context.files.entries.keys()].filter((name) => {
    const state = unitFileState(context, name);
    return state !== null && !['static', 'alias', 'masked', 'generated', 'transient', 'bad'].includes(state);
  });
}

/** The states for which is-enabled succeeds. */
const ENABLED = ['enabled', 'enabled-runtime', 'static', 'alias', 'indirect', 'generated'];

async function isEnabled(session: Session, words: readonly string[]): Promise<number> {
  const { io, options } = session;
  const context = fileContext(session);
  const names =
    words.some(isGlob) && isOnline(session)
      ? await expandNames(session, words)
      : words.map((word) => fullName(session, word));
  let isAny = false;
  for (const name of names) {
    const isScript = isScriptEnabled(session, name);
    const state = isScript === null ? unitFileState(context, name) : isScript ? 'enabled' : 'disabled';
    if (state === null) {
      io.err(`Failed to get unit file state for ${name}: No such file or directory\n`);
      return CTL_EXIT.failure;
    }
    if (ENABLED.includes(state)) isAny = true;
    if (!options.quiet) io.out(`${state}\n`);
  }
  return isAny ? 0 : CTL_EXIT.failure;
}

function getDefault(session: Session): number {
  const finding = findFragment(fileContext(session).files, 'default.target');
  // Without systemd's package there is no file: then it is what our own targets say.
  session.io.out(`${finding.kind === 'found' ? finding.fragment.id : 'multi-user.target'}\n`);
  return 0;
}

async function setDefaultTarget(session: Session, [word = '']: readonly string[]): Promise<number> {
  const name = fullName(session, word, '.target');
  const result = setDefault(fileContext(session), name);
  const failure = result.changes.find((change) => change.kind === 'failed');
  if (failure !== undefined) {
    if (failure.reason === 'invalid name') throw new Failure('Failed to set default: Invalid argument.');
    const text = isOnline(session) ? failureText(failure, 'set default') : changeText(failure, 'set default');
    throw new Failure(text.replace('set default unit:', 'set default target:'));
  }
  const code = carryOut(session, result, 'set-default');
  if (session.client !== null && isOnline(session) && session.options.reload) {
    await session.client.daemonReload();
  }
  return code;
}
