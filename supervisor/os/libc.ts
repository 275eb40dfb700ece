// The C library, by FFI. With libc-sockets.ts the only file that imports node:ffi and that touches native memory.
//
// Rules that keep it sound: memory is passed as a Buffer, never as a raw pointer of one (a raw pointer does not keep
// its Buffer alive), but for pointers inside structures, whose Buffers are held by a variable until the call has
// returned; structure sizes are glibc's, the same on x86_64 and aarch64 unless stated.

import { constants as osConstants } from 'node:os';
import { dlopen, getInt32, getRawPointer } from 'node:ffi';
import { SystemError } from '../errors.ts';

/** How a child ended, as wait4 tells it, with what it used. */
export interface Waited {
  readonly pid: number;
  readonly code: number | null;
  /** Signal number. */
  readonly signal: number | null;
}

export interface NativeSpawn {
  readonly file: string;
  readonly argv: readonly string[];
  readonly environment: readonly string[];
  readonly directory: string | null;
  readonly descriptors: readonly number[];
  readonly leads: 'group' | 'session' | 'inherit';
  /**
   * Where it is set, the program takes our place: it keeps our other descriptors, and its group becomes the foreground
   * one of the terminal behind this descriptor (null where there is no terminal).
   */
  readonly foregroundOf?: number | null;
  /** Further descriptors of ours that it gets under their own numbers. */
  readonly passOn?: readonly number[];
}

const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
const O_CLOEXEC = 0o2000000;
const PR_SET_CHILD_SUBREAPER = 36;
const PR_SET_PDEATHSIG = 1;
const PR_SET_DUMPABLE = 4;

const POLLOUT = 4;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** spawn.h */
const POSIX_SPAWN_SETPGROUP = 0x02;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;

/** Generous upper bounds of glibc's opaque structures: 80, 336, 128 and 144 bytes. */
const FILE_ACTIONS_BYTES = 128;
const ATTRIBUTES_BYTES = 512;
const SIGNAL_SET_BYTES = 128;

const POINTER_BYTES = 8;

const libc = dlopen(null, {
  __errno_location: { arguments: [], return: 'pointer' },
  pipe2: { arguments: ['buffer', 'i32'], return: 'i32' },
  wait4: { arguments: ['i32', 'buffer', 'i32', 'pointer'], return: 'i32' },
  waitid: { arguments: ['i32', 'i32', 'buffer', 'i64'], return: 'i32' },
  poll: { arguments: ['buffer', 'u64', 'i32'], return: 'i32' },
  send: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
  getrlimit: { arguments: ['i32', 'buffer'], return: 'i32' },
  setrlimit: { arguments: ['i32', 'buffer'], return: 'i32' },
  prctl: { arguments: ['i32', 'i64', 'i64', 'i64', 'i64'], return: 'i32' },
  syscall: { arguments: ['i64', 'i64', 'i64', 'i64'], return: 'i64' },
  posix_spawn: {
    arguments: ['buffer', 'buffer', 'buffer', 'buffer', 'buffer', 'buffer'],
    return: 'i32',
  },
  posix_spawn_file_actions_init: { arguments: ['buffer'], return: 'i32' },
  posix_spawn_file_actions_destroy: { arguments: ['buffer'], return: 'i32' },
  posix_spawn_file_actions_adddup2: { arguments: ['buffer', 'i32', 'i32'], return: 'i32' },
  posix_spawn_file_actions_addclosefrom_np: { arguments: ['buffer', 'i32'], return: 'i32' },
  posix_spawn_file_actions_addchdir_np: { arguments: ['buffer', 'buffer'], return: 'i32' },
  posix_spawnattr_init: { arguments: ['buffer'], return: 'i32' },
  posix_spawnattr_setflags: { arguments: ['buffer', 'i16'], return: 'i32' },
  posix_spawnattr_setpgroup: { arguments: ['buffer', 'i32'], return: 'i32' },
  posix_spawnattr_setsigmask: { arguments: ['buffer', 'buffer'], return: 'i32' },
  posix_spawnattr_setsigdefault: { arguments: ['buffer', 'buffer'], return: 'i32' },
});
const c = libc.functions;

