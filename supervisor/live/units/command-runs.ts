// The commands of a unit that is no service: one after the other, each within the unit's time (ExecStartPre= of a socket).

import type { Cancel } from '../../os/system.ts';
import { describeStatus, resultOf } from '../../units/machine/exit-status.ts';
import type { ExecCommand, ExecSettings, Unit } from '../../units/model.ts';
import type { UnitsContext } from './context.ts';
import { markOf } from './process-set.ts';
import { runCommand } from './run-command.ts';

export type Phase = 'start-pre' | 'start-post' | 'stop-pre' | 'stop-post';

export interface CommandRuns {
  /** Runs them all, and then `done`, at once where there are none; the first that fails ends it. */
  run(phase: Phase, commands: readonly ExecCommand[], done: (ok: boolean) => void): void;
  /** Kills what runs, and forgets what was to follow. */
  kill(): void;
  pids(): readonly number[];
}

export interface CommandRunsOptions {
  readonly context: UnitsContext;
  readonly say: (priority: number, text: string) => void;
  readonly unit: () => Unit;
  readonly exec: () => ExecSettings;
  readonly timeoutMs: () => number;
  readonly onPhase: (phase: Phase) => void;
}

export function createCommandRuns(options: CommandRunsOptions): CommandRuns {
  const { context, say } = options;
  let current: { readonly pid: number | null; cancelled: boolean } | null = null;
  let timer: Cancel | null = null;

  const next = (commands: readonly ExecCommand[], done: (ok: boolean) => void): void => {
    const [command, ...rest] = commands;
    if (command === undefined) return done(true);
    const request = {
      unit: options.unit(),
      settings: options.exec(),
      command,
      asUser: true,
      variables: {},
      sockets: [],
      connection: null,
      mark: markOf(context.newInvocation()),
    };
    const started = runCommand(request, context, (status) => {
      timer?.();
      timer = null;
      if (run.cancelled) return;
      current = null;
      const ok = command.ignoreFailure || resultOf(status, 'command', NO_MORE) === 'success';
      if (!ok) say(5, `Control process exited, ${describeStatus(status)}`);
      if (ok) next(rest, done);
      else done(false);
    });
    const run = { pid: started.kind === 'spawned' ? started.pid : null, cancelled: false };
    if (started.kind !== 'spawned') return command.ignoreFailure ? next(rest, done) : done(false);
    current = run;
    const limit = options.timeoutMs();
    if (limit === Infinity) return;
    timer = context.system.after(limit, () => {
      say(4, 'Control process timed out. Killing.');
      context.system.signal(started.pid, 'SIGKILL', true);
    });
  };

  return {
    run(phase, commands, done) {
      if (commands.length > 0) options.onPhase(phase);
      next(commands, done);
    },
    kill() {
      timer?.();
      timer = null;
      if (current === null) return;
      current.cancelled = true;
      if (current.pid !== null) context.system.signal(current.pid, 'SIGKILL', true);
      current = null;
    },
    pids: () => (current?.pid === null || current === null ? [] : [current.pid]),
  };
}

const NO_MORE = { codes: [], signals: [] };
