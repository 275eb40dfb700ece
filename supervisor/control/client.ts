// Talks to a control server, ours or supervisord's, over a Unix socket or TCP.

import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { writeCredentials } from './auth.ts';
import type { Credentials } from './auth.ts';
import { parseResponse, writeCall } from './xmlrpc.ts';
import type { Value } from './xmlrpc.ts';

export interface Target {
  /** `unix:///run/initkit.sock` or `http://host:port`. */
  readonly url: string;
  readonly credentials: Credentials | null;
}

/** The server answered with a fault. */
export class FaultError extends Error {
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.name = 'FaultError';
    this.code = code;
  }
}

/** The server answered with another HTTP status than 200. */
export class StatusError extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(`${status} ${reason}`);
    this.name = 'StatusError';
    this.status = status;
  }
}

/** Throws a FaultError, a StatusError, an XmlError, or what the connection failed with (`code` is ECONNREFUSED, …). */
export async function callMethod(target: Target, method: string, params: readonly Value[]): Promise<Value> {
  const body = writeCall({ method, params });
  const headers = { 'Content-Type': 'text/xml', 'Content-Length': Buffer.byteLength(body) };
  const response = await send(target, { method: 'POST', path: '/RPC2', headers }, body);
  const bytes = await receive(response);
  if (response.statusCode !== 200) throw statusError(response);
  const answer = parseResponse(bytes);
  if (answer.kind === 'fault') throw new FaultError(answer.code, answer.text);
  return answer.value;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export async function get(target: Target, path: string, abort?: AbortSignal): Promise<Answer> {
  const response = await send(target, { method: 'GET', path, ...(abort && { signal: abort }) });
  const bytes = await receive(response);
  return { status: response.statusCode ?? 0, text: bytes.toString('utf8') };
}

/** The text of the answer to a request with a JSON body; throws StatusError with what the server said. */
export async function request(target: Target, method: string, path: string, body: string): Promise<string> {
  const response = await send(target, { method, path, headers: jsonHeaders(body) }, body);
  const text = (await receive(response)).toString('utf8');
  if (response.statusCode !== 200) throw new StatusError(response.statusCode ?? 0, text.trim());
  return text;
}

/** Hands over the pieces of an answer as they come, until it ends or `abort` fires; with a body it is a POST. */
export async function follow(
  target: Target,
  path: string,
  onText: (text: string) => void,
  abort: AbortSignal,
  body?: string,
): Promise<void> {
  const options = body === undefined ? { method: 'GET' } : { method: 'POST', headers: jsonHeaders(body) };
  try {
    const response = await send(target, { ...options, path, signal: abort }, body);
    if (response.statusCode !== 200) {
      response.destroy();
      throw statusError(response);
    }
    response.setEncoding('utf8');
    for await (const text of response as AsyncIterable<string>) onText(text);
  } catch (error) {
    if (!abort.aborted) throw error;
  }
}

function jsonHeaders(body: string): Record<string, string | number> {
  return { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
}

async function send(target: Target, options: RequestOptions, body = ''): Promise<IncomingMessage> {
  const { request: open } = await import('node:http');
  const headers = {
    ...(options.headers as Record<string, string | number> | undefined),
    ...(target.credentials === null ? {} : { Authorization: writeCredentials(target.credentials) }),
  };
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = open(
      { ...addressOf(target.url), ...options, headers, agent: false },
      resolve,
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function addressOf(url: string): RequestOptions {
  if (url.startsWith('unix://')) return { socketPath: url.slice('unix://'.length), host: 'localhost' };
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? 80 : Number(port) };
}

async function receive(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function statusError(response: IncomingMessage): StatusError {
  return new StatusError(response.statusCode ?? 0, response.statusMessage ?? '');
}
