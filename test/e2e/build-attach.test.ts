// What is attached to a pushed image: in a real registry, in one that lists referrers, in one that takes no such thing.

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeRepository, startRegistry, type TestRegistry } from '../support/build.ts';

const test = suite('attachments');

const SPDX = 'application/spdx+json';
const IN_TOTO = 'application/vnd.in-toto+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

interface Descriptor {
  readonly digest: string;
  readonly artifactType: string;
}

const repository = makeRepository({
  'images/web/Dockerfile': 'FROM @base\nRUN echo page > /page\n',
  'images/web/image.ini': '[image]\nname = @web\n',
});
const commit = repository.commit();
const web = repository.name('web');
let registry: TestRegistry;

test.before(async () => void (registry = await startRegistry()));
test.after(async () => {
  await registry.stop();
  repository.remove();
});

const push = async (address: string, ...more: string[]): Promise<{ stdout: string; digest: string }> => {
  const json = join(repository.root, 'report.json');
  const { code, stdout, stderr } = await repository.run(['push', web, '--json', json, ...more], {
    REGISTRY: address,
  });
  assert.is(code, 0, stdout + stderr);
  const { images } = JSON.parse(readFileSync(json, 'utf8')) as {
    images: { name: string; pushed: { reference: string }[] }[];
  };
  const reference = images.find(({ name }) => name === web)?.pushed[0]?.reference ?? '';
  return { stdout, digest: reference.slice(reference.indexOf('@') + 1) };
};

const read = async (address: string, path: string, accept: string): Promise<Buffer> => {
  const response = await fetch(`http://${address}/v2/${web}/${path}`, { headers: { accept } });
  assert.ok(response.ok, `${path}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
};

/** The document of a kind, by way of its manifest, each looked at as a stranger would. */
const documentOf = async (
  address: string,
  list: readonly Descriptor[],
  type: string,
  subject: string,
): Promise<Record<string, unknown>> => {
  const digest = list.find(({ artifactType }) => artifactType === type)?.digest ?? `no ${type}`;
  const manifest = JSON.parse((await read(address, `manifests/${digest}`, MANIFEST)).toString()) as {
    artifactType: string;
    subject: { digest: string };
    layers: { digest: string; mediaType: string }[];
  };
  assert.is(manifest.artifactType, type);
  assert.is(manifest.subject.digest, subject);
  const [layer] = manifest.layers;
  assert.is(layer?.mediaType, type);
  const bytes = await read(address, `blobs/${layer?.digest}`, '*/*');
  assert.is(`sha256:${createHash('sha256').update(bytes).digest('hex')}`, layer?.digest);
  return JSON.parse(bytes.toString()) as Record<string, unknown>;
};

test('a registry without a list of referrers has them under the tag that stands in for it', async () => {
  const { digest } = await push(registry.address);
  const list = async (): Promise<Descriptor[]> =>
    (
      JSON.parse(
        (await read(registry.address, `manifests/${digest.replace(':', '-')}`, INDEX)).toString(),
      ) as { manifests: Descriptor[] }
    ).manifests;
  const found = await list();
  const sbom = await documentOf(registry.address, found, SPDX, digest);
  const names = (sbom['packages'] as { name: string }[]).map(({ name }) => name);
  assert.ok(names.includes('base-files') && names.includes(web), names.join(' '));
  const statement = await documentOf(registry.address, found, IN_TOTO, digest);
  assert.match(JSON.stringify(statement['subject']), digest.slice('sha256:'.length));
  assert.match(JSON.stringify(statement['predicate']), commit);
  await push(registry.address);
  assert.equal(await list(), found);
});

/** In front of the real one: `answer` may take a request for itself. */
async function withProxy(
  answer: (request: IncomingMessage, body: Buffer, response: ServerResponse) => boolean,
  use: (address: string) => Promise<void>,
): Promise<void> {
  const [host = '', port = ''] = registry.address.split(':');
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      if (answer(request, body, response)) return;
      const { method, url: path, headers } = request;
      const forwarded = ask({ host, port, method, path, headers }, (theirs) => {
        response.writeHead(theirs.statusCode ?? 500, { ...theirs.headers });
        theirs.pipe(response);
      });
      forwarded.end(body);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    await use(`127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/new`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  }
}

test('a registry that lists referrers is left to do so', async () => {
  const listed: (Descriptor & { subject: string })[] = [];
  await withProxy(
    (request, body, response) => {
      const [, subject] = /\/referrers\/(.*)$/.exec(request.url ?? '') ?? [];
      if (subject !== undefined) {
        const manifests = listed.filter((each) => each.subject === subject);
        response.setHeader('content-type', INDEX);
        response.end(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
        return true;
      }
      if (request.method !== 'PUT' || request.headers['content-type'] !== MANIFEST) return false;
      const manifest = JSON.parse(body.toString()) as { artifactType: string; subject: { digest: string } };
      const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
      listed.push({ digest, artifactType: manifest.artifactType, subject: manifest.subject.digest });
      response.writeHead(201, { 'oci-subject': manifest.subject.digest }).end();
      return true;
    },
    async (address) => {
      const { digest } = await push(address);
      const kinds = (): string[] =>
        listed.filter(({ subject }) => subject === digest).map(({ artifactType }) => artifactType);
      assert.equal(kinds(), [SPDX, IN_TOTO]);
      await push(address);
      assert.equal(kinds(), [SPDX, IN_TOTO]);
      const tags = (await (
        await fetch(`http://${address.replace('/new', '/v2/new')}/${web}/tags/list`)
      ).json()) as {
        tags: string[];
      };
      assert.not.match(tags.tags.join(' '), 'sha256-');
    },
  );
});

test('a registry that refuses them is told about, and no failure', async () => {
  await withProxy(
    (request, _, response) => {
      if (request.method !== 'PUT' || request.headers['content-type'] !== MANIFEST) return false;
      response.writeHead(415).end('{"errors":[{"code":"MANIFEST_INVALID","message":"no artifacts here"}]}');
      return true;
    },
    async (address) => {
      const { stdout } = await push(`${address.replace('/new', '/refusing')}`);
      assert.match(stdout, /nothing is attached to .*: .* 415 MANIFEST_INVALID: no artifacts here/);
    },
  );
});

test('--no-attach attaches nothing', async () => {
  await push(`${registry.address}/plain`, '--no-attach');
  const response = await fetch(`http://${registry.address}/v2/plain/${web}/tags/list`);
  assert.not.match(await response.text(), 'sha256-');
});

test('cosign signs what was pushed, by digest, where it is asked to', async () => {
  const { code, stderr } = await repository.run(['push', web, '--sign', 'my.key'], {
    REGISTRY: registry.address,
    PATH: '/usr/bin:/bin',
  });
  assert.is(code, 2);
  assert.match(stderr, 'cosign is not installed');
  const bin = join(repository.root, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'cosign'), `#!/bin/sh\necho "$@" >> ${bin}/asked\n`);
  chmodSync(join(bin, 'cosign'), 0o755);
  const json = join(repository.root, 'signed.json');
  const signed = await repository.run(['push', web, '--sign', 'my.key', '--json', json], {
    REGISTRY: registry.address,
    PATH: `${bin}:${process.env['PATH']}`,
  });
  assert.is(signed.code, 0, signed.stderr);
  const asked = readFileSync(join(bin, 'asked'), 'utf8');
  assert.match(asked, new RegExp(`sign --yes --recursive --key my.key ${registry.address}/${web}@sha256:`));
});

test.run();
