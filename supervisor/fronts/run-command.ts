// The front of one-command mode: reads its command line and connects it to the kernel.

import { EXIT } from '../errors.ts';
import { linuxSystem } from '../os/linux.ts';
import { run } from './run.ts';
import { parseRunOptions, RUN_HELP } from './run-options.ts';
import { VERSION } from '../version.ts';

/** Resolves with the exit code; throws UserError for a wrong command line. */
export async function runCommand(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const options = parseRunOptions(argv);
  if (options === 'help' || options === 'version') {
    process.stdout.write(options === 'help' ? RUN_HELP : `initkit ${VERSION}\n`);
    return EXIT.ok;
  }
  const system = linuxSystem();
  const keepAlive = setInterval(() => {}, 2 ** 31 - 1);
  const code = await run(options, system, environment, (message) =>
    process.stderr.write(`initkit: ${message}\n`),
  );
  clearInterval(keepAlive);
  return code;
}
