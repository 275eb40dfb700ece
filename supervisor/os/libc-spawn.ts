// Starting programs with the C library, by FFI: posix_spawn, and the credentials of another user for its moment.
// The rules of libc.ts hold here as well.

import { getRawPointer } from 'node:ffi';
import { SystemError } from '../errors.ts';
import { becomeInspectable, errnoName, functionsOf, lastError } from './libc.ts';

export interface NativeSpawn {
  readonly file: string;
  readonly argv: readonly string[];
  readonly environment: readonly string[];
  readonly directory: string | null;
  readonly descriptors: readonly number[];
  readonly leads: 'group' | 'session' | 'inherit';
  /**
   * Where it is set, the program takes our place: it keeps our other descriptors, and the terminal behind this descriptor
   * (null where there is none) becomes its own: its group is the foreground one or, where it leads a session, the terminal
   * at `terminal` becomes the controlling one of that session.
   */
  readonly foregroundOf?: number | null;
  readonly terminal?: string;
  /** Leave SIGPIPE as it is with us: node ignores it. */
  readonly ignoreSigpipe?: boolean;
  /** Further descriptors of ours that it gets under their own numbers. */
  readonly passOn?: readonly number[];
}

/** spawn.h */
const POSIX_SPAWN_SETPGROUP = 0x02;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;

const O_RDWR = 2;

/** Generous upper bounds of glibc's opaque structures: 80, 336, 128 and 144 bytes. */
const FILE_ACTIONS_BYTES = 128;
const ATTRIBUTES_BYTES = 512;
const SIGNAL_SET_BYTES = 128;

const POINTER_BYTES = 8;

const c = functionsOf({
  syscall: { arguments: ['i64', 'i64', 'i64', 'i64'], return: 'i64' },
  posix_spawn: {
    arguments: ['buffer', 'buffer', 'buffer', 'buffer', 'buffer', 'buffer'],
    return: 'i32',
  },
  posix_spawn_file_actions_init: { arguments: ['buffer'], return: 'i32' },
  posix_spawn_file_actions_destroy: { arguments: ['buffer'], return: 'i32' },
  posix_spawn_file_actions_adddup2: { arguments: ['buffer', 'i32', 'i32'], return: 'i32' },
  posix_spawn_file_actions_addopen: { arguments: ['buffer', 'i32', 'buffer', 'i32', 'u32'], return: 'i32' },
  posix_spawn_file_actions_addclosefrom_np: { arguments: ['buffer', 'i32'], return: 'i32' },
  posix_spawn_file_actions_addchdir_np: { arguments: ['buffer', 'buffer'], return: 'i32' },
  // glibc 2.35 and later; used, and so looked up, when a terminal is there at all.
  posix_spawn_file_actions_addtcsetpgrp_np: { arguments: ['buffer', 'i32'], return: 'i32' },
  posix_spawnattr_init: { arguments: ['buffer'], return: 'i32' },
  posix_spawnattr_setflags: { arguments: ['buffer', 'i16'], return: 'i32' },
  posix_spawnattr_setpgroup: { arguments: ['buffer', 'i32'], return: 'i32' },
  posix_spawnattr_setsigmask: { arguments: ['buffer', 'buffer'], return: 'i32' },
  posix_spawnattr_setsigdefault: { arguments: ['buffer', 'buffer'], return: 'i32' },
});

const NO_SIGNALS = Buffer.alloc(SIGNAL_SET_BYTES, 0);
const ALL_SIGNALS = Buffer.alloc(SIGNAL_SET_BYTES, 0xff);
/** Bit n − 1 is signal n. */
const SIGPIPE_BYTE = 1;
const SIGPIPE_BIT = 1 << 4;
const ALL_BUT_SIGPIPE = Buffer.from(ALL_SIGNALS);
ALL_BUT_SIGPIPE[SIGPIPE_BYTE] = 0xff & ~SIGPIPE_BIT;
const pidBuffer = Buffer.alloc(4);

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
    } else if (request.foregroundOf !== null) {
      if (request.leads === 'group')
        c.posix_spawn_file_actions_addtcsetpgrp_np(actions, request.foregroundOf);
      else if (request.leads === 'session' && request.terminal !== undefined) {
        c.posix_spawn_file_actions_addopen(
          actions,
          request.foregroundOf,
          cString(request.terminal),
          O_RDWR,
          0,
        );
      }
    }
    const argv = stringVector(request.argv);
    const environment = stringVector(request.environment);
    const attributes = spawnAttributes(request.leads, request.ignoreSigpipe === true);
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
    becomeInspectable();
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

function spawnAttributes(leads: NativeSpawn['leads'], ignoreSigpipe: boolean): Buffer {
  const attributes = Buffer.alloc(ATTRIBUTES_BYTES);
  c.posix_spawnattr_init(attributes);
  const grouping = { group: POSIX_SPAWN_SETPGROUP, session: POSIX_SPAWN_SETSID, inherit: 0 }[leads];
  c.posix_spawnattr_setpgroup(attributes, 0);
  c.posix_spawnattr_setsigmask(attributes, NO_SIGNALS);
  c.posix_spawnattr_setsigdefault(attributes, ignoreSigpipe ? ALL_BUT_SIGPIPE : ALL_SIGNALS);
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
