// From a Program to a running process: its environment, user, descriptors and command, all of them or none.

import { readEnvFile } from '../config/envfile.ts';
import { UserError, SystemError } from '../errors.ts';
import type { FcgiSockets, SocketLease } from './fcgi-sockets.ts';
import { readPipe, type Pipeline } from '../logs/pipeline.ts';
import { NO_STDIN, programStdin, type ProgramStdin } from '../logs/program-stdin.ts';
import type { Route } from '../logs/program-output.ts';
import type { Program } from '../model.ts';
import type { NotifySocket, System } from '../os/system.ts';
import type { ExitStatus, SpawnFailure } from '../process/state.ts';

export interface LaunchContext {
  readonly system: System;
  /** The resolved environment that every program inherits. */
  readonly environment: Readonly<Record<string, string>>;
  readonly serverUrl: string | null;
  readonly fcgi: FcgiSockets;
  /** Where sockets of ours may be made; null where no place may be written to. */
  readonly runtimeDirectory: () => string | null;
  /** A descriptor of /dev/null. */
  readonly devNull: number;
  /** Why a command that was not found will never be there, or null. */
  readonly whyAbsent: (command: string) => string | null;
  readonly pipes: PipeEnds;
}

/** What becomes of our ends of a program's pipes; a test without a kernel has others. */
export interface PipeEnds {
  readonly read: typeof readPipe;
  readonly feed: typeof programStdin;
}

export const PIPE_ENDS: PipeEnds = { read: readPipe, feed: programStdin };

export interface Routes {
  readonly stdout: Route;
  /** null where it goes the way of stdout. */
  readonly stderr: Route | null;
}

export interface Running {
  readonly pid: number;
  readonly stdin: ProgramStdin;
  readonly pipelines: readonly Pipeline[];
  /** Where it says that it is ready, for `ready=notify`. */
  readonly notify: NotifySocket | null;
}

/** Starts the program, or says why it cannot be started; nothing half-done is left in either case. */
export function launch(
  program: Program,
  routes: Routes,
  context: LaunchContext,
  onEnd: (status: ExitStatus) => void,
): Running | SpawnFailure {
  const { system } = context;
  const opened: number[] = [];
  const open = (): { readEnd: number; writeEnd: number } => {
    const pipe = system.pipe();
    opened.push(pipe.readEnd, pipe.writeEnd);
    return pipe;
  };
  const closeAll = (descriptors: readonly number[]): void =>
    descriptors.forEach((each) => system.close(each));
  let lease: SocketLease | null = null;
  let notify: NotifySocket | null = null;
  try {
    const request = prepare(program, context);
    if ('errno' in request) return request;
    const { socket } = program;
    lease = socket === undefined ? null : context.fcgi.lease(program.group, socket);
    const stdin = lease === null ? open() : null;
    const uid = request.credentials?.uid ?? null;
    const notifyPath = notifyPathOf(program, context);
    if (notifyPath !== null) notify = system.openNotifySocket(notifyPath, uid);
    const notifyVariable = notifyPath === null ? {} : { NOTIFY_SOCKET: notifyPath };
    const environment = { ...request.environment, ...notifyVariable };
    const outlets = [routes.stdout, ...(routes.stderr === null ? [] : [routes.stderr])].map((route) => {
      if (route.kind === 'direct') return { descriptor: route.descriptor, route, readEnd: null };
      if (route.kind === 'discard') return { descriptor: context.devNull, route, readEnd: null };
      const pipe = open();
      if (uid !== null) system.giveAway(pipe.writeEnd, uid);
      return { descriptor: pipe.writeEnd, route, readEnd: pipe.readEnd };
    });
    const [stdout, stderr = stdout] = outlets;
    if (stdout === undefined || stderr === undefined) throw new Error('a program has a stdout');
    const input = lease?.descriptor ?? stdin?.readEnd ?? context.devNull;
    const descriptors = [input, stdout.descriptor, stderr.descriptor];
    const held = lease;
    const result = system.spawn({ ...request, environment, descriptors }, (status) => {
      held?.giveBack();
      onEnd(status);
    });
    if (result.kind === 'failed') {
      closeAll(opened);
      held?.giveBack();
      notify?.close();
      return { errno: result.errno, message: result.message, permanent: false };
    }
    const kept = new Set([stdin?.writeEnd, ...outlets.map((outlet) => outlet.readEnd)]);
    closeAll(opened.filter((descriptor) => !kept.has(descriptor)));
    const pipelines = outlets.flatMap(({ route, readEnd }) => {
      if (route.kind !== 'pipe' || readEnd === null) return [];
      const { sink, whenDrained } = route.open(result.pid);
      const pipeline = context.pipes.read(readEnd, sink, whenDrained, system);
      void pipeline.ended.then(() => sink.close());
      return [pipeline];
    });
    return {
      pid: result.pid,
      stdin: stdin === null ? NO_STDIN : context.pipes.feed(stdin.writeEnd, system),
      pipelines,
      notify,
    };
  } catch (error) {
    closeAll(opened);
    lease?.giveBack();
    notify?.close();
    if (error instanceof SystemError) return { errno: error.code, message: error.message, permanent: false };
    if (error instanceof UserError) return { errno: 'EINVAL', message: error.message, permanent: false };
    throw error;
  }
}

