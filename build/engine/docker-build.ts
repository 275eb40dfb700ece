// One build at the engine: by BuildKit with a session of our own, or by the classic builder with a tar.

import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { memoryFile } from '../model/context.ts';
import type { BuildEvent, BuildRequest } from '../model/engine.ts';
import { entryList, overlay } from '../model/entry-list.ts';
import { ToolError } from '../model/errors.ts';
import { maskSecrets } from '../read/secrets.ts';
import { BuildFailure, readBuildStream } from './build-stream.ts';
import { engineMessage, isBadRequest } from './engine-errors.ts';

export async function runBuild(
  docker: Docker,
  hasBuildKit: boolean,
  request: BuildRequest,
  onEvent: (event: BuildEvent) => void,
): Promise<string> {
  const mask = maskSecrets(request.secrets);
  const told = (event: BuildEvent): void => onEvent(maskEvent(event, mask));
  if (request.builder === 'buildkit' && !hasBuildKit) {
    const remedy = 'leave --builder away, or use an engine of 18.09 or later';
    throw new ToolError('engine', { message: 'the engine has no BuildKit', remedy });
  }
  const isBuildKit = request.builder === 'classic' ? false : hasBuildKit;
  try {
    return await (isBuildKit ? buildWithSession : buildClassic)(docker, request, told);
  } catch (error) {
    if (error instanceof BuildFailure) throw new BuildFailure(mask(error.message));
    throw error;
  }
}

async function buildWithSession(
  docker: Docker,
  request: BuildRequest,
  onEvent: (event: BuildEvent) => void,
): Promise<string> {
  const { openSession } = await import('./buildkit/session.ts');
  const session = await openSession(
    docker,
    {
      folders: new Map([
        ['context', request.entries],
        ['dockerfile', entryList([memoryFile('Dockerfile', request.dockerfile)])],
      ]),
      secrets: request.secrets,
      sshAgents: request.sshAgents,
      credentialsFor: request.credentialsFor,
      sharedKey: request.contextKey,
      onBytes: () => {},
    },
    request.signal,
  );
  try {
    // The body is empty: the engine takes the context out of the session. The number, not the text '2': with the text dockerode opens a session that tells our password to every registry.
    const options = {
      ...commonOptions(request),
      version: 2,
      session: session.id,
      remote: 'client-session',
    };
    return await start(docker, Buffer.alloc(0), options, request, onEvent);
  } finally {
    session.close();
  }
}

async function buildClassic(
  docker: Docker,
  request: BuildRequest,
  onEvent: (event: BuildEvent) => void,
): Promise<string> {
  if (request.secrets.size + request.sshAgents.size > 0) {
    throw new ToolError('usage', {
      message: 'the classic builder knows neither secrets nor ssh',
      remedy: 'use an engine with BuildKit, and no --builder classic',
    });
  }
  const entries = overlay(request.entries, [memoryFile('Dockerfile', request.dockerfile)]);
  const options = { ...commonOptions(request), rm: true, forcerm: true };
  const { packEntries } = await import('../context/pack.ts');
  return await start(docker, packEntries(entries), options, request, onEvent);
}

/** A fresh object each time: dockerode deletes and rewrites fields of the one it is given. */
function commonOptions(request: BuildRequest): Record<string, unknown> {
  return {
    labels: { ...request.labels },
    buildargs: { ...request.buildArgs },
    nocache: !request.useCache,
    ...(request.platform === undefined ? {} : { platform: request.platform }),
    abortSignal: request.signal,
  };
}

async function start(
  docker: Docker,
  context: NodeJS.ReadableStream | Buffer,
  options: Record<string, unknown>,
  request: BuildRequest,
  onEvent: (event: BuildEvent) => void,
): Promise<string> {
  const stream = await docker.buildImage(context, options).catch((error: unknown) => {
    // The classic builder refuses a bad Dockerfile with a status, BuildKit tells it in the stream.
    throw isBadRequest(error) ? new BuildFailure(engineMessage(error)) : error;
  });
  return await readBuildStream(cancellable(stream, request.signal), onEvent);
}

/** The response does not obey the request's AbortSignal once its headers are there. */
export function cancellable(stream: NodeJS.ReadableStream, signal: AbortSignal): AsyncIterable<Buffer> {
  const readable = stream as Readable;
  const stop = (): void => void readable.destroy(new DOMException('aborted', 'AbortError'));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  readable.once('close', () => signal.removeEventListener('abort', stop));
  return readable as AsyncIterable<Buffer>;
}

function maskEvent(event: BuildEvent, mask: (text: string) => string): BuildEvent {
  if (event.type === 'log') return { ...event, line: mask(event.line) };
  if (event.type === 'step-failed') return { ...event, error: mask(event.error) };
  return event;
}
