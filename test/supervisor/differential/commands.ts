// The command of both supervisors, run to its end: what it says, and somebody who is in its way.

import { createServer, type Server } from 'node:net';
import type { Side } from './pair.ts';
import type { Finished } from './process.ts';

export const SECTIONS = `
[program:steady]
command=/bin/sleep 1000
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
`;
/** What a command says, with its own name and directory taken out. */
export function said(side: Side, { code, stdout, stderr }: Finished): Record<string, unknown> {
  const plain = (text: string): string =>
    text
      .replaceAll(side.directory, '%D')
      .replace(/For help, use .* -h/, 'For help, use COMMAND -h')
      .replace(/^also: .*\n/gm, '');
  return { code, stdout: plain(stdout), stderr: plain(stderr) };
}

/** Runs the command to its end; one that does not end by itself is ended, and has no exit code then. */
export async function ending(side: Side, args: readonly string[], cwd?: string): Promise<Finished> {
  const { child, finished } = side.supervisord(args, cwd);
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  return finished.finally(() => clearTimeout(timer));
}

/** A server of somebody else. */
export function answering(): Server {
  return createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.0 404 \r\n\r\n'));
}
