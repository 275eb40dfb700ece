// An event as it is written to a listener's stdin: a header line, and the payload.

import { characterCount } from './text.ts';
import type { SupervisorEvent } from './types.ts';

export interface EnvelopeFields {
  /** `[supervisord] identifier`. */
  readonly server: string;
  readonly pool: string;
  readonly serial: number;
  readonly poolSerial: number;
}

/** `len` counts characters, not bytes: so does supervisord, and listeners in Python read as many characters. */
export function envelope(event: SupervisorEvent, fields: EnvelopeFields): Buffer {
  const { server, pool, serial, poolSerial } = fields;
  const length = characterCount(event.payload);
  const header = `ver:3.0 server:${server} serial:${serial} pool:${pool} poolserial:${poolSerial} eventname:${event.name} len:${length}`;
  return Buffer.from(`${header}\n${event.payload}`);
}
