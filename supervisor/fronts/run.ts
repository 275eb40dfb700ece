// `initkit run -- CMD…`: what tini and dumb-init do, and a bounded wait for children that still drain after the command.

import { exitCodeOf } from '../process/ending.ts';
import { SIGNAL_NAMES } from '../process/signals.ts';
import type { ExitStatus } from '../process/state.ts';
import { EXIT } from '../errors.ts';
import type { SpawnResult, System } from '../os/system.ts';
import type { RunOptions } from './run-options.ts';

/** Not to be caught, or not ours to forward. */
const NOT_FORWARDED: ReadonlySet<string> = new Set(['SIGKILL', 'SIGSTOP', 'SIGCHLD', 'SIGSTKFLT', 'SIGPIPE']);

/** Job control: the command is stopped, and then so are we, as dumb-init does, so that a shell above us sees it. */
const STOPPING_SIGNALS: ReadonlySet<string> = new Set(['SIGTSTP', 'SIGTTIN', 'SIGTTOU']);

/** Runs the command to its end and resolves with the exit code to leave with. */
export function run(
  options: RunOptions,
  system: System,
  environment: Readonly<Record<string, string>>,
  say: (message: string) => void,
): Promise<number> {
  return new Promise((resolve) => {
    let pid = 0;
    let ended: ExitStatus | null = null;
    if (options.parentDeathSignal !== null) system.signalOnParentDeath(options.parentDeathSignal);
    const forwarded = SIGNAL_NAMES.filter((name) => !NOT_FORWARDED.has(name));
    system.onSignal(forwarded, (received) => {
      const rewritten = options.rewrites.get(received);
      if (rewritten === null || pid === 0) return;
      const signal = rewritten ?? received;
      // After the command's end, its children still get what is sent to the group.
      system.signal(pid, signal, options.toGroup || ended !== null);
      if (STOPPING_SIGNALS.has(received)) system.signal(system.pid, 'SIGSTOP', false);
    });
    system.onOrphanEnd((orphan) => {
      if (options.warnOnReap) say(`reaped zombie process with pid=${orphan}`);
      if (ended !== null) leaveWhenAlone();
    });

    const leave = (): void => {
      if (ended === null) return;
      const code = exitCodeOf(ended);
      resolve(options.remapped.includes(code) ? 0 : code);
    };
    const leaveWhenAlone = (): void => {
      if (!system.hasChildren()) leave();
    };
    const started = start(options, system, environment, (status) => {
      ended = status;
      if (!system.hasChildren()) return leave();
      // What the command left behind would be killed with us: it is told first, and given a moment.
      if (system.pid === 1) system.signal(1, 'SIGTERM', true);
      else system.signal(pid, 'SIGTERM', true);
      system.after(options.drainSecs * 1000, leave);
    });
    if (typeof started === 'number') resolve(started);
    else pid = started.pid;
  });

  function start(
    { command, session }: RunOptions,
    kernel: System,
    variables: Readonly<Record<string, string>>,
    onEnd: (status: ExitStatus) => void,
  ): (SpawnResult & { kind: 'spawned' }) | number {
    const [name = ''] = command;
    const resolution = kernel.resolveCommand(name, variables['PATH'], null);
    if (resolution.kind === 'failed') {
      say(`cannot run ${name}: ${resolution.message}`);
      return resolution.errno === 'ENOENT' ? EXIT.notFound : EXIT.notExecutable;
    }
    const result = kernel.spawn(
      {
        file: resolution.file,
        argv: command,
        environment: variables,
        directory: null,
        umask: null,
        credentials: null,
        descriptors: [0, 1, 2],
        leads: session ? 'session' : 'group',
        limits: {},
        foreground: true,
      },
      onEnd,
    );
    if (result.kind === 'spawned') return result;
    say(`cannot run ${name}: ${result.message}`);
    return result.errno === 'ENOENT' ? EXIT.notFound : EXIT.notExecutable;
  }
}
