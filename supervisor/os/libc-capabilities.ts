// Capabilities for a program that runs as another user, by FFI: raised in our thread for the moment of the start.
// The rules of libc.ts hold here as well.

import { functionsOf, lastError } from './libc.ts';

/** linux/capability.h */
const CAPABILITY_VERSION_3 = 0x20080522;
/** linux/prctl.h */
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_RAISE = 2n;
const PR_CAP_AMBIENT_CLEAR_ALL = 4n;

const c = functionsOf({
  capget: { arguments: ['buffer', 'buffer'], return: 'i32' },
  capset: { arguments: ['buffer', 'buffer'], return: 'i32' },
  prctl: { arguments: ['i32', 'i64', 'i64', 'i64', 'i64'], return: 'i32' },
});

/** Of the calling thread (pid 0). */
const header = Buffer.alloc(8);
header.writeUInt32LE(CAPABILITY_VERSION_3, 0);

/** struct __user_cap_data_struct[2]: effective, permitted, inheritable, 32 bits of each, and then the upper ones. */
const DATA_BYTES = 24;
const PERMITTED_AT = 4;
const INHERITABLE_AT = 8;
const UPPER_AT = 12;

/** Those of `capabilities`, by their numbers, that we may hand on. */
export function permittedOf(capabilities: readonly number[]): readonly number[] {
  if (capabilities.length === 0) return [];
  const data = readCapabilities();
  return capabilities.filter((number) => {
    const bits = data.readUInt32LE(PERMITTED_AT + (number < 32 ? 0 : UPPER_AT));
    return ((bits >>> (number % 32)) & 1) === 1;
  });
}

/**
 * Runs `action`, which starts a program, with these as ambient capabilities: the program has them after its exec,
 * whoever it runs as (capabilities(7), "Ambient"). They are the calling thread's alone, as the credentials of
 * withCredentials() are; what is not permitted to us is left out. Throws SystemError if refused.
 */
export function withAmbient<T>(capabilities: readonly number[], action: () => T): T {
  const raised = permittedOf(capabilities);
  if (raised.length === 0) return action();
  const own = readCapabilities();
  const data = Buffer.from(own);
  for (const number of raised) {
    const at = INHERITABLE_AT + (number < 32 ? 0 : UPPER_AT);
    data.writeUInt32LE((data.readUInt32LE(at) | (1 << (number % 32))) >>> 0, at);
  }
  if (c.capset(header, data) !== 0) throw lastError('cannot make capabilities inheritable');
  try {
    for (const number of raised) {
      if (c.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, BigInt(number), 0n, 0n) !== 0) {
        throw lastError(`cannot raise ambient capability ${number}`);
      }
    }
    return action();
  } finally {
    c.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0n, 0n, 0n);
    c.capset(header, own);
  }
}

function readCapabilities(): Buffer {
  const data = Buffer.alloc(DATA_BYTES);
  if (c.capget(header, data) !== 0) throw lastError('cannot read our capabilities');
  return data;
}
