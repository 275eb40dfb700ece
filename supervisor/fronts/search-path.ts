// Where supervisord and supervisorctl look for a configuration when none is named (options.py, searchpaths).

import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The first file of supervisord's search path that is there, or null. `argv0` is the path we were called by. */
export function findConfigFile(argv0: string): string | null {
  const here = dirname(resolve(argv0));
  const candidates = [
    resolve(here, '../etc/supervisord.conf'),
    resolve(here, '../supervisord.conf'),
    resolve('supervisord.conf'),
    resolve('etc/supervisord.conf'),
    '/etc/supervisord.conf',
    '/etc/supervisor/supervisord.conf',
  ];
  return candidates.find((candidate) => existsSync(candidate)) ?? null;
}
