// What a node asks its surroundings: the instance-metadata service and the masters, as real HTTP servers that answer, are
// silent, or come late.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { askClusterName } from '../../../images/dcos-base/src/effects/cluster-name.ts';
import { askRegion } from '../../../images/dcos-base/src/effects/metadata.ts';

const test = suite('dcos asking');
const servers: Server[] = [];

test.after(() => {
  for (const server of servers) server.close().closeAllConnections();
});

/** `host:port` of a server that is there until the end of the tests. */
async function serve(listener: RequestListener, port = 0): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address where nothing listens. */
async function nowhere(): Promise<string> {
  const address = await serve(() => {});
  const server = servers.pop();
  await new Promise<void>((resolve) => server?.close(() => resolve()).closeAllConnections());
  return address;
}

interface Metadata {
  readonly version: 1 | 2;
  readonly region?: string;
  readonly zone?: string;
}

/** As EC2 answers: version 2 refuses whoever has no token, version 1 knows none. */
function metadata({ version, region, zone }: Metadata): RequestListener {
  return ({ method, url = '', headers }, response) => {
    const answer = (status: number, text = ''): void => void response.writeHead(status).end(text);
    if (url === '/latest/api/token') {
      const isRight = method === 'PUT' && Number(headers['x-aws-ec2-metadata-token-ttl-seconds']) > 0;
      return answer(version === 1 ? 404 : isRight ? 200 : 400, 'a-token');
    }
    if (version === 2 && headers['x-aws-ec2-metadata-token'] !== 'a-token') return answer(401);
    const value = { 'placement/region': region, 'placement/availability-zone': zone }[
      url.replace('/latest/meta-data/', '')
    ];
    return answer(value === undefined ? 404 : 200, value);
  };
}

const REGIONS = [
  [{ version: 2, region: 'eu-west-1', zone: 'eu-west-1c' }, 'eu-west-1', 'eu-west-1c'],
  [{ version: 1, region: 'eu-west-1', zone: 'eu-west-1c' }, 'eu-west-1', 'eu-west-1c'],
  [{ version: 2, zone: 'us-west-2a' }, 'us-west-2', 'us-west-2a'],
  [{ version: 2, zone: 'us-west-2-lax-1a' }, 'us-west-2', 'us-west-2-lax-1a'],
  [{ version: 2, zone: 'us-gov-west-1b' }, 'us-gov-west-1', 'us-gov-west-1b'],
  [{ version: 2, region: 'ap-south-1' }, 'ap-south-1', null],
] as const;

for (const [service, region, zone] of REGIONS) {
  test(`a service with ${JSON.stringify(service)} says ${region}`, async () => {
    const address = await serve(metadata(service));
    const from = `from the instance-metadata service at http://${address}`;
    assert.equal(await askRegion(`http://${address}/`), { region, zone, from });
  });
}

test('a service that knows nothing, refuses, or answers with a page is no region', async () => {
  for (const listener of [
    metadata({ version: 2 }),
    ((_, response) => void response.writeHead(403).end()) as RequestListener,
    ((_, response) => void response.end('<html>sign in</html>')) as RequestListener,
  ]) {
    const result = await askRegion(`http://${await serve(listener)}`);
    assert.ok('problem' in result, JSON.stringify(result));
  }
});

test('a service that is silent, or not there, does not hold up the start', async () => {
  const silent = await askRegion(`http://${await serve(() => {})}`, 50);
  assert.match(
    'problem' in silent ? silent.problem : '',
    /does not answer: no answer in time \(in a container/,
  );
  const none = await askRegion(`http://${await nowhere()}`, 50);
  assert.match('problem' in none ? none.problem : '', /does not answer: connect ECONNREFUSED/);
});

test('a token that never comes back leaves the service as it was before there were any', async () => {
  const old = metadata({ version: 1, region: 'r-1' });
  const address = await serve((request, response) => {
    if (request.method !== 'PUT') old(request, response);
  });
  const result = await askRegion(`http://${address}`, 200);
  assert.is('region' in result ? result.region : JSON.stringify(result), 'r-1');
});

const QUICK = { deadlineMs: 300, requestTimeoutMs: 100, pauseMs: 20, note: () => {} };

function master(state: unknown): RequestListener {
  return ({ url }, response) => {
    if (url === '/mesos/state') response.end(typeof state === 'string' ? state : JSON.stringify(state));
    else response.writeHead(404).end();
  };
}

test('the first master that knows the name is enough', async () => {
  const broken = await serve((_, response) => void response.writeHead(502).end());
  const silent = await serve(() => {});
  const good = await serve(master({ cluster: 'east', slaves: [] }));
  assert.equal(
    await askClusterName([await nowhere(), broken, silent, good], { ...QUICK, deadlineMs: 60_000 }),
    {
      name: 'east',
      from: `from http://${good}/mesos/state`,
    },
  );
});

test('masters that are not up yet are asked again', async () => {
  const reserved = await nowhere();
  const port = Number(reserved.split(':')[1]);
  const notes: string[] = [];
  const name = askClusterName([reserved], {
    ...QUICK,
    deadlineMs: 60_000,
    note: (line) => {
      notes.push(line);
      void serve(master({ cluster: 'late' }), port);
    },
  });
  assert.is(((await name) as { name: string }).name, 'late');
  assert.is(notes.length, 1);
  assert.match(notes[0] ?? '', /^no master answers yet; asking for 60 s: .*ECONNREFUSED/);
});

test('at the deadline, what each master said last is told', async () => {
  const text = await serve(master('not json'));
  const result = await askClusterName([await nowhere(), text], QUICK);
  const problem = 'problem' in result ? result.problem : '';
  assert.match(problem, /^no master answered within 0 s: /);
  assert.match(problem, /\/mesos\/state: .*ECONNREFUSED/);
  assert.match(problem, /mesos\/state: .*JSON/);
});

test('a cluster without a name is an answer', async () => {
  const address = await serve(master({ slaves: [] }));
  assert.equal(await askClusterName([address], QUICK), {
    problem: `http://${address}/mesos/state tells none`,
  });
});

test.run();