const NO_SIGNALS = Buffer.alloc(SIGNAL_SET_BYTES, 0);
const ALL_SIGNALS = Buffer.alloc(SIGNAL_SET_BYTES, 0xff);
const statusBuffer = Buffer.alloc(4);
const pipeBuffer = Buffer.alloc(8);
/** siginfo_t */
const waitidBuffer = Buffer.alloc(128);
const pollBuffer = Buffer.alloc(8);
const pidBuffer = Buffer.alloc(4);
/** struct rlimit: soft, hard */
const limitBuffer = Buffer.alloc(16);

/** bits/resource.h, the same on x86_64 and aarch64. */
const LIMITS = { nproc: 6, nofile: 7 } as const;

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

/** A pipe whose ends are closed on exec: [read end, write end]. Throws SystemError (EMFILE, ENFILE). */
export function pipe(): [number, number] {
  if (c.pipe2(pipeBuffer, O_CLOEXEC) !== 0) throw lastError('cannot make a pipe');
  return [pipeBuffer.readInt32LE(0), pipeBuffer.readInt32LE(4)];
}

/** Collects one child that has ended, whoever started it, or null if there is none now. Never blocks. */
export function waitAny(): Waited | null {
  const pid = c.wait4(-1, statusBuffer, WNOHANG, 0n);
  if (pid <= 0) return null;
  const status = statusBuffer.readInt32LE(0);
  const signal = status & 0x7f;
  return signal === 0 ? { pid, code: (status >> 8) & 0xff, signal: null } : { pid, code: null, signal };
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

/** Makes orphaned descendants our children (prctl(2), PR_SET_CHILD_SUBREAPER); false where the kernel refuses. */
export function becomeSubreaper(): boolean {
  return c.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n) === 0;
}

/**
 * Starts a program with posix_spawn(3): signal mask empty, all dispositions default, every descriptor closed that is
 * not in `descriptors`. Returns its pid, or the errno of the call, be it of the fork, the chdir or the exec.
 */
export function spawn(request: NativeSpawn): { pid: number } | { errno: string } {
  const actions = Buffer.alloc(FILE_ACTIONS_BYTES);
  c.posix_spawn_file_actions_init(actions);
  try {
    if (request.directory !== null) {
      c.posix_spawn_file_actions_addchdir_np(actions, cString(request.directory));
    }
    addDescriptors(actions, request.descriptors);
    // dup2 of a descriptor onto itself takes its close-on-exec flag away (posix_spawn(3)).
    for (const descriptor of request.passOn ?? []) addDup2(actions, descriptor, descriptor);
    if (request.foregroundOf === undefined) {
      c.posix_spawn_file_actions_addclosefrom_np(actions, request.descriptors.length);
    } else if (request.foregroundOf !== null) addTerminalHandOver(actions, request.foregroundOf);
    const argv = stringVector(request.argv);
    const environment = stringVector(request.environment);
    const attributes = spawnAttributes(request.leads);
    const errno = c.posix_spawn(
      pidBuffer,
      cString(request.file),
      actions,
      attributes,
      argv.vector,
      environment.vector,
    );
    // Held until here: the vectors point into these.
    void argv.strings;
    void environment.strings;
    return errno === 0 ? { pid: pidBuffer.readInt32LE(0) } : { errno: errnoName(errno) };
  } finally {
    c.posix_spawn_file_actions_destroy(actions);
  }
}

/**
 * Runs `action` with the credentials of another user, and takes ours back.
 *
 * glibc's setuid() speaks to all threads; the bare system calls change the calling thread alone, and posix_spawn
 * starts the child from it. Our saved uid stays 0, which is the way back; execve copies the effective uid into the
 * child's saved uid (credentials(7)), so nothing of it is left in the program. Throws SystemError if refused.
 */
export function withCredentials<T>(
  credentials: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] },
  action: () => T,
): T {
  const own = {
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    groups: process.getgroups?.() ?? [],
  };
  try {
    setThreadGroups(credentials.groups);
    setThreadIds('setresgid', credentials.gid, -1);
    setThreadIds('setresuid', credentials.uid, -1);
    return action();
  } finally {
    setThreadIds('setresuid', own.uid, own.uid);
    setThreadIds('setresgid', own.gid, own.gid);
    setThreadGroups(own.groups);
    // A change of the effective uid makes /proc/<our pid> unreadable for others; PID 1 should stay inspectable.
    c.prctl(PR_SET_DUMPABLE, 1n, 0n, 0n, 0n);
  }
}

