// `initkit status`, `initkit start web`, …: our own client. What supervisorctl can do, it does in the same words;
// tables for people, --json for programs.

import { parseArgs } from 'node:util';
import { EXIT, UserError } from '../errors.ts';
import { follow, get } from './client.ts';
import type { Target } from './client.ts';
import { ACTIONS, runLine } from './ctl-actions.ts';
import type { CtlIo } from './ctl-io.ts';
import { JSON_COMMANDS } from './ctl-json.ts';
import { showLogs } from './ctl-logs.ts';
import { errnoOf, Session, unexpectedLine } from './ctl-session.ts';
import { CTL_EXIT } from './ctl-text.ts';
import { splitName } from './names.ts';
import type { ProcessStatus, Status } from './status.ts';
import { table } from './table.ts';

/** What Docker's HEALTHCHECK allows by default is 30 s; a supervisor that needs this long is not well. */
const HEALTH_TIMEOUT_MS = 5000;

/** Runs `initkit COMMAND …`, argv without `initkit`; returns the exit code. Throws a UserError for a wrong command line. */
export async function ctl(argv: readonly string[], io: CtlIo): Promise<number> {
  const { command, args, options } = parse(argv);
  if (command === undefined || options.help) {
    io.stdout.write(HELP);
    return command === undefined && !options.help ? EXIT.usage : EXIT.ok;
  }
  const session = new Session(io, await targetOf(options, io), false);
  if (command === 'health') return health(session, options.json);
  try {
    return await run(session, command, args, options);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === null || error instanceof UserError) throw error;
    io.stderr.write(`initkit: cannot reach ${session.target.url}: ${reasonOf(errno)}\n`);
    return errno === 'ENOENT' ? CTL_EXIT.notRunning : CTL_EXIT.refused;
  }
}

/** The names that `ctl` takes, for whoever routes a command line. */
export const CTL_COMMANDS: readonly string[] = ['events', 'health', 'logs', ...ACTIONS.keys()].filter(
  (name) => !['exit', 'quit', 'open'].includes(name),
);

const HELP = `usage: initkit [options] COMMAND

  status [NAME…]                 what runs, and since when
  start|stop|restart NAME…|all   NAME is a process, group:process or group:*
  signal SIGNAL NAME…|all
  tail [-f|-BYTES] NAME [stderr] the end of a log
  logs [-f] [NAME…]              the ends of several logs, each line with its name
  maintail [-f|-BYTES]           the supervisor's own log
  clear NAME…|all                empties logs
  fg NAME                        its output, and your input to it
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
  const isDown = ({ state }: ProcessStatus): boolean =>
    ['STOPPED', 'EXITED', 'FATAL', 'UNKNOWN'].includes(state);
  return processes.some(isDown) ? CTL_EXIT.statusNotRunning : CTL_EXIT.success;
}

function statusRow({ group, name, state, restarts, ready, description }: ProcessStatus): string[] {
  const fullName = group === name ? name : `${group}:${name}`;
  return [fullName, state, String(restarts), ready ? 'yes' : 'no', description];
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

async function health(session: Session, json: boolean): Promise<number> {
  const { healthy, reasons } = await askHealth(session);
  if (json) session.output(JSON.stringify({ healthy, reasons }, null, 2));
  else for (const line of healthy ? ['healthy'] : ['unhealthy', ...reasons]) session.output(line);
  return healthy ? 0 : 1;
}

async function askHealth({ target }: Session): Promise<{ healthy: boolean; reasons: string[] }> {
  try {
    const { status, text } = await get(target, '/health', AbortSignal.timeout(HEALTH_TIMEOUT_MS));
    const reasons = text.trimEnd().split('\n');
    return status === 200 ? { healthy: true, reasons: [] } : { healthy: false, reasons: reasons.slice(1) };
  } catch (error) {
    const errno = errnoOf(error);
    const reason = errno === null ? unexpectedLine(error) : reasonOf(errno);
    return { healthy: false, reasons: [`cannot reach ${target.url}: ${reason}`] };
  }
}

async function showEvents(session: Session, json: boolean): Promise<number> {
  const abort = new AbortController();
  const release = session.onInterrupt(() => abort.abort());
  let rest = '';
  await follow(
    session.target,
    '/events',
    (text) => {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined) session.output(json ? data : eventLine(data));
      }
    },
    abort.signal,
  );
  release();
  return CTL_EXIT.success;
}

function eventLine(data: string): string {
  const { atMs, type, ...fields } = JSON.parse(data) as { atMs: number; type: string } & Record<
    string,
    unknown
  >;
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [new Date(atMs).toISOString(), type, ...shown].join(' ');
}

function reasonOf(errno: string): string {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such socket: the supervisor does not run, or listens elsewhere',
    ECONNREFUSED: 'nobody listens there',
    EACCES: 'its owner alone may use it',
  };
  return reasons[errno] ?? errno;
}
