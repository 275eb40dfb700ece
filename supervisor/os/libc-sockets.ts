// The socket calls of the C library, by FFI: listening sockets that programs inherit, and datagrams to the syslog daemon.
// The rules of libc.ts hold here as well; structure layouts are Linux's, the same on x86_64 and aarch64.

import { dlopen, getRawPointer, getUint32, getUint64 } from 'node:ffi';
import { SystemError } from '../errors.ts';
import { lastError } from './libc.ts';
import type { InetSocketRequest } from './system.ts';

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
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
const SO_PASSCRED = 16;
const SO_PEERCRED = 17;
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;
const MSG_CMSG_CLOEXEC = 0x40000000;
const F_GETFL = 3;
const F_SETFL = 4;
const F_SETOWN = 8;
const O_ASYNC = 0o20000;
const POLLIN = 1;
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
const SIN6_ADDR_OFFSET = 8;

const libc = dlopen(null, {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
  bind: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  listen: { arguments: ['i32', 'i32'], return: 'i32' },
  recv: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
  sendto: { arguments: ['i32', 'buffer', 'u64', 'i32', 'buffer', 'u32'], return: 'i64' },
  accept4: { arguments: ['i32', 'buffer', 'buffer', 'i32'], return: 'i32' },
  getsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'buffer'], return: 'i32' },
  getsockname: { arguments: ['i32', 'buffer', 'buffer'], return: 'i32' },
  mkfifo: { arguments: ['buffer', 'u32'], return: 'i32' },
  inet_pton: { arguments: ['i32', 'buffer', 'buffer'], return: 'i32' },
  recvmsg: { arguments: ['i32', 'buffer', 'i32'], return: 'i64' },
  fcntl: { arguments: ['i32', 'i32', 'i64'], return: 'i32' },
  poll: { arguments: ['buffer', 'u64', 'i32'], return: 'i32' },
  getaddrinfo: { arguments: ['buffer', 'pointer', 'buffer', 'buffer'], return: 'i32' },
  freeaddrinfo: { arguments: ['pointer'], return: 'void' },
});
const c = libc.functions;

const on = Buffer.alloc(4);
on.writeInt32LE(1, 0);
const off = Buffer.alloc(4);

/** A socket for sending datagrams to Unix addresses. */
export function datagramSocket(): number {
  return socket(AF_UNIX, SOCK_DGRAM);
}

/** A blocking stream socket, as the programs that will inherit it expect. */
export function streamSocket(family: 'unix' | 'inet'): number {
  return socket(family === 'unix' ? AF_UNIX : AF_INET, SOCK_STREAM);
}

const FAMILIES = { unix: AF_UNIX, inet: AF_INET, inet6: AF_INET6 } as const;
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
  const address = Buffer.alloc(family === 'inet' ? 16 : 28);
  address.writeUInt16LE(FAMILIES[family], 0);
  address.writeUInt16BE(port, 2);
  if (host !== null) {
    const bytes = Buffer.alloc(16);
    if (c.inet_pton(FAMILIES[family], Buffer.from(`${host}\0`), bytes) !== 1) {
      throw new SystemError(`cannot bind ${host}: it is no address`, 'EINVAL');
    }
    bytes.copy(
      address,
      family === 'inet' ? SIN_ADDR_OFFSET : SIN6_ADDR_OFFSET,
      0,
      family === 'inet' ? 4 : 16,
    );
  }
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

/** `127.0.0.1:80` or `[::1]:80`, with an IPv4 address in IPv6's clothes as itself; null for what has no address. */
function addressText(address: Buffer): string | null {
  const family = address.readUInt16LE(0);
  const port = address.readUInt16BE(2);
  if (family === AF_INET) return `${[...address.subarray(4, 8)].join('.')}:${port}`;
  if (family !== AF_INET6) return null;
  const bytes = address.subarray(SIN6_ADDR_OFFSET, SIN6_ADDR_OFFSET + 16);
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes.readUInt16BE(10) === 0xffff;
  if (isMapped) return `${[...bytes.subarray(12)].join('.')}:${port}`;
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  return `[${groups.join(':')}]:${port}`;
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

/** From now on every datagram brings the pid of its sender (unix(7), SO_PASSCRED). */
export function passCredentials(descriptor: number): void {
  c.setsockopt(descriptor, SOL_SOCKET, SO_PASSCRED, on, on.length);
}

/** struct msghdr, of which the parts that point elsewhere: iovec and control; and struct cmsghdr. */
const MSGHDR_BYTES = 56;
const CONTROL_BYTES = 4096;
const CMSG_HEADER_BYTES = 16;

export interface Received {
  readonly bytes: Buffer;
  readonly pid: number;
  /** Descriptors that came with it; they are the caller's to close. */
  readonly descriptors: readonly number[];
}

/** The next datagram with its sender's pid (0 if unknown), or null where there is none now; never waits. */
export function receiveMessage(descriptor: number): Received | null {
  const bytes = Buffer.alloc(DATAGRAM_BYTES);
  const control = Buffer.alloc(CONTROL_BYTES);
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(getRawPointer(bytes), 0);
  vector.writeBigUInt64LE(BigInt(bytes.length), 8);
  const header = Buffer.alloc(MSGHDR_BYTES);
  header.writeBigUInt64LE(getRawPointer(vector), 16);
  header.writeBigUInt64LE(1n, 24);
  header.writeBigUInt64LE(getRawPointer(control), 32);
  header.writeBigUInt64LE(BigInt(control.length), 40);
  const length = c.recvmsg(descriptor, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  // Held until here: the header points into these.
  void vector.length;
  if (length < 0n) return null;
  const used = Number(header.readBigUInt64LE(40));
  return { bytes: bytes.subarray(0, Number(length)), ...readControl(control.subarray(0, used)) };
}

/** The control messages of a datagram (cmsg(3)): each begins at a multiple of eight. */
function readControl(control: Buffer): Pick<Received, 'pid' | 'descriptors'> {
  let pid = 0;
  const descriptors: number[] = [];
  for (let at = 0; at + CMSG_HEADER_BYTES <= control.length;) {
    const length = Number(control.readBigUInt64LE(at));
    if (length < CMSG_HEADER_BYTES) break;
    const type = control.readInt32LE(at + 12);
    const data = control.subarray(at + CMSG_HEADER_BYTES, at + length);
    if (type === SCM_CREDENTIALS && data.length >= 4) pid = data.readInt32LE(0);
    if (type === SCM_RIGHTS) {
      for (let each = 0; each + 4 <= data.length; each += 4) descriptors.push(data.readInt32LE(each));
    }
    at += Math.ceil(length / 8) * 8;
  }
  return { pid, descriptors };
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

/** `@name` is one of the abstract namespace (unix(7)): a NUL in place of the @, and no NUL at the end. */
function unixAddress(path: string): Buffer {
  if (path.startsWith('@')) {
    const address = Buffer.concat([Buffer.alloc(2), Buffer.from(path)]);
    address.writeUInt16LE(AF_UNIX, 0);
    address[2] = 0;
    return address;
  }
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
