// The supervisord command: supervisord's command line, files and rules; in the foreground, as a daemon, or as PID 1.
//
// As PID 1 it does what init does (orphans, signals, the ordered stop), but reads no image.ini, even where there is one:
// whoever calls it by this name has asked for supervisord, whose programs get the environment as it was given.

import { constants } from 'node:os';
import { boot, type Booted, type BootOptions } from '../boot.ts';
import { flush, lazyConsole, type Consoles } from '../live/consoles.ts';
import { findConfigFile, readCommandLine, type Overrides } from '../config/command-line.ts';
import { loadSupervisord, type Loaded } from '../config/load.ts';
import type { ConfigSource } from '../config/source.ts';
import { daemonize, launcherOf, type Launcher } from './daemonize.ts';
import { EXIT, SystemError, UserError } from '../errors.ts';
import type { ConsoleStream } from '../logs/console.ts';
import type { SupervisorConfig } from '../model.ts';
import { configSource } from '../os/config-source.ts';
import { linuxSystem } from '../os/linux.ts';
import type { Message } from '../process/messages.ts';
import {
  configurationErrors,
  errorText,
  helpText,
  readingNotes,
  REFUSED,
  serverMessage,
} from './supervisord-options.ts';
import { removePidfile, settleDown, takeOn, writePidfile } from './supervisord-process.ts';
import { SUPERVISORD_VERSION } from '../version.ts';

