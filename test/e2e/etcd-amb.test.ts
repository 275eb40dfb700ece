// etcd-amb before three real etcd servers: members are killed, stopped, added, replaced and cut off while clients write,
// watch and count.

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, docker, mustDocker, startContainer, type Container } from '../support/containers.ts';
import {
  buildEtcdImage,
  ETCD_IMAGE,
  leaderOf,
  startThree,
  untilHealthy,
  type Cluster,
} from '../support/etcd.ts';
import { countKeys, encode, post, startWriters } from '../support/etcd-clients.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('etcd-amb with three members');

const WRITERS = 4;

let cluster: Cluster;
let ambassador: Container;
let base: string;

test.before(async () => {
  await buildEtcdImage();
  cluster = await startThree('amb');
  ambassador = await startContainer({
    image: 'etcd-amb',
    options: ['--network', cluster.network, '--name', `${cluster.network}-amb`],
    // One of three: the others are learned from it.
    environment: {
      ETCD_ENDPOINTS: `${cluster.network}-a`,
      ETCD_POLL_INTERVAL: '2s',
      ETCD_CHECK_INTERVAL: '1s',
    },
  });
  base = `http://${await cluster.addressOf(ambassador)}:2379`;
  await untilUp('3 of 3');
});

test.after(async () => {
  await cleanUp();
  await cluster.end();
});

/** The line of `initkit status`. */
async function statusLine(): Promise<string> {
  const { stdout } = await ambassador.exec('initkit', 'status');
  return /^etcd-amb .*$/m.exec(stdout)?.[0] ?? '';
}

async function untilUp(words: string): Promise<string> {
  return eventually(
    `${words} members being up`,
    async () => {
      const line = await statusLine();
      return line.includes(`; ${words}`) && line;
    },
    async () => `${await statusLine()}\n${await ambassador.logs()}`,
  );
}

/** Every write that was acknowledged is there, and nothing failed but what was on its way at the moment of the fault. */
async function assertNothingLost(
  writer: ReturnType<typeof startWriters>,
  prefix: string,
  what: string,
): Promise<void> {
  const { acknowledged, refusedByEtcd, broken } = await writer.stop();
  console.log(
    `${what}: ${acknowledged} acknowledged, ${broken.length} broken, ${refusedByEtcd.length} refused by etcd ${JSON.stringify([...new Set([...broken, ...refusedByEtcd])])}`,
  );
  const kept = await countKeys(base, `${prefix}/`);
  assert.ok(kept >= acknowledged, `${kept} of ${acknowledged} acknowledged writes are there`);
  // A write whose answer was lost may have been done.
  assert.ok(kept <= acknowledged + broken.length + refusedByEtcd.length);
  assert.ok(broken.length <= WRITERS, `${broken.length} connections broke: ${broken.join('; ')}`);
  // What etcd says while it goes down or has no leader; a writer may hear it of the old member and of the next.
  const words = /client connection is closing|transport is closing|leader|timed out/;
  assert.equal(
    refusedByEtcd.filter((text) => !words.test(text)),
    [],
  );
  assert.ok(refusedByEtcd.length <= 3 * WRITERS, refusedByEtcd.join('; '));
}

test('puts and gets go through every port; the peer port leads to peers', async () => {
  const host = `${cluster.network}-amb`;
  assert.match((await cluster.etcdctl(`${host}:2379`, 'put', 'greeting', 'hello')).stdout, 'OK');
  assert.match((await cluster.etcdctl(`${host}:4001`, 'get', 'greeting')).stdout, 'hello');
  const address = await cluster.addressOf(ambassador);
  // Only peers' ports answer this.
  const peers = await fetch(`http://${address}:2380/members`);
  const members = (await peers.json()) as { name: string }[];
  assert.equal(members.map(({ name }) => name).toSorted(), ['a', 'b', 'c']);
});

test('initkit status names the members; the program is ready, HAProxy runs as a user of its own', async () => {
  const line = await untilUp('3 of 3 members up: a up, b up, c up');
  assert.match(line, /RUNNING +0 +yes .*; 3 of 3 members up: a up, b up, c up$/);
  const { stdout } = await ambassador.exec(
    'sh',
    '-c',
    'for p in $(cat /run/etcd-amb/workers 2>/dev/null || pidof haproxy); do stat -c %U /proc/$p; done',
  );
  assert.equal(stdout.trim().split('\n').toSorted(), ['haproxy', 'root']);
});

