// nginx's configuration of the admin router: Mesos, Marathon and Exhibitor behind one port, and their health.

import type { Variables } from '../../../dcos-base/src/decide/outcome.ts';

interface Upstream {
  readonly name: string;
  readonly variable: string;
  readonly address: string;
  /** Prefixes of paths that are cut off before the request goes on. */
  readonly locations: readonly string[];
  /** What the upstream's own paths begin with. */
  readonly root: string;
  readonly health: string;
}

const UPSTREAMS: readonly Upstream[] = [
  {
    name: 'mesos',
    variable: 'ADMINROUTER_MESOS',
    address: '127.0.0.1:5050',
    locations: ['/mesos/'],
    root: '/',
    health: '/health',
  },
  {
    name: 'marathon',
    variable: 'ADMINROUTER_MARATHON',
    address: '127.0.0.1:8080',
    locations: ['/service/marathon/', '/marathon/'],
    root: '/',
    health: '/ping',
  },
  {
    name: 'exhibitor',
    variable: 'ADMINROUTER_EXHIBITOR',
    address: '127.0.0.1:8181',
    locations: ['/exhibitor/'],
    root: '/exhibitor/',
    health: '/exhibitor/v1/cluster/state',
  },
  {
    name: 'zookeeper',
    variable: 'ADMINROUTER_ZOOKEEPER',
    address: '127.0.0.1:2182',
    locations: [],
    root: '/',
    health: '/commands/srvr',
  },
];

/** The text of nginx.conf. Throws an Error for a value that cannot stand in it. */
export function routerConf(environment: Variables, folder: string, canListenOnIpv6: boolean): string {
  const port = environment['ADMINROUTER_PORT'] || '80';
  if (!/^\d{1,5}$/.test(port)) throw new Error(`cannot read ADMINROUTER_PORT=${port}: it is no port`);
  const upstreams = UPSTREAMS.map((upstream) => ({ ...upstream, address: addressOf(upstream, environment) }));
  return `# Written at each start from ADMINROUTER_*.
daemon off;
pid ${folder}/nginx.pid;
error_log /dev/stderr warn;
worker_processes auto;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  access_log ${environment['ADMINROUTER_ACCESS_LOG'] === 'enabled' ? '/dev/stdout' : 'off'};
  server_tokens off;
  absolute_redirect off;
  client_max_body_size 0;
  proxy_http_version 1.1;
  proxy_buffering off;
  proxy_read_timeout 1h;
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
${['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `  ${TEMPORARY[kind]} ${folder}/${kind};`).join('\n')}
${upstreams.map(({ name, address }) => `  upstream ${name} { server ${address}; keepalive 8; }`).join('\n')}
  server {
    listen ${port};
${canListenOnIpv6 ? `    listen [::]:${port};\n` : ''}${tls(environment, canListenOnIpv6)}
    default_type application/json;
    location = /health { return 200 '{"adminrouter":"ok"}\\n'; }
    location = / { default_type text/html; return 200 '${page(upstreams.map(({ name }) => name))}'; }
${upstreams.map(locationsOf).join('\n')}
  }
}
`;
}

const TEMPORARY: Readonly<Record<string, string>> = {
  body: 'client_body_temp_path',
  proxy: 'proxy_temp_path',
  fastcgi: 'fastcgi_temp_path',
  uwsgi: 'uwsgi_temp_path',
  scgi: 'scgi_temp_path',
};

function addressOf({ variable, address }: Upstream, environment: Variables): string {
  const own =
    variable === 'ADMINROUTER_ZOOKEEPER'
      ? `127.0.0.1:${environment['ZOOKEEPER_ADMIN_PORT'] || 2182}`
      : address;
  const text = (environment[variable] || own).replace(/^http:\/\//, '').replace(/\/$/, '');
  if (/^(?:[A-Za-z0-9_.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/.test(text)) return text;
  throw new Error(`cannot read ${variable}=${environment[variable]}: it is no host:port`);
}

function locationsOf({ name, locations, root, health, address }: Upstream): string {
  const silent = `error_page 502 504 = @no-${name};`;
  const proxied = locations.map(
    (location) => `    location ${location} { proxy_pass http://${name}${root}; ${silent} }`,
  );
  return [
    ...proxied,
    `    location = /health/${name} { proxy_pass http://${name}${health}; ${silent} }`,
    `    location @no-${name} { return 502 '{"${name}":"does not answer at ${address}"}\\n'; }`,
  ].join('\n');
}

function tls(environment: Variables, canListenOnIpv6: boolean): string {
  const certificate = environment['ADMINROUTER_TLS_CERTIFICATE'];
  const key = environment['ADMINROUTER_TLS_PRIVATE'];
  if (!certificate && !key) return '';
  if (!certificate || !key) {
    throw new Error('cannot serve HTTPS: set both ADMINROUTER_TLS_CERTIFICATE and ADMINROUTER_TLS_PRIVATE');
  }
  const port = environment['ADMINROUTER_TLS_PORT'] || '443';
  if (!/^\d{1,5}$/.test(port)) throw new Error(`cannot read ADMINROUTER_TLS_PORT=${port}: it is no port`);
  for (const path of [certificate, key]) {
    if (!/^\/[^\s;{}"'\\$]+$/.test(path))
      throw new Error(`cannot serve HTTPS: ${path} is no plain absolute path`);
  }
  return [
    `    listen ${port} ssl;`,
    ...(canListenOnIpv6 ? [`    listen [::]:${port} ssl;`] : []),
    `    ssl_certificate ${certificate};`,
    `    ssl_certificate_key ${key};`,
    '    ssl_protocols TLSv1.2 TLSv1.3;',
  ].join('\n');
}

/** A page for people: where things are, and whether they answer. */
function page(names: readonly string[]): string {
  const links = names.map((name) => `<li><a href="/health/${name}">health of ${name}</a></li>`).join('');
  const places = ['mesos', 'marathon', 'exhibitor']
    .map((name) => `<li><a href="/${name}/">${name}</a></li>`)
    .join('');
  return `<!doctype html><title>DC/OS master</title><h1>DC/OS master</h1><ul>${places}${links}</ul>\\n`;
}
