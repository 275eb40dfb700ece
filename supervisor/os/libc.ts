// The C library, by FFI. With its kin (libc-*.ts) the only file that imports node:ffi and that touches native memory.
//
// Rules that keep it sound: memory is passed as a Buffer, never as a raw pointer of one (a raw pointer does not keep
// its Buffer alive), but for pointers inside structures, whose Buffers are held by a variable until the call has
// returned; structure sizes are glibc's, the same on x86_64 and aarch64 unless stated.

import { constants as osConstants } from 'node:os';
import {
  dlopen,
  getInt32,
  getRawPointer,
  type FunctionDefinitions,
  type WrappedFunctionsFromDefinitions,
} from 'node:ffi';
import { SystemError } from '../errors.ts';

/** How a child ended, as wait4 tells it, with what it used. */
export interface Waited {
  readonly pid: number;
  readonly code: number | null;
  /** Signal number. */
  readonly signal: number | null;
  readonly dumped: boolean;
}

const P_ALL = 0;
const WNOHANG = 1;
/** Of a wait status: the core was dumped. */
const CORE_FLAG = 0x80;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
const PR_SET_CHILD_SUBREAPER = 36;
const PR_GET_CHILD_SUBREAPER = 37;
const PR_SET_PDEATHSIG = 1;
const PR_SET_DUMPABLE = 4;

/** asm-generic/ioctls.h */
const TIOCNOTTY = 0x5422n;

const POLLOUT = 4;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

const { lib } = dlopen(null, {});

/**
 * Functions of the C library. Each is looked up when it is used for the first time: for each node makes a page of code,
 * and seeks room for it from the same place, so that 40 at once cost a thousand calls of mmap(2).
 */
export function functionsOf<const T extends FunctionDefinitions>(
  definitions: T,
): WrappedFunctionsFromDefinitions<T> {
  const functions = {};
  for (const [name, signature] of Object.entries(definitions)) {
    Object.defineProperty(functions, name, {
      configurable: true,
      get: () => {
        const value = lib.getFunction(name, signature);
        Object.defineProperty(functions, name, { value });
        return value;
      },
    });
  }
  return functions as WrappedFunctionsFromDefinitions<T>;
}

/** Where errno of this thread is. Looked up at once: to look up a function changes errno. */
const errnoAddress = lib.getFunction('__errno_location', { arguments: [], return: 'pointer' })();

const c = functionsOf({
  wait4: { arguments: ['i32', 'buffer', 'i32', 'pointer'], return: 'i32' },
  waitid: { arguments: ['i32', 'i32', 'buffer', 'i64'], return: 'i32' },
  poll: { arguments: ['buffer', 'u64', 'i32'], return: 'i32' },
  send: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
  getrlimit: { arguments: ['i32', 'buffer'], return: 'i32' },
  setrlimit: { arguments: ['i32', 'buffer'], return: 'i32' },
  ioctl: { arguments: ['i32', 'u64', 'i64'], return: 'i32' },
  getsid: { arguments: ['i32'], return: 'i32' },
  prctl: { arguments: ['i32', 'i64', 'i64', 'i64', 'i64'], return: 'i32' },
  isatty: { arguments: ['i32'], return: 'i32' },
});

const statusBuffer = Buffer.alloc(4);
/** siginfo_t */
const waitidBuffer = Buffer.alloc(128);
const pollBuffer = Buffer.alloc(8);
/** struct rlimit: soft, hard */
const limitBuffer = Buffer.alloc(16);

/** bits/resource.h, the same on x86_64 and aarch64. */
const LIMITS = { nproc: 6, nofile: 7, locks: 10 } as const;

export type LimitName = keyof typeof LIMITS;

export interface Limit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** RLIM_INFINITY */
export const UNLIMITED = 2n ** 64n - 1n;

/** The errno name of a number (`2` → `ENOENT`). */
export function errnoName(errno: number): string {
  const entry = Object.entries(osConstants.errno).find(([, number]) => number === errno);
  return entry?.[0] ?? `errno ${errno}`;
}

