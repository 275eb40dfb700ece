// logstash-forwarder's configuration as people have it: comments, variables, folders, Go's leniency; and its mistakes.

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig, type Config } from '../../../images/mesos-slave/src/decide/config.ts';
import { ConfigError, readDocuments } from '../../../images/mesos-slave/src/decide/document.ts';
import { parseDuration } from '../../../images/mesos-slave/src/decide/duration.ts';
import { scanJson } from '../../../images/mesos-slave/src/decide/places.ts';
import { withSettings } from '../../../images/mesos-slave/src/decide/settings.ts';
import { fc } from '../../support/random.ts';

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
  return readConfig(withSettings(documents, lookup), '/etc/0.conf', (message) => warnings.push(message));
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
    /^\/etc\/1\.conf:1: "timeout" is given in \/etc\/0\.conf:1 already/,
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

/** All on one line but for those that have lines of their own; `small` is the smallest good configuration. */
const MISTAKES: readonly (readonly [text: string, message: RegExp])[] = [
  ['{"network":', /^\/etc\/0\.conf:1: not JSON: it ends too early/],
  [
    '{\n "network": {\n  "timeout": 5,\n }\n}',
    /^\/etc\/0\.conf:4: not JSON: take away the comma before this \}$/,
  ],
  ['{"network":{"servers":["x:1",]}}', /:1: not JSON: take away the comma before this \]$/],
  ['{\n\n"a": 1 // one\n}', /:3: not JSON: a comment begins with #, on a line of its own/],
  ['{\n"a": 1 # one\n}', /:2: not JSON: a comment needs a line of its own/],
  ["{'a': 1}", /:1: not JSON: text stands between double quotes/],
  ['{\n"a": 1\n"b": 2}', /:3: not JSON: a comma is missing before this "/],
  ['{"a": yes}', /:1: not JSON: "yes" was not expected here/],
  ['[]', /0\.conf:1: the configuration is no object/],
  ['{"network":[]}', /0\.conf:1: "network" is no object/],
  ['{"network":{\n"servers":"x:1"}}', /0\.conf:2: "servers" is no list/],
  ['{"network":{\n"servers":[]},"files":[{"paths":["/x"]}]}', /0\.conf:2: "network" names no "servers"/],
  ['{"network":{"servers":["x:1"]}}', /there are no "files"/],
  [small({ servers: ['x'] }), /0\.conf:1: 'x' is no server: write host:port/],
  [small({ servers: ['x:0'] }), /is no server/],
  [small({ servers: ['x:70000'] }), /is no server/],
  [small({ servers: [5] }), /5 is no text/],
  [small({ timeout: 'soon' }), /"timeout" is "soon": write a number/],
  [small({ timeout: -1 }), /"timeout" is -1/],
  [small({ 'ssl ca': 5 }), /"ssl ca" is 5: write a path/],
  [small({}, { 'dead time': '1 day' }), /:1: "dead time" is "1 day": write a duration/],
  [small({}, { 'dead time': 5 }), /"dead time" is 5/],
  [small({}, { fields: { a: {} } }), /:1: the field "a" is \{\}: only text/],
  [small({}, { fields: [] }), /"fields" is no object/],
  [small({}, { paths: '/x' }), /:1: "\/x" is no list: write \[ "\/x" \]/],
  [small({}, { paths: ['/x', '/[y'] }), /:1: '\/\[y' is no pattern: close its \[/],
  [small({}, { paths: [''] }), /'' is no pattern/],
];

for (const [text, message] of MISTAKES) {
  test(`a mistake is named: ${text.slice(0, 60)}`, () => {
    assert.throws(
      () => load(text),
      (error: Error) =>
        error instanceof ConfigError && message.test(error.message) && !error.message.includes('\n'),
      message.source,
    );
  });
}

test('all mistakes are told at once, each with its line, or with the variable that it came by', () => {
  const text = `{
  # A comment.
  "Network": {
    "servers": [
      "good:1",
      "bad"
    ],
    "timeout": "later",
    "ssl ca": ["x"]
  },
  "files": [
    { "paths": [ "/x" ] },
    {
      "paths": [ "/y",
        "/[z" ],
      "fields": { "a": "\\"}{,", "B": {
        "c": 1 } }
    }
  ]
}`;
  const mistakes = (environment: Readonly<Record<string, string>> = {}): string[] => {
    try {
      load(['{"network":{"servers":["ok:1"]},"files":[{"paths":["/a"]}]}', text], environment);
    } catch (error) {
      return (error as Error).message.split('\n').map((line) => line.replace(/: .*/, ''));
    }
    return [];
  };
  assert.equal(mistakes(), [
    '/etc/1.conf:6',
    '/etc/1.conf:9',
    '/etc/1.conf:8',
    '/etc/1.conf:15',
    '/etc/1.conf:16',
  ]);
  const variables = { SERVICE_LOGSTASH_FORWARDER_ADDRESS: 'logs', SERVICE_LOGSTASH_FORWARDER_CERT: '/ca' };
  assert.equal(mistakes(variables).slice(0, 2), ['SERVICE_LOGSTASH_FORWARDER_ADDRESS', '/etc/1.conf:8']);
});

test('what is JSON is told as JSON.parse tells it, and every value of it has a place', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', ',', '"', '}', ']', '\\', '1', ':', '\n'),
      (json, place, more) => {
        const at = place % (json.length + 1);
        const text = json.slice(0, at) + more + json.slice(at);
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch {
          assert.type(scanJson(text).mistakeAt, 'number', text);
          return;
        }
        const names: string[] = [];
        const walk = (name: string, inner: unknown): void => {
          names.push(name);
          if (Array.isArray(inner)) inner.forEach((item, index) => walk(`${name}[${index}]`, item));
          else if (typeof inner === 'object' && inner !== null)
            for (const [key, item] of Object.entries(inner))
              walk(`${name}${name === '' ? '' : '.'}${key.toLowerCase()}`, item);
        };
        walk('', value);
        const { lines, mistakeAt } = scanJson(text);
        assert.is(mistakeAt, null, text);
        for (const name of names) assert.ok(lines.has(name), `${name} of ${text}`);
      },
    ),
    { numRuns: 500 },
  );
});

