// The socket calls of the C library, by FFI: sockets and FIFOs that programs inherit or connect to.
// The rules of libc.ts hold here as well; what is sent is in libc-datagrams.ts, addresses are in socket-address.ts.

import { getUint32, getUint64 } from 'node:ffi';
import { SystemError } from '../errors.ts';
import { functionsOf, lastError } from './libc.ts';
import { addressText, FAMILIES, inetAddress, unixAddress } from './socket-address.ts';
import type { InetSocketRequest } from './system.ts';

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_SEQPACKET = 5;
const SOCK_NONBLOCK = 0o4000;
const SO_KEEPALIVE = 9;
const SO_REUSEPORT = 15;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const IP_FREEBIND = 15;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_PEERCRED = 17;
const F_GETFL = 3;
const F_SETFL = 4;
const F_SETOWN = 8;
const O_ASYNC = 0o20000;
const POLLIN = 1;

const ADDRINFO_BYTES = 48;
/** Of addrinfo, and of the sockaddr_in that it points to. */
const AI_ADDR_OFFSET = 24;
const SIN_ADDR_OFFSET = 4;
/** The kernel makes of it what net.core.somaxconn allows. */
const LONGEST_BACKLOG = 4096;

const c = functionsOf({
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
  bind: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  listen: { arguments: ['i32', 'i32'], return: 'i32' },
  accept4: { arguments: ['i32', 'buffer', 'buffer', 'i32'], return: 'i32' },
  getsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'buffer'], return: 'i32' },
  getsockname: { arguments: ['i32', 'buffer', 'buffer'], return: 'i32' },
  mkfifo: { arguments: ['buffer', 'u32'], return: 'i32' },
  inet_pton: { arguments: ['i32', 'buffer', 'buffer'], return: 'i32' },
  fcntl: { arguments: ['i32', 'i32', 'i64'], return: 'i32' },
  poll: { arguments: ['buffer', 'u64', 'i32'], return: 'i32' },
  getaddrinfo: { arguments: ['buffer', 'pointer', 'buffer', 'buffer'], return: 'i32' },
  freeaddrinfo: { arguments: ['pointer'], return: 'void' },
});

const on = Buffer.alloc(4);
on.writeInt32LE(1, 0);
const off = Buffer.alloc(4);

/** A socket for sending datagrams to Unix addresses. */
export function datagramSocket(): number {
  return socket(FAMILIES.unix, SOCK_DGRAM);
}

/** A blocking stream socket, as the programs that will inherit it expect. */
export function streamSocket(family: 'unix' | 'inet'): number {
  return socket(FAMILIES[family], SOCK_STREAM);
}

const KINDS = { stream: SOCK_STREAM, datagram: SOCK_DGRAM, sequential: SOCK_SEQPACKET } as const;

/** A socket as socket units are given: non-blocking, as systemd's are. */
export function socketOf(family: keyof typeof FAMILIES, kind: keyof typeof KINDS): number {
  return socket(FAMILIES[family], KINDS[kind] | SOCK_NONBLOCK);
}

/** Binds to a literal address of either family, with the options of a socket unit. */
export function bindAddress(descriptor: number, request: InetSocketRequest): void {
  const { family, host, port, ipv6Only } = request;
  const set = (level: number, option: number, value: Buffer): void =>
    void c.setsockopt(descriptor, level, option, value, value.length);
  set(SOL_SOCKET, SO_REUSEADDR, on);
  if (request.reusePort) set(SOL_SOCKET, SO_REUSEPORT, on);
  if (request.keepAlive) set(SOL_SOCKET, SO_KEEPALIVE, on);
  if (request.noDelay && request.kind === 'stream') set(IPPROTO_TCP, TCP_NODELAY, on);
  if (request.freeBind) set(IPPROTO_IP, IP_FREEBIND, on);
  if (family === 'inet6' && ipv6Only !== null) set(IPPROTO_IPV6, IPV6_V6ONLY, ipv6Only ? on : off);
  const bytes = Buffer.alloc(family === 'inet' ? 4 : 16);
  if (host !== null && c.inet_pton(FAMILIES[family], Buffer.from(`${host}\0`), bytes) !== 1) {
    throw new SystemError(`cannot bind ${host}: it is no address`, 'EINVAL');
  }
  const address = inetAddress(bytes, port);
  if (c.bind(descriptor, address, address.length) !== 0) {
    throw lastError(`cannot bind ${host ?? '*'}:${port}`);
  }
}

