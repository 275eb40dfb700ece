// The tables of security groups and load balancers: the README has what network.json says, and that makes sense.

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { networkTables, withTables, type Network } from '../../../images/dcos-master/src/network-tables.ts';

const test = suite('dcos network');
const network = JSON.parse(readFileSync('images/dcos-master/network.json', 'utf8')) as Network;
const readme = readFileSync('images/dcos-master/README.md', 'utf8');
const names = new Set(network.securityGroups.map(({ name }) => name));

test('the README has the tables of network.json', () => {
  const remedy = 'run node images/dcos-master/src/network-tables.ts';
  assert.is(readme, withTables(readme, networkTables(network)), remedy);
});

test('rules and load balancers name groups that are there', () => {
  const sources = network.securityGroups.flatMap(({ inbound }) => inbound.map(({ from }) => from));
  const used = network.loadBalancers.flatMap(({ securityGroups }) => securityGroups);
  const unknown = [...sources, ...used].filter((name) => name !== 'yours' && !names.has(name));
  assert.equal(unknown, []);
});

test('what load balancers forward and check is let in to the masters, and open in the image', () => {
  const masters = network.securityGroups.find(({ name }) => name === 'Master-Security-Group');
  const open = masters?.inbound.filter(({ from }) => from === 'LB-Security-Group').map(({ port }) => port);
  const exposed = /^EXPOSE (.*)$/m
    .exec(readFileSync('images/dcos-master/Dockerfile', 'utf8'))?.[1]
    ?.split(' ');
  for (const { ports, healthCheck } of network.loadBalancers) {
    for (const port of [...ports, healthCheck.port]) {
      assert.ok(open?.includes(port), `${port} is not let in`);
      assert.ok(exposed?.includes(String(port)), `${port} is not exposed`);
    }
  }
});

test('a README without the place for tables is an error', () => {
  assert.throws(() => withTables('# x\n', ''), /cannot find <!-- network\.json: begin -->/);
});

test.run();
