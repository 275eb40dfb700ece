// Where etcd-amb has its members from, with everything that can go wrong there; and members that come and go under load.

import { Agent, type ServerResponse } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  cleanUp,
  docker,
  mustDocker,
  runContainer,
  startContainer,
  type Container,
} from '../support/containers.ts';
import { buildEtcdImage, createCluster, ETCD_IMAGE, untilHealthy, type Cluster } from '../support/etcd.ts';
import { post } from '../support/etcd-clients.ts';
import { endless, registered, startDiscovery, type Discovery } from '../support/etcd-discovery.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('where etcd-amb has its members from');

let cluster: Cluster;
let discovery: Discovery;
let ambassador: Container;

const FAST = { ETCD_POLL_INTERVAL: '300ms', ETCD_CHECK_INTERVAL: '1s', ETCD_TIMEOUT: '1s' };
/** Nobody needs a member's odd ports to be guessed: it is asked. */
const PORTS = { clientPort: 12_379, peerPort: 12_380 };

test.before(async () => {
  await buildEtcdImage();
  cluster = await createCluster('ambs');
  const initial = `a=${peer('a')}`;
  await cluster.start('a', { ...PORTS, initial });
  discovery = await startDiscovery(cluster.gateway);
});

test.after(async () => {
  discovery.close();
  await cleanUp();
  await cluster.end();
});

function peer(name: string): string {
  return `http://${cluster.network}-${name}:${PORTS.peerPort}`;
}

function startAmbassador(
  environment: Record<string, string>,
  options: readonly string[] = [],
): Promise<Container> {
  return startContainer({
    image: 'etcd-amb',
    options: ['--network', cluster.network, ...options],
    environment: { ...FAST, ...environment },
  });
}

async function untilUp(container: Container, words: string): Promise<void> {
  await eventually(
    `"${words}"`,
    async () => (await container.exec('initkit', 'status')).stdout.includes(`; ${words}`),
    async () => `${(await container.exec('initkit', 'status')).stdout}${await container.logs()}`,
  );
}

async function configOf(container: Container): Promise<string> {
  return (await container.exec('cat', '/run/etcd-amb/haproxy.cfg')).stdout;
}

async function put(container: Container): Promise<number> {
  const base = `http://${await cluster.addressOf(container)}:2379`;
  return (await post(`${base}/v3/kv/put`, { key: 'YQ==', value: 'YQ==' }, undefined)).status;
}

test('a discovery URL names peers, with odd ports; the member itself tells where clients go, once it can', async () => {
  discovery.answer = registered(`a=${peer('a')}`);
  const member = cluster.members.get('a')?.id ?? '';
  await mustDocker('pause', member);
  ambassador = await startAmbassador({ ETCD_DISCOVERY_URL: discovery.url });
  // As long as it is silent, it is sought on the port that etcd has everywhere.
  await untilUp(ambassador, '0 of 1 member up: a down (refuses connections)');
  await mustDocker('unpause', member);
  await untilUp(ambassador, '1 of 1 member up: a up');
  assert.match(await configOf(ambassador), /server a [\d.]+:12379 check\n/);
  assert.match(await configOf(ambassador), /server a [\d.]+:12380 track/);
  assert.is(await put(ambassador), 200);
});

const FAILURES: [title: string, answer: (response: ServerResponse) => void][] = [
  ['answers garbage', (response) => response.end('<html>\u0000\uffff{"node":')],
  ['answers 404', (response) => response.writeHead(404).end('{"errorCode":100,"message":"Key not found"}')],
  ['answers with nobody', (response) => response.end('{"action":"get","node":{"dir":true,"nodes":[]}}')],
  ['answers 500 without a word', (response) => response.writeHead(500).end()],
  ['never comes to the end of its answer', (response) => void response.writeHead(200).write('{"node":')],
  ['closes the connection', (response) => void response.destroy()],
  ['leads from place to place', (response) => void response.writeHead(302, { location: '/again' }).end()],
  ['sends without end', endless],
];

test(`discovery that ${FAILURES.map(([title]) => title).join(', ')}: the members stay, HAProxy is left alone`, async () => {
  const before = await configOf(ambassador);
  const pid = (await ambassador.exec('pidof', 'haproxy')).stdout;
  for (const [title, answer] of FAILURES) {
    discovery.answer = answer;
    const asked = discovery.asked;
    await eventually(`discovery being asked twice while it ${title}`, () => discovery.asked >= asked + 4);
    assert.is(await put(ambassador), 200, title);
  }
  assert.is(await configOf(ambassador), before);
  assert.is((await ambassador.exec('pidof', 'haproxy')).stdout, pid);
  const logs = await ambassador.logs();
  assert.match(logs, /discovery: .*not JSON/);
  assert.match(logs, /discovery: .*HTTP status 404, etcd says "Key not found"/);
  assert.match(logs, /discovery: nobody has registered/);
  assert.match(logs, /discovery: .*no answer within 1 s/);
});

