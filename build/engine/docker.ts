// Implements Engine over dockerode, the only road to the engine.

import type { Agent } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { describeAddress, type EngineAddress } from '../model/engine-address.ts';
import { splitReference, type Engine, type EngineFacts, type LocalImage } from '../model/engine.ts';
import { ToolError } from '../model/errors.ts';
import { parsePlatform } from '../model/platform.ts';
import { BuildFailure } from './build-stream.ts';
import { cancellable, runBuild } from './docker-build.ts';
import { dropCacheRecord, listCacheRecords } from './docker-cache.ts';
import { createContainer, removeLeftContainers, TEMPORARY_LABELS } from './docker-container.ts';
import { loadDockerode } from './dockerode.ts';
import { engineError, engineMessage, isAbort, isNotFound } from './engine-errors.ts';
import { isInsecureRegistry } from './insecure.ts';
import { readJsonLines } from './ndjson.ts';

/** Oldest API whose engines carry BuildKit (18.09). */
const BUILDKIT_API_MINOR = 39;

/** An engine that takes longer than this for its version is stuck. */
const ANSWER_MS = 10_000;

/** Of TLS, which is not spoken here: to make it of the address, node compiles 10 ms of a pattern for IPv6. */
const NO_SERVER_NAME = { servername: '' };

export async function connectDocker(address: EngineAddress): Promise<Engine> {
  const Docker = await loadDockerode(address);
  // Not imported: that would evaluate all its exports, and with WebSocket all of undici, for 30 ms.
  const http = process.getBuiltinModule('node:http');
  // dockerode reads DOCKER_HOST and its TLS settings itself; kept-alive connections hang on newer engines (docker-modem#196).
  const docker = new Docker({
    ...(address.kind === 'socket' ? { socketPath: address.path } : {}),
    ...(address.kind === 'remote' && /^(ssh|https):/.test(address.url)
      ? {}
      : { agent: plainAgent(new http.Agent({ keepAlive: false, ...NO_SERVER_NAME })) }),
  });
  const place = describeAddress(address);
  const attempt = async <Result>(what: string, action: () => Promise<Result>): Promise<Result> => {
    try {
      return await action();
    } catch (error) {
      throw error instanceof BuildFailure ? error : engineError(what, place, error);
    }
  };
  let hasBuildKit: Promise<boolean> | undefined;
  let known: EngineFacts | undefined;
  const ping: Engine['ping'] = async () => (known = await askFacts());
  const facts: Engine['facts'] = async () => known ?? (await ping());
  const askFacts: Engine['facts'] = () =>
    attempt('ask the engine for its version', async () => {
      const answer = docker
        .version({ abortSignal: AbortSignal.timeout(ANSWER_MS) })
        .catch((error: unknown) => {
          throw isAbort(error)
            ? new Error(`it is silent for ${ANSWER_MS / 1000} s`, { cause: error })
            : error;
        });
      const version = asRecord(await answer);
      return {
        address: place,
        version: text(version['Version']),
        apiVersion: text(version['ApiVersion']),
        os: text(version['Os']),
        arch: text(version['Arch']),
      };
    });
  const buildKitAnswers = async (): Promise<boolean> => {
    const { os, apiVersion } = await facts();
    return os === 'linux' && Number(apiVersion.split('.')[1] ?? 0) >= BUILDKIT_API_MINOR;
  };
  return {
    facts,
    ping,
    platforms: async () => {
      const { os, arch } = await facts();
      const own = parsePlatform(`${os}/${arch}`);
      const fallback = own === undefined ? [] : [own];
      hasBuildKit ??= buildKitAnswers();
      // An engine that does not answer this is not one that emulates nothing; but it is all that is known of it.
      if (!(await hasBuildKit)) return fallback;
      const { listPlatforms } = await import('./buildkit/workers.ts');
      return await listPlatforms(docker).catch(() => fallback);
    },
    isInsecure: (host) =>
      attempt('ask the engine for its registries', async () => {
        const info = asRecord(await docker.info());
        return await isInsecureRegistry(host, asRecord(info['RegistryConfig']));
      }),
    imagesWithLabel: (label) =>
      attempt('list the images', async () => {
        const list = await docker.listImages({ all: false, filters: JSON.stringify({ label: [label] }) });
        return (list as unknown[]).map((item) => localImage(asRecord(item), asRecord(item)['Labels']));
      }),
    inspect: (reference) =>
      attempt(`look at image ${reference}`, async () => {
        try {
          const found = asRecord(await docker.getImage(reference).inspect());
          return localImage(found, asRecord(found['Config'])['Labels']);
        } catch (error) {
          if (isNotFound(error)) return undefined;
          throw error;
        }
      }),
    pull: (reference, auth, signal) =>
      attempt(`pull ${reference}`, async () => {
        const { repository, tag } = splitReference(reference);
        const digest = reference.includes('@') ? reference.slice(reference.indexOf('@') + 1) : tag;
        const options = { fromImage: repository, tag: digest, authconfig: { ...auth }, abortSignal: signal };
        await drain(await docker.createImage(options), signal);
      }),
    build: (request, onEvent) =>
      attempt('build', async () => {
        hasBuildKit ??= buildKitAnswers();
        return await runBuild(docker, await hasBuildKit, request, onEvent);
      }),
    cacheRecords: () => attempt('list the build cache', () => listCacheRecords(docker)),
    dropCacheRecord: (id) => attempt(`remove ${id} from the build cache`, () => dropCacheRecord(docker, id)),
    tag: (id, reference) =>
      attempt(`tag ${reference}`, async () => {
        const { repository, tag } = splitReference(reference);
        await docker.getImage(id).tag({ repo: repository, tag });
      }),
    untag: (reference) =>
      attempt(`remove ${reference}`, async () => {
        await docker
          .getImage(reference)
          .remove()
          .catch((error: unknown) => {
            if (!isNotFound(error)) throw error;
          });
      }),
    push: async (reference, auth, onProgress, signal) => {
      const { repository, tag } = splitReference(reference);
      try {
        // Always an authconfig, even an empty one: without it the engine answers 400 "missing X-Registry-Auth".
        const stream = await docker
          .getImage(repository)
          .push({ tag, authconfig: { ...auth }, abortSignal: signal });
        return await readPushStream(cancellable(stream, signal), onProgress);
      } catch (error) {
        if (signal.aborted || isAbort(error)) throw error;
        throw registryError(`push ${reference}`, error);
      }
    },
    remoteDigest: async (reference, auth, signal) => {
      try {
        signal.throwIfAborted();
        const asked = docker.getImage(reference).distribution({ authconfig: { ...auth } });
        const found = asRecord(await orAborted(asked, signal));
        return text(asRecord(found['Descriptor'])['digest']);
      } catch (error) {
        if (isNotFound(error) || /manifest unknown|not found/i.test(engineMessage(error))) return undefined;
        throw registryError(`ask the registry for ${reference}`, error);
      }
    },
    createContainer: (request) =>
      attempt(`make a container of ${request.image}`, () => createContainer(docker, request)),
    removeLeftContainers: () => attempt('remove containers', () => removeLeftContainers(docker)),
    imageConfig: (reference) =>
      attempt(`look at image ${reference}`, async () =>
        asRecord(asRecord(await docker.getImage(reference).inspect())['Config']),
      ),
    history: (reference) =>
      attempt(`look at the layers of ${reference}`, async () => {
        const layers = (await docker.getImage(reference).history()) as {
          CreatedBy?: string;
          Size?: number;
        }[];
        return layers
          .toReversed()
          .map((layer) => ({ createdBy: layer.CreatedBy ?? '', sizeBytes: layer.Size ?? 0 }));
      }),
    save: (reference) => attempt(`save ${reference}`, () => docker.getImage(reference).get()),
    load: (tar, signal) =>
      attempt('load an image', async () => {
        await drain(await docker.loadImage(tar, { quiet: true, abortSignal: signal }), signal);
      }),
    copyOut: (reference, path) =>
      attempt(`copy ${path} out of ${reference}`, async () => {
        const container = await docker.createContainer({
          Image: reference,
          Cmd: ['/'],
          Labels: TEMPORARY_LABELS,
        });
        try {
          return await buffer(await container.getArchive({ path }));
        } finally {
          await container.remove({ force: true, v: true });
        }
      }),
  };
}

