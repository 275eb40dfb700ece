// A connection to the engine, turned into a plain one on which gRPC is spoken, in either direction.

import type { Socket } from 'node:net';
import type Docker from 'dockerode';

/** `/session`, where the engine asks us, or `/grpc`, where we ask it. */
export function hijack(
  docker: Docker,
  path: '/session' | '/grpc',
  headers: Readonly<Record<string, string | readonly string[]>>,
): Promise<Socket> {
  const request = {
    path,
    method: 'POST',
    hijack: true,
    headers: { Upgrade: 'h2c', ...headers },
    statusCodes: { 200: true, 101: true, 500: 'server error' } as const,
  };
  return new Promise((resolve, reject) => {
    docker.modem.dial(request, (error, socket) =>
      error === null ? resolve(socket as Socket) : reject(error),
    );
  });
}
