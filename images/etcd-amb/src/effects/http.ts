// One HTTP request with an end: a time-out over all of it, a limit on its size, certificates where they are given.

import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Answer } from './world.ts';

/** No answer of etcd that we ask for comes near it. */
const MAX_BYTES = 1 << 20;
const MAX_REDIRECTS = 5;

export interface Certificates {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

/** Throws where there is no answer; an answer that is an error is an answer. */
export async function request(
  url: string,
  options: { body?: string; timeoutMs: number },
  certificates: Certificates,
): Promise<Answer> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  let target = new URL(url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await send(target, options.body, certificates, signal, options.timeoutMs);
    const { statusCode: status = 0, headers } = response;
    if (status >= 300 && status < 400 && headers.location !== undefined && options.body === undefined) {
      response.resume();
      target = new URL(headers.location, target);
      continue;
    }
    return { status, text: await bodyOf(response, target, signal, options.timeoutMs) };
  }
  throw new Error(`${url} leads from one place to the next without end`);
}

function send(
  url: URL,
  body: string | undefined,
  certificates: Certificates,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<IncomingMessage> {
  const { ca, cert, key } = certificates;
  const options: RequestOptions & { ca?: Buffer; cert?: Buffer; key?: Buffer } = {
    method: body === undefined ? 'GET' : 'POST',
    signal,
    // A connection that is kept would pin us to one member, and to a name's old address.
    agent: false,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(url.protocol === 'https:' && { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(problem(url, error, timeoutMs));
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      fail(new Error(`${url.protocol} is neither http nor https`));
      return;
    }
    const sent = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, resolve);
    sent.on('error', fail).end(body);
  });
}

async function bodyOf(
  response: IncomingMessage,
  url: URL,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
    }
  } catch (error) {
    response.destroy();
    throw problem(url, signal.aborted ? signal.reason : error, timeoutMs);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function problem(url: URL, error: unknown, timeoutMs: number): Error {
  const plain = `${url.protocol}//${url.host}${url.pathname}`;
  if (!(error instanceof Error)) return new Error(`${plain}: ${String(error)}`);
  const isLate = error.name === 'TimeoutError' || error.name === 'AbortError';
  // An AggregateError, of a name with several addresses, has its reasons inside.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  const message = first instanceof Error ? first.message : error.message;
  return new Error(`${plain}: ${isLate ? `no answer within ${timeoutMs / 1000} s` : message}`, {
    cause: error,
  });
}