test('a restart with a discovery that fails begins with the members of /data', async () => {
  discovery.answer = (response) => response.writeHead(503).end();
  await mustDocker('stop', cluster.members.get('a')?.id ?? '');
  await mustDocker('restart', ambassador.id);
  await mustDocker('start', cluster.members.get('a')?.id ?? '');
  await untilUp(ambassador, '1 of 1 member up: a up');
  assert.is(await put(ambassador), 200);
  await ambassador.remove();
});

test('the records of a domain: of clients, and of peers under a name of their own', async () => {
  const host = `${cluster.network}-a`;
  const dns = await startContainer({
    image: ETCD_IMAGE,
    options: ['--network', cluster.network],
    command: [
      ...'dnsmasq --keep-in-foreground --no-resolv --no-hosts --user=root'.split(' '),
      `--srv-host=_etcd-client._tcp.clients.test,${host},${PORTS.clientPort}`,
      `--srv-host=_etcd-server-blue._tcp.named.test,${host},${PORTS.peerPort}`,
    ],
  });
  const server = ['--dns', await cluster.addressOf(dns)];
  const containers = await Promise.all([
    startAmbassador({ ETCD_DISCOVERY_SRV: 'clients.test' }, server),
    startAmbassador({ ETCD_DISCOVERY_SRV: 'named.test', ETCD_DISCOVERY_SRV_NAME: 'blue' }, server),
  ]);
  for (const container of containers) {
    await untilUp(container, '1 of 1 member up: a up');
    assert.is(await put(container), 200);
    await container.remove();
  }
  await dns.remove();
});

test('mistakes in the settings end the container at once, all of them said', async () => {
  const { code, stdout, stderr } = await runContainer({
    image: 'etcd-amb',
    environment: { ETCD_DISCOVERY_URL: 'no-url', ETCD_POLL_INTERVAL: 'soon', ETCD_ENDPOINT: 'a' },
  });
  const said = stdout + stderr;
  assert.is(code, 78, said);
  assert.match(said, 'ETCD_DISCOVERY_URL="no-url" is not an http or https URL');
  assert.match(said, 'ETCD_POLL_INTERVAL="soon" is not a time');
  assert.match(said, /ETCD_ENDPOINT\b.*ETCD_ENDPOINTS/s);
});

test('members with TLS that want a certificate; an ambassador as another user than root, on a read-only root', async () => {
  const volume = `${cluster.network}-tls`;
  const script = `cd /tls && host=${cluster.network}-s
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=ca -keyout ca.key -out ca.pem
for name in server client; do
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$name -keyout $name.key -out $name.csr
  printf "subjectAltName=DNS:$host\\nextendedKeyUsage=serverAuth,clientAuth\\n" >ext
  openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile ext -out $name.pem
done
chmod -R a+r .`;
  const mount = ['-v', `${volume}:/tls`];
  try {
    const made = await runContainer({ image: ETCD_IMAGE, options: mount, command: ['sh', '-ec', script] });
    assert.is(made.code, 0, made.stderr);
    const flags =
      '--client-cert-auth --trusted-ca-file=/tls/ca.pem --cert-file=/tls/server.pem --key-file=/tls/server.key';
    const initial = `s=http://${cluster.network}-s:2380`;
    await cluster.start('s', { scheme: 'https', initial, flags: flags.split(' '), options: mount });
    const options = [
      ...mount,
      '--read-only',
      '--tmpfs',
      '/run/etcd-amb:mode=1777',
      '--tmpfs',
      '/run/initkit:mode=1777',
      '--tmpfs',
      '/data:mode=1777',
      '--user',
      '12345',
    ];
    // As a path, and as the content of a secret.
    const files = {
      ETCD_CACERT: '/tls/ca.pem',
      ETCD_CERT_FILE: '/tls/client.pem',
      ETCD_KEY_FILE: '/tls/client.key',
    };
    const endpoint = `https://${cluster.network}-s:2379`;
    const secure = await startAmbassador({ ETCD_ENDPOINTS: endpoint, ...files }, options);
    await untilUp(secure, '1 of 1 member up: s up');
    assert.match(await configOf(secure), /option httpchk GET \/health/);
    assert.match((await secure.exec('cat', '/data/members.json')).stdout, '"basis": "list"');
    // Without a certificate it must do that the member accepts connections.
    const blind = await startAmbassador({ ETCD_ENDPOINTS: endpoint }, options);
    await untilUp(blind, `1 of 1 member up: ${cluster.network}-s:2379 up`);
    // The certificate of the server is its own name's; the ambassador passes bytes.
    const through = `https://${cluster.network}-s:2379`;
    const address = await cluster.addressOf(secure);
    const client = `--add-host=${cluster.network}-s:${address}`;
    const tls = ['--cacert', '/tls/ca.pem', '--cert', '/tls/client.pem', '--key', '/tls/client.key'];
    const said = await runContainer({
      image: ETCD_IMAGE,
      options: ['--network', cluster.network, client, ...mount],
      command: ['etcdctl', '--endpoints', through, ...tls, 'put', 'a', 'b'],
    });
    assert.is(said.stdout, 'OK\n', said.stderr);
    await secure.remove();
    await blind.remove();
    await cluster.members.get('s')?.remove();
  } finally {
    await docker('volume', 'rm', '-f', volume);
  }
});

