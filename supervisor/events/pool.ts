// The events that wait for the listeners of one [eventlistener:x]: a bounded queue, which loses the oldest.

import { covers, type EventName, type SupervisorEvent } from './types.ts';

/** An event in a pool. Serials count from 0 over all events that anybody waits for, pool serials over those of the pool. */
export interface PoolEvent {
  readonly event: SupervisorEvent;
  readonly serial: number;
  readonly poolSerial: number;
}

export interface Pool {
  readonly name: string;
  readonly subscriptions: readonly string[];
  readonly bufferSize: number;
  readonly nextSerial: number;
  /** Oldest first. */
  readonly buffer: readonly PoolEvent[];
}

export interface Buffered {
  readonly pool: Pool;
  /** What had to go to make room. */
  readonly discarded: PoolEvent | null;
}

export function emptyPool(name: string, subscriptions: readonly string[], bufferSize: number): Pool {
  return { name, subscriptions, bufferSize, nextSerial: 0, buffer: [] };
}

export function wants(pool: Pool, name: EventName): boolean {
  return pool.subscriptions.some((subscription) => covers(subscription, name));
}

/** Takes an event in. */
export function accept(pool: Pool, event: SupervisorEvent, serial: number): Buffered {
  const { pool: roomy, discarded } = withRoom(pool);
  const buffered: PoolEvent = { event, serial, poolSerial: pool.nextSerial };
  return {
    pool: { ...roomy, nextSerial: pool.nextSerial + 1, buffer: [...roomy.buffer, buffered] },
    discarded,
  };
}

/** Takes an event back that a listener has not processed: it is the next to be handed out, even where an older one goes for it. */
export function requeue(pool: Pool, event: PoolEvent): Buffered {
  const { pool: roomy, discarded } = withRoom(pool);
  return { pool: { ...roomy, buffer: [event, ...roomy.buffer] }, discarded };
}

/** The oldest event and the pool without it, or null where none waits. */
export function take(pool: Pool): { readonly pool: Pool; readonly event: PoolEvent } | null {
  const [event, ...buffer] = pool.buffer;
  return event === undefined ? null : { pool: { ...pool, buffer }, event };
}

function withRoom(pool: Pool): Buffered {
  const [oldest, ...younger] = pool.buffer;
  if (oldest === undefined || pool.buffer.length < pool.bufferSize) return { pool, discarded: null };
  return { pool: { ...pool, buffer: younger }, discarded: oldest };
}
