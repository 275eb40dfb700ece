// What a socket unit asks of the system, and which connections it turns away.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { requestsFor } from '../../../supervisor/live/units/listening-sockets.ts';
import { whyTooMany } from '../../../supervisor/live/units/socket-unit.ts';

const test = suite('socket units');

const SETTINGS = {
  socketMode: 0o666,
  backlog: 10,
  bindIpv6Only: 'default',
  reusePort: false,
  freeBind: false,
  keepAlive: false,
  noDelay: true,
  passCredentials: false,
} as const;
const NOBODY = { uid: null, gid: null };

test('an address is asked for as it is written, and a port alone of both families', () => {
  const table = [
    ['127.0.0.1:80', [['inet', '127.0.0.1', 80]]],
    ['[::1]:80', [['inet6', '::1', 80]]],
    [
      '80',
      [
        ['inet6', null, 80],
        ['inet', null, 80],
      ],
    ],
  ] as const;
  for (const [address, expected] of table) {
    const requests = requestsFor({ kind: 'stream', address }, SETTINGS, NOBODY);
    const seen = requests.map((each) =>
      each.family === 'inet' || each.family === 'inet6' ? [each.family, each.host, each.port] : [each.family],
    );
    assert.equal(seen, expected, address);
    for (const each of requests) assert.is('noDelay' in each && each.noDelay, true, address);
  }
});

test('connections are counted in all, and by where they come from', () => {
  const limits = (maxConnections: number, maxConnectionsPerSource: number) => ({
    maxConnections,
    maxConnectionsPerSource,
  });
  const a = '10.0.0.1';
  const table = [
    [[], a, limits(1, 0), null],
    [[a], a, limits(1, 0), 'Too many incoming connections (1)'],
    [[a, a, a], a, limits(64, 0), null],
    [[a], a, limits(64, 2), null],
    [[a, a], a, limits(64, 2), 'Too many incoming connections (3) from source 10.0.0.1'],
    [[a, a], '10.0.0.2', limits(64, 2), null],
    [[null, null], null, limits(64, 1), null],
  ] as const;
  for (const [sources, source, allowed, expected] of table) {
    assert.is(whyTooMany(sources, source, allowed), expected, `${sources.join()} ${source}`);
  }
});

test.run();
