// dcos-master as README 004 documents it, in real containers: its variables, /data, and three of them as one ensemble.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readEnvFile } from '../../supervisor/config/envfile.ts';
import { cleanUp, docker, runContainer, startContainer, type Container } from '../support/containers.ts';
import { makeNetwork, makeVolume, roleOf, rolesOf, zookeeperClient, type Network } from '../support/dcos.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('dcos-master');
const ENV_FILE = '/opt/mesosphere/etc/dcos-docker.env';

const afterwards: (() => Promise<void>)[] = [];
test.after(async () => {
  await cleanUp();
  for (const step of afterwards.toReversed()) await step();
});

function start(environment: Record<string, string>, options: readonly string[] = []): Promise<Container> {
  return startContainer({ image: 'dcos-master', environment, options });
}

/** What stands in the container's environment file, once it is there, as systemd reads it. */
async function fileOf(container: Container): Promise<Record<string, string>> {
  const text = await eventually('the environment file', async () => {
    const { code, stdout } = await container.exec('cat', ENV_FILE);
    return code === 0 ? stdout : null;
  });
  return Object.fromEntries(readEnvFile(text, ENV_FILE).values);
}

const ODD: Readonly<Record<string, string>> = {
  MARATHON_ARGS: `--a "b c" --d='e' $HOME \`id\` \\n;#&`,
  MESOS_ATTRIBUTES: 'rack:a;zone:ü 😀',
  DCOS_TWO_LINES: 'one\ntwo\n',
  EXHIBITOR_X: '',
  OAUTH_X: ' blanks ',
  MASTERX: 'no underscore',
  RESOLVERS: '8.8.8.8',
  SEARCH: 'example.org',
  AWS_SECRET_ACCESS_KEY: "it's/+=secret",
  MESOS_CLUSTER: 'a cluster',
  UNRELATED: 'x',
};

