// One HTTP request to a registry, over TLS as the engine trusts it, or without where the engine does without.

import { readFile, readdir } from 'node:fs/promises';
import type { Agent, IncomingMessage, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { getCACertificates } from 'node:tls';
import { codeOf } from '../model/errors.ts';

export interface Asked {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export type Transport = (asked: Asked, signal: AbortSignal) => Promise<Answered>;

/** Where the engine looks for what a registry's certificate is signed by. */
const CERTIFICATES = '/etc/docker/certs.d';

/** `isInsecure` registries may have any certificate, or none at all: the engine tries both, in this order. */
export async function openTransport(host: string, isInsecure: boolean): Promise<Transport> {
  // As in docker.ts: an import would load all of undici with it.
  const http = process.getBuiltinModule('node:http');
  const https = process.getBuiltinModule('node:https');
  const own = await ownCertificates(host);
  const tls = new https.Agent({
    keepAlive: true,
    rejectUnauthorized: !isInsecure,
    ca: [...getCACertificates('default'), ...getCACertificates('system'), ...own.authorities],
    ...(own.cert === undefined || own.key === undefined ? {} : { cert: own.cert, key: own.key }),
  });
  const plain = new http.Agent({ keepAlive: true });
  let isPlain = false;
  const once = (asked: Asked, signal: AbortSignal): Promise<Answered> =>
    isPlain || (asked.url.protocol === 'http:' && (isInsecure || asked.url.host !== host))
      ? ask(http.request, plain, { ...asked, url: withProtocol(asked.url, 'http:') }, signal)
      : ask(https.request, tls, { ...asked, url: withProtocol(asked.url, 'https:') }, signal);
  return async (asked, signal) => {
    try {
      return await once(asked, signal);
    } catch (error) {
      if (!isInsecure || isPlain || !isNoTls(error)) throw error;
      isPlain = true;
      return await once(asked, signal);
    }
  };
}

function ask(
  send: typeof httpRequest,
  agent: Agent,
  { method, url, headers, body }: Asked,
  signal: AbortSignal,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const request = send(url, { method, headers: { ...headers, ...length }, agent, signal }, (response) => {
      buffer(response).then(
        (bytes) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes }),
        reject,
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

function withProtocol(url: URL, protocol: string): URL {
  return new URL(url.href.replace(/^https?:/, protocol));
}

/** What a server says, or does, to a handshake that it does not understand. */
function isNoTls(error: unknown): boolean {
  return /^(EPROTO|ECONNRESET|ERR_SSL_.*)$/.test(codeOf(error) ?? '');
}

async function ownCertificates(
  host: string,
): Promise<{ authorities: string[]; cert: string | undefined; key: string | undefined }> {
  const folder = join(CERTIFICATES, host);
  const names = (await readdir(folder).catch((): string[] => [])).toSorted();
  const read = async (suffix: string): Promise<string[]> =>
    await Promise.all(
      names.filter((name) => name.endsWith(suffix)).map((name) => readFile(join(folder, name), 'utf8')),
    );
  const [cert] = await read('.cert');
  const [key] = await read('.key');
  return { authorities: await read('.crt'), cert, key };
}
