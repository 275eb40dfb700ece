// The same configuration under the real supervisord and under ours, each in a directory of its own, driven alike.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { callMethod, FaultError } from '../../../supervisor/control/client.ts';
import type { Value } from '../../../supervisor/control/xmlrpc.ts';
import { openSupervisorctl } from './supervisorctl.ts';
import { endMarked, start, type Finished, type Running } from './process.ts';

const REAL = '/usr/bin/supervisord';
const OURS =
  process.env['MAIN_UNDER_TEST'] ?? new URL('../../../supervisor/main.ts', import.meta.url).pathname;
const COMMANDS: Readonly<Record<Side['name'], readonly string[]>> = {
  real: [REAL],
  ours: [process.execPath, '--disable-warning=ExperimentalWarning', OURS, 'supervisord'],
};
const DEADLINE_MS = 45_000;
const POLL_MS = 20;

/** One of the two, as a scenario sees it. */
export interface Side {
  readonly name: 'real' | 'ours';
  /** `%D` of the configuration. */
  readonly directory: string;
  readonly configuration: string;
  /** The supervisor that was started first; null where the scenario starts it itself. */
  readonly daemon: Running | null;
  /** Starts the supervisor with these arguments. */
  supervisord(args: readonly string[], cwd?: string): Running;
  /** Runs the supervisor in a shell behind these words, to its end. */
  limited(words: string, args: readonly string[]): Promise<Finished>;
  /** An XML-RPC call; a fault is its `code NAME` text. */
  rpc(method: string, ...params: readonly Value[]): Promise<Value>;
  /** Debian's supervisorctl. */
  ctl(...args: readonly string[]): Promise<Finished>;
  /** Debian's `supervisorctl fg NAME`, with its stdin open. */
  foreground(name: string): Running;
  /** The main log, normalised, without what only one of the two would say. */
  log(): string[];
  /** The lines of the main log about one program, but for `waiting for x to stop`, which the real one may be too late for. */
  logOf(program: string): string[];
  /** The states that processes are in: `a:RUNNING b:FATAL`. */
  states(): Promise<string>;
  /** A file of the directory, or null. */
  read(name: string): string | null;
  write(name: string, text: string): void;
  files(): string[];
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Waits until the supervisor has ended. */
  ended(): Promise<Finished>;
}

export interface Pair<T> {
  readonly real: T;
  readonly ours: T;
}

export const BASE = `
[supervisord]
logfile=%D/main.log
pidfile=%D/pid
childlogdir=%D
user=root
environment=DIFFERENTIAL="%D"
[unix_http_server]
file=%D/sock
username=dummy
password=dummy
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%D/sock
username=dummy
password=dummy
`;

const CREDENTIALS = { username: 'dummy', password: 'dummy' };

/** Runs a scenario on both at once, with the supervisor already up. */
export function onBoth<T>(sections: string, scenario: (side: Side) => Promise<T>): Promise<Pair<T>> {
  return both(`${BASE}${sections}`, true, scenario);
}

/** Runs a scenario on both at once; it starts the supervisor itself. `%D` is the directory of each. */
export function beforeBoth<T>(configuration: string, scenario: (side: Side) => Promise<T>): Promise<Pair<T>> {
  return both(configuration, false, scenario);
}

async function both<T>(text: string, up: boolean, scenario: (side: Side) => Promise<T>): Promise<Pair<T>> {
  if (!existsSync(REAL)) throw new Error(`${REAL} is missing: apt-get install supervisor`);
  const [real, ours] = await Promise.all([
    onSide('real', text, up, scenario),
    onSide('ours', text, up, scenario),
  ]);
  return { real, ours };
}

async function onSide<T>(
  name: Side['name'],
  text: string,
  up: boolean,
  scenario: (side: Side) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'differential-'));
  const started: Running[] = [];
  const side = createSide(name, directory, started);
  side.write('supervisord.conf', text);
  try {
    if (!up) return await scenario(side);
    const daemon = side.supervisord(['-n', '-c', side.configuration]);
    await side.until('the supervisor to be up', () => {
      if (daemon.child.exitCode !== null) throw new Error(`it ended: ${daemon.child.exitCode}`);
      return side.log().some((line) => line.includes('supervisord started with pid'));
    });
    return await scenario({ ...side, daemon });
  } catch (error) {
    const outputs = await Promise.race([
      Promise.all(started.map(({ child, finished }) => (child.kill('SIGKILL'), finished))),
      pause(1000).then(() => []),
    ]);
    const words = outputs.map(({ stderr }) => stderr).join('');
    const log = side.read('main.log') ?? '';
    throw new Error(`${name}: ${(error as Error).message}\n${words}\n${log}`, { cause: error });
  } finally {
    await cleanUp(directory, started);
  }
}

