// The socket calls of the C library, by FFI: listening sockets that programs inherit, and datagrams to the syslog daemon.
// The rules of libc.ts hold here as well; structure layouts are Linux's, the same on x86_64 and aarch64.

import { dlopen, getUint32, getUint64 } from 'node:ffi';
import { SystemError } from '../errors.ts';
import { lastError } from './libc.ts';

const AF_UNIX = 1;
const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** sockaddr_un: the family and a path of at most 107 bytes with its NUL. */
const UNIX_PATH_BYTES = 108;
/** What of a datagram is looked at; a notification is a few lines. */
const DATAGRAM_BYTES = 4096;
const ADDRINFO_BYTES = 48;
/** Of addrinfo, and of the sockaddr_in that it points to. */
const AI_ADDR_OFFSET = 24;
const SIN_ADDR_OFFSET = 4;

const libc = dlopen(null, {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
  bind: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  listen: { arguments: ['i32', 'i32'], return: 'i32' },
  recv: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
  sendto: { arguments: ['i32', 'buffer', 'u64', 'i32', 'buffer', 'u32'], return: 'i64' },
  getaddrinfo: { arguments: ['buffer', 'pointer', 'buffer', 'buffer'], return: 'i32' },
  freeaddrinfo: { arguments: ['pointer'], return: 'void' },
});
const c = libc.functions;

const on = Buffer.alloc(4);
on.writeInt32LE(1, 0);

/** A socket for sending datagrams to Unix addresses. */
export function datagramSocket(): number {
  return socket(AF_UNIX, SOCK_DGRAM);
}

/** A blocking stream socket, as the programs that will inherit it expect. */
export function streamSocket(family: 'unix' | 'inet'): number {
  return socket(family === 'unix' ? AF_UNIX : AF_INET, SOCK_STREAM);
}

export function bindUnix(descriptor: number, path: string): void {
  const address = unixAddress(path);
  if (c.bind(descriptor, address, address.length) !== 0) throw lastError(`cannot bind ${path}`);
}

/** Binds to the first IPv4 address of a host; the name is looked up, and waited for. */
export function bindInet(descriptor: number, host: string, port: number): void {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF_INET, 0);
  address.writeUInt16BE(port, 2);
  address.writeUInt32LE(inetAddress(host), SIN_ADDR_OFFSET);
  c.setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, on, on.length);
  if (c.bind(descriptor, address, address.length) !== 0) throw lastError(`cannot bind ${host}:${port}`);
}

export function listen(descriptor: number, backlog: number): void {
  if (c.listen(descriptor, backlog) !== 0) throw lastError('cannot listen');
}

/** sendto(2) a Unix address without waiting; throws SystemError (ENOENT, ECONNREFUSED, EAGAIN, …). */
export function sendTo(descriptor: number, path: string, bytes: Buffer): void {
  const address = unixAddress(path);
  const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  const sent = c.sendto(descriptor, bytes, BigInt(bytes.length), flags, address, address.length);
  if (sent < 0n) throw lastError(`cannot send to ${path}`);
}

/** The next datagram that has come, or null where there is none now; never waits. */
export function receiveNow(descriptor: number): Buffer | null {
  const datagram = Buffer.alloc(DATAGRAM_BYTES);
  const length = c.recv(descriptor, datagram, BigInt(datagram.length), MSG_DONTWAIT);
  return length < 0n ? null : datagram.subarray(0, Number(length));
}

function socket(family: number, type: number): number {
  const descriptor = c.socket(family, type | SOCK_CLOEXEC, 0);
  if (descriptor < 0) throw lastError('cannot make a socket');
  return descriptor;
}

function unixAddress(path: string): Buffer {
  const bytes = Buffer.from(path);
  if (bytes.length >= UNIX_PATH_BYTES || bytes.includes(0)) {
    throw new SystemError(`cannot use ${path} as a socket: it is too long`, 'ENAMETOOLONG');
  }
  const address = Buffer.alloc(2 + bytes.length + 1);
  address.writeUInt16LE(AF_UNIX, 0);
  bytes.copy(address, 2);
  return address;
}

/** In the order of its bytes in memory. */
function inetAddress(host: string): number {
  const hints = Buffer.alloc(ADDRINFO_BYTES);
  hints.writeInt32LE(AF_INET, 4);
  hints.writeInt32LE(SOCK_STREAM, 8);
  const found = Buffer.alloc(8);
  if (c.getaddrinfo(Buffer.from(`${host}\0`), 0n, hints, found) !== 0) {
    throw new SystemError(`cannot find the address of ${host}`, 'EADDRNOTAVAIL');
  }
  const first = found.readBigUInt64LE(0);
  const address = getUint32(getUint64(first, AI_ADDR_OFFSET), SIN_ADDR_OFFSET);
  c.freeaddrinfo(first);
  return address;
}
