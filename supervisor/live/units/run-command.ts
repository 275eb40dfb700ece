// From one command of a unit to a running process: user, directories, environment, streams, limits (systemd.exec(5)).
// What systemd finds out after its fork is, with us, an end of the process that never was, with systemd's exit code.

import { join } from 'node:path';
import type { Pipeline } from '../../logs/pipeline.ts';
import type { SpawnRequest } from '../../os/system.ts';
import type { ExitStatus } from '../../process/state.ts';
import { expandArgv } from '../../units/exec-line.ts';
import type { ExecCommand, ExecSettings, Unit } from '../../units/model.ts';
import { sayOf, type UnitsContext } from './context.ts';
import { credentialVariables, makeCredentials } from './credentials.ts';
import { directoryVariables, makeDirectories } from './directories.ts';
import { identify, ownerOf, type Identity } from './identity.ts';
import { openStreams } from './streams.ts';
import { BASE_ENVIRONMENT, unitEnvironment } from './unit-environment.ts';

export interface UnitCommand {
  readonly unit: Unit;
  readonly settings: ExecSettings;
  readonly command: ExecCommand;
  /** User= and its kin apply (PermissionsStartOnly= says no for all but ExecStart=). */
  readonly asUser: boolean;
  readonly variables: Readonly<Record<string, string>>;
  /** What it gets from 3 on, with their names (sd_listen_fds(3)). */
  readonly sockets: readonly { readonly descriptor: number; readonly name: string }[];
  /** What its descendants are recognised by. */
  readonly mark: number;
  /** The connection or socket that `socket` as a stream means. */
  readonly connection: number | null;
}

export type Started =
  | { readonly kind: 'spawned'; readonly pid: number; readonly pipelines: readonly Pipeline[] }
  /** It has ended before its exec: systemd's exit codes from 200 on. */
  | { readonly kind: 'stillborn'; readonly status: ExitStatus }
  /** There was no process at all. */
  | { readonly kind: 'failed'; readonly message: string };

const EXIT = { chdir: 200, exec: 203, stdout: 209, credentials: 243 } as const;

/** So much of a program's name systemd's child has as its own, the end of it. */
const LONGEST_NAME = 8;

const NOT_THERE = 'No such file or directory';

