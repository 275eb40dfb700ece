// The front of one-command mode: reads its command line and connects it to the kernel.

import { UserError } from '../errors.ts';
import { linuxSystem } from '../os/linux.ts';
import { run } from './run.ts';
import { parseRunOptions, type RunOptions, type RunShow } from './run-options.ts';
import { showRunText } from './run-texts.ts';
import { wording, type RunName } from './run-voice.ts';

/** tini's and dumb-init's exit code for a wrong command line. */
const REFUSED = 1;

/** Resolves with the exit code; throws UserError for a wrong command line of our own. */
export async function runCommand(
  name: RunName,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const options = readOptions(name, argv, environment);
  if (options === null) return REFUSED;
  if ('show' in options) return showRunText(name, options);
  const system = linuxSystem({ adopts: options.adopts });
  const keepAlive = setInterval(() => {}, 2 ** 31 - 1);
  const result = run(options, system, environment, (note) => {
    for (const line of wording(name, note, options.verbosity, process.pid)) process.stderr.write(`${line}\n`);
  });
  // The command has started, where we did: nothing is kept busy by our being there.
  process.chdir('/');
  const code = await result;
  clearInterval(keepAlive);
  return code;
}

/** Null where it was wrong by the name of another command, which has then been said in that command's way. */
function readOptions(
  name: RunName,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
): RunOptions | RunShow | null {
  try {
    return parseRunOptions(argv, name, environment);
  } catch (error) {
    if (name === 'initkit' || !(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return null;
  }
}
