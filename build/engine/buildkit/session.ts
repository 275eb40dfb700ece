// A BuildKit session of our own: the engine comes back through it for the context, for secrets, and for credentials.

import { randomUUID } from 'node:crypto';
import type Docker from 'dockerode';
import type { RegistryAuth } from '../../model/engine.ts';
import type { EntryList } from '../../model/entry-list.ts';
import { serveFiles } from './filesync.ts';
import { GrpcError, NOT_FOUND, serveGrpc, type Handler } from './grpc.ts';
import { hijack } from './hijack.ts';
import {
  credentialsRequest,
  credentialsResponse,
  healthResponse,
  secretRequest,
  secretResponse,
} from './messages.ts';
import { sshMethods } from './ssh.ts';

export interface SessionOffer {
  /** Folders by name: `context`, `dockerfile`. */
  readonly folders: ReadonlyMap<string, EntryList>;
  readonly secrets: ReadonlyMap<string, Uint8Array>;
  /** Of ssh agents, by id: the paths of their sockets. */
  readonly sshAgents: ReadonlyMap<string, string>;
  /** Each registry gets its own, and no other's. */
  readonly credentialsFor: (host: string) => Promise<RegistryAuth | undefined>;
  /** Contexts of the same key are kept by the engine as one, of which only changes are fetched. */
  readonly sharedKey: string;
  readonly onBytes: (count: number) => void;
}

export interface Session {
  readonly id: string;
  close(): void;
}

const SERVING = 1;

export async function openSession(
  docker: Docker,
  offer: SessionOffer,
  signal: AbortSignal,
): Promise<Session> {
  const methods = sessionMethods(offer);
  const id = randomUUID();
  const socket = await hijack(docker, '/session', {
    'X-Docker-Expose-Session-Uuid': id,
    'X-Docker-Expose-Session-Name': 'initkit',
    'X-Docker-Expose-Session-Sharedkey': offer.sharedKey,
    'X-Docker-Expose-Session-Grpc-Method': [...methods.keys()],
  });
  const server = serveGrpc(socket, methods);
  const close = (): void => server.close();
  signal.addEventListener('abort', close, { once: true });
  return {
    id,
    close() {
      signal.removeEventListener('abort', close);
      server.close();
    },
  };
}

export function sessionMethods(offer: SessionOffer): Map<string, Handler> {
  return new Map<string, Handler>([
    ['/grpc.health.v1.Health/Check', (call) => call.send(healthResponse.encode({ status: SERVING }))],
    ['/moby.filesync.v1.FileSync/DiffCopy', (call) => serveFiles(call, offer.folders, offer.onBytes)],
    [
      '/moby.buildkit.secrets.v1.Secrets/GetSecret',
      unary(async (bytes) => {
        const { id } = secretRequest.decode(bytes);
        const data = offer.secrets.get(id);
        if (data === undefined) throw new GrpcError(NOT_FOUND, `secret ${id} was not given`);
        return secretResponse.encode({ data });
      }),
    ],
    ...sshMethods(offer.sshAgents),
    [
      '/moby.filesync.v1.Auth/Credentials',
      unary(async (bytes) => {
        const auth = await offer.credentialsFor(credentialsRequest.decode(bytes).host);
        return credentialsResponse.encode(
          auth?.identitytoken === undefined
            ? { username: auth?.username ?? '', secret: auth?.password ?? '' }
            : // An empty name says that the secret is a token.
              { username: '', secret: auth.identitytoken },
        );
      }),
    ],
  ]);
}

function unary(answer: (bytes: Buffer) => Promise<Uint8Array>): Handler {
  return async (call) => {
    for await (const bytes of call.messages) return await call.send(await answer(bytes));
  };
}
