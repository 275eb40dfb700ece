// Which events are on their way, and what an acknowledgement says about them. Pure.

import type { Version } from './frames.ts';

/** A window on its way in a connection: the sequence number of its first event, and how many have been acknowledged. */
export interface Flight {
  readonly first: number;
  readonly events: number;
  readonly acknowledged: number;
}

export type AckOutcome =
  /** The server is alive and still at work. */
  | { readonly kind: 'alive' }
  /** So many more events of the oldest window have arrived. */
  | { readonly kind: 'arrived'; readonly events: number }
  | { readonly kind: 'problem'; readonly message: string };

/** So many windows may be on their way: version 1 servers of old count on one at a time. */
export const WINDOWS_IN_FLIGHT: Readonly<Record<Version, number>> = { 1: 1, 2: 2 };

const SEQUENCES = 2 ** 32;

/**
 * The sequence number of a window's first event. Version 2 counts from 1 in each window, as Beats does; version 1 goes on
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
 * How large the windows are: halved when a connection was lost with one on its way, since a server that cannot do with it in
 * time would be sent it again for ever; then doubled up to `threshold`, and raised by a sixteenth beyond.
 */
export interface Pace {
  readonly size: number;
  readonly threshold: number;
}

export function slower({ size }: Pace): Pace {
  const half = Math.max(1, Math.floor(size / 2));
  return { size: half, threshold: half };
}

export function faster({ size, threshold }: Pace, largest: number): Pace {
  const larger = size < threshold ? size * 2 : size + Math.max(1, Math.floor(size / 16));
  return { size: Math.min(larger, largest), threshold };
}

/**
 * How many events the next window may hold. In version 1 fewer than were sent before in this connection: then a count of
 * them is less than the sequence number of any event, and `readAck` can tell the two apart.
 */
export function windowSize(version: Version, { size }: Pace, sentBefore: number): number {
  return version === 1 && sentBefore > 0 ? Math.min(size, Math.max(1, sentBefore - 1)) : size;
}

/**
 * What an acknowledgement of `sequence` means for the oldest window on its way. Zero is a sign of life. Some servers of
 * version 1 acknowledge the count of events in the window, in place of the sequence number (elastic/go-lumber).
 */
export function readAck(flight: Flight | undefined, sequence: number): AckOutcome {
  if (flight === undefined || sequence === 0) return { kind: 'alive' };
  const bySequence = (sequence - flight.first + 1 + SEQUENCES) % SEQUENCES;
  // The second window, where the first had one event, is the only one whose count is the sequence number before it.
  const isCount = bySequence > flight.events || (bySequence === 0 && sequence === flight.events);
  const arrived = isCount ? sequence : bySequence;
  if (arrived > flight.events) {
    const last = sequenceAt(flight.first, flight.events - 1);
    return { kind: 'problem', message: `it acknowledged event ${sequence}, but only ${last} was sent` };
  }
  return arrived <= flight.acknowledged
    ? { kind: 'alive' }
    : { kind: 'arrived', events: arrived - flight.acknowledged };
}
