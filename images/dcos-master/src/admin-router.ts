// admin-router: writes nginx.conf from the environment, then becomes Debian's nginx.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { routerConf } from './decide/router-conf.ts';

const NGINX = '/usr/sbin/nginx';
const FOLDER = '/run/dcos-adminrouter';
const EXIT_CONFIGURATION = 78;

try {
  mkdirSync(FOLDER, { recursive: true });
  const file = `${FOLDER}/nginx.conf`;
  const place = {
    folder: FOLDER,
    canListenOnIpv6: existsSync('/proc/net/if_inet6'),
    hosts: readFileSync('/etc/hosts', 'utf8'),
  };
  writeFileSync(file, routerConf(process.env, place));
  process.execve?.(NGINX, ['nginx', '-c', file, '-e', '/dev/stderr'], process.env);
} catch (error) {
  process.stderr.write(`admin-router: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(EXIT_CONFIGURATION);
}
