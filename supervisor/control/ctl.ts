// `initkit status`, `initkit start web`, …: our own client. What supervisorctl can do, it does in the same words;
// tables for people, --json for programs.

import { parseArgs } from 'node:util';
import { EXIT, UserError } from '../errors.ts';
import { FaultError, get, StatusError } from './client.ts';
import type { Target } from './client.ts';
import { ACTIONS, runLine } from './ctl-actions.ts';
import type { CtlIo } from './ctl-io.ts';
import { JSON_COMMANDS } from './ctl-json.ts';
import { showLogs } from './ctl-logs.ts';
import { errnoOf, Session } from './ctl-session.ts';
import { CTL_EXIT } from './ctl-text.ts';
import { showTop } from './ctl-top.ts';
import { reasonOf, showEvents, showHealth } from './ctl-watch.ts';
import { splitName } from './names.ts';
import type { ProcessStatus, Status } from './status.ts';
import { table } from './table.ts';
import { XmlError } from './xml.ts';

/** Runs `initkit COMMAND …`, argv without `initkit`; returns the exit code. Throws a UserError for a wrong command line. */
export async function ctl(argv: readonly string[], io: CtlIo): Promise<number> {
  const { command, args, options } = parse(argv);
  if (command === undefined || options.help) {
    io.stdout.write(HELP);
    return command === undefined && !options.help ? EXIT.usage : EXIT.ok;
  }
  const session = new Session(io, await targetOf(options, io), false);
  if (command === 'health') return showHealth(session, options.json);
  try {
    return await run(session, command, args, options);
  } catch (error) {
    return explain(error, session);
  }
}

/** The names that `ctl` takes, for whoever routes a command line. */
export const CTL_COMMANDS: readonly string[] = ['events', 'health', 'logs', 'top', ...ACTIONS.keys()].filter(
  (name) => !['exit', 'quit', 'open'].includes(name),
);

const HELP = `usage: initkit [options] COMMAND

  status [NAME…]                 what runs, and since when; exit code 3 when something is down
  start|stop|restart NAME…|all   NAME is a process, group:process or group:*
  signal SIGNAL NAME…|all
  tail [-f|-BYTES] NAME [stderr] the end of a log
  logs [-f] [NAME…]              the ends of several logs, each line with its name
  maintail [-f|-BYTES]           the supervisor's own log
  clear NAME…|all                empties logs
  fg NAME                        its output, and your input to it
  top                            what runs and what it uses, until q; once where there is no terminal
  events                         what happens, until Ctrl-C
  health                         exit code 0 when everything is well, 1 with the reasons otherwise
  pid [NAME…|all], version, avail
  reread, update [GROUP…], add GROUP…, remove GROUP…
  shutdown, reload

options:
  --json                         for programs; with status, health, events, pid, avail, version, reread, start, stop,
                                 restart, signal and clear
  -s, --serverurl URL            unix:///path or http://host:port
  -c, --configuration FILE       whose [supervisorctl] section names the server
  -u, --username, -p, --password
`;

interface Options {
  readonly json: boolean;
  readonly follow: boolean;
  readonly help: boolean;
  readonly url: string | null;
  readonly file: string | null;
  readonly username: string | null;
  readonly password: string | null;
}

function parse(argv: readonly string[]): { command: string | undefined; args: string[]; options: Options } {
  try {
    // `-100` of tail is not an option.
    const isCount = (word: string): boolean => /^-\d+$/.test(word);
    const { values, positionals } = parseArgs({
      args: argv.map((word) => (isCount(word) ? `\0${word}` : word)),
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        follow: { type: 'boolean', short: 'f' },
        help: { type: 'boolean', short: 'h' },
        serverurl: { type: 'string', short: 's' },
        configuration: { type: 'string', short: 'c' },
        username: { type: 'string', short: 'u' },
        password: { type: 'string', short: 'p' },
      },
    });
    const [command, ...args] = positionals.map((word) => word.replace('\0', ''));
    const options = {
      json: values.json ?? false,
      follow: values.follow ?? false,
      help: values.help ?? false,
      url: values.serverurl ?? null,
      file: values.configuration ?? null,
      username: values.username ?? null,
      password: values.password ?? null,
    };
    return { command, args, options };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? '') : '';
    throw new UserError(`cannot read the command line: ${message}`, EXIT.usage, { cause: error });
  }
}

