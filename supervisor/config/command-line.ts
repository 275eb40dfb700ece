// supervisord's own command line: `-n -c FILE -l FILE …`, read as its getopt reads it, and where it looks for its file.

import type { SupervisorConfig } from '../model.ts';
import {
  byteSize,
  existingDirectory,
  existingDirpath,
  fileTarget,
  integer,
  loggingLevel,
  octal,
} from './datatypes.ts';
import { BadValue } from './expand.ts';
import { absolute, directoryOf, expandHome, join } from './paths.ts';
import { repr } from './python.ts';
import type { ConfigSource } from './source.ts';

/** What the command line sets; it wins over [supervisord]. */
export type Overrides = Partial<SupervisorConfig>;

export type CommandLine =
  | { readonly kind: 'run'; readonly configFile: string | null; readonly overrides: Overrides }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  /** supervisord prints `Error: message` and `For help, use PROGRAM -h` on stderr, and exits 2. */
  | { readonly kind: 'error'; readonly message: string };

/** Reads the arguments behind the program's name. */
export function readCommandLine(argv: readonly string[], source: ConfigSource, home?: string): CommandLine {
  try {
    const [options, rest] = getopt(argv);
    if (rest.length > 0) {
      throw new UsageError(`positional arguments are not supported: [${rest.map(repr).join(', ')}]`);
    }
    return apply(options, source, home);
  } catch (error) {
    if (error instanceof UsageError) return { kind: 'error', message: error.message };
    throw error;
  }
}

/** The first of supervisord's default files that is there, or an error as its own. `argv0` is what it was called by. */
export function findConfigFile(
  argv0: string,
  source: ConfigSource,
): { readonly file: string } | { readonly error: string } {
  const parent = directoryOf(directoryOf(argv0));
  const places = [
    join(parent, 'etc/supervisord.conf'),
    join(parent, 'supervisord.conf'),
    'supervisord.conf',
    'etc/supervisord.conf',
    '/etc/supervisord.conf',
    '/etc/supervisor/supervisord.conf',
  ];
  const file = places.find((place) => source.exists(absolute(place, source.cwd)));
  if (file !== undefined) return { file };
  const list = places.join(', ');
  const error = `No config file found at default paths (${list}); use the -c option to specify a config file at a different path`;
  return { error };
}

class UsageError extends Error {}

interface Option {
  readonly short?: string;
  readonly long?: string;
  readonly set: 'help' | 'version' | 'configFile' | 'nothing' | keyof SupervisorConfig;
  /** Present where the option takes an argument. */
  readonly read?: (text: string, source: ConfigSource, home: string | undefined) => unknown;
}

const asWritten = (text: string): string => text;

/** An empty path leaves the file's word. */
function logPath(text: string, source: ConfigSource, home: string | undefined): string | undefined {
  if (text === '') return undefined;
  return absolute(expandHome(existingDirpath(text, source, home), source, home), source.cwd);
}

const OPTIONS: readonly Option[] = [
  { short: 'h', long: 'help', set: 'help' },
  { short: '?', set: 'help' },
  { short: 'c', long: 'configuration', set: 'configFile', read: asWritten },
  { short: 'v', long: 'version', set: 'version' },
  { short: 'n', long: 'nodaemon', set: 'nodaemon' },
  { short: 'u', long: 'user', set: 'user', read: asWritten },
  { short: 'm', long: 'umask', set: 'umask', read: octal },
  { short: 'd', long: 'directory', set: 'directory', read: existingDirectory },
  {
    short: 'l',
    long: 'logfile',
    set: 'logfile',
    read: (text, source, home) => {
      const path = text === 'syslog' ? text : logPath(text, source, home);
      return path === 'syslog' ? { kind: 'syslog' } : path && fileTarget(path);
    },
  },
  { short: 'y', long: 'logfile_maxbytes', set: 'logfileMaxBytes', read: byteSize },
  { short: 'z', long: 'logfile_backups', set: 'logfileBackups', read: integer },
  { short: 'e', long: 'loglevel', set: 'loglevel', read: loggingLevel },
  { short: 'j', long: 'pidfile', set: 'pidfile', read: logPath },
  { short: 'i', long: 'identifier', set: 'identifier', read: asWritten },
  { short: 'q', long: 'childlogdir', set: 'childLogDir', read: existingDirectory },
  { short: 'a', long: 'minfds', set: 'minfds', read: integer },
  { long: 'minprocs', set: 'minprocs', read: integer },
  { short: 'k', long: 'nocleanup', set: 'nocleanup' },
  { short: 't', long: 'strip_ansi', set: 'stripAnsi' },
  { long: 'profile_options', set: 'nothing', read: asWritten },
  { short: 's', long: 'silent', set: 'silent' },
];

