// The control server: one for each [unix_http_server] and [inet_http_server]. Bounded in connections, time and memory.

import type { IncomingMessage, Server as HttpServer, ServerOptions, ServerResponse } from 'node:http';
import { createServer as createListener, type Server, type Socket } from 'node:net';
import { EXIT, UserError } from '../errors.ts';
import type { Authorizer, Credentials } from './auth.ts';
import { Budget } from './body.ts';
import type { Commands } from './commands.ts';
import type { Site } from './http.ts';
import type { Units } from './units.ts';
import type { SocketPlace } from './unix-socket.ts';

export type ListenConfig =
  | ({ readonly kind: 'unix'; readonly credentials: Credentials | null } & SocketPlace)
  | {
      readonly kind: 'inet';
      /** Empty for all addresses. */
      readonly host: string;
      /** 0 lets the kernel choose. */
      readonly port: number;
      /** Null only where nobody but this host can connect: the caller sees to that. */
      readonly credentials: Credentials | null;
    };

export interface ControlServer {
  /** `unix:///run/initkit.sock` or `http://127.0.0.1:9001`. */
  readonly url: string;
  /** Stops listening, gives answers on their way a moment, and cuts off the rest. */
  close(): Promise<void>;
}

export interface Limits {
  readonly connections: number;
  readonly bodyBytes: number;
  readonly memoryBytes: number;
  /** For the head of a request, and for all of it. */
  readonly headMs: number;
  readonly requestMs: number;
  /** Between two requests: long, since supervisorctl's fg keeps a connection while a person types. */
  readonly idleMs: number;
  /** How long a client may leave an answer unread. */
  readonly stalledMs: number;
  readonly checkMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  connections: 256,
  bodyBytes: 4 * 1024 * 1024,
  memoryBytes: 256 * 1024 * 1024,
  headMs: 15_000,
  requestMs: 60_000,
  idleMs: 30 * 60_000,
  stalledMs: 5 * 60_000,
  checkMs: 15_000,
};

export interface ServeOptions {
  readonly commands: Commands;
  /** The manager of systemd units, where there is one; it may be made when it is first asked for. */
  readonly units?: (() => Promise<Units>) | null;
  /** Whether the configuration has [rpcinterface:supervisor]. */
  readonly rpcInterface: boolean;
  readonly limits?: Partial<Limits>;
}

const CLOSE_GRACE_MS = 250;

/**
 * Throws a UserError where it cannot listen. What answers requests is loaded for the first connection, and its clock, by
 * which it cuts off slow clients, runs only while there is one: a supervisor that nobody asks sleeps.
 */
export async function startControlServer(
  config: ListenConfig,
  options: ServeOptions,
): Promise<ControlServer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const connections = new Connections(limits.connections);
  let http: Promise<HttpServer> | null = null;
  let ticks = false;
  // As node:http has it: a client may close its half and wait for the answer.
  const listener = createListener({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
    if (!connections.add(socket)) return;
    http ??= createHttpServer(config, options, limits, connections);
    void http.then((server) => {
      if (!ticks) startClock(server);
      ticks = true;
      server.emit('connection', socket);
      socket.resume();
    });
    socket.once('close', () => {
      if (connections.count > 0 || !ticks) return;
      ticks = false;
      void http?.then(stopClock);
    });
  });
  const removeSocket = await listen(listener, config);
  listener.on('error', (error) =>
    options.commands.log('error', `Cannot accept a connection: ${error.message}`),
  );
  return {
    url: urlOf(listener, config),
    close: async () => {
      removeSocket();
      await closeServer(listener, await http);
    },
  };
}

/** It does not listen itself: it is given connections. */
async function createHttpServer(
  config: ListenConfig,
  options: ServeOptions,
  limits: Limits,
  connections: Connections,
): Promise<HttpServer> {
  const [{ createServer }, { handle }, site] = await Promise.all([
    import('node:http'),
    import('./http.ts'),
    createSite(config, options, limits),
  ]);
  const server = createServer(serverOptions(limits), (request, response) => {
    connections.busy(request.socket, response);
    request.socket.setTimeout(limits.stalledMs);
    void handle(site, request, response);
  });
  server.on('clientError', answerMalformed);
  // Silence is not a fault of a client that waits for its answer; of one that does not read it, it is.
  server.on('timeout', (socket) => {
    if (!connections.isBusy(socket) || socket.writableLength > 0) socket.destroy();
  });
  // Without this, 'Expect: 100-continue' would invite bodies that are refused.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (Number(request.headers['content-length'] ?? 0) <= limits.bodyBytes) response.writeContinue();
    server.emit('request', request, response);
  });
  return server;
}

