// Installs Debian packages that the toolkit itself needs on this machine, saying so; only as root.

import { messageOf, ToolError } from '../model/errors.ts';
import { runProgram } from './programs.ts';

export async function installDebianPackages(
  packages: readonly string[],
  note: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const list = packages.join(' ');
  if (process.getuid?.() !== 0) {
    throw new ToolError('engine', {
      message: `${list} is not installed`,
      remedy: `as root: apt-get install --no-install-recommends ${list}`,
    });
  }
  note(`installing ${list} from Debian (apt-get)`);
  const options = {
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    cancelSignal: signal,
    all: true,
  } as const;
  try {
    await runProgram('apt-get', ['update'], options);
    await runProgram('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], options);
  } catch (error) {
    const all =
      typeof error === 'object' && error !== null && 'all' in error ? String(error.all) : messageOf(error);
    const lines = all.split('\n').filter((line) => /^(E:|Err:)/.test(line));
    throw new ToolError(
      'engine',
      { message: `cannot install ${list}: ${lines.slice(0, 2).join(' / ') || messageOf(error)}` },
      error,
    );
  }
}