interface Given {
  readonly option: Option;
  /** `-c` or `--configuration`, as the error shows it. */
  readonly name: string;
  readonly argument: string;
}

function apply(options: readonly Given[], source: ConfigSource, home: string | undefined): CommandLine {
  const values = new Map<string, unknown>();
  for (const { option, name, argument } of options) {
    if (option.set === 'help' || option.set === 'version') return { kind: option.set };
    const value = option.read === undefined ? true : convert(option.read, name, argument, source, home);
    if (values.has(option.set)) throw new UsageError(`conflicting command line option ${repr(name)}`);
    values.set(option.set, value);
  }
  const configFile = values.get('configFile');
  const settings = [...values].filter(
    ([key, value]) => key !== 'configFile' && key !== 'nothing' && value !== undefined,
  );
  // Each option's reader gives what the setting of its name holds.
  const overrides = Object.fromEntries(settings) as Overrides;
  return { kind: 'run', configFile: typeof configFile === 'string' ? configFile : null, overrides };
}

function convert(
  read: NonNullable<Option['read']>,
  name: string,
  argument: string,
  source: ConfigSource,
  home: string | undefined,
): unknown {
  try {
    return read(argument, source, home);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw new UsageError(`invalid value for ${name} ${repr(argument)}: ${error.message}`, { cause: error });
  }
}

/** Python's getopt: clusters of short options, long ones by any unique beginning, and it stops at the first other word. */
function getopt(argv: readonly string[]): [options: Given[], rest: readonly string[]] {
  const options: Given[] = [];
  let words = argv;
  for (;;) {
    const [word, ...rest] = words;
    if (word === undefined || !word.startsWith('-') || word === '-') return [options, words];
    if (word === '--') return [options, rest];
    words = word.startsWith('--') ? longOption(word, rest, options) : shortOptions(word, rest, options);
  }
}

function longOption(word: string, rest: readonly string[], options: Given[]): readonly string[] {
  const [, typed = '', , value] = /^--([^=]*)(=(.*))?$/s.exec(word) ?? [];
  const candidates = OPTIONS.filter(({ long }) => long?.startsWith(typed) === true);
  const option = candidates.find(({ long }) => long === typed) ?? candidates[0];
  if (option === undefined) throw new UsageError(`option --${typed} not recognized`);
  if (option.long !== typed && candidates.length > 1)
    throw new UsageError(`option --${typed} not a unique prefix`);
  const name = `--${option.long}`;
  if (option.read === undefined) {
    if (value !== undefined) throw new UsageError(`option ${name} must not have an argument`);
    options.push({ option, name, argument: '' });
    return rest;
  }
  const [next, ...behind] = rest;
  const argument = value ?? next;
  if (argument === undefined) throw new UsageError(`option ${name} requires argument`);
  options.push({ option, name, argument });
  return value === undefined ? behind : rest;
}

function shortOptions(word: string, rest: readonly string[], options: Given[]): readonly string[] {
  for (let index = 1; index < word.length; index += 1) {
    const letter = word[index] ?? '';
    const name = `-${letter}`;
    const option = OPTIONS.find(({ short }) => short === letter);
    if (option === undefined) throw new UsageError(`option ${name} not recognized`);
    if (option.read === undefined) {
      options.push({ option, name, argument: '' });
      continue;
    }
    const attached = word.slice(index + 1);
    const [next, ...behind] = rest;
    const argument = attached === '' ? next : attached;
    if (argument === undefined) throw new UsageError(`option ${name} requires argument`);
    options.push({ option, name, argument });
    return attached === '' ? behind : rest;
  }
  return rest;
}