async function targetOf(options: Options, io: CtlIo): Promise<Target> {
  const config = options.url !== null && options.file === null ? null : await io.readConfig(options.file);
  const url = options.url ?? config?.serverUrl;
  if (url === undefined || url === null) {
    throw new UserError(
      'cannot find the server: no configuration has a [supervisorctl] section; use --serverurl',
      EXIT.usage,
    );
  }
  const username = options.username ?? config?.username ?? null;
  const password = options.password ?? config?.password ?? null;
  return { url, credentials: username === null || password === null ? null : { username, password } };
}

async function run(
  session: Session,
  command: string,
  args: readonly string[],
  options: Options,
): Promise<number> {
  if (command === 'events') return showEvents(session, options.json);
  if (command === 'top') return showTop(session);
  if (command === 'logs') return showLogs(session, args, options.follow);
  if (command === 'status' && !options.json) return showStatus(session, args);
  const json = JSON_COMMANDS.get(command);
  if (options.json && json !== undefined) {
    const { value, exitCode } = await json(session, args);
    session.output(JSON.stringify(value, null, 2));
    return exitCode;
  }
  if (options.json) throw new UserError(`cannot write ${command} as JSON`, EXIT.usage);
  if (!CTL_COMMANDS.includes(command))
    throw new UserError(`cannot do '${command}': it is no command`, EXIT.usage);
  await runLine(session, [command, ...(options.follow ? ['-f'] : []), ...args].join(' '));
  return session.exitCode;
}

/** A server that is not there, refuses, or is none of ours is no defect: says so; returns the exit code. */
function explain(error: unknown, { io, target }: Session): number {
  const errno = errnoOf(error);
  if (errno !== null && !(error instanceof UserError)) {
    io.stderr.write(`initkit: cannot reach ${target.url}: ${reasonOf(errno)}\n`);
    return errno === 'ENOENT' ? CTL_EXIT.notRunning : CTL_EXIT.refused;
  }
  if (error instanceof FaultError || error instanceof StatusError) {
    io.stderr.write(`initkit: ${target.url} refuses: ${error.message}\n`);
    return CTL_EXIT.generic;
  }
  if (error instanceof XmlError || error instanceof SyntaxError) {
    io.stderr.write(`initkit: cannot understand the answer of ${target.url}: ${error.message}\n`);
    return CTL_EXIT.generic;
  }
  throw error;
}

async function showStatus(session: Session, names: readonly string[]): Promise<number> {
  const { text, status: code } = await get(session.target, '/status');
  // supervisord has no such page; its own list is the next best.
  if (code !== 200) {
    await runLine(session, ['status', ...names].join(' '));
    return session.exitCode;
  }
  const processes = selectProcesses(session, (JSON.parse(text) as Status).processes, names);
  const header =
    session.io.stdout.isTTY === true ? [['NAME', 'STATE', 'RESTARTS', 'READY', 'DESCRIPTION']] : [];
  for (const line of table([...header, ...processes.map(statusRow)])) session.output(line);
  if (session.exitCode !== CTL_EXIT.success) return session.exitCode;
  return processes.some((process) => isDown(process, names.length > 0))
    ? CTL_EXIT.statusNotRunning
    : CTL_EXIT.success;
}

/** A program that was asked for by its name is down unless it runs; of all of them, those that should have run. */
function isDown({ state, type, startedAt, nextRunAt }: ProcessStatus, isNamed: boolean): boolean {
  switch (state) {
    case 'FATAL':
    case 'UNKNOWN':
      return true;
    case 'EXITED':
      // What has done its work is not down.
      return type !== 'oneshot' && nextRunAt === null;
    case 'STOPPED':
      return isNamed || startedAt !== null;
    case 'STARTING':
    case 'RUNNING':
    case 'BACKOFF':
    case 'STOPPING':
      return false;
  }
}

function statusRow(process: ProcessStatus): string[] {
  const { group, name, state, restarts, ready, description, statusText } = process;
  const fullName = group === name ? name : `${group}:${name}`;
  const words = statusText === null ? description : `${description}; ${statusText}`;
  return [fullName, state, String(restarts), ready ? 'yes' : 'no', words];
}

function selectProcesses(
  session: Session,
  processes: readonly ProcessStatus[],
  names: readonly string[],
): readonly ProcessStatus[] {
  if (names.length === 0 || names.includes('all')) return processes;
  return names.flatMap((given) => {
    const { group, name } = splitName(given);
    const matching = processes.filter(
      (each) => each.group === group && (name === null || each.name === name),
    );
    if (matching.length === 0) {
      session.io.stderr.write(`initkit: there is no ${given}\n`);
      session.exitCode = CTL_EXIT.statusUnknown;
    }
    return matching;
  });
}
