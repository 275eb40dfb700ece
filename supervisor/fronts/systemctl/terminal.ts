// systemctl and journalctl on the real terminal, talking to the manager behind the control socket.

import { StatusError } from '../../control/client.ts';
import { bringUp, findManager } from './bring-up.ts';
import { Failure } from './failure.ts';
import type { Io, Managers } from './session.ts';

type Command = (argv: readonly string[], io: Io, managers: Managers) => Promise<number>;

/** Runs a command; what ends it is told, and becomes the exit code. */
export async function runOnTerminal(command: Command, argv: readonly string[]): Promise<number> {
  const io = terminalIo();
  // `systemctl | head`: whoever reads has seen enough.
  process.stdout.on('error', () => process.exit(0));
  try {
    return await command(argv, io, { find: findManager, bringUp });
  } catch (error) {
    if (error instanceof Failure) {
      if (error.exitCode === 0) io.out(`${error.message}\n`);
      else io.err(`${error.message}\n`);
      return error.exitCode;
    }
    const message = connectionFailure(error);
    if (message === null) throw error;
    io.err(`Failed to connect to bus: ${message}\n`);
    return 1;
  }
}

function terminalIo(): Io {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    columns: process.stdout.isTTY ? process.stdout.columns : null,
    environment: process.env,
    wallClock: () => Date.now(),
    monotonicUs: () => Number(process.hrtime.bigint() / 1000n),
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EACCES: 'Permission denied',
  ENOENT: 'No such file or directory',
  EPIPE: 'Broken pipe',
};

/** Null for what is a defect. */
function connectionFailure(error: unknown): string | null {
  if (error instanceof StatusError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? null;
}
