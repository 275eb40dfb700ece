// What a listener says on its stdout: the protocol of event listeners as a state machine.
//
//   ACKNOWLEDGED  started, or done with an event; must say READY
//   READY         waits for an event; must say nothing
//   BUSY          has an event; must answer RESULT
//   UNKNOWN       has broken the protocol; gets no event until it is started again

import { parseInteger } from '../config/python.ts';
import type { ResultHandler } from '../model.ts';
import { printed } from './printed.ts';
import { textOf } from './text.ts';

export type ListenerState = 'ACKNOWLEDGED' | 'READY' | 'BUSY' | 'UNKNOWN';

export interface Listener {
  readonly state: ListenerState;
  readonly handler: ResultHandler;
  /** What it has said and what is not yet enough to decide. */
  readonly rest: Buffer;
  /** The result that is being gathered: how much of it is still to come, and its beginning. */
  readonly result: { readonly missing: number; readonly head: Buffer } | null;
}

export type Outcome =
  | { readonly type: 'moved'; readonly from: ListenerState; readonly to: ListenerState }
  /** The event is done with; `print` is for our own stdout. */
  | { readonly type: 'processed'; readonly print: Buffer | null }
  /** The event goes back to the pool: the listener said so, or said what is no result (then `line` is what it said). */
  | { readonly type: 'rejected'; readonly line: string | null };

const NOTHING = Buffer.alloc(0);

/** A listener that has just been started. */
export function startedListener(handler: ResultHandler): Listener {
  return { state: 'ACKNOWLEDGED', handler, rest: NOTHING, result: null };
}

const READY_TOKEN = Buffer.from('READY\n');
const RESULT_TOKEN = 'RESULT ';
const NEWLINE = 0x0a;

/** supervisord's default result handler: this is success, and all else is a rejection. */
const SUCCESS = Buffer.from('OK');

/** How much of a result is kept: one byte more than success has is enough to tell that it is none. */
const KEPT_BYTES = { default: SUCCESS.length + 1, print: 1 << 20 } as const;

/** A result line is a dozen bytes; a listener that goes on without a newline would fill our memory. */
const MAX_RESULT_LINE = 4096;

/** The listener after it has been handed an event. */
export function handed(listener: Listener): Listener {
  return { ...listener, state: 'BUSY' };
}

/** Takes a READY listener's event back: it could not be written. */
export function notHanded(listener: Listener): Listener {
  return { ...listener, state: 'READY' };
}

/** The listener after it has said some bytes, and what followed from them, in order. */
export function said(
  listener: Listener,
  chunk: Buffer,
): { readonly listener: Listener; readonly outcomes: readonly Outcome[] } {
  const outcomes: Outcome[] = [];
  let current: Listener = { ...listener, rest: Buffer.concat([listener.rest, chunk]) };
  for (let next = advance(current, outcomes); next !== null; next = advance(current, outcomes)) {
    current = next;
  }
  // Copied: a view would keep the whole chunk that it is a part of.
  return { listener: { ...current, rest: Buffer.from(current.rest) }, outcomes };
}

/** One step on what has been said so far, or null where more must be said first. */
function advance(listener: Listener, outcomes: Outcome[]): Listener | null {
  const { state, rest } = listener;
  switch (state) {
    case 'UNKNOWN':
      return rest.length === 0 ? null : { ...listener, rest: NOTHING };
    case 'ACKNOWLEDGED':
      if (rest.length < READY_TOKEN.length) return null;
      if (!rest.subarray(0, READY_TOKEN.length).equals(READY_TOKEN)) return lost(listener, outcomes);
      return moved(listener, 'READY', rest.subarray(READY_TOKEN.length), outcomes);
    case 'READY':
      return rest.length === 0 ? null : lost(listener, outcomes);
    case 'BUSY':
      return listener.result === null
        ? onResultLine(listener, outcomes)
        : onResult(listener, listener.result, outcomes);
  }
}

/** supervisord looks at nothing of the line but the number behind where `RESULT ` should be. */
function onResultLine(listener: Listener, outcomes: Outcome[]): Listener | null {
  const { rest } = listener;
  const end = rest.indexOf(NEWLINE);
  if (end === -1 && rest.length <= MAX_RESULT_LINE) return null;
  const line = rest.subarray(0, end === -1 ? MAX_RESULT_LINE : end);
  const length = end === -1 ? undefined : parseInteger(line.toString('latin1').slice(RESULT_TOKEN.length));
  if (length === undefined || length < 0) {
    outcomes.push({ type: 'rejected', line: textOf(line) });
    return lost(listener, outcomes);
  }
  return { ...listener, rest: rest.subarray(end + 1), result: { missing: length, head: Buffer.alloc(0) } };
}

function onResult(
  listener: Listener,
  result: NonNullable<Listener['result']>,
  outcomes: Outcome[],
): Listener | null {
  const { rest } = listener;
  if (rest.length === 0 && result.missing > 0) return null;
  const taken = Math.min(result.missing, rest.length);
  const missing = result.missing - taken;
  const head = Buffer.concat([result.head, rest.subarray(0, taken)]).subarray(
    0,
    KEPT_BYTES[listener.handler],
  );
  const left = rest.subarray(taken);
  if (missing > 0) return { ...listener, rest: left, result: { missing, head: Buffer.from(head) } };
  const judgement = judge(listener.handler, head);
  outcomes.push(judgement.outcome);
  return judgement.goesOn
    ? moved({ ...listener, result: null }, 'ACKNOWLEDGED', left, outcomes)
    : lost(listener, outcomes);
}

/** What a whole result comes to, and whether the listener may have further events. */
function judge(
  handler: ResultHandler,
  result: Buffer,
): { readonly outcome: Outcome; readonly goesOn: boolean } {
  if (handler === 'print') {
    const print = printed(result);
    // A function in Python would have failed.
    return print === null
      ? { outcome: { type: 'rejected', line: null }, goesOn: false }
      : { outcome: { type: 'processed', print }, goesOn: true };
  }
  return result.equals(SUCCESS)
    ? { outcome: { type: 'processed', print: null }, goesOn: true }
    : { outcome: { type: 'rejected', line: null }, goesOn: true };
}

function lost(listener: Listener, outcomes: Outcome[]): Listener {
  return moved({ ...listener, result: null }, 'UNKNOWN', NOTHING, outcomes);
}

function moved(listener: Listener, to: ListenerState, rest: Buffer, outcomes: Outcome[]): Listener {
  outcomes.push({ type: 'moved', from: listener.state, to });
  return { ...listener, state: to, rest };
}
