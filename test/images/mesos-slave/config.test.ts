// logstash-forwarder's configuration as people have it: comments, variables, folders, Go's leniency; and its mistakes.

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ConfigError,
  readConfig,
  readDocuments,
  type Config,
} from '../../../images/mesos-slave/src/decide/config.ts';
import { parseDuration } from '../../../images/mesos-slave/src/decide/duration.ts';
import { withSettings } from '../../../images/mesos-slave/src/decide/settings.ts';

const test = suite('log forwarder config');

const SHIPPED = readFileSync('images/mesos-slave/skel/opt/logstash-forwarder/mesos-slave.conf', 'utf8');

function load(
  texts: string | readonly string[],
  environment: Readonly<Record<string, string>> = {},
  warnings: string[] = [],
): Config {
  const files = [texts].flat().map((text, index) => ({ path: `/etc/${index}.conf`, text }));
  const lookup = (name: string): string | undefined => environment[name];
  const documents = readDocuments(files, lookup, (message) => warnings.push(message));
  return readConfig(withSettings(documents, lookup), '/etc/0.conf');
}

/** The smallest configuration, with more in it. */
function small(network: object = {}, files: object = {}): string {
  return JSON.stringify({
    network: { servers: ['logs:5000'], ...network },
    files: [{ paths: ['/var/log/messages'], ...files }],
  });
}

// The example of logstash-forwarder's README, comments and all.
const README = `
    {
      # The network section covers network configuration :)
      "network": {
        # A list of downstream servers listening for our messages.
        "servers": [ "localhost:5043" ],

        # The path to your client ssl certificate (optional)
        "ssl certificate": "./logstash-forwarder.crt",
        # The path to your client ssl key (optional)
        "ssl key": "./logstash-forwarder.key",
        "ssl ca": "./logstash-forwarder.crt",

        "timeout": 15
      },

      # The list of files configurations
      "files": [
        {
          "paths": [
            # single paths are fine
            "/var/log/messages",
            # globs are fine too
            "/var/log/*.log"
          ],

          # A dictionary of fields to annotate on each event.
          "fields": { "type": "syslog" }
        }, {
          # A path of "-" means stdin.
          "paths": [ "-" ],
          "fields": { "type": "stdin" }
        }, {
          "paths": [
            "/var/log/apache/httpd-*.log"
          ],
          "fields": { "type": "apache" }
        }
      ]
    }
`;

test('the example of its README', () => {
  const config = load(README);
  assert.equal(config.network, {
    servers: [{ host: 'localhost', port: 5043 }],
    sslCa: './logstash-forwarder.crt',
    sslCertificate: './logstash-forwarder.crt',
    sslKey: './logstash-forwarder.key',
    timeoutMs: 15_000,
  });
  assert.equal(
    config.files.map(({ paths, fields, deadTimeMs }) => [paths, fields, deadTimeMs / 3_600_000]),
    [
      [['/var/log/messages', '/var/log/*.log'], { type: 'syslog' }, 24],
      [['-'], { type: 'stdin' }, 24],
      [['/var/log/apache/httpd-*.log'], { type: 'apache' }, 24],
    ],
  );
});

test('the defaults, keys in other cases, scalars as text', () => {
  const config = load(
    '{"NETWORK":{"Servers":["[::1]:5000"],"TIMEOUT":0},"Files":[{"Paths":["/x"],"fields":{"a":1,"b":true}}]}',
  );
  assert.equal(config.network.servers, [{ host: '::1', port: 5000 }]);
  assert.is(config.network.timeoutMs, 15_000);
  assert.is(config.network.sslCa, null);
  assert.equal(config.files[0]?.fields, { a: '1', b: 'true' });
});

test('several files add up; what there can be only one of is refused twice', () => {
  const config = load([
    '{"network":{"servers":["a:1"],"timeout":5}}',
    '',
    '{"network":{"servers":["b:2"],"ssl ca":"/ca"},"files":[{"paths":["/x"]}]}',
    '{"files":[{"paths":["/y"]}]}',
  ]);
  assert.equal(
    config.network.servers.map(({ host }) => host),
    ['a', 'b'],
  );
  assert.is(config.network.sslCa, '/ca');
  assert.equal(
    config.files.map(({ paths }) => paths[0]),
    ['/x', '/y'],
  );
  assert.throws(
    () => load([small({ timeout: 5 }), small({ timeout: 6 })]),
    /"timeout" is given in \/etc\/0\.conf already/,
  );
});

test('variables are part of a string inside of one, and JSON outside', () => {
  const environment = { NAME: 'a "b" \\ c\n', SERVERS: '["a:1","b:2"]', EMPTY: '' };
  const config = load(
    '{"network":{"servers":$SERVERS},"files":[{"paths":["/log/${NAME}.log"],"fields":{"x":"$NAME","y":"${UNSET}","z":"5$ $1 \\\\$NAME"}}]}',
    environment,
  );
  assert.is(config.network.servers.length, 2);
  assert.is(config.files[0]?.paths[0], `/log/${environment.NAME}.log`);
  assert.equal(config.files[0]?.fields, { x: environment.NAME, y: '', z: `5$ $1 \\${environment.NAME}` });
});

