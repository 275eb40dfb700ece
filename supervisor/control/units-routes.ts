// The manager of units over HTTP: `GET /units` and `GET /units/NAME` for people, `POST /units/METHOD` for systemctl and
// journalctl, and `POST /units/follow`, the journal from now on, a JSON object per line.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { receiveBody, type Budget } from './body.ts';
import type { JournalLine, Units } from './units.ts';
import { BadRequest, CALLS, Fields, isWanted, journalQuery } from './units-wire.ts';

export interface UnitsSite {
  readonly units: Units;
  readonly maxBodyBytes: number;
  readonly memory: Budget;
  readonly refuse: (response: ServerResponse, code: number, hint?: string) => void;
  readonly send: (response: ServerResponse, code: number, type: string, text: string) => void;
}

/** A client that lets this much wait is cut off: it can ask for what it has missed. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

/** Answers what is below /units; `path` is decoded and without its query. */
export async function answerUnits(
  site: UnitsSite,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = path.slice('/units'.length).replace(/^\//, '');
  try {
    if (request.method === 'GET') return sendJson(site, response, read(site.units, name));
    if (request.method !== 'POST') return site.refuse(response, 405);
    const body = await receiveBody(request, site.maxBodyBytes, site.memory);
    if (body.kind === 'aborted') return;
    if (body.kind !== 'received') return site.refuse(response, body.kind === 'too-large' ? 413 : 503);
    const fields = new Fields(new TextDecoder().decode(body.bytes));
    if (name === 'follow') return follow(site.units, fields, response);
    const call = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
    if (call === undefined)
      return site.refuse(response, 404, `it is one of ${Object.keys(CALLS).join(', ')}`);
    sendJson(site, response, await call(site.units, fields));
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    site.refuse(response, 400, error.message);
  }
}

function read(units: Units, name: string): unknown {
  if (name === '') return units.list([]);
  return { ...units.snapshot(name), properties: Object.fromEntries(units.properties(name)) };
}

function sendJson(site: UnitsSite, response: ServerResponse, value: unknown): void {
  if (response.destroyed) return;
  site.send(response, 200, 'application/json', `${JSON.stringify(value, null, 1)}\n`);
}

/** What is kept of what was asked for, then all that follows, until the client goes. */
function follow(units: Units, fields: Fields, response: ServerResponse): void {
  const query = journalQuery(fields);
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  const send = (line: JournalLine): void => {
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy();
    else if (!response.destroyed) response.write(`${JSON.stringify(line)}\n`);
  };
  for (const line of units.journal(query)) send(line);
  const unsubscribe = units.followJournal((line) => {
    if (isWanted(query, line)) send(line);
  });
  response.on('close', unsubscribe);
}
