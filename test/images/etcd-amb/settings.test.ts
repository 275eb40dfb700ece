// images/etcd-amb/src/decide/settings.ts: the variables of the image, their defaults, and every mistake at once.

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { urlOf } from '../../../images/etcd-amb/src/decide/endpoint.ts';
import { readSettings, type Settings } from '../../../images/etcd-amb/src/decide/settings.ts';

const test = suite('etcd-amb settings');

const ONE = { ETCD_ENDPOINTS: '10.0.0.1' };

function settings(environment: Record<string, string>): Settings {
  const read = readSettings(environment);
  if ('mistakes' in read) throw new Error(read.mistakes.join('; '));
  return read.settings;
}

function mistakes(environment: Record<string, string>): string[] {
  const read = readSettings(environment);
  return 'mistakes' in read ? read.mistakes : [];
}

test('one variable is enough', () => {
  const { endpoints, follow, pollMs, timeoutMs, proxy, tls } = settings(ONE);
  assert.equal(
    endpoints.map(({ client }) => urlOf(client)),
    ['http://10.0.0.1:2379'],
  );
  assert.ok(follow);
  assert.equal([pollMs, timeoutMs], [30_000, 5000]);
  assert.equal(tls, { ca: null, cert: null, key: null });
  assert.equal(proxy, {
    bind: null,
    clientPorts: [2379, 4001],
    peerPorts: [2380],
    check: 'health',
    checkMs: 5000,
    connectMs: 2000,
    maxConnections: 4096,
  });
});

test('the defaults are those of image.ini', () => {
  const text = readFileSync(new URL('../../../images/etcd-amb/image.ini', import.meta.url), 'utf8');
  const written = [...text.matchAll(/^(ETCD_\w+) = ?(.*)$/gm)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
  assert.ok(written.length > 15);
  assert.equal(settings({ ...Object.fromEntries(written), ...ONE }), settings(ONE));
});

test('only a list of members is meant as it is written; ETCD_FOLLOW has the last word', () => {
  const follow = (environment: Record<string, string>): boolean => settings(environment).follow;
  assert.not(follow({ ETCD_MEMBERS: 'a' }));
  assert.ok(follow({ ETCD_MEMBERS: 'a', ETCD_FOLLOW: 'yes' }));
  assert.ok(follow({ ETCD_MEMBERS: 'a', ...ONE }));
  assert.ok(follow({ ETCD_DISCOVERY_SRV: 'example.org' }));
  assert.not(follow({ ETCD_DISCOVERY_URL: 'https://discovery.example.org/token', ETCD_FOLLOW: 'FALSE' }));
});

test('times have units; a bare number is seconds', () => {
  const pollMs = (text: string): number => settings({ ...ONE, ETCD_POLL_INTERVAL: text }).pollMs;
  assert.equal(
    ['30', '30s', '500ms', '1.5s', '5m', '1h'].map(pollMs),
    [30_000, 30_000, 500, 1500, 300_000, 3_600_000],
  );
});

const MISTAKES: [environment: Record<string, string>, mistakes: RegExp[]][] = [
  [{}, [/^no members: set ETCD_DISCOVERY_URL, .*, for example ETCD_ENDPOINTS=/]],
  [{ ETCD_ENDPOINTS: '' }, [/^no members/]],
  [{ ETCD_MEMBERS: 'a=http://' }, [/^ETCD_MEMBERS: "a=http:\/\/" is neither/]],
  [
    { ETCD_DISCOVERY_URL: 'discovery.etcd.io/x' },
    [/^ETCD_DISCOVERY_URL="discovery.etcd.io\/x" is not an http or https URL$/],
  ],
  [{ ETCD_DISCOVERY_SRV: 'http://example.org' }, [/^ETCD_DISCOVERY_SRV=.* is not the name of a domain$/]],
  [{ ...ONE, ETCD_POLL_INTERVAL: 'soon' }, [/^ETCD_POLL_INTERVAL="soon" is not a time/]],
  [{ ...ONE, ETCD_POLL_INTERVAL: '0' }, [/^ETCD_POLL_INTERVAL/]],
  [{ ...ONE, ETCD_CHECK_INTERVAL: '30d' }, [/^ETCD_CHECK_INTERVAL/]],
  [{ ...ONE, ETCD_TIMEOUT: '1000h' }, [/^ETCD_TIMEOUT/]],
  [{ ...ONE, ETCD_CERT: '/c.pem' }, [/^ETCD_CERT and ETCD_KEY/]],
  [{ ...ONE, ETCD_BIND: 'eth0' }, [/^ETCD_BIND="eth0" is not an IP address$/]],
  [{ ...ONE, ETCD_CLIENT_PORTS: '2379 2379' }, [/^ETCD_CLIENT_PORTS/]],
  [{ ...ONE, ETCD_CLIENT_PORTS: '2379 70000' }, [/^ETCD_CLIENT_PORTS/]],
  [{ ...ONE, ETCD_PEER_PORTS: '4001' }, [/^ETCD_PEER_PORTS: 4001 is one of ETCD_CLIENT_PORTS, too$/]],
  [
    { ...ONE, ETCD_CHECK: 'ping', ETCD_MAX_CONNECTIONS: '-1', ETCD_FOLLOW: 'maybe' },
    [/^ETCD_FOLLOW/, /^ETCD_CHECK/, /^ETCD_MAX_CONNECTIONS/],
  ],
];

for (const [environment, expected] of MISTAKES) {
  test(`${JSON.stringify(environment)} is told`, () => {
    const found = mistakes(environment);
    assert.is(found.length, expected.length, found.join('; '));
    for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? '', pattern);
  });
}

test.run();