test('IPv6 from the list to the last byte', async () => {
  const v6 = await createCluster('amb6', true);
  try {
    const host = `${v6.network}-a`;
    const etcd = await startContainer({
      image: ETCD_IMAGE,
      options: ['--network', v6.network, '--name', host],
      command: [
        'sh',
        '-c',
        'exec etcd --data-dir /tmp/etcd --listen-client-urls http://[::]:2379 --advertise-client-urls http://localhost:2379',
      ],
    });
    const addresses = '{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}}{{end}}';
    const address = await mustDocker('inspect', '-f', addresses, etcd.id);
    const container = await startContainer({
      image: 'etcd-amb',
      options: ['--network', v6.network],
      environment: { ...FAST, ETCD_MEMBERS: `six=http://[${address}]:2379` },
    });
    await untilUp(container, '1 of 1 member up: six up');
    const own = await mustDocker('inspect', '-f', addresses, container.id);
    const { status } = await post(
      `http://[${own}]:2379/v3/kv/put`,
      { key: 'YQ==', value: 'YQ==' },
      undefined,
    );
    assert.is(status, 200);
    await container.remove();
    await etcd.remove();
  } finally {
    await v6.end();
  }
});

test('members come and go ten times under load: no connection is dropped, none is refused', async () => {
  for (const name of ['b', 'c']) {
    await cluster.start(name);
    await untilHealthy(cluster, [name]);
  }
  const both = ['b', 'c'].map((name) => `${name}=http://${cluster.network}-${name}:2380`);
  discovery.answer = registered(...both);
  // The list of the cluster would not change; here the source decides.
  const container = await startAmbassador({
    ETCD_DISCOVERY_URL: discovery.url,
    ETCD_FOLLOW: 'false',
    ETCD_POLL_INTERVAL: '200ms',
    ETCD_MEMBERS: `a=${cluster.endpointOf('a')}`,
  });
  await eventually('the first member', async () => (await put(container).catch(() => 0)) === 200);
  const base = `http://${await cluster.addressOf(container)}:2379/v3/maintenance/status`;
  const load = { kept: 0, fresh: 0, dropped: 0, failed: [] as string[] };
  const end = new AbortController();
  const fail = (error: unknown): void =>
    void load.failed.push(error instanceof Error ? error.message : String(error));
  const kept = Array.from({ length: 8 }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let sockets = 0;
    agent.on('free', (socket: { initkitSeen?: true }) => {
      if (socket.initkitSeen !== true) sockets += 1;
      socket.initkitSeen = true;
    });
    while (!end.signal.aborted) await post(base, {}, agent).then(() => (load.kept += 1), fail);
    load.dropped += sockets - 1;
    agent.destroy();
  });
  const fresh = Array.from({ length: 4 }, async () => {
    while (!end.signal.aborted) await post(base, {}, undefined).then(() => (load.fresh += 1), fail);
  });
  for (let change = 1; change <= 10; change++) {
    const names = change % 2 === 1 ? [both[0] ?? ''] : both;
    discovery.answer = registered(...names);
    await eventually(`change ${change}`, async () => {
      const servers = (await configOf(container)).match(/^ {2}server .* check$/gm) ?? [];
      return servers.length === 1 + names.length;
    });
  }
  // The last reload has come to its end.
  await eventually('the last worker', async () => {
    const reloads = (await container.logs()).match(/haproxy has its new configuration/g) ?? [];
    return reloads.length >= 10;
  });
  end.abort();
  await Promise.all([...kept, ...fresh]);
  console.log(`ten reloads: ${JSON.stringify(load)}`);
  assert.equal(load.failed, []);
  assert.is(load.dropped, 0);
  assert.ok(load.kept > 100 && load.fresh > 100, JSON.stringify(load));
});

test.run();