test('what begins with a prefix reaches the units, whatever it holds, and sh reads it alike', async () => {
  const container = await start(ODD);
  const values = await fileOf(container);
  const { UNRELATED: _, ...expected } = ODD;
  for (const [name, value] of Object.entries(expected)) assert.is(values[name], value, name);
  assert.is(values['UNRELATED'], undefined);
  assert.is(values['MESOS_QUORUM'], '1');
  const script = `set -a; . ${ENV_FILE}; env -0`;
  const { stdout } = await container.exec('env', '-i', 'PATH=/usr/bin:/bin', 'sh', '-c', script);
  const sourced = Object.fromEntries(stdout.split('\0').map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
  for (const [name, value] of Object.entries(values)) assert.is(sourced[name], value, name);
  assert.is((await container.exec('stat', '-c', '%a %U', ENV_FILE)).stdout, '600 root\n');
  const explained = await container.exec(
    'initkit',
    'explain',
    'AWS_SECRET_ACCESS_KEY',
    'RESOLVERS',
    'MESOS_QUORUM',
  );
  assert.not.match(explained.stdout, /secret/);
  assert.match(explained.stdout, /^RESOLVERS +8\.8\.8\.8 +given$/m);
  assert.match(explained.stdout, /^ +[\d.,]+ +overridden: from \/etc\/resolv\.conf/m);
  assert.match(explained.stdout, /^MESOS_QUORUM +1 +the majority of 1 /m);
});

const REFUSED = [
  [
    { MESOS_CLUSTER_SIZE: '4', MASTER_LIST: 'a,b,c,d' },
    /4 masters survive the loss of one, as 3 do with one fewer/,
  ],
  [{ MESOS_CLUSTER_SIZE: '3' }, /the masters have no way to find each other/],
  [{ MESOS_CLUSTER_SIZE: 'three' }, /it is no number of masters/],
  [{ MESOS_QUORUM: '4', MASTER_LIST: 'a,b,c' }, /MESOS_QUORUM=4: it must be from 1 to MESOS_CLUSTER_SIZE=3/],
  [{ MASTER_LIST: 'a,a,b' }, /cannot read MASTER_LIST: a is there twice/],
  [{ ADMINROUTER_PORT: 'http' }, /cannot use ADMINROUTER_PORT=http: it is no port \(write 1 to 65535\)/],
] as const;

for (const [environment, reason] of REFUSED) {
  test(`${JSON.stringify(environment)} is refused before anything runs`, async () => {
    const { code, stdout, stderr } = await runContainer({ image: 'dcos-master', environment });
    assert.is(code, 78);
    assert.match(stderr, reason);
    assert.match(stderr, /dcos-environment: exit status 78 \(the lines above say why\)/);
    assert.not.match(stderr, /cannot be expanded/);
    assert.is(stdout, '');
  });
}

test('a person may look into a container that would be refused', async () => {
  const environment = { MESOS_CLUSTER_SIZE: '4' };
  const { code, stdout } = await runContainer({
    image: 'dcos-master',
    environment,
    command: ['echo', 'here'],
  });
  assert.is(code, 0);
  assert.is(stdout, 'here\n');
  const checked = await runContainer({ image: 'dcos-master', environment, command: ['initkit', 'check'] });
  assert.is(checked.code, 78);
});

const UNUSABLE = [
  ['read-only', ['-v', '/data:ro'], '', /cannot write to \/data: it is read-only \(mount it without :ro\)/],
  [
    'too small',
    ['--tmpfs', '/data:size=512k'],
    '',
    /cannot use \/data: 512 KiB are free, and 1024 KiB are the least/,
  ],
  [
    'full',
    ['--tmpfs', '/data:size=4m'],
    '#!/bin/sh\ndd if=/dev/zero of=/data/much bs=1M count=8 2>/dev/null || :\n',
    /cannot write to \/data: no space is left \(make room, or mount a larger volume\)/,
  ],
] as const;

for (const [title, mount, script, reason] of UNUSABLE) {
  test(`a /data that is ${title} is told, and nothing starts`, async () => {
    const volume = await makeVolume();
    const options = mount.map((word) => (word === '/data:ro' ? `${volume.name}:/data:ro` : word));
    const environment = script === '' ? {} : { ENVIRONMENT_INIT: '/fill' };
    const container = await startContainer({
      image: 'dcos-master',
      options,
      environment: environment as Record<string, string>,
      files: script === '' ? {} : { '/fill': script },
    });
    assert.is(await container.wait(), 78);
    const logs = await container.logs();
    assert.match(logs, reason);
    assert.not.match(logs, /spawned/);
    await container.remove();
    await volume.remove();
  });
}

test('a new container finds the name and the data of the one before it', async () => {
  const volume = await makeVolume();
  afterwards.push(() => volume.remove());
  const options = ['-v', `${volume.name}:/data`];
  const first = await start({}, options);
  const { MESOS_CLUSTER: name } = await fileOf(first);
  assert.match(name ?? '', /^[A-Za-z0-9]{16}$/);
  assert.equal(await rolesOf([first]), ['standalone']);
  await zookeeperClient(first, 'create', '/kept', 'for-ever');
  await docker('stop', first.id);
  await first.remove();

  const second = await start({}, options);
  assert.is((await fileOf(second))['MESOS_CLUSTER'], name);
  const { stdout } = await second.exec('initkit', 'explain', 'MESOS_CLUSTER');
  assert.match(stdout, /kept \(\/data\/\.initkit\.env\)/);
  await rolesOf([second]);
  assert.match(await zookeeperClient(second, 'get', '/kept'), /^for-ever$/m);
  await second.remove();
  const third = await start({ MESOS_CLUSTER: 'mine' }, options);
  assert.is((await fileOf(third))['MESOS_CLUSTER'], 'mine');
  await third.remove();
});

/** As EC2's: a token first, then the answers; on the network of the test as 169.254.169.254 is on an instance. */
const METADATA = `
const { createServer } = require('node:http');
createServer(({ method, url, headers }, response) => {
  if (method === 'PUT' && url === '/latest/api/token') return response.end('t');
  if (headers['x-aws-ec2-metadata-token'] !== 't') return response.writeHead(401).end();
  const answers = { 'placement/region': 'eu-central-1', 'placement/availability-zone': 'eu-central-1b' };
  const answer = answers[url.replace('/latest/meta-data/', '')];
  response.writeHead(answer ? 200 : 404).end(answer);
}).listen(80);
`;

test('S3 asks the metadata service for its region, and is for an Exhibitor that is there', async () => {
  const network = await makeNetwork();
  afterwards.push(() => network.remove());
  const service = await startContainer({
    options: ['--net', network.name, '--ip', `${network.prefix}9`, '--entrypoint', '/opt/initkit/bin/node'],
    command: ['/service.cjs'],
    files: { '/service.cjs': METADATA },
  });
  const environment = {
    AWS_S3_BUCKET: 'bucket',
    MESOS_CLUSTER: 'east',
    MESOS_CLUSTER_SIZE: '3',
    AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${network.prefix}9`,
  };
  const options = ['--net', network.name];
  const refused = await runContainer({ image: 'dcos-master', environment, options });
  assert.is(refused.code, 78);
  assert.match(refused.stderr, /cannot use AWS_S3_BUCKET: Exhibitor is not in this image/);

  const unit = '[Service]\nExecStart=/bin/sleep inf\n';
  const files = { '/etc/systemd/system/dcos-exhibitor.service': unit };
  const container = await startContainer({ image: 'dcos-master', environment, options, files });
  const values = await fileOf(container);
  assert.is(values['AWS_REGION'], 'eu-central-1');
  assert.is(values['AWS_S3_PREFIX'], 'cluster_east');
  assert.is(values['EXHIBITOR_BACKEND'], 'AWS_S3');
  assert.is(values['MESOS_QUORUM'], '2');
  assert.is(values['DCOS_DATACENTER'], 'eu-central-1b');
  assert.is((await container.exec('cat', '/opt/mesosphere/etc/master_count')).stdout, '3\n');
  const { stdout } = await container.exec('initkit', 'explain', 'AWS_REGION', 'SERVICE_ZOOKEEPER');
  assert.match(stdout, /^AWS_REGION +eu-central-1 +from the instance-metadata service at http:\/\/10\./m);
  assert.match(stdout, /^SERVICE_ZOOKEEPER +disabled +dcos-exhibitor\.service runs it /m);
  await container.remove();
  await service.remove();
});

async function startEnsemble(network: Network): Promise<Container[]> {
  const addresses = [11, 12, 13].map((last) => `${network.prefix}${last}`);
  const environment = { MASTER_LIST: addresses.join(','), MESOS_CLUSTER: 'three' };
  return await Promise.all(
    addresses.map((address) => start(environment, ['--net', network.name, '--ip', address])),
  );
}

test('three masters are one ensemble, which survives the kill of its leader and takes it back', async () => {
  const network = await makeNetwork();
  afterwards.push(() => network.remove());
  const masters = await startEnsemble(network);
  assert.equal(await rolesOf(masters), ['leader', 'follower', 'follower']);

  const roles = await Promise.all(masters.map(roleOf));
  const leader = masters[roles.indexOf('leader')];
  const others = masters.filter((master) => master !== leader);
  const [one, two] = others;
  if (leader === undefined || one === undefined || two === undefined) throw new Error('no leader');
  await zookeeperClient(leader, 'create', '/before', '1');
  await docker('kill', leader.id);
  await eventually('another leader', async () => {
    const left = await Promise.all(others.map(roleOf));
    return left.includes('leader') && left.includes('follower');
  });
  await zookeeperClient(one, 'create', '/without', '2');
  assert.match(await zookeeperClient(two, 'get', '/before'), /^1$/m);

  await docker('start', leader.id);
  assert.equal(await rolesOf(masters), ['leader', 'follower', 'follower']);
  assert.match(await zookeeperClient(leader, 'get', '/without'), /^2$/m);
  for (const master of masters) await master.remove();
});

test.run();