/** One socket per process, for `ready=notify`. */
function notifyPathOf(program: Program, context: LaunchContext): string | null {
  if (program.ready?.kind !== 'notify') return null;
  const directory = context.runtimeDirectory();
  if (directory !== null) return `${directory}/notify-${program.group}-${program.name}.sock`;
  throw new UserError(
    `cannot make the notification socket of ${program.name}: no directory may be written to`,
  );
}

/** Whether the program's command could be started now, as a client that asks for its start wants to know. */
export function checkCommand(program: Program, context: LaunchContext): SpawnFailure | null {
  try {
    const prepared = prepare(program, context);
    return 'errno' in prepared ? prepared : null;
  } catch (error) {
    if (error instanceof UserError) return { errno: 'EINVAL', message: error.message, permanent: false };
    throw error;
  }
}

type Prepared = Omit<Parameters<System['spawn']>[0], 'descriptors'>;

/** Everything about the start but its descriptors. */
function prepare(program: Program, context: LaunchContext): Prepared | SpawnFailure {
  const { system } = context;
  if (program.commandProblem !== undefined) {
    return { errno: 'EINVAL', message: program.commandProblem, permanent: false };
  }
  const user = program.user === null ? null : system.credentialsOf(program.user);
  if (user !== null && user.uid !== system.uid && system.uid !== 0) {
    throw new UserError(`cannot run ${program.name} as ${user.name}: the supervisor is not root`);
  }
  const environment = environmentOf(program, context, user);
  const [command = ''] = program.argv;
  const resolution = system.resolveCommand(command, environment['PATH'], program.directory);
  if (resolution.kind === 'failed') {
    const why = resolution.errno === 'ENOENT' ? context.whyAbsent(command) : null;
    return { errno: resolution.errno, message: why ?? resolution.message, permanent: why !== null };
  }
  return {
    file: resolution.file,
    argv: program.argv,
    environment,
    directory: program.directory,
    umask: program.umask,
    credentials: user !== null && system.uid === 0 ? user : null,
    leads: 'group',
    limits: program.limits,
  };
}

/** Later wins: inherited, supervisord's own variables, HOME and its kin if asked for, files, the program's. */
function environmentOf(
  program: Program,
  context: LaunchContext,
  user: ReturnType<System['credentialsOf']> | null,
): Record<string, string> {
  const account =
    program.setHome && user !== null
      ? { HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell }
      : {};
  const serverUrl = program.serverUrl ?? context.serverUrl;
  return {
    ...context.environment,
    SUPERVISOR_ENABLED: '1',
    ...(serverUrl === null ? {} : { SUPERVISOR_SERVER_URL: serverUrl }),
    SUPERVISOR_PROCESS_NAME: program.name,
    SUPERVISOR_GROUP_NAME: program.group,
    ...account,
    ...Object.assign({}, ...program.environmentFiles.map((path) => environmentFile(path, context.system))),
    ...program.environment,
  };
}

/** As systemd's EnvironmentFile=: a leading `-` makes the file optional. */
function environmentFile(path: string, system: System): Record<string, string> {
  const optional = path.startsWith('-');
  const file = optional ? path.slice(1) : path;
  const text = system.readText(file);
  if (text !== null) return Object.fromEntries(readEnvFile(text, file).values);
  if (optional) return {};
  throw new UserError(`cannot read environment_file ${file}`);
}
