// A connection to a server: always TLS, always verified against the CA and the host's name.

import { lookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { isIP, type LookupFunction } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import type { NetworkConfig } from '../decide/config.ts';
import type { Server } from '../decide/server.ts';

export interface Connection {
  send(bytes: Buffer): void;
  /** Closes it; onClosed tells the reason. */
  close(reason: string): void;
}

export interface ConnectionHandlers {
  readonly onOpen: () => void;
  readonly onBytes: (bytes: Buffer) => void;
  /** The kernel has taken some of what was to be sent. */
  readonly onProgress: () => void;
  /** Called once, whoever closed it. */
  readonly onClosed: (reason: string) => void;
}

const PIECE_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 60_000;

/** After which the next address of a server's name is tried. */
const ATTEMPT_MS = 3000;

/** Connects; the certificates are read anew each time, so that renewed ones are used. */
export function openConnection(
  server: Server,
  network: NetworkConfig,
  handlers: ConnectionHandlers,
): Connection {
  let closedFor: string | null = null;
  let options: ConnectionOptions;
  try {
    options = { ...optionsFor(server), ...readCertificates(network) };
  } catch (error) {
    setImmediate(() => handlers.onClosed((error as Error).message));
    return { send() {}, close() {} };
  }
  const socket = connect(options);
  const limit = setTimeout(
    () => close(`it did not answer within ${network.timeoutMs / 1000} s`),
    network.timeoutMs,
  );
  const close = (reason: string): void => {
    closedFor ??= reason;
    socket.destroy();
  };
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.once('secureConnect', () => {
    clearTimeout(limit);
    handlers.onOpen();
  });
  socket.on('data', handlers.onBytes);
  socket.once('end', () => close('it hung up'));
  socket.on('error', (error) => close(explain(error, server, network)));
  socket.once('close', () => {
    clearTimeout(limit);
    handlers.onClosed(closedFor ?? 'it hung up');
  });
  return {
    send(bytes) {
      // In pieces, so that a slow line is told from one that is dead.
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        socket.write(bytes.subarray(at, at + PIECE_BYTES), (error) => {
          if (!error) handlers.onProgress();
        });
      }
    },
    close,
  };
}

/** The files' contents; an error names the file and the setting. */
export function readCertificates(network: NetworkConfig): ConnectionOptions {
  const { sslCa, sslCertificate, sslKey } = network;
  return {
    ...(sslCa !== null && { ca: readPem(sslCa, 'ssl ca') }),
    ...(sslCertificate !== null && { cert: readPem(sslCertificate, 'ssl certificate') }),
    ...(sslKey !== null && { key: readPem(sslKey, 'ssl key') }),
  };
}

function optionsFor({
  host,
  port,
}: Server): ConnectionOptions & { readonly autoSelectFamilyAttemptTimeout: number } {
  return {
    host,
    port,
    lookup: lookupInAnyOrder,
    // Node's own, a quarter of a second, is too short for a line round the world.
    autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
    // A name for the server to choose its certificate by; an address is compared with the certificate's addresses.
    servername: isIP(host) === 0 ? host : '',
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
    // "ssl ca" may be the server's own certificate, or an intermediate one.
    allowPartialTrustChain: true,
  };
}

function readPem(path: string, setting: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const remedy = setting === 'ssl ca' ? 'mount it, or set SERVICE_LOGSTASH_FORWARDER_CERT' : 'mount it';
    throw new Error(`cannot read "${setting}": ${(error as Error).message} (${remedy})`, { cause: error });
  }
  if (!bytes.includes('-----BEGIN ')) throw new Error(`"${setting}" ${path} holds no PEM (-----BEGIN …)`);
  return bytes;
}

function explain(error: NodeJS.ErrnoException, { host }: Server, { sslCa }: NetworkConfig): string {
  // Of a name with several addresses, each has a reason of its own.
  if (error instanceof AggregateError)
    return error.errors.map((each: unknown) => (each as Error).message).join(', ');
  const { code = '', message } = error;
  if (/SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)|CERT_UNTRUSTED/.test(code)) {
    return `its certificate is not from ${sslCa === null ? 'a known CA (set "ssl ca")' : `the CA in ${sslCa}`} (${code})`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const name = `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`;
    return `${message} Name the server as its certificate does, or issue one with subjectAltName=${name}`;
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'it does not speak TLS';
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/.test(code)) return 'it speaks no TLS of version 1.2 or later';
  return message;
}

/** A name that has several addresses stands for several servers: each forwarder tries them in an order of its own. */
const lookupInAnyOrder: LookupFunction = (host, options, callback) => {
  lookup(host, options, (error, addresses, family) => {
    if (Array.isArray(addresses)) addresses.sort(() => Math.random() - 0.5);
    callback(error, addresses, family);
  });
};
