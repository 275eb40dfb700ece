// Where supervisord and supervisorctl look for a configuration when none is named (options.py, searchpaths).

import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { workingDirectory } from '../os/working-directory.ts';

/** The first file of supervisord's search path that is there, or null. `argv0` is the path we were called by. */
export function findConfigFile(argv0: string): string | null {
  const cwd = workingDirectory();
  const here = dirname(resolve(cwd, argv0));
  const candidates = [
    resolve(here, '../etc/supervisord.conf'),
    resolve(here, '../supervisord.conf'),
    resolve(cwd, 'supervisord.conf'),
    resolve(cwd, 'etc/supervisord.conf'),
    '/etc/supervisord.conf',
    '/etc/supervisor/supervisord.conf',
  ];
  return candidates.find((candidate) => existsSync(candidate)) ?? null;
}
