// A server of the Lumberjack protocol for tests, versions 1 and 2, written from the protocol's description and sharing no
// code with the forwarder. The tests of test/images/mesos-slave/clients.test.ts hold it against two clients from npm.

import { createServer, type Server, type TLSSocket } from 'node:tls';
import { inflateSync } from 'node:zlib';

export interface Received {
  readonly version: number;
  readonly sequence: number;
  /** Strings for version 1 of the protocol; JSON values for version 2. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface LumberjackOptions {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  /** Asks for a certificate from this CA. */
  readonly clientCa?: string | Buffer;
  /** The versions that it knows; it hangs up on the others, as real servers do. */
  readonly versions?: readonly number[];
  /** Called with each complete window; what it resolves with is acknowledged, in this order. Default: the last sequence. */
  readonly onWindow?: (
    events: readonly Received[],
    socket: TLSSocket,
  ) => readonly number[] | Promise<readonly number[]>;
}

export interface LumberjackServer {
  readonly server: Server;
  readonly port: number;
  /** All events, in the order of their arrival. */
  readonly events: Received[];
  readonly sockets: Set<TLSSocket>;
  /** Errors of TLS and of the protocol. */
  readonly problems: string[];
  close(): Promise<void>;
}

export async function startLumberjack(
  options: LumberjackOptions,
  port = 0,
  host = '127.0.0.1',
): Promise<LumberjackServer> {
  const events: Received[] = [];
  const sockets = new Set<TLSSocket>();
  const problems: string[] = [];
  const { key, cert, clientCa, versions = [1, 2] } = options;
  const onWindow = options.onWindow ?? ((window) => window.slice(-1).map((event) => event.sequence));
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const server = createServer({ key, cert, ...mutual }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', (error) => problems.push(error.message));
    serve(socket).catch((error: unknown) => {
      problems.push((error as Error).message);
      socket.destroy();
    });
  });
  const serve = async (socket: TLSSocket): Promise<void> => {
    let bytes: Buffer = Buffer.alloc(0);
    let window: Received[] = [];
    let size = 0;
    for await (const chunk of socket) {
      bytes = Buffer.concat([bytes, chunk as Buffer]);
      for (;;) {
        const frame = readFrame(bytes);
        if (frame === null) break;
        bytes = bytes.subarray(frame.length);
        if (!versions.includes(frame.version)) throw new Error(`version ${frame.version} is unknown here`);
        if (frame.window !== null) size = frame.window;
        window.push(...frame.events);
        if (size === 0 || window.length < size) continue;
        const complete = window;
        window = [];
        for (const sequence of await onWindow(complete, socket)) {
          socket.write(ackFrame(frame.version, sequence));
        }
        events.push(...complete);
      }
    }
  };
  server.on('tlsClientError', (error) => problems.push(error.message));
  await new Promise<void>((resolve) => void server.listen(port, host, resolve));
  const address = server.address();
  return {
    server,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    events,
    sockets,
    problems,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

export function ackFrame(version: number, sequence: number): Buffer {
  const frame = Buffer.from(`${version}A\0\0\0\0`, 'latin1');
  frame.writeUInt32BE(sequence, 2);
  return frame;
}

interface Frame {
  readonly version: number;
  readonly length: number;
  readonly window: number | null;
  readonly events: readonly Received[];
}

/** The first frame in the bytes, or null where it is not complete. */
function readFrame(bytes: Buffer): Frame | null {
  if (bytes.length < 6) return null;
  const version = Number(bytes.toString('latin1', 0, 1));
  const type = bytes.toString('latin1', 1, 2);
  const number = bytes.readUInt32BE(2);
  switch (type) {
    case 'W':
      return { version, length: 6, window: number, events: [] };
    case 'C': {
      if (bytes.length < 6 + number) return null;
      const events: Received[] = [];
      let inner: Buffer = inflateSync(bytes.subarray(6, 6 + number));
      while (inner.length > 0) {
        const frame = readFrame(inner);
        if (frame === null) throw new Error('a compressed frame holds half a frame');
        events.push(...frame.events);
        inner = inner.subarray(frame.length);
      }
      return { version, length: 6 + number, window: null, events };
    }
    case 'J': {
      if (bytes.length < 10) return null;
      const end = 10 + bytes.readUInt32BE(6);
      if (bytes.length < end) return null;
      const fields = JSON.parse(bytes.toString('utf8', 10, end)) as Record<string, unknown>;
      return { version, length: end, window: null, events: [{ version, sequence: number, fields }] };
    }
    case 'D': {
      if (bytes.length < 10) return null;
      const pairs = bytes.readUInt32BE(6);
      const fields: Record<string, unknown> = {};
      let at = 10;
      for (let index = 0; index < pairs; index += 1) {
        const texts: string[] = [];
        for (let part = 0; part < 2; part += 1) {
          if (bytes.length < at + 4) return null;
          const end = at + 4 + bytes.readUInt32BE(at);
          if (bytes.length < end) return null;
          // Bytes as they are.
          texts.push(bytes.toString('latin1', at + 4, end));
          at = end;
        }
        fields[texts[0] ?? ''] = texts[1];
      }
      return { version, length: at, window: null, events: [{ version, sequence: number, fields }] };
    }
    default:
      throw new Error(`'${type}' is no type of frame`);
  }
}