test('a member is killed while clients write: only what was on its way to it fails, and it comes back', async () => {
  const writer = startWriters(base, WRITERS, 'killed');
  await writer.more(200);
  const leader = await leaderOf(cluster);
  const victim = [...cluster.members.keys()].find((name) => name !== leader) ?? '';
  const container = cluster.members.get(victim);
  await mustDocker('kill', container?.id ?? '');
  await writer.more(200);
  assert.match(await untilUp('2 of 3'), `${victim} down`);
  await mustDocker('start', container?.id ?? '');
  await untilUp('3 of 3');
  await writer.more(200);
  await assertNothingLost(writer, 'killed', `follower ${victim} killed`);
});

test('the leader is stopped while clients write', async () => {
  const writer = startWriters(base, WRITERS, 'leader');
  await writer.more(200);
  const leader = await leaderOf(cluster);
  const container = cluster.members.get(leader);
  await mustDocker('stop', container?.id ?? '');
  await writer.more(200);
  await mustDocker('start', container?.id ?? '');
  await untilUp('3 of 3');
  await assertNothingLost(writer, 'leader', `leader ${leader} stopped`);
});

test('a watch through the ambassador sees every write, also when its member is killed', async () => {
  const watch = ['etcdctl', '--endpoints', `${cluster.network}-amb:2379`, 'watch', '--prefix', 'watched/'];
  const watcher = spawn('docker', [
    'run',
    '--rm',
    '--init',
    '--network',
    cluster.network,
    ETCD_IMAGE,
    ...watch,
  ]);
  let seen = '';
  watcher.stdout.setEncoding('utf8').on('data', (text: string) => void (seen += text));
  const put = async (key: string): Promise<void> => {
    await eventually(`a put of ${key}`, async () => {
      const { code } = await cluster.etcdctl(`${cluster.network}-amb:2379`, 'put', key, 'x');
      return code === 0;
    });
  };
  try {
    await eventually('the watch', async () => {
      await put('watched/first');
      return seen.includes('watched/first');
    });
    // The one that has the watch's connection is killed: it is the only one that stays open.
    const holder = await eventually('the connection of the watch', async () => {
      const { stdout } = await ambassador.exec('etcd-amb', 'status');
      return /^(\w+) +\S+ +\S+ +[1-9]/m.exec(stdout)?.[1] ?? null;
    });
    const container = cluster.members.get(holder);
    await mustDocker('kill', container?.id ?? '');
    for (let number = 0; number < 20; number++) await put(`watched/${number}`);
    await mustDocker('start', container?.id ?? '');
    await eventually(
      'all writes being seen',
      () => seen.includes('watched/19\n'),
      () => seen,
    );
    const numbers = [...seen.matchAll(/^watched\/(\d+)$/gm)].map(([, number]) => Number(number));
    assert.equal(
      [...new Set(numbers)],
      Array.from({ length: 20 }, (_, number) => number),
    );
  } finally {
    watcher.kill();
  }
  await untilUp('3 of 3');
});

test('a member that has lost the others, though we reach it: its clients are sent on', async () => {
  const writer = startWriters(base, WRITERS, 'alone');
  await writer.more(200);
  const leader = await leaderOf(cluster);
  const victim = [...cluster.members.keys()].find((name) => name !== leader) ?? '';
  const rejoin = await cluster.isolate(victim);
  assert.match(await untilUp('2 of 3'), `${victim} down (unhealthy)`);
  await eventually('no connection to it', async () => {
    const { stdout } = await ambassador.exec('etcd-amb', 'status');
    return new RegExp(`^${victim} .* 0 +down`, 'm').test(stdout);
  });
  await writer.more(200);
  await rejoin();
  await untilUp('3 of 3');
  await assertNothingLost(writer, 'alone', `${victim} without the others`);
});