const STOPS = ['SIGTERM', 'SIGINT', 'SIGQUIT'];
const SIGNALS = [...STOPS, 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

export interface SupervisordRequest {
  /** The name that errors and the help use. */
  readonly calledAs: string;
  readonly argv: readonly string[];
  readonly given: Record<string, string>;
}

/** Something that keeps the supervisor from starting, with all that is to be printed. */
class Refusal extends Error {}

/** Runs until the supervisor's end, or, where it becomes a daemon, until that is up. */
export async function supervisord({ calledAs, argv, given }: SupervisordRequest): Promise<void> {
  const launcher = launcherOf(given);
  const source = configSource();
  const line = readCommandLine(argv, source, given['HOME']);
  if (line.kind === 'help' || line.kind === 'version') {
    process.stdout.write(line.kind === 'help' ? helpText(calledAs) : `${SUPERVISORD_VERSION}\n`);
    return;
  }
  try {
    if (line.kind === 'error') throw new Refusal(errorText(calledAs, line.message));
    const found = line.configFile === null ? findConfigFile(calledAs, source) : { file: line.configFile };
    if ('error' in found) throw new Refusal(errorText(calledAs, found.error));
    const read = (): Loaded => readConfiguration(calledAs, source, given, found.file, line.overrides);
    const loaded = read();
    const inForeground = loaded.plan.supervisor.nodaemon || process.pid === 1 || launcher !== null;
    if (inForeground) return await supervise({ calledAs, given, launcher, loaded, read });
    const { exitCode, text } = await daemonize(linuxSystem(), given);
    process.stderr.write(text);
    process.exitCode = exitCode;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (launcher === null) process.stderr.write(error.message);
    else launcher.failed(error.message);
    process.exit(REFUSED);
  }
}

function readConfiguration(
  calledAs: string,
  source: ConfigSource,
  given: Readonly<Record<string, string>>,
  configFile: string,
  overrides: Overrides,
): Loaded {
  const loaded = loadSupervisord({ source, given, configFile, overrides });
  const errors = configurationErrors(calledAs, loaded.problems);
  if (errors !== null) throw new Refusal(errors);
  return loaded;
}

interface Supervision {
  readonly calledAs: string;
  readonly given: Readonly<Record<string, string>>;
  readonly launcher: Launcher | null;
  readonly loaded: Loaded;
  readonly read: () => Loaded;
}

async function supervise({ calledAs, given, launcher, loaded, read }: Supervision): Promise<void> {
  const system = linuxSystem();
  const consoles: Consoles = { stdout: lazyConsole(system, 1), stderr: lazyConsole(system, 2) };
  const stopBudgetMs = budgetMs(given);
  let booted: Booted | null = null;
  let stoppedEarly: string | null = null;
  system.onSignal(SIGNALS, (signal) => {
    if (booted !== null) booted.onSignal(signal);
    else if (STOPS.includes(signal)) stoppedEarly = signal;
  });
  const onDefect = (error: unknown): void => {
    if (booted !== null) return booted.onDefect(error);
    consoles.stderr.note(`a defect of initkit: ${error instanceof Error ? error.stack : String(error)}`);
    void flush(system, consoles).then(() => process.exit(EXIT.defect));
  };
  process.on('uncaughtException', onDefect).on('unhandledRejection', onDefect);

  let notes: readonly Message[] = [];
  let pidfile: string | null = null;
  const start = async (configuration: Loaded, first: boolean): Promise<void> => {
    const config = configuration.plan.supervisor;
    const options: BootOptions = {
      system,
      consoles,
      loaded: configuration,
      notes: [...readingNotes(configuration), ...(first ? notes : []), ...interfaceNotes(configuration)],
      reload: () => Promise.resolve().then(() => readAgain(read)),
      logConsole: logConsole(config, consoles, launcher !== null),
      stopBudgetMs,
      onHangup: 'restart',
      hurries: false,
      serversFirst: first,
      announce(log) {
        if (first && launcher !== null) settleDown(config, log);
        pidfile = writePidfile(config, system.pid, log);
      },
      onBooted(live) {
        booted = live;
        if (stoppedEarly !== null) live.onSignal(stoppedEarly);
        stoppedEarly = null;
      },
      onRestart: async (next) => {
        removePidfile(pidfile);
        await start(next, false);
      },
      unitSource: async () =>
        (await import('./unit-reader.ts')).unitReading(given, system, (message) =>
          consoles.stderr.note(message),
        ),
      onExit: () => removePidfile(pidfile),
    };
    await boot(options);
  };
  try {
    notes = takeOn(loaded.plan.supervisor, system);
    await start(loaded, true);
  } catch (error) {
    const reason = startError(error);
    if (reason === null) throw error;
    throw new Refusal(errorText(calledAs, reason), { cause: error });
  }
  launcher?.up();
}

/** supervisord says this of each of its servers. */
function interfaceNotes({ plan }: Loaded): Message[] {
  const servers = plan.inetServers.length + (plan.unixServer === null ? 0 : 1);
  if (!plan.rpcInterface) return [];
  const text = "RPC interface 'supervisor' initialized";
  return Array.from({ length: servers }, () => ({ level: 'info', text }));
}

/** stdout in the foreground, and what the log file names where that is one of our own streams. */
function logConsole(
  { nodaemon, silent, logfile }: SupervisorConfig,
  consoles: Consoles,
  isDaemon: boolean,
): Pick<ConsoleStream, 'note'> | null {
  const named = logfile.kind !== 'inherit' ? null : logfile.fd === 1 ? consoles.stdout : consoles.stderr;
  const inForeground = (nodaemon || !isDaemon) && !silent;
  const streams = new Set([...(inForeground ? [consoles.stdout] : []), ...(named === null ? [] : [named])]);
  if (streams.size === 0) return null;
  return { note: (line) => streams.forEach((stream) => stream.note(line)) };
}

/** A configuration that has become wrong is said, and the one that runs stays (supervisord would end here). */
function readAgain(read: () => Loaded): Loaded {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const [first = ''] = error.message.split('\n');
    throw new UserError(first.replace(/^Error: /, ''), REFUSED, { cause: error });
  }
}

/** What to say of a start that has failed for a reason outside of us, or null for a defect. */
function startError(error: unknown): string | null {
  const cause = error instanceof UserError ? error.cause : error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof UserError) {
    const errno = code === undefined ? undefined : errnoOf(code);
    return code === undefined || errno === undefined ? error.message : serverMessage(code, errno);
  }
  if (code === undefined || (error instanceof SystemError && errnoOf(code) === undefined)) return null;
  return `cannot open the log file: ${(error as Error).message}`;
}

function errnoOf(code: string): number | undefined {
  return Object.entries(constants.errno).find(([name]) => name === code)?.[1];
}

function budgetMs(given: Readonly<Record<string, string>>): number | null {
  const seconds = Number(given['INITKIT_STOP_BUDGET'] || 0);
  return seconds > 0 ? seconds * 1000 : null;
}
