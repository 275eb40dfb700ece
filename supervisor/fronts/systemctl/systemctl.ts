// The entry of systemctl: from its command line to its exit code.

import { systemctlLine } from './by-name.ts';
import { Failure } from './failure.ts';
import { readOptions } from './options.ts';
import { FILE_VERBS } from './file-verbs.ts';
import type { Io, Managers } from './session.ts';
import { findVerb } from './verbs.ts';
import { VERSION_TEXT } from './version.ts';

/** Resolves with the exit code; throws Failure. */
export async function systemctl(argv: readonly string[], io: Io, managers: Managers): Promise<number> {
  const { words, options } = readOptions(argv);
  if (options.help) {
    io.out(HELP);
    return 0;
  }
  if (options.version) {
    io.out(VERSION_TEXT);
    return 0;
  }
  if (options.elsewhere !== null) {
    throw new Failure(
      options.elsewhere === 'user' || options.elsewhere === 'global'
        ? 'Failed to connect to bus: No medium found (initkit runs the units of the system, none of users)'
        : `--${options.elsewhere} is not supported: initkit runs the units of its own container.`,
    );
  }
  const { verb, entry, rest } = findVerb(words);
  if (options.root !== null && !TAKES_ROOT.has(verb)) {
    throw new Failure(`Verb '${verb}' cannot be used with --root= or --image=.`);
  }
  const needed = entry.needsManager?.(rest, options) === true && options.root === null;
  const client = (await managers.find()) ?? (needed ? await managers.bringUp() : null);
  return entry.run({ io, options, client }, rest, verb);
}

/** Called by one of the names of SysV init that are links to systemctl. */
export async function asSysv(
  name: string,
  argv: readonly string[],
  io: Io,
  managers: Managers,
): Promise<number> {
  const line = systemctlLine(name, argv);
  if (typeof line !== 'string') return line.length === 0 ? 0 : systemctl(line, io, managers);
  io.out(line);
  return 0;
}

/** What is about files alone. */
const TAKES_ROOT: ReadonlySet<string> = new Set([
  ...Object.keys(FILE_VERBS),
  'list-unit-files',
  'daemon-reload',
]);

const HELP = `systemctl [OPTIONS…] COMMAND …

Asks initkit about the systemd units that it runs, and changes them.

  list-units, list-unit-files, list-timers, list-sockets, list-paths, list-jobs, list-dependencies [NAME…]
  status, show, cat, help [NAME…]
  is-active, is-failed, is-enabled NAME…, is-system-running
  start, stop, reload, restart, try-restart, reload-or-restart, try-reload-or-restart NAME…
  isolate NAME, kill NAME…, reset-failed [NAME…], cancel [JOB…]
  enable, disable, reenable, preset, mask, unmask, link, revert NAME…, preset-all
  add-wants, add-requires TARGET NAME…, get-default, set-default TARGET
  daemon-reload, daemon-reexec
  show-environment, set-environment, unset-environment, import-environment
  default, rescue, halt, poweroff, reboot, exit [CODE]

  -a --all, -l --full, -q --quiet, --plain, --no-legend, --failed, --no-pager
  -t --type=TYPE, --state=STATE, -p --property=NAME, -P NAME, --value
  -n --lines=N, -o --output=FORM, -s --signal=SIGNAL, --kill-whom=WHOM
  --now, --no-block, --wait, --job-mode=MODE, --runtime, -f --force, --root=PATH, --preset-mode=MODE
`;
