// Real etcd servers (Debian's) in containers of a network of their own.

import { spawn } from 'node:child_process';
import { docker, mustDocker, startContainer, type Container } from './containers.ts';
import { abortWriters } from './etcd-clients.ts';
import { eventually } from './eventually.ts';

/** Made once per machine; the layers stay for the next run. */
export const ETCD_IMAGE = 'initkit-test-etcd';

/** On the image that the family stands on, with Debian's etcd, DNS and TLS tools. */
const DOCKERFILE = `FROM base
RUN apt-get update && apt-get install --yes --no-install-recommends etcd-server etcd-client dnsmasq-base openssl iproute2 && rm -rf /var/lib/apt/lists/*
# Not to be taken for the image that it comes from.
LABEL initkit.inputs=none
ENV ETCDCTL_API=3
HEALTHCHECK NONE
ENTRYPOINT []
`;

export interface Cluster {
  readonly network: string;
  /** The address under which containers of the network reach this machine. */
  readonly gateway: string;
  readonly members: Map<string, Container>;
  /** Starts a member; the first ones name each other, later ones are added to the cluster that is there. */
  start(name: string, options?: MemberOptions): Promise<Container>;
  addressOf(container: Container): Promise<string>;
  /** Cuts a member off from the other members, and from nobody else; the result lets them together again. */
  isolate(name: string): Promise<() => Promise<void>>;
  /** Name and client port of a member in the network. */
  endpointOf(name: string): string;
  /** A command with etcdctl of the etcd image against these endpoints. */
  etcdctl(
    endpoints: string,
    ...words: readonly string[]
  ): Promise<{ code: number; stdout: string; stderr: string }>;
  /** The network; its containers must be gone. */
  end(): Promise<void>;
}

export interface MemberOptions {
  readonly clientPort?: number;
  readonly peerPort?: number;
  /** `name=peerURL` of the members that begin together; without it the member joins. */
  readonly initial?: string;
  /** More of etcd's own options. */
  readonly flags?: readonly string[];
  /** What it announces to clients; its name in the network where it is not said. */
  readonly announce?: string;
  /** More options of docker run. */
  readonly options?: readonly string[];
  readonly scheme?: 'http' | 'https';
}

export async function buildEtcdImage(): Promise<void> {
  const build = spawn('docker', ['build', '--quiet', '--tag', ETCD_IMAGE, '-'], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
  });
  let stderr = '';
  build.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
  build.stdin.end(DOCKERFILE);
  const code = await new Promise<number | null>((resolve) => void build.on('close', resolve));
  if (code !== 0) throw new Error(`cannot build an image with etcd: ${stderr}`);
}

