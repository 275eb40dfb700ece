// build/credentials.ts and push.ts: whose password goes where, and which failures are worth another try.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { credentialsFor, credentialsForHost, registryHost } from '../../../build/registry/credentials.ts';
import { classifyPushFailure } from '../../../build/registry/retry.ts';

const test = suite('registry');
const folder = mkdtempSync(join(tmpdir(), 'initkit-config-'));
const NAMES = ['DOCKER_CONFIG', 'DOCKER_AUTH_CONFIG', 'REGISTRY_AUTH_FILE', 'PATH'] as const;
const before = NAMES.map((name) => [name, process.env[name]] as const);

test.before(() => {
  process.env['DOCKER_CONFIG'] = folder;
  process.env['PATH'] = `${folder}:${process.env['PATH']}`;
  process.env['REGISTRY_AUTH_FILE'] = join(folder, 'auth.json');
  delete process.env['DOCKER_AUTH_CONFIG'];
});
test.after(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
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
  ['docker.io/me/x', 'docker.io'],
  ['index.docker.io/me/x', 'docker.io'],
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

test('a host alone is no name of an image: its port does not lead to Docker Hub', async () => {
  configure({
    auths: { 'https://index.docker.io/v1/': { auth: basic('hub:pw') }, 'r:5000': { auth: basic('r:pw') } },
  });
  assert.is((await credentialsForHost('registry-1.docker.io'))?.username, 'hub');
  assert.is((await credentialsForHost('r:5000'))?.username, 'r');
  assert.is(await credentialsForHost('evil:5000'), undefined);
});

/** What clients have written there, and who is found for a repository. */
const SHAPES: [title: string, auths: object, repository: string, user: string | undefined][] = [
  ['a port', { 'r.example.org:5000': { auth: basic('a:p') } }, 'r.example.org:5000/x', 'a'],
  ['another port', { 'r.example.org:5000': { auth: basic('a:p') } }, 'r.example.org/x', undefined],
  ['a URL', { 'https://r.example.org/v2/': { auth: basic('a:p') } }, 'r.example.org/x', 'a'],
  ['a version without a scheme', { 'r.example.org/v1/': { auth: basic('a:p') } }, 'r.example.org/x', 'a'],
  ['Docker Hub by podman', { 'docker.io': { auth: basic('a:p') } }, 'me/x', 'a'],
  ['name and password apart', { 'r.example.org': { username: 'a', password: 'p' } }, 'r.example.org/x', 'a'],
  ['an entry that a store has emptied', { 'r.example.org': {} }, 'r.example.org/x', undefined],
  ['zeros behind the password', { 'r.example.org': { auth: basic('a:p\0\0') } }, 'r.example.org/x', 'a'],
  [
    'the longest path',
    {
      'r.example.org': { auth: basic('all:p') },
      'r.example.org/team': { auth: basic('team:p') },
      'r.example.org/team/app': { auth: basic('app:p') },
    },
    'r.example.org/team/app/x',
    'app',
  ],
  [
    'a path that only begins alike',
    { 'r.example.org/team': { auth: basic('team:p') }, 'r.example.org': { auth: basic('all:p') } },
    'r.example.org/teams/x',
    'all',
  ],
  ['no path but another one', { 'r.example.org/team': { auth: basic('a:p') } }, 'r.example.org/x', 'a'],
];
for (const [title, auths, repository, user] of SHAPES) {
  test(`auths with ${title}`, async () => {
    configure({ auths });
    const found = await credentialsFor(repository);
    assert.is(found?.username, user);
    if (user !== undefined) assert.is(found?.password, 'p');
  });
}

test('a token of identity goes before the name that stands beside it', async () => {
  configure({ auths: { 'r.example.org': { auth: basic('00000000:'), identitytoken: 'T' } } });
  const found = await credentialsFor('r.example.org/x');
  assert.is(found?.identitytoken, 'T');
  assert.is(found?.username, undefined);
});

test("podman's file is asked after docker's, the environment before", async () => {
  writeFileSync(
    join(folder, 'auth.json'),
    JSON.stringify({
      auths: { 'r.example.org': { auth: basic('podman:p') }, 's.example.org': { auth: basic('s:p') } },
    }),
  );
  configure({ auths: { 'r.example.org': { auth: basic('docker:p') } } });
  assert.is((await credentialsFor('r.example.org/x'))?.username, 'docker');
  assert.is((await credentialsFor('s.example.org/x'))?.username, 's');
  process.env['DOCKER_AUTH_CONFIG'] = JSON.stringify({ auths: { 'r.example.org': { auth: basic('ci:p') } } });
  assert.is((await credentialsFor('r.example.org/x'))?.username, 'ci');
  delete process.env['DOCKER_AUTH_CONFIG'];
  rmSync(join(folder, 'auth.json'));
});

test('a file that is no JSON is named, and nothing of it is shown', async () => {
  writeFileSync(join(folder, 'config.json'), '{"auths": {"r": {"auth": "c2VjcmV0" oops');
  await credentialsFor('r.example.org/x').then(
    () => assert.unreachable(),
    (error: Error) => {
      assert.match(error.message, /is not JSON/);
      assert.not.match(error.message, /c2VjcmV0/);
    },
  );
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
