// images/etcd-amb/src/decide/endpoint.ts: URLs and plain addresses, IPv6 and odd ports.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  clientOf,
  hostPort,
  isLocal,
  parseEndpoint,
  peerOf,
  urlOf,
} from '../../../images/etcd-amb/src/decide/endpoint.ts';

const test = suite('etcd-amb endpoint');

const READ: [text: string, url: string | undefined][] = [
  ['http://10.0.0.1:2379', 'http://10.0.0.1:2379'],
  ['https://etcd-1.example.org:12379/', 'https://etcd-1.example.org:12379'],
  ['HTTPS://Etcd.Example.ORG', 'https://etcd.example.org:2379'],
  ['10.0.0.1', 'http://10.0.0.1:2379'],
  ['etcd:4001', 'http://etcd:4001'],
  ['[2001:db8::1]:2379', 'http://[2001:db8::1]:2379'],
  ['http://[2001:db8::1]:7001', 'http://[2001:db8::1]:7001'],
  ['2001:db8::1', 'http://[2001:db8::1]:2379'],
  ['::ffff:10.0.0.1', 'http://[::ffff:10.0.0.1]:2379'],
  [' 10.0.0.1:2379 ', 'http://10.0.0.1:2379'],
  ['', undefined],
  ['http://', undefined],
  [':2379', undefined],
  ['10.0.0.1:0', undefined],
  ['10.0.0.1:65536', undefined],
  ['10.0.0.1:port', undefined],
  ['[10.0.0.1]:2379', undefined],
  ['[::1', undefined],
  ['1::2::3', undefined],
  ['unix:///run/etcd.sock', undefined],
  ['http://user:secret@10.0.0.1:2379', undefined],
  ['http://10.0.0.1:2379/v2/keys', undefined],
  ['a b', undefined],
  // Nothing that would be another line, word or comment of a configuration.
  ['etcd\nserver x 1.2.3.4', undefined],
  ['etcd#', undefined],
];

for (const [text, url] of READ) {
  test(`${JSON.stringify(text)} is ${url ?? 'nothing'}`, () => {
    const endpoint = parseEndpoint(text, 2379);
    assert.is(endpoint && urlOf(endpoint), url);
    if (endpoint !== undefined) assert.equal(parseEndpoint(urlOf(endpoint), 1), endpoint);
  });
}

test('a port tells its partner: 2380 and 2379, 7001 and 4001; odd ones the registered one', () => {
  const at = (port: number): { scheme: 'http'; host: string; port: number } => ({
    scheme: 'http',
    host: 'h',
    port,
  });
  assert.equal(
    [2380, 7001, 12_380].map((port) => clientOf(at(port)).port),
    [2379, 4001, 2379],
  );
  assert.equal(
    [2379, 4001, 12_379].map((port) => peerOf(at(port)).port),
    [2380, 7001, 2380],
  );
});

test('a host and a port are one word, with brackets where they are needed', () => {
  assert.is(hostPort({ host: '::1', port: 1 }), '[::1]:1');
  assert.is(hostPort({ host: 'h', port: 1 }), 'h:1');
});

test('addresses that mean "this machine" wherever they are read', () => {
  const local = [
    'localhost',
    'LOCALHOST',
    'localhost.localdomain',
    '127.0.0.1',
    '127.1.2.3',
    '::1',
    '0.0.0.0',
    '::',
  ];
  assert.equal(local.filter(isLocal), local);
  const others = ['localhosts', 'my-localhost', '10.0.0.1', '128.0.0.1', '::2', 'etcd', '2001:db8::1'];
  assert.equal(others.filter(isLocal), []);
});

test.run();