/** The client has no way to cancel this request: it is left behind. */
function orAborted<Result>(asked: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true });
  return Promise.race([asked, aborted.promise]);
}

async function drain(stream: NodeJS.ReadableStream, signal: AbortSignal): Promise<void> {
  for await (const message of readJsonLines(cancellable(stream, signal))) {
    const failure = message['error'];
    if (typeof failure === 'string') throw new Error(failure);
  }
}

async function readPushStream(
  stream: AsyncIterable<Buffer>,
  onProgress: (line: string) => void,
): Promise<string> {
  let digest: string | undefined;
  for await (const message of readJsonLines(stream)) {
    if (typeof message['error'] === 'string') throw new Error(message['error']);
    const aux = asRecord(message['aux']);
    if (typeof aux['Digest'] === 'string') digest = aux['Digest'];
    if (message['id'] !== undefined && message['progress'] === undefined)
      onProgress(`${text(message['id'])} ${text(message['status'])}`);
  }
  if (digest === undefined) throw new Error('the engine ended the push without a digest');
  return digest;
}

function registryError(what: string, error: unknown): ToolError {
  return new ToolError('registry', { message: `cannot ${what}: ${engineMessage(error)}` }, error);
}

function localImage(found: Record<string, unknown>, labels: unknown): LocalImage {
  const tags = Array.isArray(found['RepoTags']) ? (found['RepoTags'] as string[]) : [];
  const platform = parsePlatform(
    [found['Os'], found['Architecture'], found['Variant']].filter((part) => text(part) !== '').join('/'),
  );
  return {
    id: text(found['Id']),
    ...(platform === undefined ? {} : { platform }),
    tags: tags.filter((tag) => tag !== '<none>:<none>'),
    labels: asRecord(labels) as Record<string, string>,
    layers: (asRecord(found['RootFS'])['Layers'] ?? []) as string[],
    sizeBytes: Number(found['Size'] ?? 0),
  };
}

/** docker-modem writes down all that belongs to a request, its agent with every socket, even where nobody logs it. */
function plainAgent(agent: Agent): Agent {
  return Object.assign(agent, { [inspect.custom]: () => 'Agent' });
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