/** A connection, who is at its other end, and what an instance that serves it is named after (systemd.socket(5)). */
export interface Connection {
  readonly descriptor: number;
  /** `address:port`; null for a Unix one. */
  readonly peer: string | null;
  /** `local:port-remote:port`, or `pid-uid` of a Unix one. */
  readonly instance: string;
  /** As systemd describes it: `127.0.0.1:48084`, or `PID 105/UID 0`. */
  readonly description: string;
}

/** accept4(2): a connection that waits, or null. */
export function accept(descriptor: number): Connection | null {
  const remote = Buffer.alloc(128);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(remote.length, 0);
  const connection = c.accept4(descriptor, remote, length, SOCK_CLOEXEC);
  if (connection < 0) return null;
  const peer = addressText(remote);
  if (peer === null) {
    const credentials = Buffer.alloc(12);
    length.writeUInt32LE(credentials.length, 0);
    c.getsockopt(connection, SOL_SOCKET, SO_PEERCRED, credentials, length);
    const [pid, uid] = [credentials.readInt32LE(0), credentials.readUInt32LE(4)];
    return { descriptor: connection, peer, instance: `${pid}-${uid}`, description: `PID ${pid}/UID ${uid}` };
  }
  const local = Buffer.alloc(128);
  length.writeUInt32LE(local.length, 0);
  c.getsockname(connection, local, length);
  const instance = `${addressText(local) ?? ''}-${peer}`.replaceAll(/[[\]]/g, '');
  return { descriptor: connection, peer, instance, description: peer };
}

export function makeFifo(path: string, mode: number): void {
  if (c.mkfifo(Buffer.from(`${path}\0`), mode) !== 0) throw lastError(`cannot make the FIFO ${path}`);
}

export function bindUnix(descriptor: number, path: string): void {
  const address = unixAddress(path);
  if (c.bind(descriptor, address, address.length) !== 0) throw lastError(`cannot bind ${path}`);
}

/** Binds to the first IPv4 address of a host; the name is looked up, and waited for. */
export function bindInet(descriptor: number, host: string, port: number): void {
  const address = inetAddress(lookUp(host), port);
  c.setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, on, on.length);
  if (c.bind(descriptor, address, address.length) !== 0) throw lastError(`cannot bind ${host}:${port}`);
}

/** `backlog`: how many connections may wait; null for as many as the kernel allows. */
export function listen(descriptor: number, backlog: number | null): void {
  if (c.listen(descriptor, backlog ?? LONGEST_BACKLOG) !== 0) throw lastError('cannot listen');
}

/** Whether SIGIO is raised for us when something to read arrives (fcntl(2), O_ASYNC). */
export function setAsync(descriptor: number, wanted: boolean): void {
  if (wanted) c.fcntl(descriptor, F_SETOWN, BigInt(process.pid));
  const flags = c.fcntl(descriptor, F_GETFL, 0n);
  if (flags < 0) return;
  c.fcntl(descriptor, F_SETFL, BigInt(wanted ? flags | O_ASYNC : flags & ~O_ASYNC));
}

/** Whether a read or an accept would not wait now (poll(2)). */
export function isReadable(descriptor: number): boolean {
  const entry = Buffer.alloc(8);
  entry.writeInt32LE(descriptor, 0);
  entry.writeInt16LE(POLLIN, 4);
  return c.poll(entry, 1n, 0) > 0 && (entry.readInt16LE(6) & POLLIN) !== 0;
}

function socket(family: number, type: number): number {
  const descriptor = c.socket(family, type | SOCK_CLOEXEC, 0);
  if (descriptor < 0) throw lastError('cannot make a socket');
  return descriptor;
}

/** The first IPv4 address of a host: its four bytes. Throws SystemError (EADDRNOTAVAIL). */
function lookUp(host: string): Buffer {
  const hints = Buffer.alloc(ADDRINFO_BYTES);
  hints.writeInt32LE(FAMILIES.inet, 4);
  hints.writeInt32LE(SOCK_STREAM, 8);
  const found = Buffer.alloc(8);
  if (c.getaddrinfo(Buffer.from(`${host}\0`), 0n, hints, found) !== 0) {
    throw new SystemError(`cannot find the address of ${host}`, 'EADDRNOTAVAIL');
  }
  const first = found.readBigUInt64LE(0);
  const address = Buffer.alloc(4);
  address.writeUInt32LE(getUint32(getUint64(first, AI_ADDR_OFFSET), SIN_ADDR_OFFSET));
  c.freeaddrinfo(first);
  return address;
}
