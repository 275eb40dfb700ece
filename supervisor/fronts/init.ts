// `initkit init`: PID 1 of an image. Environment first, then the programs that it enables.

import { boot, FOR_EVER_MS, type Booted, type BootOptions } from '../boot.ts';
import { flush, lazyConsole, type Consoles } from '../live/consoles.ts';
import { problemLine, problemText } from '../config/explain.ts';
import { environmentInit, loadConfiguration, type Loaded } from '../config/load.ts';
import { NO_IMAGE, readImage, type ImageConfig } from '../config/image.ts';
import { withSteadyRandom, type ConfigSource } from '../config/source.ts';
import { sourceEnvironmentInit } from './environment-init.ts';
import { findOut } from './environment-program.ts';
import { EXIT, UserError } from '../errors.ts';
import { configSource } from '../os/config-source.ts';
import { linuxSystem } from '../os/linux.ts';
import type { System } from '../os/system.ts';
import type { Message } from '../process/messages.ts';
import { run } from './run.ts';
import { makeRuntimeDirectory, relocate } from '../live/runtime-directory.ts';
import { parseRunOptions } from './run-options.ts';
import { wording } from './run-voice.ts';
import { removeFile, saveState, writeAtomically } from './state-file.ts';
import { prepareVolumes } from './volumes.ts';

export const IMAGE_INI = '/etc/initkit/image.ini';
export const CONFIG_FILE = '/etc/supervisor/supervisord.conf';

/** Under the ten seconds that `docker stop` waits. */
const DEFAULT_STOP_BUDGET_SECS = 9;
const DEFAULT_INIT_TIMEOUT_SECS = 30;

/** Those by which a container of systemd is stopped: SIGRTMIN+3 (halt) and +4 (poweroff), and SIGPWR by LXC. See systemd(1). */
const STOPS_OF_SYSTEMD = ['SIG37', 'SIG38', 'SIGPWR'];

/** The signals that end the container, and those that do something else. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', ...STOPS_OF_SYSTEMD, 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

export interface InitOptions {
  readonly given: Readonly<Record<string, string>>;
  readonly imageFile: string;
  readonly configFile: string;
  /** Run instead of the programs; empty for the programs. */
  readonly command: readonly string[];
  /** The units to start, whatever [units] of the image says; null leaves it to the image. */
  readonly target: string | null;
}

/** `-c FILE`, `--image FILE`, `--target UNIT`, and what follows is a command to run instead of the programs. Throws UserError. */
export function readInitOptions(argv: readonly string[], given: InitOptions['given']): InitOptions {
  const files = { imageFile: IMAGE_INI, configFile: CONFIG_FILE };
  let target: string | null = null;
  let rest = argv;
  for (let [option, file] = rest; option?.startsWith('-'); [option, file] = rest) {
    if (option === '--') {
      rest = rest.slice(1);
      break;
    }
    if (file === undefined)
      throw new UserError(`cannot read option ${option}: a file must follow`, EXIT.usage);
    if (option === '-c' || option === '--config') files.configFile = file;
    else if (option === '--image') files.imageFile = file;
    else if (option === '--target') target = file;
    else {
      const remedy = 'init takes -c FILE, --image FILE and --target UNIT';
      throw new UserError(`cannot read option ${option}: ${remedy}`, EXIT.usage);
    }
    rest = rest.slice(2);
  }
  return { given, ...files, command: rest, target };
}

/** Runs the container to its end; the process exits with the container's exit code. */
export async function init(options: InitOptions): Promise<void> {
  const system = linuxSystem();
  const consoles: Consoles = { stdout: lazyConsole(system, 1), stderr: lazyConsole(system, 2) };
  const give = (exitCode: number): Promise<never> => leave(system, consoles, exitCode);
  let booted: Booted | null = null;
  let stoppedEarly = false;
  const early: string[] = [];
  let cancelScript = (): void => {};
  system.onSignal(SIGNALS, (signal) => {
    if (booted !== null) return booted.onSignal(signal);
    early.push(signal);
    if (['SIGHUP', 'SIGUSR1', 'SIGUSR2'].includes(signal)) return;
    stoppedEarly = true;
    cancelScript();
  });
  const dieOf = (error: unknown): void => {
    consoles.stderr.note(
      `initkit: a defect of initkit: ${error instanceof Error ? error.stack : String(error)}`,
    );
    void give(EXIT.defect);
  };
  const onDefect = (error: unknown): void => (booted === null ? dieOf(error) : booted.onDefect(error));
  process.on('uncaughtException', onDefect).on('unhandledRejection', onDefect);

  try {
    const source = configSource();
    const loaded = await load(options, source, system, (cancel) => (cancelScript = cancel));
    if (stoppedEarly) return await give(EXIT.ok);
    const refused = refuses(loaded, consoles);
    if (options.command.length > 0) {
      // What is wrong with the programs is no reason to keep a person from looking into the container.
      saveState(loaded.environment, makeRuntimeDirectory());
      booted = { onSignal: () => {}, onDefect: dieOf };
      return await give(await runInstead(options.command, system, loaded, consoles));
    }
    if (refused) return await give(loaded.refusalCode);
    writeFiles(loaded, source);
    saveState(loaded.environment, makeRuntimeDirectory());
    const start = async (configuration: Loaded): Promise<void> => {
      await boot({ ...standing, loaded: configuration, notes: warningsOf(configuration) });
    };
    const onBooted = (live: Booted): void => {
      booted = live;
      for (const signal of early.splice(0)) live.onSignal(signal);
    };
    const standing: Omit<BootOptions, 'loaded' | 'notes'> = {
      system,
      consoles,
      reload: async () => {
        const next = await load(options, source, system, () => {});
        if (refuses(next, consoles))
          throw new UserError('the new configuration has errors; the old one stays');
        writeFiles(next, source);
        return next;
      },
      logConsole: consoles.stderr,
      stopBudgetMs: stopBudgetMs(loaded),
      onHangup: 'apply',
      hurries: true,
      serversFirst: false,
      announce: (log) => log.log('info', `supervisord started with pid ${system.pid}`),
      onBooted,
      onRestart: start,
      unitSource: async () =>
        (await import('./unit-reader.ts')).unitReading(options.given, system, (message) =>
          consoles.stderr.note(`initkit: ${message}`),
        ),
    };
    await start(loaded);
  } catch (error) {
    if (stoppedEarly) return await give(EXIT.ok);
    if (!(error instanceof UserError)) throw error;
    consoles.stderr.note(`initkit: ${error.message}`);
    await give(error.exitCode);
  }
}