function createSide(name: Side['name'], directory: string, started: Running[]): Side {
  const configuration = join(directory, 'supervisord.conf');
  const read = (file: string): string | null => {
    try {
      return readFileSync(join(directory, file), 'utf8');
    } catch {
      return null;
    }
  };
  const log = (): string[] =>
    (read('main.log') ?? '')
      .split('\n')
      .filter((line) => /^\d{4}-\d\d-\d\d /.test(line))
      .map((line) => normalized(line, directory));
  const rpc = async (method: string, ...params: readonly Value[]): Promise<Value> => {
    try {
      return await callMethod(
        { url: `unix://${directory}/sock`, credentials: CREDENTIALS },
        method.includes('.') ? method : `supervisor.${method}`,
        params,
      );
    } catch (error) {
      if (error instanceof FaultError) return `${error.code} ${error.message}`.replaceAll(directory, '%D');
      throw error;
    }
  };
  const until: Side['until'] = async (what, condition) => {
    const giveUpAt = Date.now() + DEADLINE_MS;
    while (!(await condition())) {
      if (Date.now() > giveUpAt) throw new Error(`cannot wait any longer for ${what}`);
      await pause(POLL_MS);
    }
  };
  const client = openSupervisorctl(configuration, directory, until);
  return {
    name,
    directory,
    configuration,
    daemon: null,
    supervisord(args, cwd = directory) {
      const [file = '', ...words] = [...COMMANDS[name], ...args];
      const running = start(file, words, cwd, directory);
      started.push(running);
      return running;
    },
    limited(words, args) {
      const command = [...COMMANDS[name], ...args];
      return start('/bin/sh', ['-c', `${words} exec "$@"`, 'sh', ...command], directory, directory).finished;
    },
    rpc,
    ctl: async (...args) => {
      const { stdout, stderr, ...rest } = await client.run(args);
      const plain = (text: string): string =>
        text
          .replaceAll(directory, '%D')
          .replace(/pid \d+, uptime \S+/g, 'pid N, uptime T')
          .replace(/\w{3} \d\d \d\d:\d\d [AP]M/g, 'DATE');
      return { ...rest, stdout: plain(stdout), stderr: plain(stderr) };
    },
    foreground: (program) =>
      start('/usr/bin/supervisorctl', ['-c', configuration, 'fg', program], directory, directory),
    log,
    logOf(program) {
      const word = new RegExp(`(^|[^\\w.-])${program}($|[^\\w.-])`);
      return log().filter((line) => word.test(line) && !/^INFO waiting for .* to (stop|die)$/.test(line));
    },
    async states() {
      const all = (await rpc('getAllProcessInfo')) as { group: string; name: string; statename: string }[];
      return all.map((each) => `${each.name}:${each.statename}`).join(' ');
    },
    read,
    write: (file, text) =>
      writeFileSync(join(directory, file), text.replaceAll('%D', directory), { mode: 0o755 }),
    files: () => readdirSync(directory).toSorted(),
    until,
    signal(signal) {
      started[0]?.child.kill(signal);
    },
    async ended() {
      const [first] = started;
      if (first === undefined) throw new Error('no supervisor was started');
      const late = pause(DEADLINE_MS, null, { ref: false });
      const finished = await Promise.race([first.finished, late]);
      if (finished === null) throw new Error('cannot wait any longer for the end of the supervisor');
      return finished;
    },
  };
}

/** Without time, pids, and the directory's name. */
function normalized(line: string, directory: string): string {
  return line
    .replace(/^\S+ \S+ /, '')
    .replaceAll(directory, '%D')
    .replace(/(with pid|unknown pid) \d+/g, '$1 N')
    .replace(/\(\d+\) with SIG/, '(N) with SIG');
}

/** Ends what was started, and every process that carries the mark of this directory. */
async function cleanUp(directory: string, started: readonly Running[]): Promise<void> {
  for (const { child } of started) if (child.exitCode === null) child.kill('SIGKILL');
  await Promise.race([Promise.all(started.map(({ finished }) => finished)), pause(2000)]);
  endMarked(directory);
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}