test('what Go lets pass: null for nothing; and a number that is written as text', () => {
  const config = load(small({ timeout: '20', 'ssl ca': null }, { fields: { a: null }, 'dead time': null }));
  assert.is(config.network.timeoutMs, 20_000);
  assert.is(config.network.sslCa, null);
  assert.equal(config.files[0]?.fields, { a: '' });
  assert.is(config.files[0]?.deadTimeMs, 86_400_000);
  assert.is(load('{"network":{"servers":["x:1"]},"files":[{"paths":["/x"],"fields":null}]}').files.length, 1);
});

test('a key that nothing reads is told, and ignored', () => {
  const warnings: string[] = [];
  const files = { codec: 'json', paths: [], fields: { line: 'x', a: 'b' } };
  load(small({ 'preferred server': 'x' }, files), {}, warnings);
  assert.equal(warnings, [
    '/etc/0.conf:1: "preferred server" is no setting and is ignored',
    '/etc/0.conf:1: "codec" is no setting and is ignored',
    '/etc/0.conf:1: the field "line" is each line\'s own and is ignored',
    '/etc/0.conf:1: files[0] has no "paths", so it reads nothing',
  ]);
});

test('slips in the names of settings are told with what was meant; half of a pair is without effect', () => {
  const warnings: string[] = [];
  const config = load(
    small({ ssl_ca: '/ca', server: 'x', 'ssl key': '/key' }, { path: ['/y'], deadtime: '1h' }),
    {},
    warnings,
  );
  assert.is(config.network.sslKey, null);
  assert.equal(
    warnings.map((message) => message.replace(/^.*?: /, '')),
    [
      '"ssl_ca" is no setting and is ignored; did you mean "ssl ca"?',
      '"server" is no setting and is ignored; did you mean "servers"?',
      '"path" is no setting and is ignored; did you mean "paths"?',
      '"deadtime" is no setting and is ignored; did you mean "dead time"?',
      '"ssl key" is without effect: "ssl certificate" and "ssl key" only work together',
    ],
  );
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
