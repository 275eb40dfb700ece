// The door to other programs. Its library is loaded only when one is called: an unchanged family calls none but git.

import type { Options } from 'execa';

/** Resolves when the program ends with 0; else rejects with execa's error, which has its output. */
export async function runProgram(
  program: string,
  parameters: readonly string[],
  options: Options = {},
): Promise<{ stdout: string }> {
  const { execa } = await import('execa');
  const { stdout } = await execa(program, parameters, {
    ...(options.input === undefined ? { stdin: 'ignore' as const } : {}),
    ...options,
  });
  return { stdout: typeof stdout === 'string' ? stdout : '' };
}

/** Like runProgram, in a process group of its own that an abort ends at once, children included. */
export async function runProgramGroup(
  program: string,
  parameters: readonly string[],
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { execa } = await import('execa');
  const running = execa(program, parameters, { stdin: 'ignore', ...options, detached: true });
  const end = (): void => {
    if (running.pid === undefined) return;
    try {
      process.kill(-running.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    await running;
  } finally {
    signal.removeEventListener('abort', end);
  }
}
