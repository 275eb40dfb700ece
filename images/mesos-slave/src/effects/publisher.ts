// Sends lines in windows and forgets them when the server has acknowledged them; a server that fails is followed by the next.

import { deflateSync } from 'node:zlib';
import type { NetworkConfig } from '../decide/config.ts';
import type { Event } from './source.ts';
import { compressedFrame, eventFrame, readAcks, windowFrame, type Version } from '../decide/frames.ts';
import { failed, nextServer, pauseMs, rotationOf, succeeded, writeServer } from '../decide/server.ts';
import { openConnection, type Connection } from './tls.ts';
import {
  faster,
  firstSequence,
  readAck,
  sequenceAt,
  slower,
  windowSize,
  WINDOWS_IN_FLIGHT,
  type Flight,
  type Pace,
} from '../decide/window.ts';

/** As logstash-forwarder's. */
const COMPRESSION_LEVEL = 3;

export interface PublisherOptions {
  readonly network: NetworkConfig;
  /** The next lines; none when there is nothing to send. Asked only when there is room for a window. */
  readonly take: () => Event[];
  /** The most lines that a window holds. */
  readonly largestWindow: number;
  /** Events have arrived, and their arrived() was called. Nothing more is sent until this returns. */
  readonly onArrived: () => void;
  readonly log: (message: string) => void;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface Publisher {
  /** There may be something to take. */
  wake(): void;
  /** Whether everything that was taken has arrived. */
  isIdle(): boolean;
  /** Takes nothing more; resolves when what was taken has arrived, or after `limitMs`. */
  stop(limitMs: number): Promise<void>;
}

/** A window that was sent in the present connection. */
interface Window {
  /** What of it has not arrived yet. */
  readonly events: Event[];
  flight: Flight;
}

type Line =
  | { readonly kind: 'closed' }
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'connecting'; readonly connection: Connection }
  | {
      readonly kind: 'open';
      readonly connection: Connection;
      readonly version: Version;
      unread: Buffer;
      sent: number;
    };

/** Connects at once, so that a mistake in the network's settings shows before there is anything to send. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { network, log, random } = options;
  /** Taken, and not sent in the present connection. */
  let waiting: Event[] = [];
  let windows: Window[] = [];
  let pace: Pace = { size: options.largestWindow, threshold: options.largestWindow };
  let rotation = rotationOf(network.servers, random());
  let line: Line = { kind: 'closed' };
  let silence: NodeJS.Timeout | undefined;
  let wasSilent = false;
  let stopping: (() => void) | null = null;

  const connect = (): void => {
    const { server, version } = nextServer(rotation);
    const name = writeServer(server);
    const connection = openConnection(server, network, {
      onOpen() {
        log(`connected to ${name}`);
        line = { kind: 'open', connection, version, unread: Buffer.alloc(0), sent: 0 };
        pump();
      },
      onBytes: (bytes) => receive(bytes),
      onProgress: () => expectAnswer(),
      onClosed: (reason) => lost(name, reason),
    });
    line = { kind: 'connecting', connection };
  };

  /** Sends what there is room for, and connects where that is needed. */
  const pump = (): void => {
    if (line.kind === 'waiting' || line.kind === 'connecting') return;
    if (line.kind === 'closed') {
      refill();
      if (waiting.length > 0) connect();
      return;
    }
    while (windows.length < WINDOWS_IN_FLIGHT[line.version] && refill()) send(line);
    if (isIdle()) stopping?.();
  };

  /** Whether there is something to send. */
  const refill = (): boolean => {
    if (waiting.length === 0 && stopping === null) waiting = options.take();
    return waiting.length > 0;
  };

  const isIdle = (): boolean => waiting.length === 0 && windows.length === 0;

  const send = (open: Line & { kind: 'open' }): void => {
    const { version, connection } = open;
    const first = firstSequence(version, open.sent);
    const events = waiting.splice(0, windowSize(version, pace, open.sent));
    const frames = events.map((event, index) => eventFrame(version, sequenceAt(first, index), event));
    const deflated = deflateSync(Buffer.concat(frames), { level: COMPRESSION_LEVEL });
    windows.push({ events, flight: { first, events: events.length, acknowledged: 0 } });
    open.sent += events.length;
    connection.send(Buffer.concat([windowFrame(version, events.length), compressedFrame(version, deflated)]));
    expectAnswer();
  };

  const receive = (bytes: Buffer): void => {
    if (line.kind !== 'open') return;
    const acks = readAcks(Buffer.concat([line.unread, bytes]));
    if ('problem' in acks) return line.connection.close(acks.problem);
    line.unread = acks.rest;
    for (const sequence of acks.sequences) acknowledge(sequence, line.connection);
    options.onArrived();
    expectAnswer();
    pump();
  };

  const acknowledge = (sequence: number, connection: Connection): void => {
    const [window] = windows;
    const outcome = readAck(window?.flight, sequence);
    if (outcome.kind === 'problem') return connection.close(outcome.message);
    rotation = succeeded(rotation);
    if (outcome.kind === 'alive' || window === undefined) return;
    for (const event of window.events.splice(0, outcome.events)) event.arrived();
    window.flight = { ...window.flight, acknowledged: window.flight.acknowledged + outcome.events };
    if (window.events.length > 0) return;
    windows.shift();
    pace = faster(pace, options.largestWindow);
  };

  /** While something is on its way, each sign of life gives the server another `timeout`. */
  const expectAnswer = (): void => {
    clearTimeout(silence);
    if (line.kind !== 'open' || windows.length === 0) return;
    const { connection } = line;
    silence = setTimeout(() => {
      wasSilent = true;
      connection.close(`it acknowledged nothing for ${network.timeoutMs / 1000} s`);
    }, network.timeoutMs);
  };

  const lost = (name: string, reason: string): void => {
    clearTimeout(silence);
    const hadWindow = windows.length > 0;
    // One that cannot do with a window in time is slow, unless it cannot do with a single line.
    const refused = hadWindow && (!wasSilent || pace.size === 1);
    wasSilent = false;
    if (hadWindow) pace = slower(pace);
    waiting = [...windows.flatMap(({ events }) => events), ...waiting];
    windows = [];
    if (stopping !== null) {
      line = { kind: 'closed' };
      return stopping();
    }
    if (line.kind === 'open' && !hadWindow) {
      // Servers hang up on who says nothing for a while.
      log(`${name} closed the idle connection: ${reason}`);
      line = { kind: 'closed' };
      return pump();
    }
    const what = line.kind === 'open' ? `lost ${name}` : `cannot reach ${name}`;
    rotation = failed(rotation, refused);
    const pause = pauseMs(rotation, random());
    const next = writeServer(nextServer(rotation).server);
    log(`${what}: ${reason}; trying ${next}${pause > 0 ? ` in ${(pause / 1000).toFixed(1)} s` : ''}`);
    line = { kind: 'waiting', timer: setTimeout(connect, pause) };
  };

  connect();
  return {
    wake: pump,
    isIdle,
    stop: (limitMs) =>
      new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          if (line.kind === 'waiting') clearTimeout(line.timer);
          else if (line.kind !== 'closed') line.connection.close('the forwarder ends');
          resolve();
        };
        const timer = setTimeout(end, limitMs);
        stopping = end;
        if (line.kind !== 'open' || isIdle()) end();
      }),
  };
}
