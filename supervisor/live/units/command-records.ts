// When the commands of a service ran last and how they ended, as `systemctl show` and `status` tell it.

import type { ExitStatus } from '../../process/state.ts';
import { signalNumber } from '../../process/signals.ts';
import type { ExecCommand } from '../../units/model.ts';
import { timestamp } from './timestamps.ts';

/** One run of one command. Times are milliseconds since 1970. */
interface CommandRun {
  readonly pid: number;
  readonly startedAtMs: number;
  endedAtMs: number | null;
  status: ExitStatus | null;
}

export interface CommandRecords {
  /** A new start of the service: what was is forgotten. */
  clear(): void;
  began(list: string, index: number, pid: number, atMs: number): void;
  /** Nothing for a process that was not begun here. */
  ended(pid: number, status: ExitStatus, atMs: number): void;
  of(list: string, index: number): CommandRun | null;
}

export function createCommandRecords(): CommandRecords {
  const runs = new Map<string, CommandRun>();
  return {
    clear: () => runs.clear(),
    began: (list, index, pid, startedAtMs) =>
      void runs.set(`${list}#${index}`, { pid, startedAtMs, endedAtMs: null, status: null }),
    ended(pid, status, atMs) {
      const run = [...runs.values()].find((each) => each.pid === pid && each.status === null);
      if (run === undefined) return;
      run.endedAtMs = atMs;
      run.status = status;
    },
    of: (list, index) => runs.get(`${list}#${index}`) ?? null,
  };
}

/** A line for each command: `{ path=… ; argv[]=… ; ignore_errors=no ; start_time=[…] ; … }`. */
export function commandsText(
  commands: readonly ExecCommand[],
  runOf: (index: number) => CommandRun | null,
): string {
  return commands.map((command, index) => commandText(command, runOf(index))).join('\n');
}

function commandText(command: ExecCommand, run: CommandRun | null): string {
  const at = (ms: number | null): string => `[${ms === null ? 'n/a' : timestamp(ms)}]`;
  const status = run?.status ?? null;
  const code = status === null ? '(null)' : status.code !== null ? 'exited' : 'killed';
  const number = status === null ? '0/0' : String(status.code ?? signalNumber(status.signal ?? '') ?? 0);
  return [
    `{ path=${command.path}`,
    `argv[]=${command.argv.join(' ')}`,
    `ignore_errors=${command.ignoreFailure ? 'yes' : 'no'}`,
    `start_time=${at(run?.startedAtMs ?? null)}`,
    `stop_time=${at(run?.endedAtMs ?? null)}`,
    `pid=${Math.max(0, run?.pid ?? 0)}`,
    `code=${code}`,
    `status=${number} }`,
  ].join(' ; ');
}