/** Collects one child that has ended, whoever started it, or null if there is none now. Never blocks. */
export function waitAny(): Waited | null {
  const pid = c.wait4(-1, statusBuffer, WNOHANG, 0n);
  if (pid <= 0) return null;
  const status = statusBuffer.readInt32LE(0);
  const signal = status & 0x7f;
  const dumped = (status & CORE_FLAG) !== 0;
  return signal === 0
    ? { pid, code: (status >> 8) & 0xff, signal: null, dumped: false }
    : { pid, code: null, signal, dumped };
}

/** Whether a write of up to PIPE_BUF bytes would not block now (poll(2), pipe(7)). */
export function hasRoom(descriptor: number): boolean {
  pollBuffer.writeInt32LE(descriptor, 0);
  pollBuffer.writeInt16LE(POLLOUT, 4);
  return c.poll(pollBuffer, 1n, 0) > 0;
}

/** send(2) without blocking and without SIGPIPE: bytes taken, 0 when there is no room; throws SystemError (EPIPE). */
export function sendNow(descriptor: number, bytes: Buffer): number {
  const sent = c.send(descriptor, bytes, BigInt(bytes.length), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0n) return Number(sent);
  const error = lastError('cannot send');
  if (error.code === 'EAGAIN' || error.code === 'EINTR') return 0;
  throw error;
}

/** isatty(3), as node:tty has it, which brings node:net and all of node's streams with it. */
export function isTerminal(descriptor: number): boolean {
  return c.isatty(descriptor) === 1;
}

/** getrlimit(2) of our own process. */
export function getLimit(name: LimitName): Limit {
  if (c.getrlimit(LIMITS[name], limitBuffer) !== 0) throw lastError(`cannot read limit ${name}`);
  return { soft: limitBuffer.readBigUInt64LE(0), hard: limitBuffer.readBigUInt64LE(8) };
}

/** setrlimit(2) of our own process; throws SystemError (EPERM). */
export function setLimit(name: LimitName, { soft, hard }: Limit): void {
  limitBuffer.writeBigUInt64LE(soft, 0);
  limitBuffer.writeBigUInt64LE(hard, 8);
  if (c.setrlimit(LIMITS[name], limitBuffer) !== 0) throw lastError(`cannot set limit ${name}`);
}

/** Whether there is any child left to wait for; one that has ended stays to be collected. */
export function hasChildren(): boolean {
  return c.waitid(P_ALL, 0, waitidBuffer, BigInt(WEXITED | WNOHANG | WNOWAIT)) === 0;
}

/** Asks for a signal when our parent dies (prctl(2), PR_SET_PDEATHSIG). */
export function signalOnParentDeath(signal: number): void {
  c.prctl(PR_SET_PDEATHSIG, BigInt(signal), 0n, 0n, 0n);
}

/** Lets others look into /proc/<our pid> again, which a change of the effective uid forbids (PR_SET_DUMPABLE). */
export function becomeInspectable(): void {
  c.prctl(PR_SET_DUMPABLE, 1n, 0n, 0n, 0n);
}

/** Makes orphaned descendants our children (prctl(2), PR_SET_CHILD_SUBREAPER); false where the kernel refuses. */
export function becomeSubreaper(): boolean {
  return c.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n) === 0;
}

/** Whether orphaned descendants become our children already: exec(2) leaves it as it was. */
export function isSubreaper(): boolean {
  const result = c.prctl(PR_GET_CHILD_SUBREAPER, getRawPointer(statusBuffer), 0n, 0n, 0n);
  return result === 0 && statusBuffer.readInt32LE(0) === 1;
}

/** Gives up the controlling terminal behind a descriptor (ioctl_tty(2)); false where it is none. */
export function leaveTerminal(descriptor: number): boolean {
  return c.ioctl(descriptor, TIOCNOTTY, 0n) === 0;
}

/** The id of the session that we are in: the pid of the process that leads it. */
export function ownSession(): number {
  return c.getsid(0);
}

/** The error of the call that has just failed. */
export function lastError(what: string): SystemError {
  const name = errnoName(getInt32(errnoAddress));
  return new SystemError(`${what}: ${name}`, name);
}
