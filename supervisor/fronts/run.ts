// `initkit run -- CMD…`: what tini and dumb-init do, and a bounded wait for children that still drain after the command.

import { exitCodeOf } from '../process/ending.ts';
import { REAL_TIME_NAMES, SIGNAL_NAMES } from '../process/signals.ts';
import type { ExitStatus } from '../process/state.ts';
import { EXIT } from '../errors.ts';
import type { SpawnRequest, SpawnResult, System } from '../os/system.ts';
import type { RunOptions } from './run-options.ts';
import type { RunNote } from './run-voice.ts';

/** Not to be caught, or not ours to forward. */
const NOT_FORWARDED: ReadonlySet<string> = new Set(['SIGKILL', 'SIGSTOP', 'SIGCHLD']);

/** Job control: the command is stopped, and then so are we, as dumb-init does, so that a shell above us sees it. */
const STOPPING_SIGNALS: ReadonlySet<string> = new Set(['SIGTSTP', 'SIGTTIN', 'SIGTTOU']);

const SHELL = '/bin/sh';

/** Runs the command to its end and resolves with the exit code to leave with. */
export function run(
  options: RunOptions,
  system: System,
  environment: Readonly<Record<string, string>>,
  say: (note: RunNote) => void,
): Promise<number> {
  return new Promise((resolve) => {
    let pid = 0;
    let ended: ExitStatus | null = null;
    const handOff = new Set<string>();
    if (!system.reaps) say({ kind: 'cannot-reap' });
    if (options.parentDeathSignal !== null) system.signalOnParentDeath(options.parentDeathSignal);
    system.onSignal(
      [...SIGNAL_NAMES, ...REAL_TIME_NAMES].filter((name) => !NOT_FORWARDED.has(name)),
      (received) => {
        say({ kind: 'received', signal: received });
        if (handOff.delete(received)) say({ kind: 'hand-off-ignored', signal: received });
        else if (pid !== 0) forward(received);
      },
    );
    system.onOrphanEnd((orphan, status) => {
      say({ kind: 'reaped', pid: orphan, status, warn: options.warnOnReap });
      if (ended !== null && !system.hasChildren()) leave();
    });

    const forward = (received: string): void => {
      const rewritten = options.rewrites.get(received);
      if (rewritten !== undefined) say({ kind: 'rewritten', signal: received, by: rewritten });
      if (rewritten !== null) {
        const signal = rewritten ?? received;
        // After the command's end, its children still get what is sent to the group.
        system.signal(pid, signal, options.toGroup || ended !== null);
        say({ kind: 'forwarded', signal });
      }
      if (!STOPPING_SIGNALS.has(received)) return;
      say({ kind: 'suspending' });
      system.signal(system.pid, 'SIGSTOP', false);
    };
    const leave = (): void => {
      if (ended === null) return;
      const code = exitCodeOf(ended);
      say({ kind: 'leaving', code });
      resolve(options.remapped.includes(code) ? 0 : code);
    };
    const commandEnded = (status: ExitStatus): void => {
      ended = status;
      say({ kind: 'ended', pid, status });
      // Not PID 1, and not to speak to more than the command: what it has left behind outlives us, as it is.
      const bereaves = system.pid === 1 || options.toGroup;
      if (!bereaves) return leave();
      // What would be killed with us, or has lost its leader, is told first, and given a moment.
      const farewell = options.rewrites.get('SIGTERM');
      if (farewell !== null) system.signal(system.pid === 1 ? 1 : pid, farewell ?? 'SIGTERM', true);
      if (!system.hasChildren()) return leave();
      system.after(options.drainSecs * 1000, leave);
    };

    const session = options.leads === 'session' ? leaveTerminal() : null;
    const started = start(options.command, commandEnded);
    if (typeof started === 'number') return resolve(started);
    pid = started.pid;
    say({ kind: 'spawned', pid, command: options.command[0] ?? '', session });

    /** The terminal is to be the command's: ours may not be in its way. */
    function leaveTerminal(): 'with terminal' | 'without terminal' {
      const left = system.leaveTerminal();
      if (left === 'none') {
        say({ kind: 'no-terminal-to-leave' });
        return 'without terminal';
      }
      const asLeader = left === 'left as leader';
      say({ kind: 'terminal-left', asLeader });
      if (asLeader) ['SIGHUP', 'SIGCONT'].forEach((signal) => handOff.add(signal));
      return 'with terminal';
    }
  });

  function start(
    command: readonly string[],
    onEnd: (status: ExitStatus) => void,
  ): (SpawnResult & { kind: 'spawned' }) | number {
    const [name = ''] = command;
    const refuse = (errno: string): number => {
      say({ kind: 'cannot-run', command: name, errno });
      return errno === 'ENOENT' ? EXIT.notFound : EXIT.notExecutable;
    };
    const resolution = system.resolveCommand(name, environment['PATH'], null);
    if (resolution.kind === 'failed') return refuse(resolution.errno);
    const { file } = resolution;
    const request: SpawnRequest = {
      file,
      argv: command,
      environment,
      directory: null,
      umask: null,
      credentials: null,
      descriptors: [0, 1, 2],
      leads: options.leads,
      limits: {},
      foreground: true,
    };
    const first = system.spawn(request, onEnd);
    // A script without a first line that names its interpreter is the shell's, as execvp(3) has it.
    const result =
      first.kind === 'failed' && first.errno === 'ENOEXEC'
        ? system.spawn({ ...request, file: SHELL, argv: [SHELL, file, ...command.slice(1)] }, onEnd)
        : first;
    return result.kind === 'spawned' ? result : refuse(result.errno);
  }
}
