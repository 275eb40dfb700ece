// Which events are on their way, and what an acknowledgement says about them. Pure.

import type { Version } from './frames.ts';

/** A batch on its way in a connection: the sequence number of its first event, and how many have been acknowledged. */
export interface Flight {
  readonly first: number;
  readonly events: number;
  readonly acknowledged: number;
}

export type AckOutcome =
  /** The server is alive and still at work. */
  | { readonly kind: 'alive' }
  /** So many more events of the oldest batch have arrived. */
  | { readonly kind: 'arrived'; readonly events: number }
  | { readonly kind: 'problem'; readonly message: string };

/** The window may hold this many batches: version 1 servers of old count on one at a time. */
export const BATCHES_IN_FLIGHT: Readonly<Record<Version, number>> = { 1: 1, 2: 2 };

const SEQUENCES = 2 ** 32;

/**
 * The sequence number of a batch's first event. Version 2 counts from 1 in each batch, as Beats does; version 1 goes on
 * counting over the whole connection, as logstash-forwarder does.
 */
export function firstSequence(version: Version, sentBefore: number): number {
  return version === 2 ? 1 : (sentBefore + 1) % SEQUENCES;
}

/** The sequence number `index` events after `first`; it rolls over. */
export function sequenceAt(first: number, index: number): number {
  return (first + index) % SEQUENCES;
}

/**
 * What an acknowledgement of `sequence` means for the oldest batch on its way. Zero is a sign of life. Some servers of
 * version 1 acknowledge the count of events in the window, in place of the sequence number.
 */
export function readAck(flight: Flight | undefined, sequence: number): AckOutcome {
  if (flight === undefined || sequence === 0) return { kind: 'alive' };
  const bySequence = (sequence - flight.first + 1 + SEQUENCES) % SEQUENCES;
  const arrived = bySequence <= flight.events ? bySequence : sequence;
  if (arrived > flight.events) {
    const last = sequenceAt(flight.first, flight.events - 1);
    return { kind: 'problem', message: `it acknowledged event ${sequence}, but only ${last} was sent` };
  }
  return arrived <= flight.acknowledged
    ? { kind: 'alive' }
    : { kind: 'arrived', events: arrived - flight.acknowledged };
}