/** A network without members. `ipv6` gives it addresses of both kinds. */
export async function createCluster(prefix: string, ipv6 = false): Promise<Cluster> {
  const id = `${prefix}-${process.pid.toString(36)}${Math.random().toString(36).slice(2, 5)}`;
  const v6 = ipv6
    ? ['--ipv6', '--subnet', `fd00:${Math.floor(Math.random() * 65_536).toString(16)}::/64`]
    : [];
  await mustDocker('network', 'create', ...v6, id);
  const gateways = await mustDocker(
    'network',
    'inspect',
    '-f',
    '{{range .IPAM.Config}}{{.Gateway}} {{end}}',
    id,
  );
  const members = new Map<string, Container>();
  const clientPorts = new Map<string, number>();
  let tool: Promise<Container> | undefined;
  const cluster: Cluster = {
    network: id,
    gateway: gateways.split(' ').find((address) => address.includes('.')) ?? '',
    members,
    async start(name, setup = {}) {
      const {
        clientPort = 2379,
        peerPort = 2380,
        initial,
        flags = [],
        scheme = 'http',
        options = [],
      } = setup;
      const host = `${id}-${name}`;
      const client = `${scheme}://${host}:${clientPort}`;
      const peer = `http://${host}:${peerPort}`;
      const [first] = [...members.keys()].filter((other) => other !== name);
      const cluster = initial ?? (await join(first ?? '', name, peer));
      const container = await startContainer({
        image: ETCD_IMAGE,
        options: ['--network', id, '--name', host, '--hostname', host, '--cap-add', 'NET_ADMIN', ...options],
        // etcd reads each of its options from the environment, too.
        environment: {
          ETCD_NAME: name,
          ETCD_DATA_DIR: '/tmp/etcd',
          ETCD_LISTEN_CLIENT_URLS: `${scheme}://0.0.0.0:${clientPort}`,
          ETCD_ADVERTISE_CLIENT_URLS: setup.announce ?? client,
          ETCD_LISTEN_PEER_URLS: `http://0.0.0.0:${peerPort}`,
          ETCD_INITIAL_ADVERTISE_PEER_URLS: peer,
          ETCD_INITIAL_CLUSTER: cluster,
          ETCD_INITIAL_CLUSTER_STATE: initial === undefined ? 'existing' : 'new',
        },
        command: ['etcd', ...flags],
      });
      members.set(name, container);
      clientPorts.set(name, clientPort);
      return container;
    },
    async isolate(name) {
      const others = [...members].filter(([other]) => other !== name).map(([, container]) => container);
      const addresses = await Promise.all(others.map((container) => cluster.addressOf(container)));
      const route = async (verb: string): Promise<void> => {
        for (const address of addresses)
          await members.get(name)?.exec('ip', 'route', verb, 'blackhole', `${address}/32`);
      };
      await route('add');
      return () => route('del');
    },
    endpointOf: (name) => `${id}-${name}:${clientPorts.get(name) ?? 2379}`,
    addressOf: (container) =>
      mustDocker('inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', container.id),
    async etcdctl(endpoints, ...words) {
      tool ??= startContainer({
        image: ETCD_IMAGE,
        options: ['--network', id, '--init'],
        command: ['sleep', 'infinity'],
      });
      return (await tool).exec('etcdctl', '--endpoints', endpoints, ...words);
    },
    async end() {
      abortWriters();
      await docker('network', 'rm', id);
    },
  };
  /** Tells the cluster of a new member; the answer is what it must be started with. */
  async function join(known: string, name: string, peer: string): Promise<string> {
    const { stdout } = await eventually(`${name} being added`, async () => {
      const added = await cluster.etcdctl(
        cluster.endpointOf(known),
        'member',
        'add',
        name,
        `--peer-urls=${peer}`,
      );
      return added.code === 0 && added;
    });
    return /ETCD_INITIAL_CLUSTER="(.*)"/.exec(stdout)?.[1] ?? '';
  }
  return cluster;
}

/** Three members with the ports that etcd has everywhere, once all of them are healthy. */
export async function startThree(prefix: string): Promise<Cluster> {
  const cluster = await createCluster(prefix);
  const names = ['a', 'b', 'c'];
  const initial = names.map((name) => `${name}=http://${cluster.network}-${name}:2380`).join(',');
  await Promise.all(names.map((name) => cluster.start(name, { initial })));
  await untilHealthy(cluster, names);
  return cluster;
}

export async function untilHealthy(cluster: Cluster, names: readonly string[]): Promise<void> {
  for (const name of names)
    await eventually(`etcd ${name} being healthy`, async () => {
      const { code } = await cluster.etcdctl(cluster.endpointOf(name), 'endpoint', 'health');
      return code === 0;
    });
}

/** The name of the member that leads, as one of the others tells it. */
export async function leaderOf(cluster: Cluster): Promise<string> {
  return eventually('a leader', async () => {
    for (const name of cluster.members.keys()) {
      const { stdout } = await cluster.etcdctl(
        cluster.endpointOf(name),
        'endpoint',
        'status',
        '--write-out=json',
      );
      const [entry] = parse<{ Status: { header: { member_id: number }; leader: number } }[]>(stdout) ?? [];
      if (entry !== undefined && entry.Status.leader === entry.Status.header.member_id) return name;
    }
    return null;
  });
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
