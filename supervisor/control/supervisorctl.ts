// Our supervisorctl: the command line, the output and the exit codes of supervisord's own client.

import { UserError } from '../errors.ts';
import type { Target } from './client.ts';
import { runLine } from './ctl-actions.ts';
import type { CtlConfig, CtlIo } from './ctl-io.ts';
import { Session } from './ctl-session.ts';
import { CTL_EXIT } from './ctl-text.ts';

const DEFAULT_URL = 'http://localhost:9001';

/** Returns the exit code. */
export async function supervisorctl(argv: readonly string[], io: CtlIo): Promise<number> {
  try {
    const options = parseOptions(argv);
    if (options.help) {
      io.stdout.write(usage(io.programName));
      return CTL_EXIT.success;
    }
    return await run(options, io);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    io.stderr.write(`Error: ${error.message}\nFor help, use ${io.programName} -h\n`);
    return CTL_EXIT.invalidArguments;
  }
}

async function run(options: Options, io: CtlIo): Promise<number> {
  const config = await io.readConfig(options.values.get('configuration') ?? null);
  const session = new Session(io, targetOf(options, config), options.args.length === 0);
  if (options.args.length > 0) {
    await runLine(session, options.args.join(' '));
    return session.exitCode;
  }
  const { runShell } = await import('./shell.ts');
  const historyFile = options.values.get('history_file') ?? config?.historyFile ?? null;
  await runShell(session, { prompt: config?.prompt ?? 'supervisor', historyFile });
  return CTL_EXIT.success;
}

function targetOf({ values }: Options, config: CtlConfig | null): Target {
  const username = values.get('username') ?? config?.username ?? null;
  const password = values.get('password') ?? config?.password ?? null;
  return {
    url: values.get('serverurl') ?? config?.serverUrl ?? DEFAULT_URL,
    credentials: username === null || password === null ? null : { username, password },
  };
}

type OptionName =
  | 'configuration'
  | 'serverurl'
  | 'username'
  | 'password'
  | 'history_file'
  | 'interactive'
  | 'help';

interface Options {
  readonly help: boolean;
  readonly values: ReadonlyMap<OptionName, string>;
  readonly args: readonly string[];
}

/** The long name of each option, its letter, and whether a value follows it. */
const OPTIONS: readonly {
  readonly name: OptionName;
  readonly letters: string;
  readonly takesValue: boolean;
}[] = [
  { name: 'help', letters: 'h?', takesValue: false },
  { name: 'configuration', letters: 'c', takesValue: true },
  { name: 'interactive', letters: 'i', takesValue: false },
  { name: 'serverurl', letters: 's', takesValue: true },
  { name: 'username', letters: 'u', takesValue: true },
  { name: 'password', letters: 'p', takesValue: true },
  { name: 'history_file', letters: 'r', takesValue: true },
];

/** As getopt: options end at the first word that is none, letters may be joined, long names may be cut short. */
function parseOptions(argv: readonly string[]): Options {
  const values = new Map<OptionName, string>();
  const rest = [...argv];
  const set = (shown: string, name: OptionName, value: string): void => {
    if (values.has(name)) throw new UserError(`conflicting command line option '${shown}'`);
    if (name === 'serverurl') requireUrl(shown, value);
    values.set(name, value);
  };
  for (let word = rest[0]; word !== undefined && /^-./s.test(word); word = rest[0]) {
    rest.shift();
    if (word === '--') break;
    if (word.startsWith('--')) readLong(word, rest, set);
    else readLetters(word, rest, set);
    if (values.has('help')) break;
  }
  return { help: values.has('help'), values, args: rest };
}

type SetOption = (shown: string, name: OptionName, value: string) => void;

function readLong(word: string, rest: string[], set: SetOption): void {
  const [, given = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const matching = OPTIONS.filter(({ name }) => name.startsWith(given));
  const option = matching.find(({ name }) => name === given) ?? matching[0];
  if (option === undefined) throw new UserError(`option --${given} not recognized`);
  if (matching.length > 1 && option.name !== given)
    throw new UserError(`option --${given} not a unique prefix`);
  const shown = `--${option.name}`;
  if (!option.takesValue) {
    if (value !== undefined) throw new UserError(`option ${shown} must not have an argument`);
    return set(shown, option.name, '');
  }
  set(shown, option.name, value ?? rest.shift() ?? missing(shown));
}

function readLetters(word: string, rest: string[], set: SetOption): void {
  for (let at = 1; at < word.length; at += 1) {
    const shown = `-${word[at]}`;
    const option = OPTIONS.find(({ letters }) => letters.includes(word[at] ?? ''));
    if (option === undefined) throw new UserError(`option ${shown} not recognized`);
    if (option.takesValue) {
      const value = word.slice(at + 1);
      return set(shown, option.name, value === '' ? (rest.shift() ?? missing(shown)) : value);
    }
    set(shown, option.name, '');
  }
}

function missing(shown: string): never {
  throw new UserError(`option ${shown} requires argument`);
}

function requireUrl(shown: string, value: string): void {
  if (/^[a-z][a-z0-9+.-]*:(\/\/)?./i.test(value)) return;
  throw new UserError(`invalid value for ${shown} '${value}': value '${value}' is not a URL`);
}

function usage(programName: string): string {
  return `supervisorctl -- control applications run by supervisord from the cmd line.

Usage: ${programName} [options] [action [arguments]]

Options:
-c/--configuration FILENAME -- configuration file path (searches if not given)
-h/--help -- print usage message and exit
-i/--interactive -- start an interactive shell after executing commands
-s/--serverurl URL -- URL on which supervisord server is listening
     (default "${DEFAULT_URL}").
-u/--username USERNAME -- username to use for authentication with server
-p/--password PASSWORD -- password to use for authentication with server
-r/--history-file -- keep a history of the lines typed

Without an action, a shell is started that reads actions from its prompt.
The action "help" lists the actions.
`;
}
