// admin-router: writes nginx.conf from the environment, then becomes Debian's nginx.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { routerConf } from './decide/router-conf.ts';

const NGINX = '/usr/sbin/nginx';
const FOLDER = '/run/dcos-adminrouter';
const EXIT_CONFIGURATION = 78;

try {
  mkdirSync(FOLDER, { recursive: true });
  const file = `${FOLDER}/nginx.conf`;
  writeFileSync(file, routerConf(process.env, FOLDER, existsSync('/proc/net/if_inet6')));
  process.execve?.(NGINX, ['nginx', '-c', file, '-e', '/dev/stderr'], process.env);
} catch (error) {
  process.stderr.write(`admin-router: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(EXIT_CONFIGURATION);
}
