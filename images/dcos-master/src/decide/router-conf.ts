// nginx's configuration of the admin router: Mesos, Marathon and Exhibitor behind one port, and their health.

import { hostPort, isPort } from '../../../dcos-base/src/decide/master-values.ts';
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
    // DC/OS's own router keeps /exhibitor/ in front of Exhibitor's paths, which begin with it themselves.
    locations: ['/exhibitor/', '/exhibitor/exhibitor/'],
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

export interface Place {
  /** For nginx' own files. */
  readonly folder: string;
  readonly canListenOnIpv6: boolean;
  /** The text of /etc/hosts. */
  readonly hosts: string;
}

/** The text of nginx.conf. Throws an Error for a value that cannot stand in it. */
export function routerConf(environment: Variables, { folder, canListenOnIpv6, hosts }: Place): string {
  const port = environment['ADMINROUTER_PORT'] || '80';
  if (!isPort(port)) throw new Error(`cannot read ADMINROUTER_PORT=${port}: it is no port`);
  const servers = nameServers(environment);
  const upstreams = upstreamsFor(environment).map((upstream) => {
    const address = addressOf(upstream, environment);
    const known = withKnownHost(address, hosts);
    return { ...upstream, address, known, isFixed: servers.length === 0 || known.isAddress };
  });
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
  proxy_connect_timeout 5s;
  proxy_read_timeout 1h;
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  # A Mesos master that does not lead says who does: 307 to //HOST:PORT/PATH.
  map $upstream_http_location $mesos_leader { '~^(?:http:)?//([A-Za-z0-9_.:[\\]-]+)/' $1; default ''; }
  map $upstream_http_location $mesos_leader_url { '~^(?:http:)?(//.*)$' http:$1; default ''; }
${servers.length === 0 ? '' : `  resolver ${servers.join(' ')} valid=5s;\n`}\
${['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `  ${TEMPORARY[kind]} ${folder}/${kind};`).join('\n')}
${upstreams
  .filter(({ isFixed }) => isFixed)
  .map(({ name, known }) => `  upstream ${name} { server ${known.address}; keepalive 8; }`)
  .join('\n')}
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
  const found = hostPort(environment[variable] || own);
  if (found !== null) return found;
  throw new Error(`cannot read ${variable}=${environment[variable]}: it is no host:port`);
}

interface Resolved extends Upstream {
  readonly known: Known;
  /** Whether nginx may look the address up once, when it starts; otherwise it asks a name server again and again. */
  readonly isFixed: boolean;
}

function locationsOf(upstream: Resolved): string {
  const { name, locations, root, health, address } = upstream;
  const silent = `error_page 502 504 = @no-${name};`;
  // The leader is followed here, since its own address may be out of reach for who asks.
  const follow =
    name === 'mesos'
      ? ' proxy_intercept_errors on; error_page 307 = @mesos-leader; recursive_error_pages on;'
      : '';
  return [
    ...locations.map(
      (location) => `    location ${location} { ${passTo(upstream, location, root)} ${silent}${follow} }`,
    ),
    `    location = /health/${name} { ${passTo(upstream, null, health)} proxy_read_timeout 5s; ${silent} }`,
    `    location @no-${name} { return 502 '{"${name}":"does not answer at ${address}"}\\n'; }`,
    ...(follow === '' ? [] : [LEADER]),
  ].join('\n');
}

const LEADER = `    location @mesos-leader {
      set $leader $mesos_leader;
      set $leader_url $mesos_leader_url;
      if ($leader = '') { return 307 $upstream_http_location; }
      proxy_pass $leader_url;
      recursive_error_pages on;
      error_page 502 504 = @no-leader;
    }
    location @no-leader { return 502 '{"mesos":"the leader does not answer at $leader"}\\n'; }`;

/** Hands a request on; `location` is the prefix that gives way to `root`, null where `root` is the whole path. */
function passTo({ name, known, isFixed }: Resolved, location: string | null, root: string): string {
  if (isFixed) return `proxy_pass http://${name}${root};`;
  // With a variable in it, proxy_pass asks the resolver, and takes the path as it has been rewritten.
  const rewrite =
    location === null ? `rewrite ^ ${root} break;` : `rewrite ^${location}(.*)$ ${root}$1 break;`;
  return `set $to_${name} ${known.address}; ${rewrite} proxy_pass http://$to_${name};`;
}

/** ZooKeeper's own AdminServer tells its health, where it has one; DC/OS's is asked by way of its Exhibitor. */
function upstreamsFor(environment: Variables): readonly Upstream[] {
  const isOurs = (name: string): boolean => (environment[`SERVICE_${name}`] ?? 'enabled') === 'enabled';
  if (isOurs('ZOOKEEPER') || isOurs('EXHIBITOR')) return UPSTREAMS;
  const exhibitor = UPSTREAMS.find(({ name }) => name === 'exhibitor');
  return UPSTREAMS.map((upstream) =>
    upstream.name === 'zookeeper' && exhibitor !== undefined
      ? { ...exhibitor, name: 'zookeeper', locations: [] }
      : upstream,
  );
}

/** RESOLVERS in nginx' form. */
function nameServers({ RESOLVERS: text = '' }: Variables): string[] {
  const servers = text.split(/[\s,]+/).filter((server) => /^[0-9a-f.:]+(?:%\w+)?$/i.test(server));
  return servers.map((server) => (server.split(':').length > 2 ? `[${server.replace(/%.*/, '')}]` : server));
}

interface Known {
  /** `host:port`, the host being an address where that is known. */
  readonly address: string;
  readonly isAddress: boolean;
}

/** A name of /etc/hosts is replaced by its address, since nginx' resolver does not read that file. */
function withKnownHost(address: string, hosts: string): Known {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  if (/^(?:[\d.]+|\[.*\])$/.test(host)) return { address, isAddress: true };
  const lines = hosts.split('\n').map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
  const found = lines.find(([, ...names]) =>
    names.some((name) => name.toLowerCase() === host.toLowerCase()),
  )?.[0];
  if (found === undefined) return { address, isAddress: false };
  return { address: `${found.includes(':') ? `[${found}]` : found}:${port}`, isAddress: true };
}

function tls(environment: Variables, canListenOnIpv6: boolean): string {
  const certificate = environment['ADMINROUTER_TLS_CERTIFICATE'];
  const key = environment['ADMINROUTER_TLS_PRIVATE'];
  if (!certificate && !key) return '';
  if (!certificate || !key) {
    throw new Error('cannot serve HTTPS: set both ADMINROUTER_TLS_CERTIFICATE and ADMINROUTER_TLS_PRIVATE');
  }
  const port = environment['ADMINROUTER_TLS_PORT'] || '443';
  if (!isPort(port)) throw new Error(`cannot read ADMINROUTER_TLS_PORT=${port}: it is no port`);
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
