// build/registry/: challenges, names, indexes; and the client beside a server that behaves as registries do.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parsePlatform } from '../../../build/model/platform.ts';
import { parseChallenge, placeOf } from '../../../build/registry/challenge.ts';
import { digestOf, openRepository, type Repository } from '../../../build/registry/client.ts';
import { indexOf } from '../../../build/registry/image-index.ts';

const test = suite('registry client');

const CHALLENGES: [header: string, fields: object | undefined][] = [
  ['Basic realm="x"', { scheme: 'basic', realm: 'x', service: undefined, scope: undefined }],
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    {
      scheme: 'bearer',
      realm: 'https://auth.docker.io/token',
      service: 'registry.docker.io',
      scope: 'repository:a/b:pull,push',
    },
  ],
  [
    'bearer realm=https://x/t, service=s',
    { scheme: 'bearer', realm: 'https://x/t', service: 's', scope: undefined },
  ],
  ['Bearer realm="a\\"b"', { scheme: 'bearer', realm: 'a"b', service: undefined, scope: undefined }],
  ['Negotiate', undefined],
  ['', undefined],
];
for (const [header, fields] of CHALLENGES) {
  test(`the challenge ${header}`, () => assert.equal(parseChallenge(header), fields));
}

const PLACES: [repository: string, host: string, path: string][] = [
  ['debian', 'registry-1.docker.io', 'library/debian'],
  ['me/x', 'registry-1.docker.io', 'me/x'],
  ['docker.io/debian', 'registry-1.docker.io', 'library/debian'],
  ['index.docker.io/me/x', 'registry-1.docker.io', 'me/x'],
  ['ghcr.io/a/b', 'ghcr.io', 'a/b'],
  ['localhost/a', 'localhost', 'a'],
  ['r:5000/a/b/c', 'r:5000', 'a/b/c'],
];
for (const [repository, host, path] of PLACES) {
  test(`${repository} is ${path} at ${host}`, () => assert.equal(placeOf(repository), { host, path }));
}

test('images of Docker’s kind get a list, images of OCI’s kind an index, and its bytes depend on nothing else', () => {
  const platform = parsePlatform('linux/arm/v7');
  assert.ok(platform);
  const image = { platform, digest: `sha256:${'a'.repeat(64)}`, size: 7 };
  const docker = 'application/vnd.docker.distribution.manifest.v2+json';
  const oci = 'application/vnd.oci.image.manifest.v1+json';
  const list = indexOf([
    { ...image, mediaType: docker },
    { ...image, mediaType: oci },
  ]);
  assert.is(list.mediaType, 'application/vnd.docker.distribution.manifest.list.v2+json');
  const index = indexOf([{ ...image, mediaType: oci }]);
  assert.is(index.mediaType, 'application/vnd.oci.image.index.v1+json');
  assert.equal(JSON.parse(index.bytes.toString()).manifests[0].platform, {
    architecture: 'arm',
    os: 'linux',
    variant: 'v7',
  });
});

/** A registry of one repository behind a token service; what it was asked is kept. */
async function withRegistry(
  answer: (request: IncomingMessage, response: ServerResponse, host: string) => void,
  use: (repository: Repository, asked: string[]) => Promise<void>,
  auth = { username: 'user', password: 'p:w' },
): Promise<void> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`);
    request.resume().on('end', () => answer(request, response, request.headers.host ?? ''));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const signal = AbortSignal.timeout(20_000);
    await use(await openRepository(`127.0.0.1:${port}/a`, { auth, isInsecure: true, signal }), asked);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  }
}

test('a bearer token is asked for with the password, and used from then on', async () => {
  const basic = `Basic ${Buffer.from('user:p:w').toString('base64')}`;
  await withRegistry(
    (request, response, host) => {
      if (request.url?.startsWith('/token')) {
        response.end(JSON.stringify(request.headers.authorization === basic ? { token: 't1' } : {}));
      } else if (request.headers.authorization === 'Bearer t1') response.end('{}');
      else {
        const challenge = `Bearer realm="http://${host}/token?x=1",service="s",scope="repository:a:pull"`;
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      }
    },
    async (repository, asked) => {
      assert.is((await repository.manifest('1'))?.digest, digestOf(Buffer.from('{}')));
      await repository.manifest('2');
      assert.equal(asked, [
        'GET /v2/a/manifests/1 -',
        `GET /token?x=1&service=s&scope=repository%3Aa%3Apull ${basic}`,
        'GET /v2/a/manifests/1 Bearer t1',
        'GET /v2/a/manifests/2 Bearer t1',
      ]);
    },
  );
});

test('a redirect to another place does not get the credentials', async () => {
  let elsewhere = '';
  const other = createServer((request, response) => {
    elsewhere = request.headers.authorization ?? 'none';
    response.end('bytes');
  });
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    await withRegistry(
      (request, response) => {
        if (request.headers.authorization === undefined)
          response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
        else response.writeHead(307, { location: `http://127.0.0.1:${port}/blob` }).end();
      },
      async (repository) => {
        assert.is(String(await repository.blob('sha256:x')), 'bytes');
        assert.is(elsewhere, 'none');
      },
    );
  } finally {
    other.closeAllConnections();
    await new Promise((resolve) => void other.close(resolve));
  }
});

const FAILURES: [status: number, body: string, text: RegExp][] = [
  [
    403,
    '{"errors":[{"code":"DENIED","message":"no"}]}',
    /cannot read x of 127\.0\.0\.1:\d+\/a: 403 DENIED: no/,
  ],
  [500, '<html>', /: 500$/],
  [429, '{}', /: 429$/],
];
for (const [status, body, text] of FAILURES) {
  test(`a ${status} is told with what the registry says`, async () => {
    await withRegistry(
      (_, response) => void response.writeHead(status).end(body),
      async (repository) => {
        const error = await repository.manifest('x').catch((thrown: unknown) => thrown);
        assert.instance(error, Error);
        assert.match((error as Error).message, text);
      },
    );
  });
}

test('wrong credentials are asked about once, not for ever', async () => {
  await withRegistry(
    (_, response) => void response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
    async (repository, asked) => {
      await repository.manifest('x').catch(() => {});
      assert.is(asked.length, 2);
    },
  );
});

test('a page that every path answers with is no list of referrers', async () => {
  await withRegistry(
    (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    async (repository) => assert.is(await repository.referrers('sha256:x'), undefined),
  );
});

test.run();
