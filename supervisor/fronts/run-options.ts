// Pure: the command line of `initkit run`, which takes tini's and dumb-init's options; and by their names, their defaults,
// variables and refusals.

import { EXIT, UserError } from '../errors.ts';
import { SIGNAL_NAMES, signalName, signalNumber } from '../process/signals.ts';
import { REWRITE_USAGE, SHORT_USAGE } from './run-texts.ts';
import { VERBOSITY, type RunName } from './run-voice.ts';

export interface RunOptions {
  readonly command: readonly string[];
  /** Signals go to the command's process group, or to the command alone. */
  readonly toGroup: boolean;
  /** The command leads a session of its own (dumb-init), a process group (tini), or stays in ours (dumb-init -c). */
  readonly leads: 'session' | 'group' | 'inherit';
  /** Become a subreaper where we are not PID 1. */
  readonly adopts: boolean;
  /** Exit codes of the command that become 0. */
  readonly remapped: readonly number[];
  /** Signal → what is sent in its place; null drops it. */
  readonly rewrites: ReadonlyMap<string, string | null>;
  /** The signal that we ask for when our own parent dies. */
  readonly parentDeathSignal: string | null;
  /** Say of each orphan that it was collected. */
  readonly warnOnReap: boolean;
  /** How much is said: VERBOSITY of run-voice.ts. */
  readonly verbosity: number;
  /** How long other children may go on after the command has ended, in seconds. */
  readonly drainSecs: number;
}

/** Asked for instead of a command. */
export interface RunShow {
  readonly show: 'help' | 'version' | 'license';
}

type Settings = Omit<RunOptions, 'command' | 'remapped' | 'rewrites'>;

const DEFAULT_DRAIN_SECS = 5;

/** What each of the three does where no option says otherwise; tini's and dumb-init's variables included. */
function defaultsOf(name: RunName, environment: Readonly<Record<string, string>>): Settings {
  const common = {
    toGroup: true,
    leads: 'group',
    adopts: true,
    parentDeathSignal: null,
    warnOnReap: false,
    verbosity: VERBOSITY.warn,
    drainSecs: DEFAULT_DRAIN_SECS,
  } as const;
  switch (name) {
    case 'initkit':
      return common;
    case 'tini': {
      // As atoi(3) reads it.
      const verbosity = environment['TINI_VERBOSITY'];
      return {
        ...common,
        toGroup: environment['TINI_KILL_PROCESS_GROUP'] !== undefined,
        adopts: environment['TINI_SUBREAPER'] !== undefined,
        verbosity:
          verbosity === undefined ? VERBOSITY.warn : Number.parseInt(verbosity, 10) || VERBOSITY.fatal,
      };
    }
    case 'dumb-init': {
      const withSession = environment['DUMB_INIT_SETSID'] !== '0';
      return {
        ...common,
        toGroup: withSession,
        leads: withSession ? 'session' : 'inherit',
        verbosity: environment['DUMB_INIT_DEBUG'] === '1' ? VERBOSITY.info : VERBOSITY.warn,
      };
    }
  }
}

/** A session that is stopped by its terminal's signals ignores them: nobody above it could wake it (dumb-init's rule). */
const SESSION_REWRITES = ['SIGTSTP', 'SIGTTIN', 'SIGTTOU'].map((signal) => [signal, 'SIGSTOP'] as const);

/** Options with an argument, by all their names. */
const TAKES_ARGUMENT: ReadonlySet<string> = new Set(['-r', '--rewrite', '-e', '-p', '--drain']);

/** Reads the command line; throws UserError (exit 2) where it is wrong. */
export function parseRunOptions(
  argv: readonly string[],
  name: RunName = 'initkit',
  environment: Readonly<Record<string, string>> = {},
): RunOptions | RunShow {
  const remapped: number[] = [];
  const rewrites = new Map<string, string | null>();
  let settings = defaultsOf(name, environment);
  const rest = [...argv];
  for (let word = rest[0]; word?.startsWith('-') === true && word !== '-'; word = rest[0]) {
    rest.shift();
    if (word === '--') break;
    for (const [option, value] of splitOptions(word, rest, name)) {
      switch (option) {
        case '-h':
        case '--help':
          return { show: 'help' };
        case '--version':
        case '-V':
          return { show: 'version' };
        case '-l':
          return { show: 'license' };
        case '-c':
        case '--single-child':
          settings = { ...settings, toGroup: false, leads: name === 'dumb-init' ? 'inherit' : 'group' };
          break;
        case '-g':
          settings = { ...settings, toGroup: true };
          break;
        case '--session':
          settings = { ...settings, leads: 'session' };
          break;
        case '-w':
          settings = { ...settings, warnOnReap: true };
          break;
        case '-s':
          settings = { ...settings, adopts: true };
          break;
        case '-v':
        case '--verbose':
          settings = { ...settings, verbosity: settings.verbosity + 1 };
          break;
        case '-r':
        case '--rewrite':
          rewrites.set(...parseRewrite(value, name));
          break;
        case '-e':
          remapped.push(parseExitCode(value));
          break;
        case '-p':
          settings = { ...settings, parentDeathSignal: parseSignal(value) };
          break;
        case '--drain':
          settings = { ...settings, drainSecs: parseSeconds(value) };
          break;
        default:
          throw new UserError(`cannot read option ${option}\n${SHORT_USAGE[name]}`, EXIT.usage);
      }
    }
  }
  if (rest.length === 0) {
    const what = name === 'initkit' ? 'cannot run: no command was given\n' : '';
    throw new UserError(`${what}${SHORT_USAGE[name]}`, EXIT.usage);
  }
  const session = settings.leads === 'session' ? SESSION_REWRITES : [];
  return { ...settings, command: rest, remapped, rewrites: new Map([...session, ...rewrites]) };
}

/** `-e 3`, `-e3`, `-gvve3`, `--rewrite 15:3` and `--rewrite=15:3`. */
function* splitOptions(
  word: string,
  rest: string[],
  name: RunName,
): Generator<[option: string, value: string]> {
  if (word.startsWith('--')) {
    const [long = '', inline] = word.split(/=(.*)/s);
    yield [long, TAKES_ARGUMENT.has(long) ? (inline ?? argumentOf(long, rest, name)) : ''];
    return;
  }
  for (let index = 1; index < word.length; index += 1) {
    const short = `-${word[index]}`;
    if (!TAKES_ARGUMENT.has(short)) {
      yield [short, ''];
      continue;
    }
    yield [short, word.slice(index + 1) || argumentOf(short, rest, name)];
    return;
  }
}

function argumentOf(option: string, rest: string[], name: RunName): string {
  const value = rest.shift();
  if (value !== undefined) return value;
  throw new UserError(`cannot read option ${option}: its value is missing\n${SHORT_USAGE[name]}`, EXIT.usage);
}

function parseRewrite(value: string, name: RunName): [string, string | null] {
  const refuse = (why: string): UserError =>
    new UserError(name === 'dumb-init' ? REWRITE_USAGE : `cannot read -r ${value}: ${why}`, EXIT.usage);
  const [from, to, more] = value.split(':');
  if (from === undefined || to === undefined || more !== undefined) {
    throw refuse('write it as 15:3 or TERM:QUIT');
  }
  try {
    return [parseSignal(from), to === '0' ? null : parseSignal(to)];
  } catch (error) {
    throw refuse((error as Error).message);
  }
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
