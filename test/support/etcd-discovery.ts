// A service of etcd's discovery protocol, well-behaved or not: the one that etcd's makers ran is gone.

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service of etcd's discovery protocol that does as it is told. */
export interface Discovery {
  readonly url: string;
  answer: (response: ServerResponse) => void;
  asked: number;
  close(): void;
}

/** The answer of etcd's v2 keys API for a token. */
export function registered(...values: readonly string[]): (response: ServerResponse) => void {
  const nodes = values.map((value, index) => ({
    key: `/_etcd/registry/t/${index}`,
    value,
    createdIndex: index + 1,
  }));
  return (response) =>
    response.end(JSON.stringify({ action: 'get', node: { key: '/_etcd/registry/t', dir: true, nodes } }));
}

/** Never comes to its end. */
export function endless(response: ServerResponse): void {
  const piece = ' '.repeat(65_536);
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

export async function startDiscovery(host: string): Promise<Discovery> {
  const found: Discovery = { url: '', answer: (response) => void response.end(), asked: 0, close: () => {} };
  const server: Server = createServer((request, response) => {
    found.asked += 1;
    if (request.url?.endsWith('/_config/size') === true) response.writeHead(404).end();
    else found.answer(response);
  });
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(found, {
    url: `http://${host}:${port}/token`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
}
