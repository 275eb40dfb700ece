// Lines for the syslog daemon: a slow daemon is waited for, within bounds, and what cannot be sent is counted and said once.

import { lineSink } from './line-sink.ts';
import { eachLine } from './lines.ts';
import type { Sink } from './sink.ts';
import type { System } from '../os/system.ts';

export const SYSLOG_SOCKET = '/dev/log';

/** LOG_USER and LOG_INFO, as Python's syslog.syslog() sends without being told otherwise. */
const PRIORITY = 14;
/** Who supervisord says it is; filters of syslog daemons match on it. */
const TAG = 'supervisord';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** The kernel holds ten datagrams for a daemon that is slow; what comes then waits here, up to this. */
const MAX_WAITING_BYTES = 1 << 20;
/** The kernel does not tell of room for datagrams. */
const RETRY_MS = 20;

export interface Syslog {
  send(message: Uint8Array | string): void;
}

export interface SyslogOptions {
  readonly system: Pick<System, 'sendDatagram' | 'wallClock' | 'after'>;
  readonly path?: string;
  /** Called once per kind of trouble until a message is taken again. */
  readonly onTrouble: (message: string) => void;
}

export function createSyslog({ system, path = SYSLOG_SOCKET, onTrouble }: SyslogOptions): Syslog {
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let trouble: string | null = null;
  let lost = 0;

  /** False where the daemon has no room now. */
  const attempt = (datagram: Buffer): boolean => {
    const failure = system.sendDatagram(path, datagram);
    if (failure === 'EAGAIN') return false;
    if (failure !== null) lose(failure);
    else if (trouble !== null) recovered();
    return true;
  };
  const lose = (why: string): void => {
    lost++;
    if (why === trouble) return;
    trouble = why;
    onTrouble(`cannot send to syslog at ${path}: ${why}`);
  };
  const recovered = (): void => {
    const count = lost;
    trouble = null;
    lost = 0;
    onTrouble(`can send to syslog at ${path} again, after ${count} messages were lost`);
  };
  const flush = (): void => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (!attempt(next)) return void system.after(RETRY_MS, flush);
      waiting.shift();
      waitingBytes -= next.length;
    }
  };

  return {
    send(message) {
      const datagram = syslogDatagram(message, system.wallClock());
      if (waiting.length === 0 && attempt(datagram)) return;
      if (waitingBytes + datagram.length > MAX_WAITING_BYTES) return lose('too much waits for its daemon');
      waiting.push(datagram);
      waitingBytes += datagram.length;
      if (waiting.length === 1) system.after(RETRY_MS, flush);
    },
  };
}

/** `<14>Nov  7 15:15:00 supervisord: message`, in local time, as syslog(3) writes it; `at` is wall-clock milliseconds. */
export function syslogDatagram(message: Uint8Array | string, at: number): Buffer {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${MONTHS[date.getMonth()]} ${String(date.getDate()).padStart(2, ' ')}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const header = Buffer.from(`<${PRIORITY}>${day} ${time} ${TAG}: `);
  return Buffer.concat([header, typeof message === 'string' ? Buffer.from(message) : message]);
}

/** A sink of one run of a program: a message for each whole line, with the program's name in front. */
export function syslogSink(syslog: Syslog, program: string): Sink {
  const prefix = Buffer.from(`${program} `);
  return lineSink((lines) => {
    for (const line of eachLine(withoutBlankEnd(lines))) syslog.send(Buffer.concat([prefix, line]));
    return true;
  });
}

/** Empty lines at the end of what came at once are not sent, as with supervisord. */
function withoutBlankEnd(lines: Buffer): Buffer {
  let end = lines.length;
  while (end > 0 && lines[end - 1] === 0x0a) end--;
  return lines.subarray(0, end);
}
