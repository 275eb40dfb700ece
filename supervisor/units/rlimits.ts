// `LimitNOFILE=` and its kin (systemd.exec(5), "Process Properties"): values, units and infinity.

import { parseMicroseconds } from './time-span.ts';
import { parseInteger, parseSize } from './values.ts';

type Unit = 'seconds' | 'microseconds' | 'bytes' | 'count' | 'nice';

/** Key → the limit's name as System.spawn takes it, and how its values are written. */
export const LIMITS: Readonly<Record<string, readonly [name: string, unit: Unit]>> = {
  LimitCPU: ['cpu', 'seconds'],
  LimitFSIZE: ['fsize', 'bytes'],
  LimitDATA: ['data', 'bytes'],
  LimitSTACK: ['stack', 'bytes'],
  LimitCORE: ['core', 'bytes'],
  LimitRSS: ['rss', 'bytes'],
  LimitNOFILE: ['nofile', 'count'],
  LimitAS: ['as', 'bytes'],
  LimitNPROC: ['nproc', 'count'],
  LimitMEMLOCK: ['memlock', 'bytes'],
  LimitLOCKS: ['locks', 'count'],
  LimitSIGPENDING: ['sigpending', 'count'],
  LimitMSGQUEUE: ['msgqueue', 'bytes'],
  LimitNICE: ['nice', 'nice'],
  LimitRTPRIO: ['rtprio', 'count'],
  LimitRTTIME: ['rttime', 'microseconds'],
};

export type LimitReading =
  | { readonly kind: 'limit'; readonly text: string }
  | { readonly kind: 'unreadable' }
  /** The soft limit is the higher one. */
  | { readonly kind: 'inverted' };

/** `1024:infinity` → `1024:unlimited`. */
export function parseLimit(value: string, unit: Unit): LimitReading {
  const [softText = '', hardText] = value.split(/:(.*)/s);
  const soft = parseOne(softText, unit);
  const hard = hardText === undefined ? soft : parseOne(hardText, unit);
  if (soft === null || hard === null) return { kind: 'unreadable' };
  const number = (limit: bigint | 'unlimited'): bigint => (limit === 'unlimited' ? 2n ** 64n : limit);
  return number(soft) > number(hard) ? { kind: 'inverted' } : { kind: 'limit', text: `${soft}:${hard}` };
}

function parseOne(text: string, unit: Unit): bigint | 'unlimited' | null {
  if (text === 'infinity') return 'unlimited';
  switch (unit) {
    case 'bytes': {
      const size = parseSize(text);
      return size !== null && size < 2n ** 64n - 1n ? size : null;
    }
    case 'count': {
      const number = parseInteger(text);
      return number === null || number < 0 ? null : BigInt(number);
    }
    case 'nice': {
      // `+5` and `-5` are nice levels; a plain number is the raw limit, 20 minus the level.
      const number = parseInteger(text);
      if (number === null) return null;
      if (/^[+-]/.test(text)) return number >= -20 && number <= 19 ? BigInt(20 - number) : null;
      return number > 0 && number <= 40 ? BigInt(number) : null;
    }
    case 'seconds': {
      const microseconds = parseMicroseconds(text, 1_000_000n);
      return microseconds === null ? null : (microseconds + 999_999n) / 1_000_000n;
    }
    case 'microseconds':
      return parseMicroseconds(text, 1n);
    default:
      return unit satisfies never;
  }
}