/** Reads everything that decides: the image's tables, what ENVIRONMENT_INIT exports, what it finds out, the programs. */
export async function load(
  options: Omit<InitOptions, 'command' | 'target'> & { readonly target?: string | null },
  readSource: ConfigSource,
  system: System,
  onCancel: (cancel: () => void) => void,
): Promise<Loaded> {
  const source = withSteadyRandom(readSource);
  const text = system.readText(options.imageFile);
  const image = text === null ? null : { path: options.imageFile, text };
  const { given } = options;
  const script = environmentInit({ image, given });
  let init: { path: string; environment: Readonly<Record<string, string>> } | null = null;
  if (script !== null) {
    const timeoutMs = secondsOf(given, 'ENVIRONMENT_INIT_TIMEOUT', DEFAULT_INIT_TIMEOUT_SECS) * 1000;
    const running = sourceEnvironmentInit(system, script, given, timeoutMs);
    onCancel(() => running.cancel());
    init = { path: script, environment: await running.result };
  }
  const configFile = system.readText(options.configFile) === null ? null : options.configFile;
  const [config] = image === null ? [NO_IMAGE] : readImage(image.text, image.path);
  const found = await findOut({ image: config, source, given, init }, system, onCancel);
  const loaded = loadConfiguration({ source, image, given, init, configFile, ...found });
  return {
    ...loaded,
    image: withTarget(loaded.image, options.target ?? null),
    plan: relocate(loaded.plan, makeRuntimeDirectory()),
  };
}

function withTarget(image: ImageConfig, target: string | null): ImageConfig {
  return target === null
    ? image
    : { ...image, units: { logFormat: image.units?.logFormat ?? 'prefix', target } };
}

/** `docker run IMAGE CMD…`: one command in the environment that the programs would have had. */
function runInstead(
  command: readonly string[],
  system: System,
  loaded: Loaded,
  consoles: Consoles,
): Promise<number> {
  const options = parseRunOptions(['--', ...command]);
  if ('show' in options) throw new Error('a command is no option');
  setInterval(() => {}, FOR_EVER_MS);
  return run(options, system, Object.fromEntries(loaded.environment.values), (note) =>
    wording('initkit', note, options.verbosity, system.pid).forEach((line) => consoles.stderr.note(line)),
  );
}

/** What must be in the file system before programs start. Throws UserError. */
function writeFiles({ image, files }: Loaded, accounts: ConfigSource): void {
  prepareVolumes(image.volumes, accounts);
  for (const { path, text, mode } of files) {
    if (text === null) removeFile(path);
    else writeAtomically(path, text, mode);
  }
}

/** Says all that is wrong, at once, and whether it prevents the start. */
function refuses(loaded: Loaded, consoles: Consoles): boolean {
  const errors = loaded.problems.filter((problem) => problem.severity === 'error');
  for (const problem of errors) consoles.stderr.note(`initkit: ${problemLine(problem)}`);
  return errors.length > 0;
}

function warningsOf(loaded: Loaded): Message[] {
  return loaded.problems.map((problem) => ({ level: 'warn', text: problemText(problem) }));
}

function stopBudgetMs(loaded: Loaded): number | null {
  const values = Object.fromEntries(loaded.environment.values);
  const seconds = secondsOf(values, 'INITKIT_STOP_BUDGET', DEFAULT_STOP_BUDGET_SECS);
  return seconds === 0 ? null : seconds * 1000;
}

function secondsOf(values: Readonly<Record<string, string>>, name: string, otherwise: number): number {
  const text = values[name];
  if (text === undefined || text === '') return otherwise;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new UserError(`cannot read ${name}=${text}: write a number of seconds`);
}

async function leave(system: System, consoles: Consoles, exitCode: number): Promise<never> {
  await flush(system, consoles);
  process.exit(exitCode);
}
