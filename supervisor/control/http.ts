// Which request gets which answer: XML-RPC and log tails as supervisord gives them, and our own plain endpoints.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authorizer } from './auth.ts';
import { linger, receiveBody } from './body.ts';
import type { Budget } from './body.ts';
import type { Commands, Log, StreamName } from './commands.ts';
import { streamEvents } from './event-stream.ts';
import { streamLog } from './log-stream.ts';
import type { Methods } from './methods.ts';
import { splitName } from './names.ts';
import { metrics, status } from './status.ts';
import { readStatusTexts } from './status-files.ts';
import type { Units } from './units.ts';
import { XmlError } from './xml.ts';
import { parseCall, writeResponse } from './xmlrpc.ts';
import type { Call } from './xmlrpc.ts';

export interface Site {
  readonly commands: Commands;
  /** Null where no units are run. */
  readonly units: (() => Promise<Units>) | null;
  readonly methods: Methods;
  readonly isAuthorized: Authorizer;
  readonly maxBodyBytes: number;
  /** For all bodies that are being received, and all answers that are being sent. */
  readonly memory: Budget;
  readonly nowMs: () => number;
}

/** Never rejects: a defect of ours is logged and answered with 500. */
export async function handle(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await route(site, request, response);
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    site.commands.log('critical', `Cannot answer ${request.method} ${request.url}: ${stack}`);
    if (response.headersSent) response.destroy();
    else refuse(response, 500);
  }
}

/** Answers with a status and its name, and with what helps to do better. */
export function refuse(response: ServerResponse, code: number, hint = ''): void {
  response.end(refusal(response, code, hint));
}

/** Writes the head; the body is the result. */
function refusal(response: ServerResponse, code: number, hint = ''): string {
  const body = `${code} ${REASONS[code] ?? 'Error'}${hint === '' ? '' : `: ${hint}`}\n`;
  response.writeHead(code, {
    'Content-Type': 'text/plain;charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  return body;
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  411: 'Length Required',
  413: 'Content Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

async function route(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!site.isAuthorized(request.headers.authorization)) {
    response.setHeader('WWW-Authenticate', 'Basic realm="default"');
    response.setHeader('Connection', 'close');
    response.write(refusal(response, 401));
    await linger(request);
    response.end();
    return;
  }
  const path = pathOf(request.url ?? '');
  if (path === null) return refuse(response, 400, 'the address cannot be read');
  if (request.method !== 'GET' && isForeign(request)) {
    return refuse(response, 403, 'another site has asked for this');
  }
  if (path.startsWith('/RPC2')) return answerCall(site, request, response);
  if (isPage(path)) return forPeople(site, path, request, response);
  if (path === '/units' || path.startsWith('/units/')) return forUnits(site, path, request, response);
  if (request.method !== 'GET') {
    // supervisord says 400 to its own clients, also where 405 would be right.
    const isTail = path.startsWith('/logtail') || path.startsWith('/mainlogtail');
    return refuse(response, isTail ? 400 : 405);
  }
  answerGet(site, path, response);
}

async function forUnits(
  site: Site,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { units, maxBodyBytes, memory } = site;
  if (units === null) return refuse(response, 404, 'no units are run here');
  const { answerUnits } = await import('./units-routes.ts');
  const tools = { units: await units(), maxBodyBytes, memory, refuse, send: send.bind(null, site) };
  await answerUnits(tools, path, request, response);
}

async function forPeople(
  site: Site,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { answerPage } = await import('./web.ts');
  await answerPage({ site, refuse, send: send.bind(null, site) }, path, request, response);
}

function isPage(path: string): boolean {
  return path === '/' || path === '/index.html' || path === '/tail.html';
}

/** Whether a browser sends this in the name of a page of another site: any site can make it post to an address of this machine. */
function isForeign({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined && URL.parse(headers.origin)?.host !== headers.host;
}

function answerGet(site: Site, path: string, response: ServerResponse): void {
  const { commands } = site;
  if (path.startsWith('/logtail/'))
    return answerTail(logOf(commands, path.slice('/logtail/'.length)), response);
  if (path.startsWith('/mainlogtail')) return answerTail(commands.mainLog(), response);
  switch (path) {
    case '/status': {
      void readStatusTexts(commands).then((texts) => {
        const answer = status(commands, site.nowMs(), ({ program }) => texts.get(program) ?? null);
        send(site, response, 200, 'application/json', `${JSON.stringify(answer, null, 2)}\n`);
      });
      return;
    }
    case '/events':
      return streamEvents(commands, response);
    case '/metrics':
      return send(site, response, 200, 'text/plain; version=0.0.4; charset=utf-8', metrics(commands));
    case '/health': {
      const { healthy, reasons } = commands.health();
      const body = healthy ? 'healthy\n' : ['unhealthy', ...reasons, ''].join('\n');
      return send(site, response, healthy ? 200 : 503, 'text/plain;charset=utf-8', body);
    }
    default:
      return refuse(response, 404);
  }
}

async function answerCall(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') return refuse(response, 400, 'POST is expected');
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (length === undefined && encoding === undefined) return refuse(response, 411);
  if (Number(length) > site.maxBodyBytes) return refuseBody(response, 413);
  const body = await receiveBody(request, site.maxBodyBytes, site.memory);
  if (body.kind === 'aborted') return;
  if (body.kind === 'too-large') return refuseBody(response, 413);
  if (body.kind === 'no-memory') return refuseBody(response, 503);
  let call: Call;
  try {
    call = parseCall(body.bytes);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    site.commands.log('error', `XML-RPC request data is invalid: ${error.message}`);
    return refuse(response, 400, error.message);
  }
  const answer = writeResponse(await site.methods.call(call));
  send(site, response, 200, 'text/xml', answer);
}

/** The rest of the body is not wanted, so the connection cannot be used again. */
function refuseBody(response: ServerResponse, code: number): void {
  response.setHeader('Connection', 'close');
  refuse(response, code);
}

function answerTail(log: Log | null, response: ServerResponse): void {
  if (log === null || !streamLog(log, response)) refuse(response, 404, 'there is no log');
}

/** `NAME`, `NAME/stdout` or `NAME/stderr`, where NAME is `process` or `group:process`. */
function logOf(commands: Commands, rest: string): Log | null {
  const [spec = '', channel = 'stdout', ...more] = rest.split('/');
  const { group, name } = splitName(spec);
  if (name === null || more.length > 0 || !isStream(channel)) return null;
  return commands.processLog({ group, name }, channel);
}

function isStream(channel: string): channel is StreamName {
  return channel === 'stdout' || channel === 'stderr';
}

function send(site: Site, response: ServerResponse, code: number, type: string, text: string): void {
  const bytes = Buffer.from(text);
  if (!site.memory.take(bytes.length)) return refuse(response, 503, 'too much is being sent already');
  response.once('close', () => site.memory.give(bytes.length));
  response.writeHead(code, { 'Content-Type': type, 'Content-Length': bytes.length });
  response.end(bytes);
}

/** The path without query, decoded; null if that is not possible. */
function pathOf(url: string): string | null {
  try {
    return decodeURIComponent(url.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/s, ''));
  } catch {
    return null;
  }
}
