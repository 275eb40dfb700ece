// What the C library sends and receives, by FFI: datagrams to the syslog daemon, and notifications with who sent them.
// The rules of libc.ts hold here as well; structure layouts are Linux's, the same on x86_64 and aarch64.

import { getRawPointer } from 'node:ffi';
import { functionsOf, lastError } from './libc.ts';
import { unixAddress } from './socket-address.ts';

const SOL_SOCKET = 1;
const SO_PASSCRED = 16;
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;
const MSG_CMSG_CLOEXEC = 0x40000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** What of a datagram is looked at: a notification is a few lines, a message to syslog may be longer. */
const DATAGRAM_BYTES = 64 * 1024;
/** struct msghdr, of which the parts that point elsewhere: iovec and control; and struct cmsghdr. */
const MSGHDR_BYTES = 56;
const CONTROL_BYTES = 4096;
const CMSG_HEADER_BYTES = 16;

const c = functionsOf({
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
  recv: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
  sendto: { arguments: ['i32', 'buffer', 'u64', 'i32', 'buffer', 'u32'], return: 'i64' },
  recvmsg: { arguments: ['i32', 'buffer', 'i32'], return: 'i64' },
});

/** All datagrams are received here, one after the other; what is handed on is a copy of its length. */
let receiving: Buffer | null = null;
const roomForOne = (): Buffer => (receiving ??= Buffer.allocUnsafeSlow(DATAGRAM_BYTES));

/** sendto(2) a Unix address without waiting; throws SystemError (ENOENT, ECONNREFUSED, EAGAIN, …). */
export function sendTo(descriptor: number, path: string, bytes: Buffer): void {
  const address = unixAddress(path);
  const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  const sent = c.sendto(descriptor, bytes, BigInt(bytes.length), flags, address, address.length);
  if (sent < 0n) throw lastError(`cannot send to ${path}`);
}

/** The next datagram that has come, or null where there is none now; never waits. */
export function receiveNow(descriptor: number): Buffer | null {
  const room = roomForOne();
  const length = c.recv(descriptor, room, BigInt(room.length), MSG_DONTWAIT);
  return length < 0n ? null : Buffer.from(room.subarray(0, Number(length)));
}

/** From now on every datagram brings the pid of its sender (unix(7), SO_PASSCRED). */
export function passCredentials(descriptor: number): void {
  const on = Buffer.from([1, 0, 0, 0]);
  c.setsockopt(descriptor, SOL_SOCKET, SO_PASSCRED, on, on.length);
}

export interface Received {
  readonly bytes: Buffer;
  readonly pid: number;
  /** Descriptors that came with it; they are the caller's to close. */
  readonly descriptors: readonly number[];
}

/** The next datagram with its sender's pid (0 if unknown), or null where there is none now; never waits. */
export function receiveMessage(descriptor: number): Received | null {
  const room = roomForOne();
  const control = Buffer.alloc(CONTROL_BYTES);
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(getRawPointer(room), 0);
  vector.writeBigUInt64LE(BigInt(room.length), 8);
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
  return { bytes: Buffer.from(room.subarray(0, Number(length))), ...readControl(control.subarray(0, used)) };
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
