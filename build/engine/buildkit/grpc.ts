// Answers gRPC calls over one connection that the engine has turned around: it is the client then, and we serve.

import { performServerHandshake, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { frameMessage, readFrames } from './frames.ts';

export interface Call {
  /** All values of a header, in order. */
  metadata(name: string): string[];
  readonly messages: AsyncIterable<Buffer>;
  /** Resolves when there is room for more. */
  send(message: Uint8Array): Promise<void>;
}

export type Handler = (call: Call) => Promise<void>;

/** gRPC's numbers of the failures that are told here. */
export const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;

export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** `methods` by path, as `/moby.filesync.v1.Auth/Credentials`. */
export function serveGrpc(socket: Socket, methods: ReadonlyMap<string, Handler>): { close(): void } {
  const session = performServerHandshake(socket, {
    settings: { initialWindowSize: 1 << 20, maxConcurrentStreams: 1000 },
  });
  // The engine goes when the build is over or cancelled; what fails then has been told by the build itself.
  session.on('error', () => {});
  socket.on('error', () => {});
  session.on(
    'stream',
    (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _: number, raw: readonly string[]) => {
      stream.on('error', () => {});
      void answer(stream, raw, methods.get(String(headers[':path'])));
    },
  );
  return {
    close() {
      session.destroy();
      socket.destroy();
    },
  };
}

async function answer(
  stream: ServerHttp2Stream,
  raw: readonly string[],
  handler: Handler | undefined,
): Promise<void> {
  let status = 0;
  let message = '';
  stream.on('wantTrailers', () => {
    stream.sendTrailers({
      'grpc-status': String(status),
      ...(message === '' ? {} : { 'grpc-message': encodeURIComponent(message) }),
    });
  });
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  try {
    if (handler === undefined) throw new GrpcError(UNIMPLEMENTED, 'not served here');
    await handler({
      metadata: (name) => raw.filter((_, index) => index % 2 === 1 && raw[index - 1] === name),
      // Whoever has read enough must not end the call with that.
      messages: readFrames(stream.iterator({ destroyOnReturn: false })),
      async send(bytes) {
        if (stream.destroyed) throw new Error('the engine has closed the call');
        if (!stream.write(frameMessage(bytes))) await drained(stream);
      },
    });
  } catch (error) {
    status = error instanceof GrpcError ? error.status : INTERNAL;
    message = error instanceof Error ? error.message : String(error);
  }
  if (!stream.destroyed) stream.end();
}

function drained(stream: ServerHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      stream.off('drain', go);
      stream.off('close', go);
      resolve();
    };
    stream.once('drain', go);
    stream.once('close', go);
  });
}
