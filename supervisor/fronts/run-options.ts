// Pure: the command line of `initkit run`, which takes tini's and dumb-init's options.

import { EXIT, UserError } from '../errors.ts';
import { SIGNAL_NAMES, signalName, signalNumber } from '../process/signals.ts';

export interface RunOptions {
  readonly command: readonly string[];
  /** Signals go to the command's process group, or to the command alone. */
  readonly toGroup: boolean;
  /** The command gets a session of its own (dumb-init), not only a process group (tini). */
  readonly session: boolean;
  /** Exit codes of the command that become 0. */
  readonly remapped: readonly number[];
  /** Signal → what is sent in its place; null drops it. */
  readonly rewrites: ReadonlyMap<string, string | null>;
  /** The signal that we ask for when our own parent dies. */
  readonly parentDeathSignal: string | null;
  /** Say of each orphan that it was collected. */
  readonly warnOnReap: boolean;
  /** How long other children may go on after the command has ended, in seconds. */
  readonly drainSecs: number;
}

export const RUN_HELP = `usage: initkit run [OPTION…] [--] CMD [ARG…]

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
  -v, -vv, -vvv, -l      taken for the sake of tini's and dumb-init's users, and without effect
  -h, --help, --version

Called as tini or dumb-init (by a link of that name), it has their defaults: signals to the command alone, or a session
of its own.
`;

const DEFAULT_DRAIN_SECS = 5;

/** What tini and dumb-init do by default, for whoever links their names to us; options on the command line come later. */
export const NAMED_DEFAULTS = {
  tini: ['--single-child'],
  'dumb-init': ['--session'],
} as const;

/** Options with an argument, by all their names. */
const TAKES_ARGUMENT: ReadonlySet<string> = new Set(['-r', '--rewrite', '-e', '-p', '--drain']);

/** Reads the command line; throws UserError (exit 2) where it is wrong. */
export function parseRunOptions(argv: readonly string[]): RunOptions | 'help' | 'version' {
  const remapped: number[] = [];
  const rewrites = new Map<string, string | null>();
  let options: Omit<RunOptions, 'command' | 'remapped' | 'rewrites'> = {
    toGroup: true,
    session: false,
    parentDeathSignal: null,
    warnOnReap: false,
    drainSecs: DEFAULT_DRAIN_SECS,
  };
  const rest = [...argv];
  for (let word = rest[0]; word?.startsWith('-') === true; word = rest[0]) {
    rest.shift();
    if (word === '--') break;
    const [name, value] = splitOption(word, rest);
    switch (name) {
      case '-h':
      case '--help':
        return 'help';
      case '--version':
      case '-V':
        return 'version';
      case '-c':
      case '--single-child':
        options = { ...options, toGroup: false, session: false };
        break;
      case '-g':
        options = { ...options, toGroup: true };
        break;
      case '--session':
        options = { ...options, session: true };
        break;
      case '-w':
        options = { ...options, warnOnReap: true };
        break;
      case '-s':
      case '-l':
      case '-v':
      case '-vv':
      case '-vvv':
      case '--verbose':
        break;
      case '-r':
      case '--rewrite':
        rewrites.set(...parseRewrite(value));
        break;
      case '-e':
        remapped.push(parseExitCode(value));
        break;
      case '-p':
        options = { ...options, parentDeathSignal: parseSignal(value) };
        break;
      case '--drain':
        options = { ...options, drainSecs: parseSeconds(value) };
        break;
      default:
        throw new UserError(`cannot read option ${name}\n${RUN_HELP}`, EXIT.usage);
    }
  }
  if (rest.length === 0) throw new UserError(`cannot run: no command was given\n${RUN_HELP}`, EXIT.usage);
  return { ...options, command: rest, remapped, rewrites };
}

/** `-e 3`, `-e3`, `--rewrite 15:3` and `--rewrite=15:3`. */
function splitOption(word: string, rest: string[]): [name: string, value: string] {
  const [long = '', inline] = word.split(/=(.*)/s);
  if (word.startsWith('--')) {
    return [long, TAKES_ARGUMENT.has(long) ? (inline ?? argumentOf(long, rest)) : ''];
  }
  const short = word.slice(0, 2);
  if (!TAKES_ARGUMENT.has(short)) return [word, ''];
  return [short, word.length > 2 ? word.slice(2) : argumentOf(short, rest)];
}

function argumentOf(name: string, rest: string[]): string {
  const value = rest.shift();
  if (value === undefined)
    throw new UserError(`cannot read option ${name}: its value is missing`, EXIT.usage);
  return value;
}

function parseRewrite(value: string): [string, string | null] {
  const [from, to, more] = value.split(':');
  if (from === undefined || to === undefined || more !== undefined) {
    throw new UserError(`cannot read -r ${value}: write it as 15:3 or TERM:QUIT`, EXIT.usage);
  }
  return [parseSignal(from), to === '0' ? null : parseSignal(to)];
}

function parseSignal(text: string): string {
  const name = /^\d+$/.test(text) ? signalName(Number(text)) : `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  if (SIGNAL_NAMES.includes(name) && signalNumber(name) !== null) return name;
  throw new UserError(
    `cannot read signal ${text}: write a name such as TERM or a number from 1 to 31`,
    EXIT.usage,
  );
}

function parseExitCode(text: string): number {
  const code = Number(text);
  if (/^\d+$/.test(text) && code <= 255) return code;
  throw new UserError(`cannot read -e ${text}: write an exit code from 0 to 255`, EXIT.usage);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text !== '' && Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new UserError(`cannot read --drain ${text}: write a number of seconds`, EXIT.usage);
}
