// build/credentials.ts and push.ts: whose password goes where, and which failures are worth another try.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { credentialsFor, registryHost } from '../../../build/registry/credentials.ts';
import { classifyPushFailure } from '../../../build/registry/retry.ts';

const test = suite('registry');
const folder = mkdtempSync(join(tmpdir(), 'initkit-config-'));
const before = { config: process.env['DOCKER_CONFIG'], path: process.env['PATH'] };

test.before(() => {
  process.env['DOCKER_CONFIG'] = folder;
  process.env['PATH'] = `${folder}:${before.path}`;
});
test.after(() => {
  rmSync(folder, { recursive: true, force: true });
  if (before.config === undefined) delete process.env['DOCKER_CONFIG'];
  else process.env['DOCKER_CONFIG'] = before.config;
  process.env['PATH'] = before.path;
});

const configure = (config: object): void =>
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
const basic = (text: string): string => Buffer.from(text).toString('base64');

function helper(name: string, script: string): void {
  const path = join(folder, `docker-credential-${name}`);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

const HOSTS: [repository: string, host: string][] = [
  ['debian', 'docker.io'],
  ['debian:12', 'docker.io'],
  ['me/x', 'docker.io'],
  ['docker.io', 'docker.io'],
  ['localhost/x', 'localhost'],
  ['127.0.0.1:5000/x', '127.0.0.1:5000'],
  ['r.example.org/a/b', 'r.example.org'],
];
for (const [repository, host] of HOSTS)
  test(`${repository} is at ${host}`, () => assert.is(registryHost(repository), host));

test('auths: the password may hold a colon, and goes to its own host alone', async () => {
  configure({ auths: { 'r.example.org': { auth: basic('me:a:b+/') } } });
  const found = await credentialsFor('r.example.org/x');
  assert.is(found?.username, 'me');
  assert.is(found?.password, 'a:b+/');
  assert.is(await credentialsFor('evil.example.org/x'), undefined);
  assert.is(await credentialsFor('debian'), undefined);
});

test("Docker Hub's key is a URL", async () => {
  configure({ auths: { 'https://index.docker.io/v1/': { auth: basic('hub:pw') } } });
  assert.is((await credentialsFor('me/x'))?.username, 'hub');
});

test('a helper for the host comes before the store, and the store before auths', async () => {
  helper('one', 'read key; echo "{\\"Username\\":\\"one of $key\\",\\"Secret\\":\\"s\\"}"');
  helper('two', 'echo "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"t\\"}"');
  configure({
    credHelpers: { 'r.example.org': 'one' },
    credsStore: 'two',
    auths: { 'r.example.org': { auth: basic('no:no') } },
  });
  assert.is((await credentialsFor('r.example.org/x'))?.username, 'one of r.example.org');
  assert.is((await credentialsFor('s.example.org/x'))?.identitytoken, 't');
});

test('a helper that has none is no error', async () => {
  helper('none', 'echo "credentials not found in native keychain"; exit 1');
  configure({ credsStore: 'none' });
  assert.is(await credentialsFor('r.example.org/x'), undefined);
});

test('a helper that is not installed is named', async () => {
  configure({ credsStore: 'nowhere' });
  await credentialsFor('r.example.org/x').then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /docker-credential-nowhere.*is not installed/),
  );
});

const FAILURES: [message: string, kind: string][] = [
  ['unauthorized: authentication required', 'refused'],
  ['no basic auth credentials', 'refused'],
  ['denied: requested access to the resource is denied', 'refused'],
  ['toomanyrequests: slow down', 'busy'],
  ['dial tcp 127.0.0.1:5000: connect: connection refused', 'broken'],
  ['dial tcp: lookup r.example.org: no such host', 'broken'],
  ['received unexpected HTTP status: 500 Internal Server Error', 'broken'],
  ['received unexpected HTTP status: 503 Service Unavailable', 'broken'],
  ['http: server gave HTTP response to HTTPS client', 'refused'],
  ['manifest invalid', 'refused'],
];
for (const [message, kind] of FAILURES)
  test(`"${message}" is a registry that is ${kind}`, () =>
    assert.is(classifyPushFailure(message).kind, kind));

test.run();