/** What an http server does when it begins to listen. */
function startClock(server: HttpServer): void {
  server.emit('listening');
}

/** What it does first when it is closed; it can be given connections all the same. */
function stopClock(server: HttpServer): void {
  server.close();
}

function serverOptions(limits: Limits): ServerOptions {
  return {
    headersTimeout: limits.headMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: limits.checkMs,
    // supervisorctl sends an empty one, and other raw clients none.
    requireHostHeader: false,
  };
}

async function createSite(config: ListenConfig, options: ServeOptions, limits: Limits): Promise<Site> {
  const { createMethods } = await import('./methods.ts');
  const { commands, units = null, rpcInterface } = options;
  const nowMs = (): number => Date.now();
  return {
    commands,
    units,
    methods: createMethods({ commands, nowMs }, { rpcInterface }),
    isAuthorized: await authorizerOf(config.credentials),
    maxBodyBytes: limits.bodyBytes,
    memory: new Budget(limits.memoryBytes),
    nowMs,
  };
}

async function authorizerOf(credentials: Credentials | null): Promise<Authorizer> {
  if (credentials === null) return () => true;
  const { createAuthorizer } = await import('./auth.ts');
  return createAuthorizer(credentials);
}

/** Knows which connections wait for a request, so that a new one may take the place of the one that waits longest. */
class Connections {
  readonly #limit: number;
  readonly #requests = new Map<Socket, number>();
  /** In the order in which they fell idle. */
  readonly #idle = new Set<Socket>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#requests.size;
  }

  /** False where there are too many, all of them busy. */
  add(socket: Socket): boolean {
    // A reset of a connection that nobody reads any more must not end the process.
    socket.on('error', () => socket.destroy());
    if (this.#requests.size >= this.#limit && !this.#dropOldest()) {
      socket.destroy();
      return false;
    }
    this.#requests.set(socket, 0);
    this.#idle.add(socket);
    socket.once('close', () => this.#remove(socket));
    return true;
  }

  busy(socket: Socket, response: ServerResponse): void {
    if (!this.#requests.has(socket)) return;
    this.#requests.set(socket, (this.#requests.get(socket) ?? 0) + 1);
    this.#idle.delete(socket);
    response.once('close', () => {
      if (!this.#requests.has(socket)) return;
      const left = (this.#requests.get(socket) ?? 0) - 1;
      this.#requests.set(socket, left);
      if (left === 0) this.#idle.add(socket);
    });
  }

  isBusy(socket: Socket): boolean {
    return (this.#requests.get(socket) ?? 0) > 0;
  }

  #dropOldest(): boolean {
    for (const socket of this.#idle) {
      this.#remove(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  #remove(socket: Socket): void {
    this.#requests.delete(socket);
    this.#idle.delete(socket);
  }
}

function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  const status = MALFORMED[error.code ?? ''] ?? '400 Bad Request';
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  socket.destroySoon();
}

const MALFORMED: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

async function listen(server: Server, config: ListenConfig): Promise<() => void> {
  if (config.kind === 'unix') {
    const { listenOnSocket } = await import('./unix-socket.ts');
    return listenOnSocket(server, config);
  }
  const { host, port } = config;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const name = `${host === '' ? '*' : host}:${port}`;
      reject(
        new UserError(`cannot listen on ${name}: ${error.message}`, EXIT.configuration, { cause: error }),
      );
    });
    server.listen({ port, backlog: 1024, ...(host === '' ? {} : { host }) }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
  return () => {};
}

function urlOf(server: Server, config: ListenConfig): string {
  if (config.kind === 'unix') return `unix://${config.path}`;
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  return `http://${config.host === '' ? 'localhost' : config.host}:${port}`;
}

async function closeServer(listener: Server, http: HttpServer | null): Promise<void> {
  const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
  http?.closeIdleConnections();
  const cut = setTimeout(() => http?.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(cut);
}