test('a member is added while clients write: HAProxy follows, no connection breaks', async () => {
  const writer = startWriters(base, WRITERS, 'grown');
  await writer.more(100);
  await cluster.start('d');
  await untilUp('4 of 4');
  await writer.more(200);
  const { broken, refusedByEtcd } = writer.counts;
  assert.equal([...broken, ...refusedByEtcd], []);
  await assertNothingLost(writer, 'grown', 'd added');
});

test('a member is replaced while clients write', async () => {
  const writer = startWriters(base, WRITERS, 'replaced');
  await writer.more(100);
  // c is replaced by e: taken out first, as etcd's own guide says.
  const { stdout } = await cluster.etcdctl(`${cluster.network}-a:2379`, 'member', 'list');
  const id = /^([0-9a-f]+), started, c,/m.exec(stdout)?.[1] ?? '';
  await mustDocker('rm', '-f', cluster.members.get('c')?.id ?? '');
  cluster.members.delete('c');
  await eventually('c being taken out', async () => {
    const { code } = await cluster.etcdctl(`${cluster.network}-a:2379`, 'member', 'remove', id);
    return code === 0;
  });
  await cluster.start('e');
  await untilHealthy(cluster, ['e']);
  await untilUp('4 of 4 members up: a up, b up, d up, e up');
  await writer.more(200);
  await assertNothingLost(writer, 'replaced', 'c replaced by e');
});

test('the network of a member is cut: clients go on with the others', async () => {
  const writer = startWriters(base, WRITERS, 'cut');
  await writer.more(100);
  const leader = await leaderOf(cluster);
  const victim = [...cluster.members.keys()].find((name) => name !== leader) ?? '';
  const container = cluster.members.get(victim)?.id ?? '';
  await mustDocker('network', 'disconnect', cluster.network, container);
  assert.match(await untilUp('3 of 4'), `${victim} down`);
  await writer.more(300);
  await mustDocker(
    'network',
    'connect',
    '--alias',
    `${cluster.network}-${victim}`,
    cluster.network,
    container,
  );
  await untilUp('4 of 4');
  await assertNothingLost(writer, 'cut', `network of ${victim} cut`);
});

test('every member is down: clients are told so, and served again without a restart of anything', async () => {
  const containers = [...cluster.members.values()].map(({ id }) => id);
  await mustDocker('kill', ...containers);
  await untilUp('0 of 4');
  const address = await cluster.addressOf(ambassador);
  assert.is((await docker('exec', ambassador.id, 'etcd-amb', 'health')).code, 1);
  assert.ok(await isRefused(address));
  await mustDocker('start', ...containers);
  await untilUp('4 of 4');
  assert.not(await isRefused(address));
});

test('TERM: nobody new is let in, what is on its way comes to its end, and then the container does', async () => {
  const address = await cluster.addressOf(ambassador);
  const body = JSON.stringify({ key: encode('last'), value: encode('words') });
  const socket = connect(2379, address);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => void (answer += text));
  const closed = new Promise((resolve) => void socket.once('close', resolve));
  socket.write(
    `POST /v3/kv/put HTTP/1.1\r\nHost: etcd\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  socket.write(body.slice(0, 10));
  await eventually(
    'the connection',
    async () => {
      const { stdout } = await ambassador.exec('etcd-amb', 'status');
      return / [1-9]\d* +up$/m.test(stdout);
    },
    () => ambassador.logs(),
  );
  const stopped = mustDocker('stop', ambassador.id);
  await eventually('new connections being refused', () => isRefused(address));
  socket.write(body.slice(10));
  await closed;
  assert.match(answer, /^HTTP\/1\.1 200 /);
  await stopped;
  assert.is(await mustDocker('inspect', '-f', '{{.State.ExitCode}}', ambassador.id), '0');
});

test('a restarted ambassador knows its members from /data before anybody tells them', async () => {
  await mustDocker('start', ambassador.id);
  await untilUp('4 of 4');
  assert.match(await ambassador.logs(), 'starts with 4 known members');
});

/** Whether a new connection comes to nothing: refused by the ambassador, or closed at once for want of a member. */
function isRefused(address: string): Promise<boolean> {
  return post(`http://${address}:2379/v3/maintenance/status`, {}, undefined).then(
    () => false,
    () => true,
  );
}

test.run();
