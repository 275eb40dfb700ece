// The admin router of a master before real upstreams: one that is down, comes, moves, and is not the leader.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, startContainer, type Container } from '../support/containers.ts';
import { makeNetwork, type Network } from '../support/dcos.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('dcos router');
let network: Network;

test.before(async () => {
  network = await makeNetwork();
});

test.after(async () => {
  await cleanUp();
  await network.remove();
});

/** Answers with its name, the method, the path and the body; with LEADER set it says 307, as Mesos' master does. */
const MESOS = `
const { createServer } = require('node:http');
const { LEADER, NAME } = process.env;
createServer(async (request, response) => {
  const { method, url } = request;
  if (LEADER) return response.writeHead(307, { location: '//' + LEADER + url }).end();
  let body = '';
  for await (const chunk of request) body += chunk;
  response.end([NAME, method, url, body].join(' '));
}).listen(5050);
`;

/** A master of Mesos, and nothing else, under a name of the network. */
function startMesos(last: number, alias: string, environment: Record<string, string>): Promise<Container> {
  const options = ['--net', network.name, '--ip', `${network.prefix}${last}`, '--network-alias', alias];
  return startContainer({
    options: [...options, '--entrypoint', '/opt/initkit/bin/node'],
    command: ['/mesos.cjs'],
    environment,
    files: { '/mesos.cjs': MESOS },
  });
}

test('an upstream is told to be down, found again when it comes or moves, and followed to its leader', async () => {
  const router = await startContainer({
    image: 'dcos-master',
    environment: { SERVICE_ZOOKEEPER: 'disabled', ADMINROUTER_MESOS: 'leader.mesos.test:5050' },
    options: ['--net', network.name],
  });
  const answersOf = async (...parameters: string[]): Promise<string> =>
    (await router.exec('curl', '--silent', '--max-time', '10', ...parameters)).stdout;
  const until = (expected: string, ...parameters: string[]): Promise<unknown> =>
    eventually(
      `${expected} of ${parameters.join(' ')}`,
      async () => (await answersOf(...parameters)) === expected,
      async () => `${await answersOf(...parameters)}\n${await router.logs()}`,
    );
  const down = '{"mesos":"does not answer at leader.mesos.test:5050"}\n';
  await until(down, 'http://localhost/mesos/state');
  assert.is(await answersOf('http://localhost/health'), '{"adminrouter":"ok"}\n');

  const first = await startMesos(21, 'leader.mesos.test', { NAME: 'first' });
  await until('first GET /state?a=b ', 'http://localhost/mesos/state?a=b');
  await until('first GET /health ', 'http://localhost/health/mesos');
  await first.remove();
  await until(down, 'http://localhost/mesos/state');

  const leader = await startMesos(23, 'third', { NAME: 'leader' });
  await startMesos(22, 'leader.mesos.test', { LEADER: `${network.prefix}23:5050` });
  const post = ['--data', 'a body', 'http://localhost/mesos/api/v1?x=%20y'];
  await until('leader POST /api/v1?x=%20y a body', ...post);
  await leader.remove();
  await until(`{"mesos":"the leader does not answer at ${network.prefix}23:5050"}\n`, ...post);
});

test.run();