const MISTAKES: readonly (readonly [text: string, message: RegExp])[] = [
  ['{"network":', /^\/etc\/0\.conf is not JSON: .*/],
  ['[]', /0\.conf is no object/],
  ['{"network":[]}', /"network" is no object/],
  ['{"network":{"servers":"x:1"}}', /"servers" is no list/],
  ['{"network":{"servers":[]},"files":[{"paths":["/x"]}]}', /names no "servers"/],
  ['{"network":{"servers":["x:1"]}}', /there are no "files"/],
  [small({ servers: ['x'] }), /'x' is no server: write host:port/],
  [small({ servers: ['x:0'] }), /is no server/],
  [small({ servers: ['x:70000'] }), /is no server/],
  [small({ servers: [5] }), /holds 5, which is no text/],
  [small({ timeout: '15' }), /"timeout" is "15": write a number/],
  [small({ timeout: -1 }), /"timeout" is -1/],
  [small({ 'ssl ca': 5 }), /"ssl ca" is 5: write a path/],
  [small({ 'ssl key': '/key' }), /only work together/],
  [small({}, { 'dead time': '1 day' }), /files\[0\]: "dead time" is "1 day": write a duration/],
  [small({}, { 'dead time': 5 }), /"dead time" is 5/],
  [small({}, { fields: { a: {} } }), /files\[0\]: the field "a" is \{\}: only text/],
  [small({}, { fields: [] }), /"fields" is no object/],
  [small({}, { paths: ['log/*.log'] }), /the path 'log\/\*\.log' is not absolute/],
];

for (const [text, message] of MISTAKES) {
  test(`a mistake is named: ${text.slice(0, 60)}`, () => {
    assert.throws(
      () => load(text),
      (error: Error) => error instanceof ConfigError && message.test(error.message),
    );
  });
}

test('a key that nothing reads is told, and ignored', () => {
  const warnings: string[] = [];
  load(small({ 'preferred server': 'x' }, { codec: 'json', fields: { line: 'x', a: 'b' } }), {}, warnings);
  assert.equal(warnings, [
    '/etc/0.conf: "preferred server" is no setting and is ignored',
    '/etc/0.conf: "codec" is no setting and is ignored',
    '/etc/0.conf: the field "line" is each line\'s own and is ignored',
  ]);
});

test('the configuration of the image, by itself', () => {
  const config = load(SHIPPED);
  assert.equal(config.network.servers, [{ host: 'logstash.address', port: 5000 }]);
  assert.equal(config.files[1]?.paths, [
    '/var/log/mesos/*.ERROR',
    '/var/log/mesos/*.INFO',
    '/var/log/mesos/*.WARNING',
  ]);
});

test('its variables are put in as data, whatever they hold', () => {
  const awkward = 'a|b&c "d" \\1 $x';
  const config = load(SHIPPED, {
    SERVICE_LOGSTASH_FORWARDER_ADDRESS: 'one.example:5000, [::1]:5001\ttwo:5002',
    SERVICE_LOGSTASH_FORWARDER_CERT: '/run/my certs/ca.crt',
    APP_NAME: awkward,
    ENVIRONMENT: 'Production',
    PARENT_HOST: 'rack 7',
    MESOS_LOG_DIR: '/data/logs [1]/',
  });
  assert.equal(
    config.network.servers.map(({ host, port }) => `${host} ${port}`),
    ['one.example 5000', '::1 5001', 'two 5002'],
  );
  assert.is(config.network.sslCa, '/run/my certs/ca.crt');
  for (const { fields } of config.files) {
    assert.is(fields['app_name'], awkward);
    assert.is(fields['environment'], 'Production');
    assert.is(fields['parent_host'], 'rack 7');
  }
  assert.equal(config.files[0]?.paths, ['/var/log/syslog', '/var/log/auth.log']);
  assert.is(config.files[1]?.paths[0], '/data/logs \\[1]/*.ERROR');
});

test('empty variables change nothing, and a field that is not there is not made', () => {
  const empty = {
    SERVICE_LOGSTASH_FORWARDER_ADDRESS: '',
    SERVICE_LOGSTASH_FORWARDER_CERT: '',
    APP_NAME: '',
    MESOS_LOG_DIR: '',
  };
  assert.equal(load(SHIPPED, empty), load(SHIPPED));
  assert.equal(load(small({}, { fields: { type: 'x' } }), { APP_NAME: 'app' }).files[0]?.fields, {
    type: 'x',
  });
});

const DURATIONS: readonly (readonly [string, number | null])[] = [
  ['24h', 86_400_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['.5s', 500],
  ['100ms', 100],
  ['1h1m1s1ms', 3_661_001],
  ['+5m', 300_000],
  ['0', 0],
  ['5', null],
  ['', null],
  ['-5s', null],
  ['1d', null],
  ['5 s', null],
  ['1.2.3s', null],
];

for (const [text, expected] of DURATIONS) {
  test(`the duration '${text}' is ${expected === null ? 'refused' : `${expected} ms`}`, () => {
    assert.is(parseDuration(text), expected);
  });
}

test.run();
