// Sends batches and forgets them when the server has acknowledged them; a server that fails is followed by the next one.

import { deflateSync } from 'node:zlib';
import type { NetworkConfig } from '../decide/config.ts';
import type { Event } from './follower.ts';
import { compressedFrame, eventFrame, readAcks, windowFrame, type Version } from '../decide/frames.ts';
import { failed, nextServer, pauseMs, rotationOf, succeeded, writeServer } from '../decide/server.ts';
import { openConnection, type Connection } from './tls.ts';
import { BATCHES_IN_FLIGHT, firstSequence, readAck, sequenceAt, type Flight } from '../decide/window.ts';

/** As logstash-forwarder's. */
const COMPRESSION_LEVEL = 3;

export interface PublisherOptions {
  readonly network: NetworkConfig;
  /** The next batch; empty when there is nothing to send. Asked only when there is room for one. */
  readonly take: () => Event[];
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
  /** Takes nothing more; resolves when what is on its way has arrived, or after `limitMs`. */
  stop(limitMs: number): Promise<void>;
}

interface Batch {
  /** What has not arrived yet. */
  events: Event[];
  /** Null while it is not sent in the present connection. */
  flight: Flight | null;
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
  const batches: Batch[] = [];
  let rotation = rotationOf(network.servers, random());
  let line: Line = { kind: 'closed' };
  let silence: NodeJS.Timeout | undefined;
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
    const room = BATCHES_IN_FLIGHT[line.kind === 'open' ? line.version : 1];
    while (batches.length < room && stopping === null) {
      const events = options.take();
      if (events.length === 0) break;
      batches.push({ events, flight: null });
    }
    if (line.kind === 'closed') {
      if (batches.length > 0) connect();
      return;
    }
    for (const batch of batches.slice(0, room)) if (batch.flight === null) send(batch, line);
    if (batches.length === 0) stopping?.();
  };

  const send = (batch: Batch, open: Line & { kind: 'open' }): void => {
    const { version, connection } = open;
    const first = firstSequence(version, open.sent);
    const frames = batch.events.map((event, index) => eventFrame(version, sequenceAt(first, index), event));
    const deflated = deflateSync(Buffer.concat(frames), { level: COMPRESSION_LEVEL });
    batch.flight = { first, events: batch.events.length, acknowledged: 0 };
    open.sent += batch.events.length;
    connection.send(
      Buffer.concat([windowFrame(version, batch.events.length), compressedFrame(version, deflated)]),
    );
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
    const [batch] = batches;
    const flight = batch?.flight ?? undefined;
    const outcome = readAck(flight, sequence);
    if (outcome.kind === 'problem') return connection.close(outcome.message);
    rotation = succeeded(rotation);
    if (outcome.kind === 'alive' || batch === undefined || flight === undefined) return;
    for (const event of batch.events.splice(0, outcome.events)) event.arrived();
    batch.flight = { ...flight, acknowledged: flight.acknowledged + outcome.events };
    if (batch.events.length === 0) batches.shift();
  };

  /** While something is on its way, each sign of life gives the server another `timeout`. */
  const expectAnswer = (): void => {
    clearTimeout(silence);
    if (line.kind !== 'open' || !batches.some((batch) => batch.flight !== null)) return;
    const { connection } = line;
    silence = setTimeout(
      () => connection.close(`it acknowledged nothing for ${network.timeoutMs / 1000} s`),
      network.timeoutMs,
    );
  };

  const lost = (name: string, reason: string): void => {
    clearTimeout(silence);
    const hadBatch = batches.some((batch) => batch.flight !== null);
    for (const batch of batches) batch.flight = null;
    if (stopping !== null) {
      line = { kind: 'closed' };
      return stopping();
    }
    if (line.kind === 'open' && !hadBatch) {
      // Servers hang up on who says nothing for a while.
      log(`${name} closed the idle connection: ${reason}`);
      line = { kind: 'closed' };
      return pump();
    }
    const what = line.kind === 'open' ? `lost ${name}` : `cannot reach ${name}`;
    rotation = failed(rotation, hadBatch);
    const pause = pauseMs(rotation, random());
    const next = writeServer(nextServer(rotation).server);
    log(`${what}: ${reason}; trying ${next}${pause > 0 ? ` in ${(pause / 1000).toFixed(1)} s` : ''}`);
    line = { kind: 'waiting', timer: setTimeout(connect, pause) };
  };

  connect();
  return {
    wake: pump,
    isIdle: () => batches.length === 0,
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
        const onItsWay = line.kind === 'open' && batches.length > 0;
        if (!onItsWay) end();
      }),
  };
}
