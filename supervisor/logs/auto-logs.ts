// The log files that an earlier run has made by itself (stdout_logfile=AUTO): removed at the start, as supervisord does.

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Removes them, backups included; what cannot be removed is said. */
export function clearAutoLogs(
  directory: string,
  identifier: string,
  onTrouble: (message: string) => void,
): void {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch {
    onTrouble('Could not clear childlog dir');
    return;
  }
  for (const name of names.filter((each) => isAutoLog(each, identifier))) {
    try {
      rmSync(join(directory, name));
    } catch {
      onTrouble(`Failed to clean up '${join(directory, name)}'`);
    }
  }
}

/** `web-stdout---supervisor-k2j_x0ab.log`, `….log.3`. */
export function isAutoLog(name: string, identifier: string): boolean {
  const [before, after] = name.split(/---(.*)/s);
  if (before === undefined || before === '' || after === undefined) return false;
  return after.startsWith(`${identifier}-`) && /^\S+\.log\.?\d{0,4}/.test(after.slice(identifier.length + 1));
}