/** Starts it; `onEnd` is called once, later, if it was spawned. */
export function runCommand(
  request: UnitCommand,
  context: UnitsContext,
  onEnd: (status: ExitStatus) => void,
): Started {
  const { unit, settings, command } = request;
  const { system } = context;
  /** As systemd's own child, before it becomes the program, would have said it. */
  const sayAs = (priority: number, text: string): void => {
    const name = command.path.slice(command.path.lastIndexOf('/') + 1);
    sayOf(context, unit.id, priority, text, `(${name.slice(-LONGEST_NAME)})`);
  };
  const stillborn = (code: number, step: string, why: string): Started => {
    sayAs(3, `${unit.id}: Failed at step ${step} spawning ${command.path}: ${why}`);
    return { kind: 'stillborn', status: { code, signal: null } };
  };
  const identity = identify(request, context);
  if ('code' in identity) return stillborn(identity.code, identity.step, identity.why);
  const environment = unitEnvironment(settings, {
    manager: context.environment,
    container: context.container,
    readText: (path) => system.readText(path),
    account: identity.account,
    onIgnored: (message) => sayOf(context, unit.id, 4, `${unit.id}: ${message}`),
    own: {
      ...request.variables,
      ...directoryVariables(settings),
      ...credentialVariables(unit.id, settings),
      ...listenVariables(request),
    },
  });
  if (environment.kind === 'failed') {
    sayOf(context, unit.id, 4, `${unit.id}: Failed to load environment files: ${environment.message}`);
    return environment;
  }
  const owner = ownerOf(request, context);
  const unmade = makeDirectories(settings, owner);
  if (unmade !== null) return stillborn(unmade.exitCode, 'directories', unmade.message);
  try {
    makeCredentials(unit.id, settings, owner);
  } catch (error) {
    const why = (error as Error).message;
    sayAs(3, `${unit.id}: Failed to set up credentials: ${why}`);
    return stillborn(EXIT.credentials, 'CREDENTIALS', why);
  }
  const directory = directoryOf(settings, identity, system);
  if (directory === null) {
    sayAs(3, `${unit.id}: Changing to the requested working directory failed: ${NOT_THERE}`);
    return stillborn(EXIT.chdir, 'CHDIR', NOT_THERE);
  }
  const argv = command.expandVariables ? expandArgv(command.argv, environment.values) : command.argv;
  const resolution = system.resolveCommand(command.path, searchPath(settings), directory);
  if (resolution.kind === 'failed') {
    const why = resolution.errno === 'EACCES' ? 'Permission denied' : 'No such file or directory';
    if (resolution.errno === 'ENOENT' && command.ignoreFailure) {
      const text = `${unit.id}: Executable ${command.path} missing, skipping: ${why}`;
      sayAs(6, text);
      return { kind: 'stillborn', status: { code: 0, signal: null } };
    }
    sayAs(3, `${unit.id}: Failed to locate executable ${command.path}: ${why}`);
    return stillborn(EXIT.exec, 'EXEC', why);
  }
  let streams: ReturnType<typeof openStreams>;
  try {
    streams = openStreams(request, context, identity.credentials?.uid ?? null);
  } catch (error) {
    return stillborn(EXIT.stdout, 'STDOUT', (error as Error).message);
  }
  const spawnRequest: SpawnRequest = {
    file: resolution.file,
    argv: [argv[0] ?? command.path, ...argv.slice(1)],
    environment: Object.fromEntries(environment.values),
    directory,
    umask: settings.umask,
    credentials: identity.credentials,
    descriptors: [...streams.descriptors, ...request.sockets.map(({ descriptor }) => descriptor)],
    leads: 'session',
    limits: {},
    closestLimits: settings.limits,
    ignoreSigpipe: settings.ignoreSigpipe,
    mark: request.mark,
    capabilities: command.privileges === 'full' ? [] : settings.ambientCapabilities,
    ...(settings.nice !== null && { nice: settings.nice }),
    ...(settings.oomScoreAdjust !== null && { oomScore: settings.oomScoreAdjust }),
    pidVariables: [
      ...(request.sockets.length > 0 ? ['LISTEN_PID'] : []),
      ...(request.variables['WATCHDOG_USEC'] === undefined ? [] : ['WATCHDOG_PID']),
    ],
  };
  const result = system.spawn(spawnRequest, (status) => {
    streams.drain();
    onEnd(status);
  });
  if (result.kind === 'failed') {
    streams.abandon();
    if (result.errno === 'EAGAIN' || result.errno === 'ENOMEM')
      return { kind: 'failed', message: result.message };
    return stillborn(EXIT.exec, 'EXEC', result.message);
  }
  // Only we may lower it, and only from outside: the program itself may be another user's by now.
  if (settings.nice !== null && settings.nice < 0) system.setNice(result.pid, settings.nice);
  // A container that may not do so is no reason not to run: systemd passes over it as well.
  if (settings.oomScoreAdjust !== null && settings.oomScoreAdjust < 0)
    system.setOomScore(result.pid, settings.oomScoreAdjust);
  return { kind: 'spawned', pid: result.pid, pipelines: streams.begin(result.pid) };
}

/** Where a command without a slash is looked for, whatever PATH it is to have (systemd.service(5), "Command lines"). */
function searchPath({ execSearchPath }: ExecSettings): string | undefined {
  return execSearchPath.length > 0 ? execSearchPath.join(':') : BASE_ENVIRONMENT['PATH'];
}

function listenVariables({ sockets }: UnitCommand): Record<string, string> {
  if (sockets.length === 0) return {};
  return {
    LISTEN_FDS: String(sockets.length),
    LISTEN_FDNAMES: sockets.map(({ name }) => name).join(':'),
  };
}

function directoryOf(
  { workingDirectory }: ExecSettings,
  { account }: Identity,
  system: UnitsContext['system'],
): string | null {
  if (workingDirectory === null) return '/';
  const path = workingDirectory.path === '~' ? (account?.home ?? '/root') : workingDirectory.path;
  const found = system.resolveCommand(join(path, '.'), undefined, '/');
  if (found.kind === 'failed' && found.errno === 'EISDIR') return path;
  return workingDirectory.optional ? '/' : null;
}
