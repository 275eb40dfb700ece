// The pages in a browser: which address shows what, and what their buttons do, through the methods of XML-RPC.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { receiveBody } from './body.ts';
import { FAULT_CODES } from './faults.ts';
import { allByName } from './find.ts';
import type { Site } from './http.ts';
import { statusPage, tailPage } from './web-page.ts';
import type { Response, Value } from './xmlrpc.ts';

export interface WebTools {
  readonly site: Site;
  readonly refuse: (response: ServerResponse, code: number, hint?: string) => void;
  readonly send: (response: ServerResponse, code: number, type: string, text: string) => void;
}

/** A form has two short fields. */
const FORM_BYTES = 64 * 1024;
/** supervisord shows at least so much. */
const LEAST_TAIL_BYTES = 1024;
const MOST_TAIL_BYTES = 1024 * 1024;

/** Answers `/`, `/index.html` and `/tail.html`. */
export async function answerPage(
  { site, refuse, send }: WebTools,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isForm = request.method === 'POST';
  if (!isForm && request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405);
  const query = new URLSearchParams(/\?([^#]*)/.exec(request.url ?? '')?.[1] ?? '');
  response.setHeader('Content-Security-Policy', POLICY);
  response.setHeader('Referrer-Policy', 'same-origin');
  response.setHeader('Cache-Control', 'no-store');
  if (path === '/tail.html') return send(response, 200, HTML, await tail(site, query));
  const form = isForm ? await readForm(site, request) : query;
  if (form === null) return refuse(response, 413);
  const action = form.get('action');
  if (action !== null) {
    if (!isAskedForHere(request)) return refuse(response, 403, 'another site has asked for this');
    const message = await act(site, action, form.get('processname') ?? '');
    if (message === null) return refuse(response, 400, `there is no action '${action}'`);
    response.writeHead(isForm ? 303 : 302, { Location: `./?message=${encodeURIComponent(message)}` });
    response.end();
    return;
  }
  const { commands } = site;
  const html = statusPage(commands.info(), allByName(commands), form.get('message'), site.nowMs());
  send(response, 200, HTML, html);
}

const HTML = 'text/html; charset=utf-8';
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

async function readForm({ memory }: Site, request: IncomingMessage): Promise<URLSearchParams | null> {
  const body = await receiveBody(request, FORM_BYTES, memory);
  return body.kind === 'received' ? new URLSearchParams(Buffer.from(body.bytes).toString()) : null;
}

/**
 * What changes something must come from a page of ours, or from no browser at all: any site can make a browser fetch an
 * address of this machine. Browsers, and no scripts, tell the language that they want.
 */
function isAskedForHere({ headers }: IncomingMessage): boolean {
  if (headers['accept-language'] === undefined && headers.origin === undefined) return true;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return hostOf(headers.origin ?? headers.referer) === headers.host;
}

function hostOf(address: string | undefined): string | null {
  return address === undefined ? null : (URL.parse(address)?.host ?? null);
}

async function tail({ methods }: Site, query: URLSearchParams): Promise<string> {
  const name = query.get('processname') ?? '';
  const asked = /^\d+$/.test(query.get('limit') ?? '') ? Number(query.get('limit')) : LEAST_TAIL_BYTES;
  const limit = Math.min(MOST_TAIL_BYTES, Math.max(LEAST_TAIL_BYTES, asked));
  if (name === '') return tailPage(null, 'No process name found', limit);
  const params = [name, -limit, 0];
  const answer = await methods.call({ method: 'supervisor.readProcessStdoutLog', params });
  return tailPage(name, tailText(answer, name), limit);
}

function tailText(answer: Response, name: string): string {
  if (answer.kind === 'value') return typeof answer.value === 'string' ? answer.value : '';
  return answer.code === FAULT_CODES.NO_FILE
    ? `No file for ${name}`
    : `ERROR: unexpected rpc fault [${answer.code}] ${answer.text}`;
}

/** Does what a button says, to its end, and tells what came of it in supervisord's words; null for an unknown action. */
async function act({ methods, nowMs }: Site, action: string, name: string): Promise<string | null> {
  const call = (method: string, ...params: Value[]): Promise<Response> =>
    methods.call({ method: `supervisor.${method}`, params });
  const when = new Date(nowMs()).toString();
  switch (action) {
    case 'refresh':
      return `Page refreshed at ${when}`;
    case 'stopall':
      return told(await call('stopAllProcesses'), `All stopped at ${when}`);
    case 'restartall':
      await call('stopAllProcesses');
      return told(await call('startAllProcesses'), `All restarted at ${when}`);
    case 'start':
      return told(await call('startProcess', name), `Process ${name} started`, name);
    case 'stop':
      return told(await call('stopProcess', name), `Process ${name} stopped`, name);
    case 'restart':
      await call('stopProcess', name);
      return told(await call('startProcess', name), `Process ${name} restarted`, name);
    case 'clearlog':
      return told(await call('clearProcessLogs', name), `Log for ${name} cleared`, name);
    default:
      return null;
  }
}

const FAULT_TEXTS: Readonly<Record<number, string>> = {
  [FAULT_CODES.NO_FILE]: 'no such file',
  [FAULT_CODES.NOT_EXECUTABLE]: 'file not executable',
  [FAULT_CODES.ALREADY_STARTED]: 'already started',
  [FAULT_CODES.SPAWN_ERROR]: 'spawn error',
  [FAULT_CODES.ABNORMAL_TERMINATION]: 'abnormal termination',
  [FAULT_CODES.NOT_RUNNING]: 'not running',
};

function told(answer: Response, done: string, name?: string): string {
  if (answer.kind === 'value') return done;
  if (answer.code === FAULT_CODES.BAD_NAME) return `No such process named ${name}`;
  const why = FAULT_TEXTS[answer.code] ?? `unexpected rpc fault [${answer.code}] ${answer.text}`;
  return name === undefined ? `ERROR: ${why}` : `ERROR: Process ${name}: ${why}`;
}