const SYSCALLS = {
  x64: { setgroups: 116n, setresuid: 117n, setresgid: 119n },
  arm64: { setgroups: 159n, setresuid: 147n, setresgid: 149n },
} as const;

type CredentialCall = keyof (typeof SYSCALLS)['x64'];

function syscallNumber(name: CredentialCall): bigint {
  const table = process.arch === 'arm64' ? SYSCALLS.arm64 : SYSCALLS.x64;
  return table[name];
}

function setThreadIds(call: 'setresuid' | 'setresgid', id: number, saved: number): void {
  const result = c.syscall(syscallNumber(call), BigInt(id), BigInt(id), BigInt(saved));
  if (result !== 0n) throw lastError(`cannot ${call} to ${id}`);
}

function setThreadGroups(groups: readonly number[]): void {
  const list = Buffer.alloc(Math.max(1, groups.length) * 4);
  groups.forEach((gid, index) => list.writeUInt32LE(gid, index * 4));
  const result = c.syscall(syscallNumber('setgroups'), BigInt(groups.length), getRawPointer(list), 0n);
  if (result !== 0n) throw lastError('cannot set supplementary groups');
}

function spawnAttributes(leads: NativeSpawn['leads']): Buffer {
  const attributes = Buffer.alloc(ATTRIBUTES_BYTES);
  c.posix_spawnattr_init(attributes);
  const grouping = { group: POSIX_SPAWN_SETPGROUP, session: POSIX_SPAWN_SETSID, inherit: 0 }[leads];
  c.posix_spawnattr_setpgroup(attributes, 0);
  c.posix_spawnattr_setsigmask(attributes, NO_SIGNALS);
  c.posix_spawnattr_setsigdefault(attributes, ALL_SIGNALS);
  c.posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | grouping);
  return attributes;
}

/** dup2 of every source onto its place; a source that an earlier dup2 would overwrite is copied out of the way first. */
function addDescriptors(actions: Buffer, descriptors: readonly number[]): void {
  const spare = Math.max(...descriptors, descriptors.length) + 1;
  const overwritten = (source: number, target: number): boolean =>
    source < target && descriptors[source] !== source;
  descriptors.forEach((source, target) => {
    if (overwritten(source, target)) addDup2(actions, source, spare + target);
  });
  descriptors.forEach((source, target) => {
    addDup2(actions, overwritten(source, target) ? spare + target : source, target);
  });
}

function addDup2(actions: Buffer, source: number, target: number): void {
  const errno = c.posix_spawn_file_actions_adddup2(actions, source, target);
  if (errno !== 0) {
    throw new SystemError(`cannot pass descriptor ${source} as ${target}`, errnoName(errno));
  }
}

/** glibc 2.35 and later; looked up when a terminal is there at all. */
function addTerminalHandOver(actions: Buffer, descriptor: number): void {
  const add = libc.lib.getFunction('posix_spawn_file_actions_addtcsetpgrp_np', {
    arguments: ['buffer', 'i32'],
    return: 'i32',
  });
  add(actions, descriptor);
}

/** A NULL-terminated array of C strings, and the memory that it points into. */
function stringVector(values: readonly string[]): { vector: Buffer; strings: Buffer } {
  const encoded = values.map(cString);
  const strings = Buffer.concat(encoded);
  const vector = Buffer.alloc((values.length + 1) * POINTER_BYTES);
  let address = getRawPointer(strings);
  encoded.forEach((string, index) => {
    vector.writeBigUInt64LE(address, index * POINTER_BYTES);
    address += BigInt(string.length);
  });
  return { vector, strings };
}

function cString(value: string): Buffer {
  if (value.includes('\0')) throw new SystemError('cannot pass a string that holds a NUL byte', 'EINVAL');
  return Buffer.from(`${value}\0`);
}

/** The error of the call that has just failed. */
export function lastError(what: string): SystemError {
  const name = errnoName(getInt32(c.__errno_location()));
  return new SystemError(`${what}: ${name}`, name);
}
